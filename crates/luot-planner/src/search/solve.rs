//! The whole search: a first plan, then rounds of annealing by two workers, and the best of all of it.
//!
//! Small problems are annealed twice at the same time, and the worse worker goes on from the better one's plan now
//! and then. Large ones that fall into components are cut in two, another way each time, and each worker improves
//! one half. Both are the same for a seed and a number of steps, however fast the workers are.

use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

use super::anneal::{Packed, Searcher, pack, unpack};
use super::lap::{Heat, Lap, Pace};
use super::part;
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
    Solution {
        plan,
        assessment,
        steps,
    }
}

/// One call of the search.
struct Run<'r, 'p> {
    p: &'p Problem<'p>,
    rng: Rng,
    limit: Limit<'r>,
    stop: &'r AtomicBool,
    watch: &'r mut (dyn FnMut(&Progress) -> ControlFlow<()> + Send),
    penalty: Penalty,
    best: Packed,
    best_terms: Terms,
    steps: u64,
}

/// Cohorts from which on a problem is cut, if it falls into components.
const LARGE: usize = 300;
/// Laps of a round: how often the workers meet.
const LAPS: u32 = 24;

impl<'r, 'p> Run<'r, 'p> {
    fn new(
        p: &'p Problem<'p>,
        seed: u64,
        limit: Limit<'r>,
        stop: &'r AtomicBool,
        watch: &'r mut (dyn FnMut(&Progress) -> ControlFlow<()> + Send),
    ) -> Self {
        let promised = p.cohorts.iter().any(|c| c.promised > 0);
        let penalty = Penalty::new(p, env("SHARE", if promised { 100.0 } else { 10.0 }) as i64);
        let (best, best_terms) = (Packed::default(), Terms::default());
        Self {
            p,
            rng: Rng::new(seed),
            limit,
            stop,
            watch,
            penalty,
            best,
            best_terms,
            steps: 0,
        }
    }

    fn heat(&self) -> Heat {
        let costs = &self.p.costs;
        let promised = self.p.cohorts.iter().any(|c| c.promised > 0);
        let warm = if promised {
            (costs.moved * 30) as f64
        } else {
            0.9 * costs.relocation as f64
        };
        Heat {
            warm: env("T0", warm),
            cold: env("T1", 2.0),
        }
    }

    fn go(mut self) -> (Packed, u64) {
        let p = self.p;
        let mut state = State::new(p, self.penalty);
        start::keep_published(&mut state);
        let pace = Pace {
            limit: self.limit,
            stop: self.stop,
            begin: 0.0,
            end: 1.0,
        };
        start::construct(&mut state, &mut self.rng, &|| pace.over());
        self.best = pack(&state);
        self.best_terms = state.terms;
        let components = part::components(p);
        let cut = p.cohorts.len() >= env("LARGE", LARGE as f64) as usize && components.1 >= 4;
        let heat = self.heat();
        match self.limit {
            Limit::Steps(n) => self.round(&components, cut, heat, 0.0, 1.0, n / 2),
            Limit::Share(_) => self.round(&components, cut, heat, 0.0, 1.0, u64::MAX),
            Limit::Until(_) => {
                let mut length = 10_000 + 10 * p.cohorts.len() as u64;
                let mut heat = heat;
                while !pace.over() {
                    self.round(&components, cut, heat, 0.0, 1.0, length);
                    length *= 2;
                    heat.warm = heat.warm.min(env("REHEAT", 60.0));
                }
            }
        }
        (self.best, self.steps)
    }

    /// One cooling down from the best plan so far.
    fn round(
        &mut self,
        components: &(Vec<u32>, usize),
        cut: bool,
        heat: Heat,
        begin: f64,
        end: f64,
        steps: u64,
    ) {
        let pace = Pace {
            limit: self.limit,
            stop: self.stop,
            begin,
            end,
        };
        if cut {
            self.round_in_parts(components, heat, &pace, steps);
        } else {
            self.round_of_two(heat, &pace, steps);
        }
    }

    fn round_of_two(&mut self, heat: Heat, pace: &Pace<'_>, steps: u64) {
        let state = unpack(self.p, &self.best, self.penalty);
        let mut workers = [0, 1].map(|_| Searcher::new(state.clone(), self.rng.next()));
        drop(state);
        for n in 0..LAPS {
            let lap = Lap::new(n, LAPS, heat, steps);
            self.together(&mut workers, &lap, pace);
            if pace.over() {
                break;
            }
            if n % 4 == 3 {
                let gap = (workers[0].state.guide - workers[1].state.guide) as f64;
                let [a, b] = &mut workers;
                if gap > 2.0 * lap.warm() {
                    a.join(&b.state);
                } else if -gap > 2.0 * lap.warm() {
                    b.join(&a.state);
                }
            }
        }
        for worker in &mut workers {
            if worker.best_cost < self.best.cost {
                self.best = worker.best();
                self.best_terms = worker.best_terms;
            }
        }
    }

    fn round_in_parts(
        &mut self,
        components: &(Vec<u32>, usize),
        heat: Heat,
        pace: &Pace<'_>,
        steps: u64,
    ) {
        let mut current = self.best.clone();
        for n in 0..LAPS {
            let lap = Lap::new(n, LAPS, heat, steps);
            let parts = part::cut(self.p, &current, components, &mut self.rng);
            let mut workers = [&parts[0], &parts[1]].map(|part| {
                let state = unpack(&part.problem, &part.take_out(&current), self.penalty);
                Searcher::new(state, self.rng.next())
            });
            self.together(&mut workers, &lap, pace);
            let mut merged = [Packed::default(), Packed::default()];
            for (part, worker) in parts.iter().zip(&mut workers) {
                part.put_in(&pack(&worker.state), &mut merged[0]);
                part.put_in(&worker.best(), &mut merged[1]);
            }
            for plan in &mut merged {
                let state = unpack(self.p, plan, self.penalty);
                plan.cost = state.cost;
                if state.cost < self.best.cost {
                    self.best = pack(&state);
                    self.best_terms = state.terms;
                }
            }
            let [now, best] = merged;
            current = if n + 2 >= LAPS { best } else { now };
            if pace.over() {
                break;
            }
        }
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

fn env(k: &str, d: f64) -> f64 {
    std::env::var(k)
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or(d)
}
