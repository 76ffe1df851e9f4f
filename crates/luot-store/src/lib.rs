//! x
pub mod entities;
