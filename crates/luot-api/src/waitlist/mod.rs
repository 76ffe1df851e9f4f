//! The waitlist: parties that wait for places.

mod body;
mod change;
mod create;
mod get;
mod leave;

use crate::openapi::Endpoints;

/// Adds the waitlist's endpoints.
pub(crate) fn routes(endpoints: &mut Endpoints<'_>) {
    endpoints
        .service(create::create)
        .service(get::get)
        .service(change::change)
        .service(leave::leave);
}
