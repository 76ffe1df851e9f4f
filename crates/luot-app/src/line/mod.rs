//! The day: arrivals, tickets, stations, calls, and the line that joins them.
//!
//! Whoever changes a session's line holds it first (`held`): one row in the store, whose
//! version counts the changes. So calls are made one after the other across all servers, and
//! nobody is called twice. The order itself is `luot_domain::line`'s.
//!
//! After the commit, the index is brought up to date and followers are woken (`desk`). A
//! crash before that loses nothing: the index shows an old version and is built anew,
//! followers read what they missed from the store.
//!
//! The hazard: answering from the index without looking at its version.

mod act;
mod arrive;
mod call;
mod day;
mod desk;
mod finish;
mod follow;
mod held;
mod leave;
mod picture;
mod stations;
mod sweep;
mod take;
mod view;

pub use act::Act;
pub use desk::Desk;
pub use finish::Outcome;
pub use follow::{Change, Follower, Following, Told};
pub use stations::StationView;
pub use sweep::Swept;
pub use take::{Take, Taken};
pub use view::{CallView, LineView, TicketView, Waiter};
