//! How an operation says in the document which problems it answers with.
//!
//! An endpoint names its own codes with [`problems!`](crate::problems); what follows from the operation's shape (a body
//! can be malformed, a token missing) is added to every operation by `openapi::complete`. Until then a response carries
//! its codes in an extension member, for two sources may name the same status.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::openapi::{RefOr, Response, ResponseBuilder, extensions::ExtensionsBuilder};

use super::Code;

const CODES: &str = "x-codes";

/// Declares a type that documents problems: `problems!(Problems: WindowFull, AlreadyBooked);`, then in the
/// operation `responses((status = 201, …), Problems)`.
#[macro_export]
macro_rules! problems {
    ($name:ident: $($code:ident),+ $(,)?) => {
        /// The problems of this operation that do not follow from its shape.
        struct $name;

        impl ::utoipa::IntoResponses for $name {
            fn responses() -> ::std::collections::BTreeMap<
                String,
                ::utoipa::openapi::RefOr<::utoipa::openapi::Response>,
            > {
                $crate::problem::responses(&[$($crate::problem::Code::$code),+])
            }
        }
    };
}

/// The responses for some codes, by status, not yet completed.
pub fn responses(codes: &[Code]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<String, Vec<Code>> = BTreeMap::new();
    for code in codes {
        by_status
            .entry(code.entry().status.to_string())
            .or_default()
            .push(*code);
    }
    by_status
        .into_iter()
        .map(|(status, codes)| (status, with_codes(&codes).into()))
        .collect()
}

/// A response that so far only knows its codes; see `codes_of`.
fn with_codes(codes: &[Code]) -> Response {
    let slugs: Vec<_> = codes.iter().map(|code| code.slug()).collect();
    let extensions = ExtensionsBuilder::new().add(CODES, slugs).build();
    ResponseBuilder::new().extensions(Some(extensions)).build()
}

/// The codes of a response made by [`with_codes`].
pub(crate) fn codes_of(response: &Response) -> Vec<Code> {
    let slugs = response
        .extensions
        .as_ref()
        .and_then(|members| members.get(CODES))
        .and_then(Value::as_array);
    slugs
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter_map(Code::from_slug)
        .collect()
}
