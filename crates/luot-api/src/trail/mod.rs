//! Who did what, by ids.

mod list;

use crate::openapi::Endpoints;

/// Adds the endpoints of the trail.
pub(crate) fn routes(endpoints: &mut Endpoints<'_>) {
    endpoints.service(list::list);
}
