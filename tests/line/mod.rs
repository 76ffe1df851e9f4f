//! The day: `/v1/sessions/{id}/arrivals`, `tickets`, `stations`, `line`; `/v1/calls/…`.

mod arrivals;
mod breakdowns;
mod calls;
mod events;
mod jobs;
mod loss;
mod tickets;
