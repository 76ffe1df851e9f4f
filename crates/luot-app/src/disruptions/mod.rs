//! Disruptions: what went wrong becomes a fact of the campaign at once, and is answered with
//! up to three drafts, ranked. Publishing one of them is the decision.

mod facts;
mod report;
mod what;

pub(crate) use facts::left_over_of;
pub(crate) use report::look;
pub use report::{Answered, Disrupted, ProposalView, Report, answers, patience};
pub use what::{Bound, What};
