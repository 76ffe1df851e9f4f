//! What stands after the `?`, with the name of whatever is wrong in it.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde::de::DeserializeOwned;

use super::fault;
use crate::problem::{Code, Problem};

/// Query parameters. Parameters that `T` does not have are ignored, so that several extractors can share a query:
/// `T` must not deny unknown fields.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self))
    }
}

/// Reads a query.
pub(super) fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    if query.contains("%00") {
        return Err(Problem::new(Code::InvalidQuery).error(
            "",
            "control-character",
            "A parameter holds the character U+0000.",
            "Có tham số chứa ký tự U+0000.",
        ));
    }
    let pairs = form_urlencoded::parse(query.as_bytes());
    serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs)).map_err(|error| {
        fault::add(
            Problem::new(Code::InvalidQuery),
            error.path(),
            &error.inner().to_string(),
        )
    })
}
