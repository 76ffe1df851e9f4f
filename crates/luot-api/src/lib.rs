//! The service over HTTP: one file an endpoint, what endpoints share, and the OpenAPI document.
//!
//! Here: requests and responses, extractors, problems (RFC 9457), what happens around every request, and
//! `app::app`, which puts it together.
//! Not here: who may do what, and what happens then (use cases), SQL, files, start-up and configuration.
//!
//! The hazard: only handlers added with `Endpoints::service` are served *and* documented. There is no `.route`.

pub mod app;
mod appointments;
mod campaigns;
mod children;
mod cohorts;
mod consent_texts;
mod data_requests;
mod disruptions;
pub mod etag;
pub mod extract;
mod fallback;
pub mod guards;
mod holds;
mod imports;
pub mod limits;
mod line;
pub mod locale;
mod machines;
mod me;
pub mod middleware;
mod offers;
pub mod openapi;
pub mod operations;
mod parts;
mod plans;
pub mod problem;
mod rosters;
mod sessions;
mod shifts;
mod sign_ins;
mod sites;
mod staff;
mod waitlist;
mod words;
