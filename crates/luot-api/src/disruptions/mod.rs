//! Disruptions: reported, and answered with ranked drafts.

mod create;

use crate::openapi::Endpoints;

/// Adds the disruptions' endpoint.
pub(crate) fn routes(endpoints: &mut Endpoints<'_>) {
    endpoints.service(create::create);
}
