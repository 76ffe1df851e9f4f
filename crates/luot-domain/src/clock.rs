//! Time as a thing that is passed in. Nothing in the service asks the machine directly.

use chrono::{DateTime, SubsecRound, Utc};

/// Tells the present instant, truncated to microseconds (what both databases keep).
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }
}
