//! `cargo xtask simulate`: a commune's campaign played from a seed against the real service.

use crate::Command;
use crate::support::redis::Redis;
use crate::support::{Context, Result, run_to_end};

pub(crate) const COMMAND: Command = Command {
    name: "simulate",
    about: "play a commune's campaign from a seed, with crashes and losses, and check it after every event",
    help: "  cargo xtask simulate --seed N [--days 15] [--records 48] [--index together|apart|redis]

Families and schools book, wait for places, come early, late or not at all, others walk in; machines break down for days to
come and in the middle of a session, and what is proposed is published; two servers die at any step of what they do. The
line's index is emptied, away, behind and ahead: one that both servers share in memory (together), one each (apart), or one
on a Redis that is started for it (redis). The same seed plays the same story, wherever the index is.
After every event that wrote something everything is checked; what is broken is told with its seed and event, and with the
command that plays it again. At the end it prints waiting times, utilisation, fairness, who was not served and why, and how
well the estimates held.",
    run,
};

fn run(context: &Context, arguments: &[String]) -> Result<()> {
    let mut play = context.cargo();
    play.args(["run", "--release", "--quiet"])
        .args(["--package", "luot-testkit"])
        .args(["--example", "simulate", "--"])
        .args(arguments);
    if !arguments.iter().any(|word| word == "redis") {
        return run_to_end(&mut play);
    }
    let redis = Redis::start()?;
    run_to_end(play.env("LUOT_TEST_REDIS", redis.url()))
}
