//! A stretch of annealing by one worker: how far, and when to stop.

use std::sync::atomic::{AtomicBool, Ordering};

use super::anneal::Searcher;
use super::manner::Manner;
use super::solve::Limit;

/// What a round may take.
pub(crate) struct Pace<'a> {
    pub limit: Limit<'a>,
    pub stop: &'a AtomicBool,
    /// The share of the time at which the round begins, and ends.
    pub begin: f64,
    pub end: f64,
}

impl Pace<'_> {
    /// Whether the whole search is to end.
    pub(crate) fn over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
            || match self.limit {
                Limit::Steps(_) => false,
                Limit::Until(until) => until(),
                Limit::Share(share) => share() >= 1.0,
            }
    }

    /// The share of the round that is done, where the time says so.
    fn done(&self) -> Option<f64> {
        let Limit::Share(share) = self.limit else {
            return None;
        };
        Some((share() - self.begin) / (self.end - self.begin))
    }

    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// A stretch of a round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lap {
    manner: Manner,
    /// The shares of the round at its begin and end.
    from: f64,
    to: f64,
    /// Steps that it takes at most.
    steps: u64,
}

/// Steps between two looks at the clock.
const LOOK: u64 = 16;
/// Steps between two reports, when something is new; and whether or not.
const NEWS: u64 = 256;
const REGULAR: u64 = 8192;

impl Lap {
    /// The n-th of so many laps of a round with so many steps for each worker.
    pub(crate) fn new(n: u32, laps: u32, manner: Manner, steps: u64) -> Self {
        let share = |n: u32| f64::from(n) / f64::from(laps);
        // The steps of all laps add up to those of the round.
        let upto = |n: u32| {
            if steps == u64::MAX {
                u64::from(n) << 48
            } else {
                steps * u64::from(n) / u64::from(laps)
            }
        };
        Self {
            manner,
            from: share(n),
            to: share(n + 1),
            steps: upto(n + 1) - upto(n),
        }
    }

    /// The n-th of so many pieces of this lap, one after the other.
    pub(crate) fn piece(&self, n: usize, pieces: usize) -> Self {
        let share = |n: usize| self.from + (self.to - self.from) * n as f64 / pieces as f64;
        let (n64, all) = (n as u64, pieces as u64);
        let (each, rest) = (self.steps / all, self.steps % all);
        Self {
            manner: self.manner,
            from: share(n),
            to: share(n + 1),
            steps: each + u64::from(n64 < rest),
        }
    }

    /// Whether its time was over before it began: what came before took longer than it should.
    pub(crate) fn is_past(&self, pace: &Pace<'_>) -> bool {
        pace.done().is_some_and(|done| done >= self.to)
    }

    /// The temperature at its begin.
    pub(crate) fn warm(&self) -> f64 {
        self.manner.heat(self.from)
    }

    pub(crate) fn run(
        &self,
        worker: &mut Searcher<'_>,
        pace: &Pace<'_>,
        report: &mut dyn FnMut(&Searcher<'_>, bool),
    ) {
        let mut temperature = self.warm();
        for k in 0..self.steps {
            if k % LOOK == 0 {
                if pace.over() {
                    return;
                }
                let done = pace.done().unwrap_or_else(|| {
                    // Below 2^53 in any run that ends.
                    self.from + (self.to - self.from) * k as f64 / self.steps as f64
                });
                if done >= self.to {
                    return;
                }
                temperature = self.manner.heat(done);
            }
            worker.step(temperature, &self.manner);
            if k % NEWS == NEWS - 1 {
                report(worker, k % REGULAR == REGULAR - 1);
            }
        }
    }
}
