//! What is kept, and how: keys, the trail, what leaks and what does not.

mod claims;
mod export;
pub(crate) mod keys;
mod known;
mod requests;
mod retention;
mod shared;
mod texts;
mod trail;
