//! For those who run the service: is it alive, is it ready, how is it doing, what can it do.
//!
//! One file per thing instead of per verb, since each has only `GET`.

mod docs;
mod document;
mod health;
mod metrics;
mod problem;
mod readiness;

pub use self::{
    docs::docs,
    metrics::MetricsPage,
    readiness::{Check, CheckState, Readiness, ReadyReport},
};
use crate::openapi::Endpoints;

/// Adds the operational endpoints.
pub(crate) fn routes(endpoints: &mut Endpoints<'_>) {
    endpoints
        .service(health::get_health)
        .service(readiness::get_readiness)
        .service(metrics::get_metrics)
        .service(document::get_document)
        .service(problem::get_problem);
}
