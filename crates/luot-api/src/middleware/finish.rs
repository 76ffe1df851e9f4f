//! Turns whatever came back into what may go out: our problems completed, foreign errors replaced.

use actix_web::{
    HttpResponse,
    body::{BoxBody, MessageBody},
    http::{
        StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
            CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
            HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY,
            X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
};

use super::arrival::{Arrival, REQUEST_ID};
use crate::problem::Problem;

/// Completes a response. Also gives back the problem, for the log.
pub(super) fn finish<B>(
    response: HttpResponse<B>,
    arrival: &Arrival,
) -> (HttpResponse, Option<Problem>)
where
    B: MessageBody + 'static,
{
    let problem = problem_in(&response);
    let mut response = match &problem {
        Some(problem) => replace(&response, problem, arrival),
        None => response.map_into_boxed_body(),
    };
    if let Some(id) = arrival.id_header() {
        response
            .headers_mut()
            .insert(HeaderName::from_static(REQUEST_ID), id);
    }
    guard(&mut response);
    share(&mut response, arrival);
    (response, problem)
}

/// What a browser is told so that it does not help an attacker.
fn guard(response: &mut HttpResponse) {
    let kind = response.headers().get(CONTENT_TYPE);
    let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    // A page of ours brings its own scripts and styles; data brings nothing.
    let policy = if is_page {
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    } else {
        "default-src 'none'; frame-ancestors 'none'"
    };
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CONTENT_SECURITY_POLICY, policy),
        // Counts over HTTPS only, as the standard has it.
        (STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
}

/// With whom the answer may be shared, and where the caller stands.
fn share(response: &mut HttpResponse, arrival: &Arrival) {
    let headers = response.headers_mut();
    if arrival.personal && !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
    if let Some(origin) = &arrival.origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.append(VARY, HeaderValue::from_static("Origin"));
        let exposed = "ETag, Location, Retry-After, X-Request-Id, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset";
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static(exposed),
        );
    }
    if let Some(standing) = &arrival.standing {
        for (name, value) in [
            ("ratelimit-limit", standing.limit),
            ("ratelimit-remaining", standing.taken.left),
            ("ratelimit-reset", standing.taken.full_in),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
        }
    }
}

/// The answer to a browser that asks what a page may send. No cookies: a page of another origin brings its token.
pub(super) fn preflight() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((
            ACCESS_CONTROL_ALLOW_METHODS,
            "GET, POST, PUT, PATCH, DELETE",
        ))
        .insert_header((
            ACCESS_CONTROL_ALLOW_HEADERS,
            "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Accept-Language, X-Request-Id",
        ))
        .insert_header((ACCESS_CONTROL_MAX_AGE, "7200"))
        .finish()
}

/// The problem that a response is about: ours, or the one that a foreign error amounts to.
fn problem_in<B>(response: &HttpResponse<B>) -> Option<Problem> {
    if let Some(problem) = response.extensions().get::<Problem>() {
        return Some(problem.clone());
    }
    let status = response.status();
    // A page for people may have its own page for an error.
    let is_page = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let is_error = status.is_client_error() || status.is_server_error();
    (is_error && !is_page).then(|| Problem::new(crate::problem::Code::for_status(status)))
}

/// Writes the problem, keeping what headers were set further in (`Allow`, `RateLimit-*`, …).
fn replace<B>(
    response: &HttpResponse<B>,
    problem: &Problem,
    arrival: &Arrival,
) -> HttpResponse<BoxBody> {
    let mut finished = problem.respond(&arrival.occasion);
    for (name, value) in response.headers() {
        let of_the_body = [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_ENCODING].contains(name);
        if !of_the_body && !finished.headers().contains_key(name) {
            finished.headers_mut().append(name.clone(), value.clone());
        }
    }
    debug_assert_ne!(finished.status(), StatusCode::OK);
    finished
}
