//! Entity tags: of versions, which `If-Match` sends back, and of bytes, for `304`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, ETAG, HeaderName, IF_NONE_MATCH},
    web::Bytes,
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// The header for a thing's version: `.insert_header(etag::version(7))`.
pub fn version(version: i32) -> (HeaderName, String) {
    (ETAG, format!("\"{version}\""))
}

/// The tag of some bytes.
pub fn of_bytes(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let hex: String = digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("\"{hex}\"")
}

/// Bytes with their tag, or `304` if the client has them. `cache_control` such as `public, max-age=5`.
pub fn respond(
    request: &HttpRequest,
    bytes: Bytes,
    tag: &str,
    media_type: &str,
    cache_control: &str,
) -> HttpResponse {
    if matches(request, tag) {
        return HttpResponse::NotModified()
            .insert_header((ETAG, tag))
            .insert_header((CACHE_CONTROL, cache_control))
            .finish();
    }
    HttpResponse::Ok()
        .content_type(media_type)
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, cache_control))
        .body(bytes)
}

/// JSON with its tag, or `304` if the client has it.
pub fn json(
    request: &HttpRequest,
    body: &impl Serialize,
    cache_control: &str,
) -> Result<HttpResponse, Problem> {
    let bytes = serde_json::to_vec(body).map_err(Problem::internal)?;
    let tag = of_bytes(&bytes);
    Ok(respond(
        request,
        bytes.into(),
        &tag,
        "application/json",
        cache_control,
    ))
}

/// Whether `If-None-Match` names this tag, compared weakly (RFC 9110, 13.1.2).
fn matches(request: &HttpRequest, tag: &str) -> bool {
    let lines = request
        .headers()
        .get_all(IF_NONE_MATCH)
        .filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .any(|seen| seen == "*" || seen.strip_prefix("W/").unwrap_or(seen) == tag)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        let tag = of_bytes(b"x");
        let check = |header: &str, expect: u16| {
            let request = TestRequest::default()
                .insert_header((IF_NONE_MATCH, header))
                .to_http_request();
            let response = respond(
                &request,
                Bytes::from_static(b"x"),
                &tag,
                "text/plain",
                "no-cache",
            );
            assert_eq!(response.status(), expect, "{header}");
        };
        check(&tag, 304);
        check(&format!("\"other\", W/{tag}"), 304);
        check("*", 304);
        check("\"other\"", 200);
        check("", 200);
    }
}
