//! Places that can receive machines: police offices, one-stop offices, schools, village halls. List, create, read, change, retire.

mod body;
mod change;
mod create;
mod get;
mod list;
mod retire;

use crate::openapi::Endpoints;

/// Adds the endpoints of sites.
pub(crate) fn routes(endpoints: &mut Endpoints<'_>) {
    endpoints
        .service(list::list)
        .service(create::create)
        .service(get::get)
        .service(change::change)
        .service(retire::retire);
}
