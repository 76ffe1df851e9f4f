//! The one binary, `luot`: configuration, telemetry, and a command a file.
//!
//! Here: what a process is told and how it starts and stops. Not here: what it does.

pub mod commands;
pub mod config;
mod keyfile;
mod outside;
pub mod ready;
pub mod telemetry;

use std::error::Error;

/// What a command gives: nothing, or why it could not.
pub type Outcome = Result<(), Box<dyn Error>>;

/// Says an error with all its causes, one a line.
#[must_use]
pub fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str("\n  because: ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
