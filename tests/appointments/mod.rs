//! `/v1/appointments`

mod cancel;
mod create;
mod get;
mod idempotency;
mod qr;
mod relocate;
