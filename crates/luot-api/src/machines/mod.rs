//! Enrolment kits. Only staff see them. List, create, read, change, retire.

mod body;
mod change;
mod create;
mod get;
mod list;
mod retire;

use crate::openapi::Endpoints;

/// Adds the endpoints of machines.
pub(crate) fn routes(endpoints: &mut Endpoints<'_>) {
    endpoints
        .service(list::list)
        .service(create::create)
        .service(get::get)
        .service(change::change)
        .service(retire::retire);
}
