//! Offers made to those who wait.

mod accept;
mod decline;

use crate::openapi::Endpoints;

/// Adds the offers' endpoints.
pub(crate) fn routes(endpoints: &mut Endpoints<'_>) {
    endpoints.service(accept::accept).service(decline::decline);
}
