//! What several commands need: where things are, how programs are run, throw-away servers.

mod context;
pub(crate) mod deny;
pub(crate) mod luot;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod python;
pub(crate) mod redis;
pub(crate) mod servers;
pub(crate) mod throwaway;
pub(crate) mod tools;
pub(crate) mod wait;

pub(crate) use context::{Context, run_to_end, say};

/// A failure is a sentence for the person at the keyboard; nothing here is handled by kind.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;
