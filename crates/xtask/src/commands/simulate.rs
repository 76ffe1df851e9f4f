//! `cargo xtask simulate`: a commune's campaign played from a seed against the real service.

use crate::Command;
use crate::support::{Context, Result, run_to_end};

pub(crate) const COMMAND: Command = Command {
    name: "simulate",
    about: "play a commune's campaign from a seed, with crashes and losses, and check it after every event",
    help: "  cargo xtask simulate --seed N [--days 15] [--records 48] [--check-every 50]

Families and schools book, wait for places, come early, late or not at all, others walk in, machines break down and the
plan is made anew, servers crash between any two steps and lose the line's index. The same seed plays the same story;
what is broken is told with its seed and event. After each event what it touched is checked, and everything after so
many; with --check-every 1 after each.
At the end it prints waiting times, utilisation, fairness, and how well the estimates held.",
    run,
};

fn run(context: &Context, arguments: &[String]) -> Result<()> {
    run_to_end(
        context
            .cargo()
            .args(["run", "--release", "--quiet"])
            .args(["--package", "luot-testkit"])
            .args(["--example", "simulate", "--"])
            .args(arguments),
    )
}
