//! Appointments: book, look up, move, cancel.

mod body;
mod cancel;
mod create;
mod get;
mod relocate;

use crate::openapi::Endpoints;

/// Adds the appointments' endpoints.
pub(crate) fn routes(endpoints: &mut Endpoints<'_>) {
    endpoints
        .service(create::create)
        .service(get::get)
        .service(relocate::relocate)
        .service(cancel::cancel);
}
