//! How far a search is, on a terminal.

use std::io::{IsTerminal as _, Write as _};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use luot_planner::{Limit, Progress};

/// How long a search goes on: for a time, or for so many steps.
#[derive(Clone, Copy)]
pub(super) enum Length {
    For(Duration),
    Steps(u64),
}

impl Length {
    pub(super) fn new(seconds: u64, steps: Option<u64>) -> Self {
        steps.map_or(Self::For(Duration::from_secs(seconds)), Self::Steps)
    }

    /// The same for the planner; `gone` is the share of the time that is over.
    pub(super) fn limit(self, gone: &(dyn Fn() -> f64 + Sync)) -> Limit<'_> {
        match self {
            Self::For(_) => Limit::Share(gone),
            Self::Steps(steps) => Limit::Steps(steps),
        }
    }

    /// The share that is done, after some time and steps.
    pub(super) fn done(self, time: Duration, steps: u64) -> f64 {
        let share = match self {
            Self::For(all) => time.as_secs_f64() / all.as_secs_f64().max(0.001),
            // Far below 2^53 in any search that ends.
            Self::Steps(all) => steps as f64 / all.max(1) as f64,
        };
        share.min(1.0)
    }
}

/// A line that tells how far it is, on a terminal.
pub(super) struct Bar {
    began: Instant,
    length: Length,
    shown: Option<Instant>,
    on: bool,
}

impl Bar {
    const EVERY: Duration = Duration::from_millis(100);

    pub(super) fn new(began: Instant, length: Length) -> Self {
        Self {
            began,
            length,
            shown: None,
            on: std::io::stderr().is_terminal(),
        }
    }

    pub(super) fn show(&mut self, seen: &Progress) -> ControlFlow<()> {
        if self.on && self.shown.is_none_or(|at| at.elapsed() >= Self::EVERY) {
            self.shown = Some(Instant::now());
            let time = self.began.elapsed();
            eprint!("\r{}   ", line(self.length, time, seen.steps, seen.cost));
            drop(std::io::stderr().flush());
        }
        ControlFlow::Continue(())
    }

    pub(super) fn end(&self) {
        if self.on {
            eprintln!();
        }
    }
}

fn line(length: Length, time: Duration, steps: u64, cost: i64) -> String {
    // A share of thirty, so it fits.
    let filled = (length.done(time, steps) * 30.0) as usize;
    let (full, rest) = ("█".repeat(filled), " ".repeat(30 - filled));
    let seconds = time.as_secs_f64();
    format!("[{full}{rest}] {seconds:5.1} s, {steps} steps, best cost {cost}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_grows_with_what_the_search_is_limited_by() {
        let second = Duration::from_secs(1);
        let filled = |length, steps| line(length, second, steps, 7).matches('█').count();
        assert_eq!(filled(Length::new(2, None), 1), 15);
        assert_eq!(filled(Length::new(2, Some(10)), 1), 3);
        assert_eq!(filled(Length::new(2, Some(10)), 99), 30);
        assert!(line(Length::new(2, Some(10)), second, 1, 7).ends_with("1 steps, best cost 7"));
    }
}
