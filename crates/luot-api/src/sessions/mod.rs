//! What is published: sessions with their numbers, the windows that can be booked, the times of a class or village.

mod availability;
mod body;
mod get;
mod list;
mod timetable;

use crate::openapi::Endpoints;

/// Adds the sessions' endpoints.
pub(crate) fn routes(endpoints: &mut Endpoints<'_>) {
    endpoints
        .service(availability::list)
        .service(list::list)
        .service(get::get)
        .service(timetable::list);
}
