//! The two languages in which the service speaks to people: Vietnamese and English.

use std::{borrow::Cow, future::Ready, future::ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header};

/// The language of what people read in a response. Titles and codes are not translated: programs read them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locale {
    /// English, also when the request does not say.
    #[default]
    En,
    /// Vietnamese.
    Vi,
}

impl Locale {
    /// Chooses by `Accept-Language` (RFC 9110, 12.5.4): the greater weight wins, then who is named first.
    /// Other languages, and what cannot be read, count as not said.
    pub fn negotiate(accept_language: Option<&str>) -> Self {
        let mut best = (Self::default(), 0.0_f32);
        for range in accept_language.unwrap_or_default().split(',') {
            let mut parts = range.split(';').map(str::trim);
            let Some(locale) = parts.next().and_then(Self::from_tag) else {
                continue;
            };
            let weight = parts
                .find_map(|part| part.strip_prefix("q="))
                .map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0));
            if weight > best.1 {
                best = (locale, weight);
            }
        }
        best.0
    }

    /// The tag for `Content-Language`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Vi => "vi",
        }
    }

    fn from_tag(tag: &str) -> Option<Self> {
        match tag.split('-').next()?.to_ascii_lowercase().as_str() {
            "vi" => Some(Self::Vi),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    pub(crate) fn of(headers: &header::HeaderMap) -> Self {
        Self::negotiate(
            headers
                .get(header::ACCEPT_LANGUAGE)
                .and_then(|value| value.to_str().ok()),
        )
    }
}

impl FromRequest for Locale {
    type Error = std::convert::Infallible;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request.headers())))
    }
}

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    en: Cow<'static, str>,
    vi: Cow<'static, str>,
}

impl Text {
    /// English first, as everywhere in this crate.
    pub fn new(en: impl Into<Cow<'static, str>>, vi: impl Into<Cow<'static, str>>) -> Self {
        Self {
            en: en.into(),
            vi: vi.into(),
        }
    }

    /// The sentence in one language.
    pub fn speak(&self, locale: Locale) -> &str {
        match locale {
            Locale::En => &self.en,
            Locale::Vi => &self.vi,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heavier_language_wins_and_english_is_the_fallback() {
        let check = |header: Option<&str>, expect| {
            assert_eq!(Locale::negotiate(header), expect, "{header:?}")
        };
        check(None, Locale::En);
        check(Some(""), Locale::En);
        check(Some("vi"), Locale::Vi);
        check(Some("vi-VN,vi;q=0.9,en-US;q=0.6,en;q=0.5"), Locale::Vi);
        check(Some("en-US,en;q=0.9,vi;q=0.8"), Locale::En);
        check(Some("fr, vi;q=0.2"), Locale::Vi);
        check(Some("fr, de"), Locale::En);
        check(Some("vi;q=0"), Locale::En);
        check(Some("en;q=0.3, vi;q=0.7"), Locale::Vi);
        check(Some("VI"), Locale::Vi);
        check(Some("vi;q=oops"), Locale::En);
    }
}
