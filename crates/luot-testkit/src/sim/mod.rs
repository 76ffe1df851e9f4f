//! A commune's campaign, played from one seed against the real service: families and schools
//! book, wait for places, answer offers, move, cancel, come early, late or not at all; others
//! walk in; stations vanish; machines break down, and what is proposed is published; two
//! servers share the work, lose the line's index, and crash between any two steps from
//! reading to answering. After every event the invariants are checked ([`crate::rules`], and
//! the line's own). The same seed plays the same story.
//!
//! Time is the test's clock; nothing waits. It runs fastest on a runtime of one thread: each
//! statement is handed to SQLite's thread and back, and there is nobody else to hand to.

mod campaign;
mod checks;
mod crash;
mod day;
mod dice;
mod report;
mod town;
mod world;

pub use report::{Report, Waitlist};

/// What to play.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// Days with a session.
    pub days: u32,
    /// Records a machine takes in its session of four hours.
    pub records: u32,
    /// Everything is looked at after so many events, and what an event touched after each.
    pub check_every: usize,
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
            check_every: 50,
        }
    }

    /// Three short days, for a test.
    #[must_use]
    pub const fn short(seed: u64) -> Self {
        Self {
            seed,
            days: 3,
            records: 20,
            check_every: 10,
        }
    }
}

/// Plays it to the end.
///
/// # Panics
/// When an invariant is broken: it says which, after which event of which seed.
pub async fn play(plan: Plan) -> Report {
    let mut world = world::World::new(plan).await;
    world.run().await;
    world.finish().await
}
