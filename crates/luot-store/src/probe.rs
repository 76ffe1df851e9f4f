//! Where a test may stop a transaction for good, as a crash would: between any two of the
//! steps from reading to answering.

use std::sync::Arc;

/// A step that a writing transaction has just reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// It has begun.
    Begun,
    /// All of its work is done; nothing is committed.
    Worked,
    /// It is committed; nobody has heard of it.
    Committed,
}

/// Asked at each point whether to stop there. Without one, nothing ever stops.
#[derive(Clone, Default)]
pub struct Probe(Option<Arc<dyn Fn(Point) -> bool + Send + Sync>>);

impl std::fmt::Debug for Probe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() {
            "Probe"
        } else {
            "no probe"
        })
    }
}

impl Probe {
    /// Stops where `stops` says so: the transaction never goes on, and whoever waits for it
    /// must give it up.
    pub fn new(stops: impl Fn(Point) -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(stops)))
    }

    pub(crate) async fn pass(&self, point: Point) {
        if self.stops(point) {
            std::future::pending::<()>().await;
        }
    }

    /// The same for work on a task of its own, which nobody can give up: there it unwinds, so
    /// that the task dies, and its connection is free.
    pub(crate) fn pass_or_die(&self, point: Point) {
        if self.stops(point) {
            std::panic::resume_unwind(Box::new("stopped by a probe"));
        }
    }

    fn stops(&self, point: Point) -> bool {
        self.0.as_ref().is_some_and(|stops| stops(point))
    }
}
