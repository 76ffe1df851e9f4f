//! The problems that follow from what an operation is.

use utoipa::openapi::{
    RefOr,
    path::{Operation, ParameterIn},
};

use crate::problem::Code;

/// What an operation can answer with whatever its handler does, because of its path, parameters, body and security.
/// Keep it in step with the extractors: `tests/http` asks for each.
pub(super) fn implied(path: &str, operation: &Operation) -> Vec<Code> {
    let mut codes = vec![Code::Internal, Code::Timeout];
    if path.starts_with("/v1/") {
        codes.extend([Code::TooManyRequests, Code::Busy, Code::Unavailable]);
    }
    if operation.security.is_some() {
        codes.extend([Code::Unauthorized, Code::Forbidden, Code::CsrfTokenRequired]);
    }
    by_parameters(operation, &mut codes);
    by_body(operation, &mut codes);
    codes
}

fn by_parameters(operation: &Operation, codes: &mut Vec<Code>) {
    for parameter in operation.parameters.iter().flatten() {
        let RefOr::T(parameter) = parameter else {
            continue;
        };
        match (&parameter.parameter_in, parameter.name.as_str()) {
            (ParameterIn::Path, _) => codes.push(Code::NotFound),
            (ParameterIn::Query, _) => codes.push(Code::InvalidQuery),
            (ParameterIn::Header, "Idempotency-Key") => {
                codes.extend([
                    Code::IdempotencyKeyInvalid,
                    Code::IdempotencyKeyReused,
                    Code::InProgress,
                ]);
                if parameter.required == utoipa::openapi::Required::True {
                    codes.push(Code::IdempotencyKeyRequired);
                }
            }
            (ParameterIn::Header, "If-Match") => {
                codes.extend([Code::InvalidHeader, Code::Stale]);
                if parameter.required == utoipa::openapi::Required::True {
                    codes.push(Code::PreconditionRequired);
                }
            }
            _ => {}
        }
    }
}

fn by_body(operation: &Operation, codes: &mut Vec<Code>) {
    let Some(RefOr::T(body)) = &operation.request_body else {
        return;
    };
    codes.extend([
        Code::BadRequest,
        Code::PayloadTooLarge,
        Code::UnsupportedMediaType,
    ]);
    for kind in body.content.keys() {
        match kind.as_str() {
            "multipart/form-data" => codes.push(Code::MalformedForm),
            _ => codes.extend([Code::MalformedJson, Code::InvalidBody]),
        }
    }
}
