//! The search: from an instance to a good plan.
//!
//! [`problem`] is the instance in dense indices, [`state`] a plan under change with its cost always at hand,
//! `start` makes a first plan, `ruin` and `insert` tear parts of it out and put them back better, `anneal` decides
//! what is kept, `solve` runs it on the cores there are, and `near` has the last word on who moves how far.
//!
//! Indices are `u32` in tables and `usize` in code. The casts between them are plain `as`: [`crate::limits`] keeps
//! every count far below `u32::MAX`, and an index that has been in a `u32` fits a `usize` on every target with
//! threads. Indexing is unchecked by the same argument: every index comes from the tables of the same problem.

mod anneal;
mod bits;
mod insert;
mod lap;
mod manner;
mod moves;
mod near;
mod part;
mod problem;
mod rng;
mod ruin;
mod score;
mod solve;
mod start;
mod state;
mod swap;
mod written;

pub(crate) use rng::Rng;
pub use solve::{Limit, Progress, Solution, solve};
