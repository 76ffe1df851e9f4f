//! The caller's token, not yet looked up.

use std::{
    fmt,
    future::{Ready, ready},
};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{AUTHORIZATION, COOKIE as COOKIES, HeaderMap},
};

use crate::{
    limits,
    problem::{Code, Problem},
};

/// The cookie that browsers keep the token in.
pub(crate) const COOKIE: &str = "__Host-luot";

/// The token of `Authorization: Bearer …`, or else of the cookie, if there is one. A malformed header is refused even
/// where none is needed.
#[derive(Clone, Debug)]
pub struct Bearer(pub Option<Token>);

/// A token as it came. Not printable, so that it cannot end up in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    text: String,
    cookie: bool,
}

impl Token {
    /// The token itself, to be hashed and looked up.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// Whether a browser sent it by itself, perhaps on behalf of another page.
    pub fn is_cookie(&self) -> bool {
        self.cookie
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

    /// The token of some headers.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut sent = headers.get_all(AUTHORIZATION);
        let Some(header) = sent.next() else {
            return Ok(Self(in_cookie(headers)));
        };
        let token = header.to_str().ok().and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            let token = token.trim();
            (scheme.eq_ignore_ascii_case("bearer") && is_sane(token)).then(|| Token {
                text: token.to_owned(),
                cookie: false,
            })
        });
        match (token, sent.next()) {
            (Some(token), None) => Ok(Self(Some(token))),
            _ => Err(Problem::new(Code::Unauthorized).detail(
                "`Authorization` must be `Bearer` and one token.",
                "`Authorization` phải gồm `Bearer` và một mã truy cập.",
            )),
        }
    }
}

/// The cookie's token; of two cookies of that name, none, for one of them was planted.
fn in_cookie(headers: &HeaderMap) -> Option<Token> {
    let mut found = headers
        .get_all(COOKIES)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == COOKIE)
        .map(|(_, token)| token);
    let token = found.next().filter(|token| is_sane(token))?;
    found.next().is_none().then(|| Token {
        text: token.to_owned(),
        cookie: true,
    })
}

fn is_sane(token: &str) -> bool {
    (1..=limits::TOKEN_CHARACTERS).contains(&token.len()) && token.bytes().all(is_token_byte)
}

/// The characters of a token (RFC 6750, 2.1).
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
}

impl FromRequest for Bearer {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request.headers()))
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
            let read = Bearer::of(request.to_http_request().headers()).ok();
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
    fn a_cookie_counts_where_there_is_no_header_and_never_twice() {
        let check = |cookies: &str, header: Option<&str>, expect: Option<(&str, bool)>| {
            let mut request = TestRequest::default().insert_header((COOKIES, cookies));
            if let Some(header) = header {
                request = request.insert_header((AUTHORIZATION, header));
            }
            let read = Bearer::of(request.to_http_request().headers()).ok();
            let token = read.and_then(|b| b.0);
            let told = token.as_ref().map(|t| (t.reveal(), t.is_cookie()));
            assert_eq!(told, expect, "{cookies}");
        };
        check("a=b; __Host-luot=abc", None, Some(("abc", true)));
        check("__Host-luot=abc", Some("Bearer def"), Some(("def", false)));
        check("__Host-luot=abc; __Host-luot=def", None, None);
        check("luot=abc", None, None);
        check("__Host-luot=a b", None, None);
    }

    #[test]
    fn a_token_is_never_printed() {
        let token = Token {
            text: "secret".to_owned(),
            cookie: false,
        };
        assert!(!format!("{:?}", Bearer(Some(token))).contains("secret"));
    }
}
