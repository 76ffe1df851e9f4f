//! The whole search: a first plan, then rounds of annealing by two workers, and the best of all of it.
//!
//! Small problems are annealed twice at the same time, and the worse worker goes on from the better one's plan now
//! and then. Large ones that fall into components are cut in two, another way each time, and each worker improves
//! one half. Both are the same for a seed and a number of steps, however fast the workers are.

use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

use super::anneal::{Packed, Searcher, pack, unpack};
use super::lap::{Lap, Pace};
use super::manner::{Manner, is_promised};
use super::near::nearer;
use super::part::{self, Part};
use super::problem::Problem;
use super::rng::Rng;
use super::score::Penalty;
use super::start;
use super::state::State;
use super::written::written;
use crate::check::check;
use crate::types::{Assessment, Instance, Plan, Terms};

/// How long a search goes on.
#[derive(Clone, Copy)]
pub enum Limit<'a> {
    /// So many steps in all: the same seed and number give the same plan, on any machine.
    Steps(u64),
    /// Until this says so. It is asked often and from several threads, so it should be quick.
    Until(&'a (dyn Fn() -> bool + Sync)),
    /// Until this reaches 1: the share of the time that is gone, which grows from 0. Better than [`Limit::Until`]
    /// where the deadline is known, because the search then cools down in time. It is asked as often.
    Share(&'a (dyn Fn() -> f64 + Sync)),
}

/// How far a search has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Steps so far.
    pub steps: u64,
    /// Cost of the best plan so far.
    pub cost: i64,
    /// Its terms.
    pub terms: Terms,
}

/// The best plan of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solution {
    /// The plan.
    pub plan: Plan,
    /// What [`check`] says of it.
    pub assessment: Assessment,
    /// Steps taken.
    pub steps: u64,
}

/// Searches for a plan of low cost.
///
/// The plan breaks no rule, unless something frozen or pinned does by itself. `watch` is called at each improvement
/// (not more often than every few hundred steps) and regularly in between; when it breaks, the search ends with the
/// best plan so far. The instance is one that [`crate::read_instance`] has passed. Two threads work on it.
pub fn solve(
    instance: &Instance,
    seed: u64,
    limit: Limit<'_>,
    watch: &mut (dyn FnMut(&Progress) -> ControlFlow<()> + Send),
) -> Solution {
    let problem = Problem::new(instance);
    let stop = AtomicBool::new(false);
    let (best, steps) = Run::new(&problem, seed, limit, &stop, watch).go();
    let plan = written(&problem, &best);
    let assessment = check(instance, &plan);
    // The two ways of counting agree, or one of them is wrong.
    debug_assert!(
        !assessment.ok || assessment.cost == best.cost,
        "{} is not {}",
        best.cost,
        assessment.cost
    );
    Solution {
        plan,
        assessment,
        steps,
    }
}

/// Who is told of the progress.
type Watch<'r> = dyn FnMut(&Progress) -> ControlFlow<()> + Send + 'r;

/// One call of the search.
struct Run<'r, 'p> {
    p: &'p Problem<'p>,
    rng: Rng,
    limit: Limit<'r>,
    stop: &'r AtomicBool,
    watch: &'r mut Watch<'r>,
    components: (Vec<u32>, usize),
    /// Whether the problem is cut in parts.
    cut: bool,
    /// Whether the end is known, so that the time can be divided.
    lasting: bool,
    manner: Manner,
    /// The plan that the search began from.
    first: Packed,
    best: Packed,
    best_terms: Terms,
    steps: u64,
}

/// Cohorts from which on a problem is cut, if it falls into components.
const LARGE: usize = 300;
/// Cohorts of a part, about: what a worker has at hand should fit the cache next to its core.
const PART: usize = 900;
/// Components that are worth cutting.
const COMPONENTS: usize = 4;
/// Cohorts of the part around a disruption.
const AROUND: usize = 250;
/// Steps a cohort and worker that are enough for one cooling down.
const ENOUGH: u64 = 4_000;
/// The same, where something was promised.
const ENOUGH_PROMISED: u64 = 700;
/// The share of the time that is given to finding out how many steps there will be.
const SCOUT: f64 = 0.03;
/// Laps of a round: how often the workers meet.
const LAPS: u32 = 24;

impl<'r, 'p> Run<'r, 'p> {
    fn new(
        p: &'p Problem<'p>,
        seed: u64,
        limit: Limit<'r>,
        stop: &'r AtomicBool,
        watch: &'r mut Watch<'r>,
    ) -> Self {
        let components = part::components(p);
        let cut = p.cohorts.len() >= LARGE && components.1 >= COMPONENTS;
        let manner = if cut {
            Manner::cut(p)
        } else {
            Manner::whole(p)
        };
        let (first, best, best_terms) = (Packed::default(), Packed::default(), Terms::default());
        Self {
            p,
            rng: Rng::new(seed),
            limit,
            stop,
            watch,
            components,
            cut,
            lasting: !matches!(limit, Limit::Until(_)),
            manner,
            first,
            best,
            best_terms,
            steps: 0,
        }
    }

    fn go(mut self) -> (Packed, u64) {
        let p = self.p;
        let mut state = State::new(p, Penalty::new(p, self.manner.price));
        start::cover_pins(&mut state);
        start::keep_published(&mut state);
        let seeds = self.hurt(&state);
        let pace = self.pace(0.0, 1.0);
        start::construct(&mut state, &mut self.rng, &|| pace.over());
        self.best = pack(&state);
        self.first = self.best.clone();
        self.best_terms = state.terms;
        drop(state);
        match self.limit {
            Limit::Steps(n) => self.all_rounds(&seeds, n / 2),
            Limit::Share(_) => self.all_rounds(&seeds, u64::MAX),
            Limit::Until(_) => {
                // Each round is twice as long as the one before; the first is warm, the others only reheat.
                let mut length = 10_000 + 10 * p.cohorts.len() as u64;
                while !pace.over() {
                    self.all_rounds(&seeds, length);
                    length *= 2;
                    self.manner.warm = self.manner.warm.min(self.manner.reheat);
                }
            }
        }
        if is_promised(p) {
            self.best = nearer(p, &self.best, Penalty::new(p, self.manner.price));
        }
        (self.best, self.steps)
    }

    fn pace(&self, begin: f64, end: f64) -> Pace<'r> {
        Pace {
            limit: self.limit,
            stop: self.stop,
            begin,
            end,
        }
    }

    /// Of a problem in which something was promised, the components in which somebody waits for a place.
    fn hurt(&self, state: &State<'_>) -> Vec<u32> {
        if !is_promised(self.p) {
            return Vec::new();
        }
        let site = |c: &u32| self.p.cohorts[*c as usize].sites.first();
        let waiting = state.waiting.iter().filter_map(site);
        let mut hurt: Vec<u32> = waiting.map(|s| self.components.0[*s as usize]).collect();
        hurt.sort_unstable();
        hurt.dedup();
        hurt
    }

    /// The rounds that make one cooling down, with so many steps for each worker.
    fn all_rounds(&mut self, seeds: &[u32], steps: u64) {
        if !self.cut {
            let part = Part::all(self.p);
            return self.tries(&part, steps);
        }
        if seeds.is_empty() {
            return self.round_in_parts(&self.pace(0.0, 1.0), steps);
        }
        // First where it hurts, as if that were all; then everywhere, gently.
        let part = part::around(
            self.p,
            &self.best,
            &self.components,
            seeds,
            AROUND,
            &mut self.rng,
        );
        let manner = Manner::whole(&part.problem);
        let some = if steps == u64::MAX {
            steps
        } else {
            steps * 3 / 5
        };
        let rest = if steps == u64::MAX {
            steps
        } else {
            steps - some
        };
        let best = self.best.clone();
        self.round_of_two(&part, manner, &self.pace(0.0, 0.6), some, &best);
        self.round_in_parts(&self.pace(0.6, 1.0), rest);
    }

    /// The cooling downs of a small problem, as many as there are steps enough for.
    ///
    /// One that is slower than some [`ENOUGH`] steps a cohort finds little more; another one from the beginning, with
    /// larger ruins, may end somewhere better, and the last goes on from the best. On whom a disruption is best laid
    /// is a matter of luck: there, many short ones of workers who do not meet find more, by turns daring and close to
    /// what was published.
    fn tries(&mut self, part: &Part<'_>, steps: u64) {
        let promised = is_promised(self.p);
        let first = self.first.clone();
        let (scouted, expected) = self.scout(part, steps);
        let cohorts = self.p.cohorts.len().max(1) as u64;
        let (least, most, enough) = if promised {
            (2, 16, ENOUGH_PROMISED)
        } else {
            (1, 8, ENOUGH)
        };
        let known = if self.lasting {
            expected / (enough * cohorts)
        } else {
            0
        };
        // At most sixteen, so it fits.
        let tries = known.clamp(least, most) as u32;
        for n in 0..tries {
            let share = |n: u32| scouted + (1.0 - scouted) * f64::from(n) / f64::from(tries);
            let own = if steps == u64::MAX {
                steps
            } else {
                steps / u64::from(tries)
            };
            let pace = self.pace(share(n), share(n + 1));
            if promised {
                let warm = self.manner.warm * if n % 2 == 0 { 2.0 } else { 0.4 };
                let manner = Manner {
                    warm,
                    alone: true,
                    ..self.manner
                };
                self.round_of_two(part, manner, &pace, own, &first);
                continue;
            }
            let size = if n == 0 {
                self.manner.size
            } else {
                self.manner.size * 3 / 2
            };
            let last = n > 0 && n + 1 == tries;
            let warm = if last {
                self.manner.reheat
            } else {
                self.manner.warm
            };
            let manner = Manner {
                size,
                warm,
                ..self.manner
            };
            let from = if last {
                self.best.clone()
            } else {
                first.clone()
            };
            self.round_of_two(part, manner, &pace, own, &from);
        }
    }

    /// Finds out how many steps each worker will have; answers with the share of the time that this took.
    fn scout(&mut self, part: &Part<'_>, steps: u64) -> (f64, u64) {
        if steps != u64::MAX {
            return (0.0, steps);
        }
        let before = self.steps;
        let first = self.first.clone();
        self.round_of_two(part, self.manner, &self.pace(0.0, SCOUT), steps, &first);
        // Both workers count, and a count of steps is far below 2^53.
        (SCOUT, ((self.steps - before) as f64 / 2.0 / SCOUT) as u64)
    }

    /// Keeps a plan of the whole if it is the best.
    fn offer(&mut self, plan: &Packed) {
        let state = unpack(self.p, plan, Penalty::new(self.p, self.manner.price));
        if state.cost < self.best.cost {
            self.best = pack(&state);
            self.best_terms = state.terms;
        }
    }

    /// One cooling down of two workers on the same part, from a plan.
    fn round_of_two(
        &mut self,
        part: &Part<'_>,
        manner: Manner,
        pace: &Pace<'_>,
        steps: u64,
        from: &Packed,
    ) {
        let penalty = Penalty::new(self.p, manner.price);
        let state = unpack(&part.problem, &part.take_out(from), penalty);
        let mut workers = [0, 1].map(|_| Searcher::new(state.clone(), self.rng.next()));
        drop(state);
        for n in 0..LAPS {
            let lap = Lap::new(n, LAPS, manner, steps);
            if lap.is_past(pace) {
                continue;
            }
            self.together(&mut workers, &lap, pace);
            if pace.over() {
                break;
            }
            if n % 4 == 3 && !manner.alone {
                let gap = (workers[0].state.guide - workers[1].state.guide) as f64;
                let [a, b] = &mut workers;
                if gap > 2.0 * lap.warm() {
                    a.join(&b.state);
                } else if -gap > 2.0 * lap.warm() {
                    b.join(&a.state);
                }
            }
        }
        let [a, b] = &mut workers;
        let better = if b.best_cost < a.best_cost { b } else { a };
        let plan = part.replace_in(&better.best(), from);
        self.offer(&plan);
    }

    /// One cooling down of two workers on parts that are cut anew for each lap, from the best plan so far.
    fn round_in_parts(&mut self, pace: &Pace<'_>, steps: u64) {
        let each = (self.p.cohorts.len() / 2).div_ceil(PART).max(1);
        let mut current = self.best.clone();
        for n in 0..LAPS {
            let lap = Lap::new(n, LAPS, self.manner, steps);
            if lap.is_past(pace) {
                continue;
            }
            // Which machine goes where is settled first, and for that the more machines, the better.
            let count = if n < LAPS * 3 / 4 { 2 } else { 2 * each };
            let parts = part::cut(self.p, &current, &self.components, count, &mut self.rng);
            let (now, best) = self.apart(&parts, &current, &lap, pace);
            self.offer(&best);
            // The last laps are for the best only.
            current = if n + 2 >= LAPS { best } else { now };
            if pace.over() {
                break;
            }
        }
    }

    /// Two workers do a lap, each on half of the parts, one after the other; gives what is and what was best.
    fn apart(
        &mut self,
        parts: &[Part<'_>],
        current: &Packed,
        lap: &Lap,
        pace: &Pace<'_>,
    ) -> (Packed, Packed) {
        let penalty = Penalty::new(self.p, self.manner.price);
        let mut tasks: Vec<(&Part<'_>, u64)> = parts.iter().map(|p| (p, self.rng.next())).collect();
        let theirs = tasks.split_off(tasks.len() / 2);
        let (cost, terms, steps) = (self.best.cost, self.best_terms, self.steps);
        let watch = &mut *self.watch;
        let work = |tasks: &[(&Part<'_>, u64)], report: &mut dyn FnMut(u64)| {
            let (mut now, mut best, mut done) = (Packed::default(), Packed::default(), 0);
            for (n, (part, seed)) in tasks.iter().enumerate() {
                let piece = lap.piece(n, tasks.len());
                let state = unpack(&part.problem, &part.take_out(current), penalty);
                let mut worker = Searcher::new(state, *seed);
                piece.run(&mut worker, pace, &mut |worker, regular| {
                    if regular {
                        report(done + worker.steps);
                    }
                });
                done += worker.steps;
                part.put_in(&pack(&worker.state), &mut now);
                part.put_in(&worker.best(), &mut best);
            }
            (now, best, done)
        };
        let mut tell = |done: u64| {
            // A part's own cost says nothing of the whole.
            let progress = Progress {
                steps: steps + 2 * done,
                cost,
                terms,
            };
            if watch(&progress).is_break() {
                pace.stop();
            }
        };
        let ((mut now, mut best, done), other) = std::thread::scope(|scope| {
            let other = scope.spawn(|| work(&theirs, &mut |_| {}));
            let mine = work(&tasks, &mut tell);
            (mine, other.join())
        });
        self.steps += done;
        match other {
            Ok((other_now, other_best, other_done)) => {
                now.join(other_now);
                best.join(other_best);
                self.steps += other_done;
            }
            Err(panic) => std::panic::resume_unwind(panic),
        }
        (now, best)
    }

    /// Two workers do a lap each; the first reports.
    fn together(&mut self, workers: &mut [Searcher<'_>; 2], lap: &Lap, pace: &Pace<'_>) {
        let [first, second] = workers;
        let (mine, theirs) = (first.steps, second.steps);
        let mut told = i64::MAX;
        let whole = first.state.p.cohorts.len() == self.p.cohorts.len();
        let (best, best_terms, steps) = (self.best.cost, self.best_terms, self.steps);
        let watch = &mut *self.watch;
        let mut report = |worker: &Searcher<'_>, regular: bool| {
            // A part's own cost says nothing of the whole.
            let better = whole && worker.best_cost < best;
            let (cost, terms) = if better {
                (worker.best_cost, worker.best_terms)
            } else {
                (best, best_terms)
            };
            if cost < told || regular {
                told = cost;
                let progress = Progress {
                    steps: steps + 2 * (worker.steps - mine),
                    cost,
                    terms,
                };
                if watch(&progress).is_break() {
                    pace.stop();
                }
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(|| lap.run(second, pace, &mut |_, _| {}));
            lap.run(first, pace, &mut report);
        });
        self.steps += first.steps - mine + second.steps - theirs;
    }
}
