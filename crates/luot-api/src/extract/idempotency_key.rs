//! The name of one intention, under which it happens once however often it is sent.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::Type,
    },
};

use crate::{
    limits,
    problem::{Code, Problem},
};

const HEADER: &str = "Idempotency-Key";

/// `Idempotency-Key`, where a retry could book twice: `400` without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// `Idempotency-Key` where it may be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionalIdempotencyKey(pub Option<IdempotencyKey>);

impl IdempotencyKey {
    /// The key as it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Refuses a key that others could guess. Call it for a caller without a token: the scope of their keys is shared.
    pub fn hard_to_guess(self) -> Result<Self, Problem> {
        // Twenty-two times the same character is not random, a dozen different ones are plausible.
        let mut distinct: Vec<u8> = self.0.bytes().collect();
        distinct.sort_unstable();
        distinct.dedup();
        if self.0.len() >= limits::ANONYMOUS_KEY_CHARACTERS && distinct.len() >= 6 {
            return Ok(self);
        }
        let least = limits::ANONYMOUS_KEY_CHARACTERS;
        Err(Problem::new(Code::IdempotencyKeyInvalid).detail(
            format!("Without a token the key needs at least {least} random characters."),
            format!("Khi không đăng nhập, khóa cần ít nhất {least} ký tự ngẫu nhiên."),
        ))
    }

    fn read(request: &HttpRequest) -> Result<Option<Self>, Problem> {
        let mut headers = request.headers().get_all(HEADER);
        let Some(header) = headers.next() else {
            return Ok(None);
        };
        let sane = (1..=limits::IDEMPOTENCY_KEY_CHARACTERS).contains(&header.len())
            && header.as_bytes().iter().all(u8::is_ascii_graphic)
            && headers.next().is_none();
        match header.to_str() {
            Ok(key) if sane => Ok(Some(Self(key.to_owned()))),
            _ => Err(Problem::new(Code::IdempotencyKeyInvalid)),
        }
    }
}

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(
            Self::read(request)
                .and_then(|key| key.ok_or_else(|| Problem::new(Code::IdempotencyKeyRequired))),
        )
    }
}

impl FromRequest for OptionalIdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(IdempotencyKey::read(request).map(Self))
    }
}

impl IntoParams for IdempotencyKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter(Required::True)]
    }
}

impl IntoParams for OptionalIdempotencyKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter(Required::False)]
    }
}

fn parameter(required: Required) -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(limits::IDEMPOTENCY_KEY_CHARACTERS))
        .pattern(Some("^[!-~]+$"));
    ParameterBuilder::new()
        .name(HEADER)
        .parameter_in(ParameterIn::Header)
        .required(required)
        .schema(Some(schema))
        .description(Some(
            "A random name for this intention. The same key and body get the first answer again, for 24 hours. \
             A caller without a token sends at least 22 random characters.",
        ))
        .example(Some("b7Jp0w4Qd3xkUeYz9sLmNfRt".into()))
        .build()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_key_is_1_to_255_visible_characters_sent_once() {
        let check = |keys: &[&[u8]], expect: bool| {
            let request = keys.iter().fold(TestRequest::default(), |request, key| {
                match actix_web::http::header::HeaderValue::from_bytes(key) {
                    Ok(value) => request.append_header((HEADER, value)),
                    Err(_) => request,
                }
            });
            assert_eq!(
                IdempotencyKey::read(&request.to_http_request()).is_ok(),
                expect,
                "{keys:?}"
            );
        };
        check(&[], true);
        check(&[b"k"], true);
        check(&[&[b'k'; 255]], true);
        check(&[&[b'k'; 256]], false);
        check(&[b""], false);
        check(&[b"two words"], false);
        check(&["khóa".as_bytes()], false);
        check(&[b"a", b"b"], false);
    }

    #[test]
    fn an_anonymous_key_must_be_hard_to_guess() {
        let check = |key: &str, expect| {
            assert_eq!(
                IdempotencyKey(key.to_owned()).hard_to_guess().is_ok(),
                expect,
                "{key}"
            );
        };
        check("b7Jp0w4Qd3xkUeYz9sLmNf", true);
        check("0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", true);
        check("short", false);
        check(&"a".repeat(40), false);
    }
}
