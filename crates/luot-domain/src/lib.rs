//! What a campaign, window, pool, appointment and person is, and what may happen to it.
//!
//! Pure: no IO, not async; the time, ids and keys are passed in. The rules of booking
//! live in [`booking`], the order of the day's line in [`mod@line`], what publishing does to a day in [`windows`] and [`pools`], and
//! what publishing again does to people's places in [`republish`].
//!
//! The hazard: a rule written elsewhere. If a request can be refused for it, it belongs here.

pub mod appointment;
pub mod area;
pub mod booking;
pub mod calendar;
pub mod clock;
pub mod consent_texts;
pub mod finding;
pub mod line;
pub mod person;
pub mod phone;
pub mod policies;
pub mod pools;
pub mod republish;
pub mod share;
pub mod text;
pub mod waitlist;
pub mod windows;
