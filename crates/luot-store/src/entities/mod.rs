//! One table a file; the columns are told in the migrations.
//!
//! Models stay inside the server: the API has types of its own.

pub mod allotment;
pub mod appointment;
pub mod audit;
pub mod booking;
pub mod campaign;
pub mod cohort;
pub mod first_answer;
pub mod machine;
pub mod outbox;
pub mod person;
pub mod plan;
pub mod pool;
pub mod roster_entry;
pub mod service;
pub mod session;
pub mod setting;
pub mod shift;
pub mod site;
pub mod slot;
pub mod staff;
pub mod target;
pub mod unit;
