//! Plans: made in the background, read, compared, cancelled, published.

mod annex;
mod apply;
mod blocks;
mod cancel;
mod diff;
mod enter;
mod get;
mod layout;
mod present;
mod publish;
mod run;
mod start;

pub use blocks::Block;
pub use diff::PlanDiff;
pub use get::{PlanState, PlanView};
pub use publish::Published;
pub(crate) use publish::publish_as_it_stands;
pub use run::Planners;
pub use start::{PlanOptions, PlanRequest, Started};
