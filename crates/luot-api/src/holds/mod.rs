//! Holds: places kept for some minutes while a form is filled in.

mod create;
mod give_back;

use crate::openapi::Endpoints;

/// Adds the holds' endpoints.
pub(crate) fn routes(endpoints: &mut Endpoints<'_>) {
    endpoints
        .service(create::create)
        .service(give_back::give_back);
}
