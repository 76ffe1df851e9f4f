//! The only crate that knows SQL: entities, transactions, and functions by noun.
//!
//! [`Store::write`] is the only place that begins a writing transaction, [`Store::read`]
//! gives one consistent view. Functions take the transaction first, then the scope;
//! `find_*` may find nothing, `load_*` must find.
//!
//! The hazards: awaiting anything but the database inside a transaction, and taking
//! places otherwise than by the conditional update in [`pools`].

mod alone;
pub mod answers;
pub mod appointments;
pub mod audit;
mod bulk;
pub mod calls;
pub mod campaigns;
mod changed;
mod connect;
pub mod credentials;
pub mod entities;
mod error;
pub mod facts;
pub mod holds;
mod known;
pub mod layout;
pub mod lines;
mod migrate;
pub mod parents;
pub mod parts;
pub mod people;
pub mod plans;
pub mod pools;
pub mod privacy;
mod probe;
pub mod release;
pub mod retention;
pub mod sealed;
pub mod settings;
pub mod staff;
pub mod tickets;
mod transaction;
pub mod views;
pub mod visits;
pub mod waitlist;
mod writers;

pub use alone::Alone;
pub use changed::{Changed, Listener, Place, Reordered};
pub use connect::{BATCH_CONNECTIONS, Backend, ConnectError};
pub use error::{Conflict, StoreError};
pub use probe::{Point, Probe};
pub use sea_orm::Set;
pub use transaction::{FromStore, Store, Tx, Work, Written};
pub use writers::Turn;

/// An instant, UTC, to the microsecond.
pub type Instant = chrono::DateTime<chrono::Utc>;
