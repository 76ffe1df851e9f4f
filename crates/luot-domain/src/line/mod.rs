//! The line of a session on the day: who is next, how long it takes, and why.
//!
//! One discipline decides all three ([`order`]): each ticket has an *effective time*, and the
//! least is next. [`estimate`] reads waiting times off the same order, [`words`] tells a
//! person why, [`pace`] and [`room`] say how many more fit into the day.
//!
//! Effective times are fixed when somebody arrives; only a miss and a parking change them,
//! and only to later ones. So whoever waits is passed by a bounded number of people: nobody
//! starves (there is a property test).
//!
//! The hazard: a second idea of the order elsewhere, such as an `ORDER BY` on something
//! else than [`order::rank`].

pub mod estimate;
pub mod order;
pub mod pace;
pub mod policies;
pub mod room;
pub mod words;

#[cfg(test)]
mod fairness_tests;

/// An instant, UTC.
pub type Instant = chrono::DateTime<chrono::Utc>;
