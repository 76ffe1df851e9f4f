//! Waiting for places: `/v1/waitlist-entries`, `/v1/offers`.

mod claims;
mod joining;
mod many;
mod offers;
mod order;
