//! Turns whatever came back into what may go out: our problems completed, foreign errors replaced.

use actix_web::{
    HttpResponse,
    body::{BoxBody, MessageBody},
    http::{
        StatusCode,
        header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue},
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
    let nosniff = HeaderValue::from_static("nosniff");
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-content-type-options"), nosniff);
    (response, problem)
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
