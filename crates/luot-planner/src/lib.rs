//! The rotation problem: where each enrolment machine stands, shift by shift, and which people come to which session.
//!
//! Here live the instance and its file format, the rules and the cost, the search for a good plan, the explanation
//! of a plan, the comparison of two plans, and what to do after a disruption. Here does not live: reading files,
//! clocks, threads that outlive a call, randomness other than the seed that is passed in.
//!
//! The hazard: [`check`] and the search state count the same cost in two ways. The first is the judge and is written
//! for being read; the second is incremental. Tests hold them together.

pub mod limits;

mod blocks;
mod calendar;
mod check;
mod diff;
mod explain;
pub mod generate;
mod pins;
mod read;
mod rebalance;
mod search;
mod types;
mod wire;
mod words;

pub use blocks::{Block, blocks};
pub use calendar::records;
pub use check::check;
pub use diff::{Diff, MachineMove, Move, When, diff};
pub use explain::{Relief, Unserved, explain};
pub use pins::lift_pins;
pub use read::{read_instance, read_plan};
pub use rebalance::{
    Disruption, Moment, Proposal, Rebalance, as_published, disrupt, left_over, proposals,
    without_stopped,
};
pub use search::{Limit, Progress, Solution, solve};
pub use types::{
    Allotment, Assessment, Calendar, Cohort, Costs, FORMAT, Fault, Finding, Instance, Machine,
    Names, Placement, Plan, Running, Service, Shift, Site, Terms,
};
