//! A JSON body, with the place of whatever is wrong in it.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::{
    body::{self, Fingerprint},
    fault, gate,
};
use crate::{
    limits,
    problem::{Code, Problem},
};

/// A JSON body of at most [`limits::BODY_BYTES`].
#[derive(Clone, Copy, Debug)]
pub struct Json<T> {
    /// What was sent.
    pub value: T,
    /// To compare with the first request of the same idempotency key.
    pub fingerprint: Fingerprint,
}

/// A JSON body of at most [`limits::INSTANCE_BYTES`]: a campaign, or a plan made by hand.
#[derive(Clone, Copy, Debug)]
pub struct LargeJson<T> {
    /// What was sent.
    pub value: T,
    /// To compare with the first request of the same idempotency key.
    pub fingerprint: Fingerprint,
}

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = read(request.clone(), payload.take(), limits::BODY_BYTES);
        Box::pin(async {
            read.await
                .map(|(value, fingerprint)| Self { value, fingerprint })
        })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for LargeJson<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = read(request.clone(), payload.take(), limits::INSTANCE_BYTES);
        Box::pin(async {
            read.await
                .map(|(value, fingerprint)| Self { value, fingerprint })
        })
    }
}

async fn read<T: DeserializeOwned>(
    request: HttpRequest,
    payload: Payload,
    limit: usize,
) -> Result<(T, Fingerprint), Problem> {
    gate::pass(&request).await;
    if let Err(problem) = body::expect_type(&request, "application/json") {
        body::drain(payload).await;
        return Err(problem);
    }
    let bytes = body::read(&request, payload, limit).await?;
    Ok((parse(&bytes)?, Fingerprint::of(&request, &bytes)))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if has_nul(bytes) {
        return Err(Problem::new(Code::InvalidBody).error(
            "",
            "control-character",
            "A text holds the character U+0000.",
            "Có văn bản chứa ký tự U+0000.",
        ));
    }
    // Nearly all bodies are as they should be: only of others it is told where they are not.
    if let Ok(value) = serde_json::from_slice(bytes) {
        return Ok(value);
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let inner = error.inner();
        if inner.is_data() {
            fault::add(
                Problem::new(Code::InvalidBody),
                error.path(),
                &inner.to_string(),
            )
        } else {
            malformed(inner)
        }
    })?;
    reader.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::new(Code::MalformedJson).detail(
        format!("The body is not JSON: {error}."),
        format!(
            "Nội dung không phải JSON hợp lệ (dòng {}, cột {}).",
            error.line(),
            error.column()
        ),
    )
}

/// Whether a string holds an escaped NUL, which JSON allows and PostgreSQL's texts do not.
fn has_nul(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        // Skips the backslash with what it escapes, so that `\\u0000` (a backslash and letters) is not taken for one.
        let (_, escaped) = rest.split_at(at + 1);
        if escaped.starts_with(b"u0000") {
            return true;
        }
        rest = escaped.get(1..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Party {
        _persons: Vec<Person>,
    }

    #[derive(Debug, Deserialize)]
    struct Person {
        _age: u8,
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        let check = |body: &str, expect: &str| {
            let problem = parse::<Party>(body.as_bytes()).err();
            assert_eq!(
                problem.map(|it| format!("{it:?}")).unwrap_or_default(),
                expect,
                "{body}"
            );
        };
        let invalid = |pointer: &str, code: &str| {
            format!("Problem {{ code: InvalidBody, errors: [(\"{pointer}\", \"{code}\")], .. }}")
        };
        let malformed = "Problem { code: MalformedJson, errors: [], .. }";
        check(r#"{"_persons": [{"_age": 9}]}"#, "");
        check(
            r#"{"_persons": [{"_age": 9}, {"_age": "x"}]}"#,
            &invalid("/_persons/1/_age", "wrong-type"),
        );
        check(
            r#"{"_persons": [{"_age": 900}]}"#,
            &invalid("/_persons/0/_age", "invalid-value"),
        );
        check(
            r#"{"_persons": [{}]}"#,
            &invalid("/_persons/0/_age", "required"),
        );
        check(
            r#"{"_persons": [], "a/b": 1}"#,
            &invalid("/a~1b", "unknown-member"),
        );
        check(
            r#"{"_persons": [], "_persons": []}"#,
            &invalid("/_persons", "doubled-member"),
        );
        check("5", &invalid("", "wrong-type"));
        check("{", malformed);
        check(r#"{"_persons": []} x"#, malformed);
        check(r#"{"_persons": "\ud800"}"#, malformed);
        check("", malformed);
    }

    #[test]
    fn an_escaped_nul_is_found_and_an_escaped_backslash_is_not_one() {
        assert!(has_nul(br#"{"a": "x\u0000"}"#));
        assert!(has_nul(br#"{"a": "\\\u0000"}"#));
        assert!(!has_nul(br#"{"a": "\\u0000"}"#));
        assert!(!has_nul(br#"{"a": "\n"}"#));
        assert!(!has_nul(b"\\"));
    }
}
