//! What belongs to whoever is asking: who they are, password and authenticator, a parent's
//! children and their appointments.

mod appointments;
mod child;
mod children;
mod confirm_totp;
mod get;
mod password;
mod totp;

use crate::openapi::Endpoints;

/// Adds the endpoints of oneself.
pub(crate) fn routes(endpoints: &mut Endpoints<'_>) {
    endpoints
        .service(get::get)
        .service(password::change)
        .service(totp::create)
        .service(confirm_totp::confirm)
        .service(children::list)
        .service(child::create)
        .service(appointments::list);
}
