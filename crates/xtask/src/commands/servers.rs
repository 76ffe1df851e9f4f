//! `cargo xtask servers`: the throw-away servers, for work by hand.

use std::io::Write as _;

use crate::Command;
use crate::support::servers::Servers;
use crate::support::tools;
use crate::support::{Context, Result};

pub(crate) const COMMAND: Command = Command {
    name: "servers",
    about: "start a throw-away PostgreSQL and Redis and wait for Ctrl-C",
    help: "Prints what to export so that a plain `cargo test` finds them. Both are deleted when this ends.",
    run,
};

fn run(_: &Context, arguments: &[String]) -> Result<()> {
    if !arguments.is_empty() {
        return Err("servers takes no arguments".into());
    }
    tools::ensure(&[tools::Need::Postgres, tools::Need::Redis])?;
    let servers = Servers::start()?;
    for (name, value) in servers.environment() {
        println!("export {name}={value}");
    }
    println!("# running until Ctrl-C; then they are deleted");
    std::io::stdout().flush()?;
    // Ctrl-C ends this process; the servers notice by themselves (see `support::throwaway`).
    loop {
        std::thread::park();
    }
}
