//! A multipart form: a few texts and a file.

use std::collections::BTreeMap;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    web::{Bytes, BytesMut},
};
use futures_util::{StreamExt, future::LocalBoxFuture, stream};
use sha2::{Digest, Sha256};

use super::{
    body::{self, Fingerprint},
    gate,
};
use crate::{
    limits,
    problem::{Code, Problem},
};

/// How much the parser is handed at a time: it refuses more than 64 KiB.
const CHUNK_BYTES: usize = 32 * 1024;

/// A form of at most [`limits::UPLOAD_BYTES`], read whole.
#[derive(Debug)]
pub struct Form {
    fields: BTreeMap<String, String>,
    files: BTreeMap<String, File>,
    /// To compare with the first request of the same idempotency key. Of the parts, since boundaries differ.
    pub fingerprint: Fingerprint,
}

/// An uploaded file.
#[derive(Debug)]
pub struct File {
    /// The name the client gave it. Only its ending is to be trusted, and not much.
    pub name: String,
    /// Its content.
    pub bytes: Bytes,
}

impl Form {
    /// A text that must be there.
    pub fn required(&self, name: &str) -> Result<&str, Problem> {
        self.optional(name).ok_or_else(|| missing(name))
    }

    /// A text that may be there.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    /// A yes or no, which is no when left out.
    pub fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.optional(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(wrong(
                name,
                "invalid-value",
                "It is `true` or `false`.",
                "Phải là `true` hoặc `false`.",
            )),
        }
    }

    /// Takes a file that must be there.
    pub fn file(&mut self, name: &str) -> Result<File, Problem> {
        self.files.remove(name).ok_or_else(|| missing(name))
    }

    async fn read(request: HttpRequest, payload: Payload) -> Result<Self, Problem> {
        gate::pass(&request).await;
        if let Err(problem) = body::expect_type(&request, "multipart/form-data") {
            body::drain(payload).await;
            return Err(problem);
        }
        // Whole first: the size is then known to be in order, and what follows cannot be slow.
        let bytes = body::read(&request, payload, limits::UPLOAD_BYTES).await?;
        let chunks: Vec<_> = (0..bytes.len())
            .step_by(CHUNK_BYTES)
            .map(|from| Ok(bytes.slice(from..bytes.len().min(from + CHUNK_BYTES))))
            .collect();
        let mut parts = Multipart::new(request.headers(), stream::iter(chunks));
        let mut form = Self {
            fields: BTreeMap::new(),
            files: BTreeMap::new(),
            fingerprint: Fingerprint::of(&request, b""),
        };
        let mut digest = Sha256::new_with_prefix(form.fingerprint.0);
        while let Some(part) = parts.next().await {
            form.take(part.map_err(|error| malformed(&error))?, &mut digest)
                .await?;
        }
        form.fingerprint = Fingerprint(digest.finalize().into());
        Ok(form)
    }

    async fn take(&mut self, mut part: Field, digest: &mut Sha256) -> Result<(), Problem> {
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part
            .content_disposition()
            .and_then(|it| it.get_filename())
            .map(str::to_owned);
        let mut bytes = BytesMut::new();
        while let Some(chunk) = part.next().await {
            bytes.extend_from_slice(&chunk.map_err(|error| malformed(&error))?);
        }
        digest.update(Sha256::digest(&name));
        digest.update(Sha256::digest(&bytes));
        if self.fields.len() + self.files.len() >= limits::FORM_PARTS {
            return Err(wrong(
                "",
                "too-many-parts",
                "The form has too many parts.",
                "Biểu mẫu có quá nhiều phần.",
            ));
        }
        let doubled = if let Some(file_name) = file_name {
            self.files
                .insert(
                    name.clone(),
                    File {
                        name: file_name,
                        bytes: bytes.freeze(),
                    },
                )
                .is_some()
        } else {
            self.fields
                .insert(name.clone(), text(&name, &bytes)?)
                .is_some()
        };
        if doubled {
            return Err(wrong(
                &name,
                "doubled-member",
                "This field is there twice.",
                "Trường này xuất hiện hai lần.",
            ));
        }
        Ok(())
    }
}

impl FromRequest for Form {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        Box::pin(Self::read(request.clone(), payload.take()))
    }
}

fn text(name: &str, bytes: &[u8]) -> Result<String, Problem> {
    if bytes.len() > limits::FORM_FIELD_BYTES {
        return Err(wrong(
            name,
            "too-long",
            "This field is too long.",
            "Trường này quá dài.",
        ));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text.to_owned()),
        _ => Err(wrong(
            name,
            "invalid-value",
            "This field is not text in UTF-8.",
            "Trường này không phải văn bản UTF-8.",
        )),
    }
}

fn missing(name: &str) -> Problem {
    wrong(
        name,
        "required",
        "This field is missing.",
        "Thiếu trường này.",
    )
}

fn wrong(name: &str, code: &'static str, en: &'static str, vi: &'static str) -> Problem {
    let pointer = if name.is_empty() {
        String::new()
    } else {
        format!("/{name}")
    };
    Problem::new(Code::MalformedForm).error(pointer, code, en, vi)
}

fn malformed(error: &MultipartError) -> Problem {
    Problem::new(Code::MalformedForm).detail(
        format!("The form cannot be read: {error}."),
        "Không đọc được biểu mẫu đã gửi.",
    )
}
