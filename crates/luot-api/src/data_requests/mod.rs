//! What parents ask about the data on their children, and what staff owe.

mod create;
mod decide;
mod export;
mod list;

use crate::openapi::Endpoints;

/// Adds the endpoints of requests about data.
pub(crate) fn routes(endpoints: &mut Endpoints<'_>) {
    endpoints
        .service(export::export)
        .service(create::create)
        .service(list::list)
        .service(decide::decide);
}
