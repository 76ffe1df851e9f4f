//! Which version of a thing the caller has seen.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::IF_MATCH};
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::Type,
    },
};

use crate::problem::{Code, Problem};

/// `If-Match`, where a change needs it: `428` without.
///
/// A weak tag counts like a strong one: our tags are version numbers, and proxies weaken tags when they compress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// `*`: whatever version there is.
    Any,
    /// `"7"`: this one only.
    Version(i32),
    /// A tag that is none of ours, so that no version can match it.
    Never,
}

/// `If-Match` where it may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionalIfMatch(pub Option<IfMatch>);

impl IfMatch {
    /// Whether a change to the current version may go on.
    pub fn allows(self, current: i32) -> bool {
        match self {
            Self::Any => true,
            Self::Version(seen) => seen == current,
            Self::Never => false,
        }
    }

    /// The version that must be the current one, `None` for any; `412` if no version can match.
    pub fn version(self) -> Result<Option<i32>, Problem> {
        match self {
            Self::Any => Ok(None),
            Self::Version(seen) => Ok(Some(seen)),
            Self::Never => Err(Problem::new(Code::Stale)),
        }
    }

    fn read(request: &HttpRequest) -> Result<Option<Self>, Problem> {
        let mut headers = request.headers().get_all(IF_MATCH);
        let Some(header) = headers.next() else {
            return Ok(None);
        };
        let tag = header
            .to_str()
            .ok()
            .map(str::trim)
            .filter(|_| headers.next().is_none());
        tag.and_then(Self::parse).map(Some).ok_or_else(|| {
            Problem::new(Code::InvalidHeader).detail(
                "`If-Match` must be one `ETag` as it was answered, with its quotes, or `*`.",
                "`If-Match` phải là một `ETag` đúng như đã nhận, kể cả dấu ngoặc kép, hoặc `*`.",
            )
        })
    }

    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Any);
        }
        let tag = text
            .strip_prefix("W/")
            .unwrap_or(text)
            .strip_prefix('"')?
            .strip_suffix('"')?;
        if tag.contains('"') {
            return None;
        }
        Some(tag.parse().map_or(Self::Never, Self::Version))
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(
            Self::read(request)
                .and_then(|tag| tag.ok_or_else(|| Problem::new(Code::PreconditionRequired))),
        )
    }
}

impl FromRequest for OptionalIfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(IfMatch::read(request).map(Self))
    }
}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter(Required::True)]
    }
}

impl IntoParams for OptionalIfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter(Required::False)]
    }
}

fn parameter(required: Required) -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(r#"^(\*|(W/)?"[!#-~]*")$"#));
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .required(required)
        .schema(Some(schema))
        .description(Some(
            "The `ETag` of the version that this changes, or `*` for whichever there is.",
        ))
        .example(Some("\"7\"".into()))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_a_version_any_or_none_of_ours() {
        let check = |text: &str, expect| assert_eq!(IfMatch::parse(text), expect, "{text}");
        check("*", Some(IfMatch::Any));
        check("\"7\"", Some(IfMatch::Version(7)));
        check("W/\"7\"", Some(IfMatch::Version(7)));
        check("\"abc\"", Some(IfMatch::Never));
        check("\"\"", Some(IfMatch::Never));
        check("7", None);
        check("\"7", None);
        check("\"7\", \"8\"", None);
        check("", None);
    }
}
