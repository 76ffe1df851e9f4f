//! One table a file; the columns are told in the migrations.
//!
//! Models stay inside the server: the API has types of its own.

pub mod allotment;
pub mod appointment;
pub mod audit;
pub mod audit_link;
pub mod booking;
pub mod call;
pub mod campaign;
pub mod child;
pub mod cohort;
pub mod consent;
pub mod credential;
pub mod day_line;
pub mod first_answer;
pub mod guardian;
pub mod hold;
pub mod hold_place;
pub mod legal_hold;
pub mod line_event;
pub mod machine;
pub mod outbox;
pub mod outcome;
pub mod parent;
pub mod person;
pub mod phone_code;
pub mod plan;
pub mod pool;
pub mod privacy_request;
pub mod recovery_code;
pub mod roster_entry;
pub mod service;
pub mod session;
pub mod setting;
pub mod shift;
pub mod site;
pub mod slot;
pub mod staff;
pub mod staff_scope;
pub mod station;
pub mod target;
pub mod ticket;
pub mod token;
pub mod unit;
pub mod waitlist_entry;
pub mod waitlist_person;
