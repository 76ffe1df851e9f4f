//! A problem as the client reads it.

use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::header::{CACHE_CONTROL, CONTENT_LANGUAGE},
};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{Code, MEDIA_TYPE, Problem};
use crate::locale::Locale;

/// Members that every problem has, so that an extension cannot be called like them.
pub(super) const STANDARD_MEMBERS: &[&str] = &[
    "type",
    "title",
    "status",
    "detail",
    "instance",
    "code",
    "request_id",
    "errors",
];

/// An error, after RFC 9457. Some codes bring further members, such as `alternatives` with `window-full`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "/problems/window-full",
    "title": "This window is full",
    "status": 409,
    "detail": "Only 2 places are left and the party needs 3.",
    "instance": "/v1/appointments",
    "code": "window-full",
    "request_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e"
}))]
pub struct ProblemBody<'a> {
    /// An address on this server that explains the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// Short and English, the same for every problem with this code.
    pub title: &'static str,
    /// The HTTP status again.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What happened this time and what to do, in English or Vietnamese by `Accept-Language`.
    pub detail: &'a str,
    /// The path of the request.
    pub instance: &'a str,
    /// What to switch on.
    pub code: Code,
    /// Names this request in our logs.
    pub request_id: &'a str,
    /// What is wrong with the input, where the input is at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FaultBody<'a>>,
    /// Further members by code.
    #[serde(flatten, serialize_with = "as_members")]
    #[schema(ignore)]
    pub members: &'a [(&'static str, Box<RawValue>)],
}

/// One thing that is wrong with the input.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fault, example = json!({
    "pointer": "/contact/phone", "code": "required", "detail": "This member is missing."
}))]
pub struct FaultBody<'a> {
    /// A JSON pointer (RFC 6901) into the body, or into the query read as an object. Empty for the whole.
    pub pointer: &'a str,
    /// Kebab-case; an open list.
    pub code: &'a str,
    /// What is wrong, in the language of the problem.
    pub detail: &'a str,
}

fn as_members<S: Serializer>(
    members: &[(&'static str, Box<RawValue>)],
    into: S,
) -> Result<S::Ok, S::Error> {
    into.collect_map(members.iter().map(|(name, json)| (name, json)))
}

/// What a problem has to know of the request it answers.
#[derive(Clone, Debug)]
pub(crate) struct Occasion {
    pub instance: String,
    pub request_id: String,
    pub locale: Locale,
}

impl Problem {
    /// The body for one request.
    pub(crate) fn body<'a>(&'a self, occasion: &'a Occasion) -> ProblemBody<'a> {
        let entry = self.0.code.entry();
        let locale = occasion.locale;
        let advice = match locale {
            Locale::En => entry.advice_en,
            Locale::Vi => entry.advice_vi,
        };
        let errors = self.0.faults.iter().map(|fault| FaultBody {
            pointer: &fault.pointer,
            code: &fault.code,
            detail: fault.detail.speak(locale),
        });
        ProblemBody {
            kind: self.0.code.type_uri(),
            title: entry.title,
            status: entry.status,
            detail: self
                .0
                .detail
                .as_ref()
                .map_or(advice, |detail| detail.speak(locale)),
            instance: &occasion.instance,
            code: self.0.code,
            request_id: &occasion.request_id,
            errors: errors.collect(),
            members: &self.0.members,
        }
    }

    /// The finished response.
    pub(crate) fn respond(&self, occasion: &Occasion) -> HttpResponse {
        let mut response = HttpResponseBuilder::new(self.status_code());
        response.content_type(MEDIA_TYPE);
        response.insert_header((CONTENT_LANGUAGE, occasion.locale.tag()));
        response.insert_header((CACHE_CONTROL, "no-store"));
        for header in &self.0.headers {
            response.insert_header(header.clone());
        }
        response.json(self.body(occasion))
    }
}
