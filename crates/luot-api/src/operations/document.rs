//! `GET /openapi.json`: the document, as it is stored in `openapi/openapi.json`.

use std::sync::OnceLock;

use actix_web::{HttpRequest, HttpResponse, get, web::Bytes};

use crate::{etag, openapi};

/// This document
///
/// The OpenAPI document of exactly the server that answers, byte for byte the one in the project's repository.
#[utoipa::path(
    tag = "operations",
    operation_id = "get_document",
    responses(
        (status = 200, description = "The document", body = Object,
            example = json!({"openapi": "3.1.0", "info": {}, "paths": {}})),
        (status = 304, description = "The client has it"),
    ),
)]
#[get("/openapi.json")]
pub(super) async fn get_document(request: HttpRequest) -> HttpResponse {
    let (bytes, tag) = stored();
    etag::respond(
        &request,
        bytes.clone(),
        tag,
        "application/json",
        "public, max-age=60",
    )
}

fn stored() -> &'static (Bytes, String) {
    static STORED: OnceLock<(Bytes, String)> = OnceLock::new();
    STORED.get_or_init(|| {
        let bytes = Bytes::from(openapi::serialize(&openapi::document().openapi));
        let tag = etag::of_bytes(&bytes);
        (bytes, tag)
    })
}
