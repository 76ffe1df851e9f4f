//! Campaigns: create from an instance, list, read, change.

mod body;
mod change;
mod create;
mod get;
mod instance;
mod line_policies;
mod list;
mod policies;
mod trail;

use crate::openapi::Endpoints;

/// Adds the campaigns' endpoints.
pub(crate) fn routes(endpoints: &mut Endpoints<'_>) {
    endpoints
        .service(create::create)
        .service(list::list)
        .service(get::get)
        .service(change::change)
        .service(trail::list);
}
