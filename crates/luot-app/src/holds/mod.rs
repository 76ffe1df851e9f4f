//! Places kept for a few minutes while a form is filled in.

mod give_back;
mod keep;

pub use keep::{Held, Keep};
