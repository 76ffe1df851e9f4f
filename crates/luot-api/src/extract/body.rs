//! Reading a body up to its limit.

use actix_web::{
    HttpMessage, HttpRequest,
    dev::Payload,
    error::PayloadError,
    http::header::{CONTENT_ENCODING, CONTENT_LENGTH},
    web::{Bytes, BytesMut},
};
use futures_util::StreamExt;
use sha2::{Digest, Sha256};

use crate::{
    limits,
    problem::{Code, Problem},
};

/// A digest of what was asked: method, path and body. Two requests with one idempotency key must have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// The fingerprint of a request with this body; without a body, of an empty one.
    pub fn of(request: &HttpRequest, body: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(request.method().as_str());
        hash.update([0]);
        hash.update(request.uri().path());
        hash.update([0]);
        hash.update(body);
        Self(hash.finalize().into())
    }
}

/// Refuses a body of another media type, or one that is compressed.
pub(super) fn expect_type(request: &HttpRequest, essence: &str) -> Result<(), Problem> {
    let plain = request
        .headers()
        .get(CONTENT_ENCODING)
        .is_none_or(|coding| coding == "identity");
    if !plain {
        return Err(Problem::new(Code::UnsupportedMediaType)
            .detail("Send the body uncompressed.", "Hãy gửi nội dung không nén."));
    }
    if request.content_type().eq_ignore_ascii_case(essence) {
        return Ok(());
    }
    Err(Problem::new(Code::UnsupportedMediaType).detail(
        format!("`Content-Type` must be `{essence}`."),
        format!("`Content-Type` phải là `{essence}`."),
    ))
}

/// Reads the whole body, or refuses it once it is known to be over the limit.
pub(super) async fn read(
    request: &HttpRequest,
    mut payload: Payload,
    limit: usize,
) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    let mut over = declared_length(request).is_some_and(|length| length > limit);
    while !over && let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| unreadable(&error))?;
        over = body.len() + chunk.len() > limit;
        if !over {
            body.extend_from_slice(&chunk);
        }
    }
    if over {
        drain(payload).await;
        return Err(too_large(limit));
    }
    Ok(body.freeze())
}

/// Reads on without keeping anything, see [`limits::DRAINED_BYTES`].
pub(super) async fn drain(mut payload: Payload) {
    let mut seen = 0;
    while seen < limits::DRAINED_BYTES
        && let Some(Ok(chunk)) = payload.next().await
    {
        seen += chunk.len();
    }
}

pub(super) fn too_large(limit: usize) -> Problem {
    let kib = limit / 1024;
    Problem::new(Code::PayloadTooLarge)
        .with("limit_bytes", limit)
        .detail(
            format!("At most {kib} KiB are taken here."),
            format!("Ở đây chỉ nhận tối đa {kib} KiB."),
        )
}

/// What a body is that broke off or was badly framed: the client's fault, and usually it is gone.
pub(super) fn unreadable(error: &PayloadError) -> Problem {
    Problem::new(Code::BadRequest).detail(
        format!("The body could not be read: {error}."),
        "Không đọc được nội dung yêu cầu.",
    )
}

fn declared_length(request: &HttpRequest) -> Option<usize> {
    request
        .headers()
        .get(CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}
