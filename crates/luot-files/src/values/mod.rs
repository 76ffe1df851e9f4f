//! What stands in a cell, as a value: numbers, hours, months, lists of days, whole dates.
//!
//! Pure and without a report: each gives the value and what was odd about it, or that it cannot be
//! read; the readers know the row and say so.

mod date;
mod days;
mod hours;
mod numbers;

pub(crate) use date::{NoDate, date};
pub(crate) use days::{Day, Days, Month, days, month};
pub(crate) use hours::hours;
pub(crate) use numbers::{Whole, leading_whole, swallowed_thousands, whole};
