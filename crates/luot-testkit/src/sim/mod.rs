//! A commune's campaign, played from one seed against the real service: families book, come,
//! are late or do not come; others walk in; stations break down; two servers share the work,
//! lose the line's index, and crash between any two steps from reading to answering. After
//! every event the invariants are checked. The same seed plays the same story.
//!
//! Time is the test's clock; nothing waits. Bookings go over HTTP to one server, the day's
//! work to two others over the same database.

mod checks;
mod day;
mod dice;
mod report;
mod world;

pub use report::Report;

/// What to play.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// Days with a session.
    pub days: u32,
    /// Records a machine takes in its session of four hours.
    pub records: u32,
}

impl Plan {
    /// A campaign of three weeks.
    #[must_use]
    pub const fn weeks(seed: u64) -> Self {
        Self {
            seed,
            days: 15,
            records: 48,
        }
    }

    /// Two short days, for a test.
    #[must_use]
    pub const fn short(seed: u64) -> Self {
        Self {
            seed,
            days: 2,
            records: 20,
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
