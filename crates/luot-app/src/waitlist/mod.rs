//! Waiting for places: joining and leaving, being offered some, taking or declining them.
//!
//! Places that come free go through `settle` in the transaction that frees them: whoever
//! waits is offered them at once; what nobody takes cools. They count as taken all the while,
//! so that nobody can snatch them in between.

mod again;
mod answer;
mod entries;
mod expire;
mod get;
mod join;
mod leave;
mod rank;
mod settle;

pub use get::{OfferView, PassedOver, WaitlistView};
pub use join::{Join, Joined};

pub(crate) use entries::{claims, serve, withdraw};
pub(crate) use settle::{Cooled, Freed, cool, look, settle};
