//! The texts that people agree to before a child's data is stored.

mod list;

use crate::openapi::Endpoints;

/// Adds the endpoint of the texts.
pub(crate) fn routes(endpoints: &mut Endpoints<'_>) {
    endpoints.service(list::list);
}
