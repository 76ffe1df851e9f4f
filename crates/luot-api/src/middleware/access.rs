//! One log line and two metrics for each request: method, route pattern, status, time.
//!
//! What was read without a hitch is logged at `debug`, and so is that a window was full: in a rush these are thousands
//! of lines a second that say no more than the metrics do.
//!
//! Never the path itself, the query, a body or a header: they can carry names, phones and tokens.

use std::{cell::RefCell, collections::HashMap, time::Duration};

use actix_web::http::{Method, StatusCode};
use metrics::{Counter, Histogram};

use crate::problem::{Code, Problem};

/// What stands for the route when the path matches none.
pub(super) const UNMATCHED: &str = "unmatched";

/// Logs and counts one answered request. Call it inside the request's span.
pub(super) fn record(
    method: &Method,
    route: Route<'_>,
    status: StatusCode,
    took: Duration,
    problem: Option<&Problem>,
) {
    let only_read = method.is_safe() && status.as_u16() < 400;
    let was_full = problem.is_some_and(|problem| problem.code() == Code::WindowFull);
    let method = known(method);
    match route {
        Route::Ours(route) => counted(method, route, status.as_u16(), took),
        Route::Other(route) => Counts::new(method, route, status.as_u16()).add(took),
    }
    let (Route::Ours(route) | Route::Other(route)) = route;
    let status = status.as_u16();
    let latency_ms = took.as_secs_f64() * 1000.0;
    let code = problem.map(|problem| problem.code().slug());
    let error = problem.and_then(Problem::causes);
    let error = error.as_deref();
    match status {
        500 => tracing::error!(
            method,
            route,
            status,
            latency_ms,
            code,
            error,
            "http.request"
        ),
        501.. => tracing::warn!(
            method,
            route,
            status,
            latency_ms,
            code,
            error,
            "http.request"
        ),
        _ if only_read || was_full => {
            tracing::debug!(method, route, status, latency_ms, code, "http.request");
        }
        _ => tracing::info!(
            method,
            route,
            status,
            latency_ms,
            code,
            error,
            "http.request"
        ),
    }
}

/// The pattern that a path matched.
#[derive(Clone, Copy)]
pub(super) enum Route<'a> {
    /// Of the document, or [`UNMATCHED`].
    Ours(&'static str),
    /// Of a page.
    Other(&'a str),
}

/// The two metrics of requests that are alike.
struct Counts {
    answered: Counter,
    seconds: Histogram,
}

impl Counts {
    fn new(method: &'static str, route: &str, status: u16) -> Self {
        let route = route.to_owned();
        let (alike, status) = (route.clone(), status.to_string());
        Self {
            answered: metrics::counter!(
                "http_requests_total", "method" => method, "route" => alike, "status" => status
            ),
            seconds: metrics::histogram!(
                "http_request_seconds", "method" => method, "route" => route
            ),
        }
    }

    fn add(&self, took: Duration) {
        self.answered.increment(1);
        self.seconds.record(took.as_secs_f64());
    }
}

/// Counts without looking the metrics up each time. There are as many as routes, methods and statuses we have.
fn counted(method: &'static str, route: &'static str, status: u16, took: Duration) {
    thread_local! {
        static KNOWN: RefCell<HashMap<(&'static str, &'static str, u16), Counts>> = RefCell::default();
    }
    KNOWN.with_borrow_mut(|known| {
        let key = (method, route, status);
        let counts = known
            .entry(key)
            .or_insert_with(|| Counts::new(method, route, status));
        counts.add(took);
    });
}

/// A method that was made up must not become a label of its own.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::TRACE => "TRACE",
        _ => "OTHER",
    }
}
