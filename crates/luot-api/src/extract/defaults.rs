//! What the framework's own extractors refuse with, `Path` above all.
//!
//! Handlers use this crate's `Json`, `Query` and `Form`, which say more; these settings are for the case that one
//! does not.

use actix_web::{
    Error, HttpRequest,
    error::{JsonPayloadError, PathError, QueryPayloadError, UrlencodedError},
    web::{FormConfig, JsonConfig, PathConfig, PayloadConfig, QueryConfig, ServiceConfig},
};

use crate::{
    limits,
    problem::{Code, Problem},
};

/// Sets limits and refusals.
pub(crate) fn defaults(config: &mut ServiceConfig) {
    config
        .app_data(PathConfig::default().error_handler(path))
        .app_data(QueryConfig::default().error_handler(query))
        .app_data(
            JsonConfig::default()
                .limit(limits::BODY_BYTES)
                .error_handler(json),
        )
        .app_data(
            FormConfig::default()
                .limit(limits::BODY_BYTES)
                .error_handler(form),
        )
        .app_data(PayloadConfig::new(limits::BODY_BYTES));
}

/// An id that is none leads nowhere.
fn path(_: PathError, _: &HttpRequest) -> Error {
    Problem::new(Code::NotFound).into()
}

fn query(error: QueryPayloadError, _: &HttpRequest) -> Error {
    Problem::new(Code::InvalidQuery)
        .error(
            "",
            "invalid-value",
            error.to_string(),
            "Tham số không hợp lệ.",
        )
        .into()
}

fn json(error: JsonPayloadError, _: &HttpRequest) -> Error {
    let code = match &error {
        JsonPayloadError::ContentType => Code::UnsupportedMediaType,
        JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. } => {
            Code::PayloadTooLarge
        }
        JsonPayloadError::Deserialize(error) if error.is_data() => Code::InvalidBody,
        _ => Code::MalformedJson,
    };
    Problem::new(code).into()
}

fn form(error: UrlencodedError, _: &HttpRequest) -> Error {
    let code = match &error {
        UrlencodedError::ContentType => Code::UnsupportedMediaType,
        UrlencodedError::Overflow { .. } => Code::PayloadTooLarge,
        _ => Code::MalformedForm,
    };
    Problem::new(code).into()
}
