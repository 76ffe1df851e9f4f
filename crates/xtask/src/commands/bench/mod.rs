//! `cargo xtask bench`: measuring. `planner` shows what the planner finds in how many seconds,
//! `rush` how many bookings a second the service takes, `line` tickets and calls on the day.

mod line;
mod planner;
mod rush;

use crate::Command;
use crate::support::{Context, Result};

pub(crate) const COMMAND: Command = Command {
    name: "bench",
    about: "measure: `bench planner` shows costs after 1, 2, 5 and 20 seconds, `bench rush` bookings a second",
    help: "  line [--debug]\n            the day's line against bare Redis, and calls by fifty stations; saves target/bench/line.json\n  planner [--seconds 1,2,5,20] [--seed N] [NAME…]\n            the instances in tests/instances, or those named; saves target/bench/planner.json\n  rush [--rounds 5] [--seconds 6] [--short] [FIGURE…]\n            bookings, refusals and reads a second against plain PostgreSQL and a bare handler;\n            saves target/bench/rush.json. --short tries it out in about a minute,\n            --programs FOLDER takes what has been built there",
    run,
};

fn run(context: &Context, arguments: &[String]) -> Result<()> {
    match arguments.split_first() {
        Some((what, rest)) if what == "line" => line::line(context, rest),
        Some((what, rest)) if what == "planner" => planner::planner(context, rest),
        Some((what, rest)) if what == "rush" => rush::rush(context, rest),
        _ => Err(
            "bench takes `line`, `planner` or `rush`; `cargo xtask bench --help` says more".into(),
        ),
    }
}
