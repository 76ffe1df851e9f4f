//! The day itself: arrivals, tickets, stations, calls, the line, and following it.

mod act;
mod arrive;
mod body;
mod call;
mod close_station;
mod finish;
mod follow;
mod get;
mod get_call;
mod get_ticket;
mod leave;
mod list_stations;
mod open_station;
mod park;
mod resume;
mod take;

use crate::openapi::Endpoints;

/// Adds the day's endpoints.
pub(crate) fn routes(endpoints: &mut Endpoints<'_>) {
    endpoints
        .service(arrive::create)
        .service(take::create)
        .service(get_ticket::get)
        .service(resume::resume)
        .service(leave::leave)
        .service(list_stations::list)
        .service(open_station::create)
        .service(close_station::close)
        .service(call::create)
        .service(get_call::get)
        .service(act::recall)
        .service(act::serve)
        .service(act::miss)
        .service(park::park)
        .service(finish::finish)
        .service(get::get)
        .service(follow::follow);
}
