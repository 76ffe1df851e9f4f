//! `cargo xtask demo`: builds the service and hands over to `luot demo`.
//!
//! What the demonstration does is the service's own business; this file only gets it built and started.

use std::os::unix::process::CommandExt as _;

use crate::Command;
use crate::support::{Context, Result, luot};

pub(crate) const COMMAND: Command = Command {
    name: "demo",
    about: "build, load Bình Gia, plan, publish, and serve on 127.0.0.1:8080",
    help: "Needs no running service: the database is embedded, under var/.
Every argument goes to `luot demo` (try `cargo xtask demo --help`); `--once` ends after the summary.",
    run,
};

fn run(context: &Context, arguments: &[String]) -> Result<()> {
    println!("demo: building the service (some minutes the first time)");
    let program = luot::build(context)?;
    // Replaced rather than waited for, so that Ctrl-C and the exit status are the service's own.
    let failure = luot::demo(&program)
        .args(arguments)
        .current_dir(&context.root)
        .exec();
    Err(format!("cannot start {}: {failure}", program.display()).into())
}
