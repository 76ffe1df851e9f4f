//! One log line and two metrics for each request: method, route pattern, status, time.
//!
//! What was read without a hitch is logged at `debug`: in a rush these are thousands of lines a second that say no
//! more than the metrics do.
//!
//! Never the path itself, the query, a body or a header: they can carry names, phones and tokens.

use std::time::Duration;

use actix_web::http::{Method, StatusCode};

use crate::problem::Problem;

/// What stands for the route when the path matches none.
pub(super) const UNMATCHED: &str = "unmatched";

/// Logs and counts one answered request. Call it inside the request's span.
pub(super) fn record(
    method: &Method,
    route: &str,
    status: StatusCode,
    took: Duration,
    problem: Option<&Problem>,
) {
    let only_read = method.is_safe() && status.as_u16() < 400;
    let method = known(method);
    count(method, route, status, took);
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
        _ if only_read => tracing::debug!(method, route, status, latency_ms, "http.request"),
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

fn count(method: &'static str, route: &str, status: StatusCode, took: Duration) {
    let route = route.to_owned();
    metrics::counter!(
        "http_requests_total",
        "method" => method, "route" => route.clone(), "status" => status.as_u16().to_string()
    )
    .increment(1);
    metrics::histogram!("http_request_seconds", "method" => method, "route" => route)
        .record(took.as_secs_f64());
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
