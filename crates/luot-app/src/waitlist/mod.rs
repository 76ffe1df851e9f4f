//! Waiting for places: joining and leaving, being offered some, taking or declining them.
//!
//! Places that come free cool from the transaction on that frees them, are offered to who
//! waits in the next, and once more when they have cooled; what nobody takes opens to
//! everybody. They count as taken all the while, so that nobody can snatch them in between.

mod again;
mod answer;
mod change;
mod consume;
mod entries;
mod expire;
mod get;
mod join;
mod joining;
mod leave;
mod look;
mod order;
mod settle;
mod withdrawn;

pub use change::EntryChange;
pub use get::{OfferView, PassedOver, WaitlistView};
pub use join::{Join, Joined};

pub(crate) use entries::{claims, serve, withdraw};
pub(crate) use joining::Joining;
pub(crate) use look::look;
pub(crate) use order::Orders;
pub(crate) use settle::{Cooled, Freed, cool, offer, offer_at_once};
pub(crate) use withdrawn::leave_all;
