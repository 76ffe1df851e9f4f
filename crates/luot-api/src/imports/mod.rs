//! Imports: the official tables and lists as they come.

mod create;

use crate::openapi::Endpoints;

/// Adds the imports' endpoint.
pub(crate) fn routes(endpoints: &mut Endpoints<'_>) {
    endpoints.service(create::create);
}
