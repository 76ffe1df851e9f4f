//! A commune's campaign, played from one seed against the real service: families and schools
//! book, wait for places, answer offers, move, cancel, come early, late or not at all; others
//! walk in; stations vanish; machines break down, for days to come and in the middle of a
//! session, and what is proposed is published; two servers share the work, and die at any
//! step of it; the line's index is emptied, away, behind and ahead. After every event the
//! invariants are checked ([`crate::rules`], and the line's own). The same seed plays the same
//! story, wherever the index is kept.
//!
//! Time is the test's clock; nothing waits. It runs fastest on a runtime of one thread: each
//! statement is handed to SQLite's thread and back, and there is nobody else to hand to.

mod breaks;
mod campaign;
mod checks;
mod crash;
mod day;
mod dice;
mod ends;
mod index;
mod report;
mod town;
mod world;

use std::fmt;

pub use crash::{Crashes, Kind};
pub use ends::Unserved;
pub use report::{Report, Waitlist};

/// Where the line's index is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Each server has its own in memory: it hears of the other's changes from the store.
    Apart,
    /// The servers share one, as they would share a Redis.
    Together,
    /// They share a real Redis: the tests'.
    OnRedis,
}

/// Something done to the database behind the service's back, which the checks must find.
#[derive(Debug, Clone, Copy)]
pub struct Sabotage {
    /// A question; it is done once the answer is not nought.
    pub when: &'static str,
    /// What is done.
    pub sql: &'static str,
}

/// What to play.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// Days with a session.
    pub days: u32,
    /// Records a machine takes in its session of four hours.
    pub records: u32,
    /// Where the index is kept.
    pub kept: Kept,
    /// For tests of the checks.
    pub sabotage: Option<Sabotage>,
}

/// Steps in which answers to a breakdown are looked for: by steps and not by time, so that
/// the same seed finds the same.
const PROPOSAL_STEPS: u64 = 600;

impl Plan {
    /// A campaign of three weeks.
    #[must_use]
    pub const fn weeks(seed: u64) -> Self {
        Self {
            seed,
            days: 15,
            records: 48,
            kept: Kept::Together,
            sabotage: None,
        }
    }

    /// Three short days, for a test.
    #[must_use]
    pub const fn short(seed: u64) -> Self {
        Self {
            days: 3,
            records: 20,
            ..Self::weeks(seed)
        }
    }

    /// With the index kept elsewhere.
    #[must_use]
    pub const fn with_index(mut self, kept: Kept) -> Self {
        self.kept = kept;
        self
    }

    /// As words of a command name it.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn read(words: &[String]) -> Result<Self, String> {
        let mut plan = Self::weeks(1);
        for pair in words.chunks(2) {
            let [name, value] = pair else {
                return Err(format!("{} takes a value", pair.concat()));
            };
            let number = || value.parse::<u32>().map_err(|e| format!("{name}: {e}"));
            match name.as_str() {
                "--seed" => plan.seed = value.parse().map_err(|e| format!("{name}: {e}"))?,
                "--days" => plan.days = number()?.max(1),
                "--records" => plan.records = number()?.max(1),
                "--index" => {
                    plan.kept = match value.as_str() {
                        "apart" => Kept::Apart,
                        "together" => Kept::Together,
                        "redis" => Kept::OnRedis,
                        _ => return Err("--index is apart, together or redis".into()),
                    }
                }
                _ => {
                    return Err(
                        "simulate takes --seed N, --days N, --records N, --index apart|together|redis"
                            .into(),
                    );
                }
            }
        }
        Ok(plan)
    }
}

/// The command that plays it again.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = match self.kept {
            Kept::Apart => "apart",
            Kept::Together => "together",
            Kept::OnRedis => "redis",
        };
        let Self {
            seed,
            days,
            records,
            ..
        } = self;
        write!(
            f,
            "cargo xtask simulate --seed {seed} --days {days} --records {records} --index {kept}"
        )
    }
}

/// Says how a story that fails is played again, however it fails.
struct Again(Plan);

impl Drop for Again {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the same again: {}", self.0);
        }
    }
}

/// Plays it to the end.
///
/// # Panics
/// When an invariant is broken: it says which, after which event of which seed, and how to
/// play it again.
pub async fn play(plan: Plan) -> Report {
    let _again = Again(plan);
    let mut world = world::World::new(plan).await;
    world.run().await;
    world.finish().await
}
