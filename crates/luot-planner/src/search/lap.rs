//! A stretch of annealing by one worker: how warm, how far, and when to stop.

use std::sync::atomic::{AtomicBool, Ordering};

use super::anneal::Searcher;
use super::solve::Limit;

/// How warm a round begins and ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heat {
    pub warm: f64,
    pub cold: f64,
}

impl Heat {
    /// The temperature when so much of the round is done.
    fn at(&self, done: f64) -> f64 {
        self.warm * (self.cold / self.warm).powf(done.clamp(0.0, 1.0))
    }
}

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

    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// A stretch of a round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lap {
    heat: Heat,
    /// The shares of the round at its begin and end.
    from: f64,
    to: f64,
    /// Steps that it takes at most.
    steps: u64,
    size: usize,
}

/// Steps between two looks at the clock.
const LOOK: u64 = 16;
/// Steps between two reports, when something is new; and whether or not.
const NEWS: u64 = 256;
const REGULAR: u64 = 8192;

impl Lap {
    /// The n-th of so many laps of a round with so many steps for each worker.
    pub(crate) fn new(n: u32, laps: u32, heat: Heat, steps: u64) -> Self {
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
            heat,
            from: share(n),
            to: share(n + 1),
            steps: upto(n + 1) - upto(n),
            size: std::env::var("SIZE")
                .ok()
                .and_then(|v| v.parse().ok())
                .unwrap_or(6),
        }
    }

    /// The temperature at its begin.
    pub(crate) fn warm(&self) -> f64 {
        self.heat.at(self.from)
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
                let done = match pace.limit {
                    Limit::Share(share) => (share() - pace.begin) / (pace.end - pace.begin),
                    // Below 2^53 in any run that ends.
                    _ => self.from + (self.to - self.from) * k as f64 / self.steps as f64,
                };
                if done >= self.to {
                    return;
                }
                temperature = self.heat.at(done);
            }
            worker.step(temperature, self.size);
            if k % NEWS == NEWS - 1 {
                report(worker, k % REGULAR == REGULAR - 1);
            }
        }
    }
}
