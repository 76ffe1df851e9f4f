//! Everything that needs a database or a server. `README.md` tells how tests are written.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "in a test, what must not happen may panic"
)]

mod appointments;
mod attacks;
mod authz;
mod availability;
mod campaigns;
mod concurrency;
mod holds;
mod identity;
mod line;
mod model;
mod openapi;
mod plans;
mod privacy;
mod regressions;
mod simulation;
mod store;
mod waitlist;
