//! `cargo xtask tidy`: the rules of the house that a compiler does not know.

use crate::support::{Context, Result};
use crate::{Command, tidy};

pub(crate) const COMMAND: Command = Command {
    name: "tidy",
    about: "check the rules of the house: imports, sizes, absences",
    help: "Reads `cargo metadata` and the files that git knows or would add; builds nothing.
Each rule is a file under crates/xtask/src/tidy, and says there why it exists.",
    run,
};

fn run(context: &Context, arguments: &[String]) -> Result<()> {
    if !arguments.is_empty() {
        return Err("tidy takes no arguments".into());
    }
    check(context)
}

/// Runs every rule, prints what they found, and fails when that is anything.
pub(crate) fn check(context: &Context) -> Result<()> {
    let findings = tidy::inspect(context)?;
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        1 => Err("one rule of the house is broken".into()),
        many => Err(format!("{many} findings").into()),
    }
}
