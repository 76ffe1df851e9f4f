//! How the service says no: RFC 9457, with a code from a closed list.
//!
//! A [`Problem`] is made wherever something fails, without knowing the request. The edge (`middleware::edge`)
//! finishes it: language, `instance`, `request_id`. Nothing else may send an error.

mod body;
mod describe;
mod from_app;
mod ineligible;
mod markdown;
mod registry;

use std::{borrow::Cow, error::Error, fmt, sync::Arc};

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE},
    },
};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

pub(crate) use self::{body::Occasion, describe::codes_of};
pub use self::{
    body::{FaultBody, ProblemBody},
    describe::responses,
    markdown::problems_markdown,
    registry::{Code, Entry},
};
use crate::{limits, locale::Text};

/// The media type of every error.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A refusal or a failure, on its way to the client. It is made by one, and then shared.
#[derive(Clone)]
pub struct Problem(Arc<Parts>);

#[derive(Clone)]
struct Parts {
    code: Code,
    detail: Option<Text>,
    faults: Vec<Fault>,
    members: Members,
    headers: Vec<(HeaderName, HeaderValue)>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// Further members by name, as JSON.
type Members = Vec<(&'static str, Box<RawValue>)>;

/// One thing that is wrong with the input.
#[derive(Clone)]
struct Fault {
    pointer: String,
    code: Cow<'static, str>,
    detail: Text,
}

impl Problem {
    /// A problem that says what its registry row says.
    pub fn new(code: Code) -> Self {
        let mut problem = Self(Arc::new(Parts {
            code,
            detail: None,
            faults: Vec::new(),
            members: Members::new(),
            headers: Vec::new(),
            source: None,
        }));
        match code {
            Code::TooManyRequests => problem = problem.retry_after(limits::RETRY_RATE_SECONDS),
            Code::Busy => problem = problem.retry_after(limits::RETRY_BUSY_SECONDS),
            Code::Unavailable | Code::Timeout => {
                problem = problem.retry_after(limits::RETRY_UNAVAILABLE_SECONDS);
            }
            Code::Unauthorized
            | Code::SignInRefused
            | Code::SecondFactorRequired
            | Code::PasswordChangeRequired => {
                problem = problem.header(
                    WWW_AUTHENTICATE,
                    HeaderValue::from_static("Bearer realm=\"luot\""),
                );
            }
            _ => {}
        }
        problem
    }

    fn parts(&mut self) -> &mut Parts {
        Arc::make_mut(&mut self.0)
    }

    /// A fault of ours: the client learns only the request id, the log has the whole chain.
    pub fn internal(source: impl Error + Send + Sync + 'static) -> Self {
        Self::new(Code::Internal).caused_by(source)
    }

    /// Says what happened this time, in English and Vietnamese. Never a name, phone, birth date or personal number.
    pub fn detail(
        mut self,
        en: impl Into<Cow<'static, str>>,
        vi: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.parts().detail = Some(Text::new(en, vi));
        self
    }

    /// Adds one thing that is wrong with the input: `pointer` is a JSON pointer into the body (or the query read as an
    /// object), empty for the whole; `code` is kebab-case.
    pub fn error(
        mut self,
        pointer: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
        vi: impl Into<Cow<'static, str>>,
    ) -> Self {
        let fault = Fault {
            pointer: pointer.into(),
            code: code.into(),
            detail: Text::new(en, vi),
        };
        self.parts().faults.push(fault);
        self
    }

    /// Adds an extension member, such as `alternatives`. What cannot be serialized becomes `null`.
    pub fn with(mut self, member: &'static str, value: impl Serialize) -> Self {
        debug_assert!(
            !body::STANDARD_MEMBERS.contains(&member),
            "`{member}` is a standard member"
        );
        let json = to_raw_value(&value).or_else(|_| to_raw_value(&()));
        self.parts().members.extend(json.map(|json| (member, json)));
        self
    }

    /// Says when to try again. `busy`, `unavailable`, `timeout` and `too-many-requests` have a default.
    pub fn retry_after(self, seconds: u32) -> Self {
        self.header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// Sets a header of the response, such as `Allow`.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        let headers = &mut self.parts().headers;
        headers.retain(|(present, _)| *present != name);
        headers.push((name, value));
        self
    }

    /// Keeps what led here for the log; the client does not see it.
    pub fn caused_by(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.parts().source = Some(Arc::new(source));
        self
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Whether something in the input was named as wrong.
    pub fn has_errors(&self) -> bool {
        !self.0.faults.is_empty()
    }

    /// What led here, from the outside in, for the log.
    pub(crate) fn causes(&self) -> Option<String> {
        let mut next: Option<&dyn Error> =
            self.0.source.as_ref().map(|source| source.as_ref() as _);
        let mut chain = Vec::new();
        while let Some(error) = next {
            chain.push(error.to_string());
            next = error.source();
        }
        (!chain.is_empty()).then(|| chain.join(": "))
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code.slug())
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pointers: Vec<_> = self
            .0
            .faults
            .iter()
            .map(|fault| (&fault.pointer, &fault.code))
            .collect();
        f.debug_struct("Problem")
            .field("code", &self.0.code)
            .field("errors", &pointers)
            .finish_non_exhaustive()
    }
}

impl Error for Problem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_ref().map(|source| source.as_ref() as _)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.code.status()
    }

    /// An unfinished response: the problem travels in its extensions, the edge writes the body.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status_code());
        response.extensions_mut().insert(self.clone());
        response
    }
}
