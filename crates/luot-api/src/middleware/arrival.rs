//! What is learnt from a request before anything looks at it: its id, language and path.

use std::{convert::Infallible, future::Ready, future::ready};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::{Payload, ServiceRequest},
    http::{
        Method,
        header::{ACCEPT_ENCODING, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue},
    },
};
use uuid::Uuid;

use luot_app::{App, rates::Standing};

use crate::{
    extract::{Address, Bearer, Token},
    guards::Guards,
    locale::Locale,
    problem::{Code, Occasion, Problem},
};

/// The header that carries a request's id in and out.
pub(super) const REQUEST_ID: &str = "x-request-id";

/// What is asked as often as anybody likes, as it is written: a path that is spelt in another
/// way (`/%761/campaigns`) is served all the same, so only what is here goes uncounted.
const UNCOUNTED: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Names a request in logs and problems. Taken from an `X-Request-Id` that is a UUID, else made here.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

impl FromRequest for RequestId {
    type Error = Infallible;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(request
            .extensions()
            .get::<Self>()
            .cloned()
            .unwrap_or_else(Self::make)))
    }
}

impl RequestId {
    fn make() -> Self {
        Self(Uuid::new_v4().to_string())
    }

    fn of(headers: &HeaderMap) -> Self {
        // Any other text may be somebody's phone or name, which is not to be in a log.
        let sane = |id: &&str| matches!(id.len(), 32 | 36) && Uuid::try_parse(id).is_ok();
        let sent = headers
            .get(REQUEST_ID)
            .and_then(|value| value.to_str().ok())
            .filter(sane);
        sent.map_or_else(Self::make, |id| Self(id.to_owned()))
    }
}

/// A request as the edge remembers it, once the request itself is gone.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    pub occasion: Occasion,
    pub method: Method,
    /// The page it comes from, if that is another's and may call.
    pub origin: Option<HeaderValue>,
    /// Whether it bears a token: then the answer is nobody else's.
    pub personal: bool,
    /// Where the caller stands with their rate.
    pub standing: Option<Standing>,
    preflight: bool,
}

impl Arrival {
    /// Notes what is needed later, and makes the request ready for what is further in.
    pub fn note(request: &mut ServiceRequest, guards: &Guards, app: &App) -> Self {
        let peer = request.peer_addr().map(|peer| peer.ip());
        let address = guards.client(peer, request.headers());
        let bearer = Bearer::of(request.headers()).ok().and_then(|it| it.0);
        let limited = !UNCOUNTED.contains(&request.uri().path());
        let standing = address
            .filter(|_| limited)
            .and_then(|it| app.count_request(it, bearer.as_ref().map(Token::reveal)));
        if let Some(address) = address {
            request.extensions_mut().insert(Address(address));
        }
        let RequestId(request_id) = RequestId::of(request.headers());
        request
            .extensions_mut()
            .insert(RequestId(request_id.clone()));
        simplify_accept_encoding(request);
        let occasion = Occasion {
            instance: request.uri().path().to_owned(),
            request_id,
            locale: Locale::of(request.headers()),
        };
        Self {
            occasion,
            method: request.method().clone(),
            origin: guards.origin(request.headers()),
            personal: bearer.is_some(),
            standing,
            preflight: request.method() == Method::OPTIONS
                && request
                    .headers()
                    .contains_key(ACCESS_CONTROL_REQUEST_METHOD),
        }
    }

    /// Whether a browser asks if a page that may call may send what it is about to.
    pub fn is_preflight(&self) -> bool {
        self.preflight && self.origin.is_some()
    }

    /// Why the request goes no further, if it does not.
    pub fn refusal(&self) -> Option<Problem> {
        if self.is_hopeless() {
            return Some(Problem::new(Code::NotFound));
        }
        let taken = self.standing.as_ref()?.taken;
        (!taken.allowed).then(|| Problem::new(Code::TooManyRequests).retry_after(taken.retry_in))
    }

    /// Whether the path holds a NUL. No id or code has one, and PostgreSQL fails on a text that does.
    fn is_hopeless(&self) -> bool {
        self.occasion.instance.contains("%00")
    }

    /// The id as a header's value.
    pub fn id_header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.occasion.request_id).ok()
    }
}

/// Leaves `gzip` or nothing. The compressing layer answers `406` to what it cannot serve, with a body of its own;
/// sending what is there uncompressed is allowed and kinder.
fn simplify_accept_encoding(request: &mut ServiceRequest) {
    let takes_gzip = request.headers().get_all(ACCEPT_ENCODING).any(|value| {
        let ranges = value.to_str().unwrap_or_default().split(',').map(str::trim);
        ranges.into_iter().any(|range| {
            let (coding, weight) = range.split_once(';').unwrap_or((range, ""));
            let refused = weight
                .trim()
                .strip_prefix("q=")
                .is_some_and(|q| q.parse() == Ok(0.0));
            coding.trim().eq_ignore_ascii_case("gzip") && !refused
        })
    });
    request.headers_mut().remove(ACCEPT_ENCODING);
    if takes_gzip {
        request
            .headers_mut()
            .insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    }
}
