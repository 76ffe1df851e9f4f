//! The caller's token, not yet looked up.

use std::{
    fmt,
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::AUTHORIZATION};

use crate::{
    limits,
    problem::{Code, Problem},
};

/// The token of `Authorization: Bearer …`, if there is one. A malformed header is refused even where none is needed.
#[derive(Clone, Debug)]
pub struct Bearer(pub Option<Token>);

/// A token as it came. Not printable, so that it cannot end up in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The token itself, to be hashed and looked up.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Bearer {
    /// The token, or `401`.
    pub fn required(self) -> Result<Token, Problem> {
        self.0.ok_or_else(|| Problem::new(Code::Unauthorized))
    }

    /// The token's text, if there is one.
    pub fn as_deref(&self) -> Option<&str> {
        self.0.as_ref().map(Token::reveal)
    }

    fn read(request: &HttpRequest) -> Result<Self, Problem> {
        let mut headers = request.headers().get_all(AUTHORIZATION);
        let Some(header) = headers.next() else {
            return Ok(Self(None));
        };
        let token = header.to_str().ok().and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            let token = token.trim();
            let sane = (1..=limits::TOKEN_CHARACTERS).contains(&token.len())
                && token.bytes().all(is_token_byte);
            (scheme.eq_ignore_ascii_case("bearer") && sane).then(|| Token(token.to_owned()))
        });
        match (token, headers.next()) {
            (Some(token), None) => Ok(Self(Some(token))),
            _ => Err(Problem::new(Code::Unauthorized).detail(
                "`Authorization` must be `Bearer` and one token.",
                "`Authorization` phải gồm `Bearer` và một mã truy cập.",
            )),
        }
    }
}

/// The characters of a token (RFC 6750, 2.1).
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
}

impl FromRequest for Bearer {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::read(request))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_token_is_read_and_anything_else_is_refused() {
        let check = |header: Option<&str>, expect: Option<Option<&str>>| {
            let mut request = TestRequest::default();
            if let Some(header) = header {
                request = request.insert_header((AUTHORIZATION, header));
            }
            let read = Bearer::read(&request.to_http_request()).ok();
            assert_eq!(read.as_ref().map(Bearer::as_deref), expect, "{header:?}");
        };
        check(None, Some(None));
        check(Some("Bearer abc.DEF-123"), Some(Some("abc.DEF-123")));
        check(Some("bearer abc"), Some(Some("abc")));
        check(Some("Bearer"), None);
        check(Some("Bearer "), None);
        check(Some("Bearer a b"), None);
        check(Some("Basic abc"), None);
        check(Some("Bearer \u{e9}"), None);
    }

    #[test]
    fn a_token_is_never_printed() {
        assert!(!format!("{:?}", Bearer(Some(Token("secret".to_owned())))).contains("secret"));
    }
}
