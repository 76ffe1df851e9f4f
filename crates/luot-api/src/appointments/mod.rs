//! Appointments: book, look up, show, move, cancel.

pub(crate) mod body;
mod cancel;
mod create;
mod get;
pub(crate) mod party;
mod qr;
mod relocate;

pub(crate) use body::Appointment;

use crate::openapi::Endpoints;

/// Adds the appointments' endpoints.
pub(crate) fn routes(endpoints: &mut Endpoints<'_>) {
    endpoints
        .service(create::create)
        .service(get::get)
        .service(qr::get)
        .service(relocate::relocate)
        .service(cancel::cancel);
}
