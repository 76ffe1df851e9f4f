//! Booking as a function over facts: load the facts, [`decide()`], write what was decided.
//!
//! The facts of many requests can be loaded at once, and each decision is noted in them
//! ([`Facts::note`]) before the next is made: that is how requests share a transaction.

pub mod alternatives;
mod consent;
mod decide;
mod eligibility;
mod facts;
mod hold;
mod refusal;

pub use consent::Consent;
pub(crate) use decide::service_for;
pub use decide::{Asked, AskedPerson, Decision, Given, Mover, decide, decide_move};
pub use eligibility::{Ineligible, eligible};
pub use facts::{Cohort, Facts, Live, Person, Pool, Service, Window};
pub use hold::{AskedHold, Hold, Kept, Kind, decide_hold, gather};
pub use refusal::Refusal;
