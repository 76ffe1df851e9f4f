//! What is kept: simulated annealing over ruin and repair, with the best plan always at hand.

use super::insert::{Inserter, Taste};
use super::manner::Manner;
use super::problem::Problem;
use super::rng::Rng;
use super::ruin::Ruin;
use super::score::Penalty;
use super::state::{Op, State};
use crate::types::Terms;

/// A plan in the least memory: placements and allotments.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packed {
    pub rotation: Vec<(u32, u32, u32)>,
    pub allotments: Vec<(u32, u32, u32)>,
    pub cost: i64,
}

impl Packed {
    /// Adds the plan of another part.
    pub(crate) fn join(&mut self, other: Self) {
        self.rotation.extend(other.rotation);
        self.allotments.extend(other.allotments);
    }
}

/// One searcher with its plan, its best, and its luck.
pub(crate) struct Searcher<'p> {
    pub state: State<'p>,
    pub rng: Rng,
    inserter: Inserter,
    ruin: Ruin,
    /// The cost of the best plan by the model.
    pub best_cost: i64,
    /// Its terms.
    pub best_terms: Terms,
    /// The best plan, where it is not what undoing the state's log gives.
    kept: Option<Packed>,
    order: Vec<u32>,
    pub steps: u64,
}

impl<'p> Searcher<'p> {
    pub(crate) fn new(mut state: State<'p>, seed: u64) -> Self {
        state.log.clear();
        let (best_cost, best_terms) = (state.cost, state.terms);
        Self {
            state,
            rng: Rng::new(seed),
            inserter: Inserter::default(),
            ruin: Ruin::default(),
            best_cost,
            best_terms,
            kept: None,
            order: Vec::new(),
            steps: 0,
        }
    }

    /// One ruin and repair, kept or taken back.
    pub(crate) fn step(&mut self, temperature: f64, manner: &Manner) {
        self.steps += 1;
        let state = &mut self.state;
        let mark = state.mark();
        self.ruin.strike(state, &mut self.rng, manner);
        if self.ruin.spoilt {
            return state.undo_to(&mark);
        }
        self.order.clear();
        self.order.extend(&self.ruin.removed);
        if !state.waiting.is_empty() {
            for _ in 0..state.waiting.len().min(6) {
                let c = state.waiting[self.rng.below(state.waiting.len())];
                if !self.order.contains(&c) && state.is_open_to_places(c) {
                    self.order.push(c);
                }
            }
        }
        sort(&mut self.order, self.state.p, &mut self.rng);
        let state = &mut self.state;
        let taste = Taste {
            blink: !self.rng.one_in(3),
            waste: 0.3 * self.rng.unit(),
            spare: 1.5 * self.rng.unit(),
        };
        std::mem::swap(&mut self.inserter.freed, &mut self.ruin.freed);
        // How dear the result may be is known before; as soon as it surely is dearer, the rest is not worth a look.
        let bar = mark.guide as f64 - temperature * (1.0 - self.rng.unit()).ln();
        let mut hope: i64 = self.order.iter().map(|c| state.hope(*c)).sum();
        for &cohort in &self.order {
            hope -= state.hope(cohort);
            let limit = bar + hope as f64;
            self.inserter
                .insert(state, cohort, taste, limit, &mut self.rng);
            if state.guide as f64 > limit {
                return state.undo_to(&mark);
            }
        }
        if state.guide as f64 > bar {
            state.undo_to(&mark);
        } else {
            self.note();
        }
    }

    /// Remembers the best plan.
    fn note(&mut self) {
        let state = &mut self.state;
        if state.cost < self.best_cost {
            self.best_cost = state.cost;
            self.best_terms = state.terms;
            self.kept = None;
            state.log.clear();
        } else if self.kept.is_some() {
            state.log.clear();
        } else if state.log.len() > 20_000 + 4 * state.p.cohorts.len() {
            self.kept = Some(self.unwind());
            self.state.log.clear();
        }
    }

    /// The best plan by undoing what was done since, and doing it again.
    fn unwind(&mut self) -> Packed {
        let state = &mut self.state;
        let log: Vec<Op> = std::mem::take(&mut state.log);
        for op in log.iter().rev() {
            state.revert(*op);
        }
        let mut packed = pack(state);
        packed.cost = self.best_cost;
        for op in log {
            state.repeat(op);
        }
        packed
    }

    /// The best plan so far.
    pub(crate) fn best(&mut self) -> Packed {
        if let Some(kept) = &self.kept {
            return kept.clone();
        }
        self.unwind()
    }

    /// Goes on from the state of another; the best of its own stays.
    pub(crate) fn join(&mut self, other: &State<'p>) {
        if self.kept.is_none() {
            self.kept = Some(self.unwind());
        }
        self.state = other.clone();
        self.state.log.clear();
        self.note();
    }
}

pub(crate) fn pack(state: &State<'_>) -> Packed {
    let p = state.p;
    let mut packed = Packed {
        cost: state.cost,
        ..Packed::default()
    };
    for m in 0..p.machines as u32 {
        let mut at = if state.is_busy(m, 0) {
            Some(0)
        } else {
            state.after(m, 0)
        };
        while let Some(t) = at {
            packed.rotation.push((m, t as u32, state.stand(m, t)));
            at = if t + 1 < p.cells {
                state.after(m, t)
            } else {
                None
            };
        }
    }
    for (c, parts) in state.parts.iter().enumerate() {
        packed
            .allotments
            .extend(parts.iter().map(|(s, n)| (c as u32, *s, *n)));
    }
    packed
}

/// A state with a plan in it.
pub(crate) fn unpack<'p>(p: &'p Problem<'p>, packed: &Packed, penalty: Penalty) -> State<'p> {
    let mut state = State::new(p, penalty);
    for &(machine, cell, site) in &packed.rotation {
        if state.stand(machine, cell as usize) != site {
            state.place(machine, cell as usize, site);
        }
    }
    for &(cohort, session, people) in &packed.allotments {
        let fixed = p.cohorts[cohort as usize]
            .fixed
            .iter()
            .find(|f| f.0 == session)
            .map_or(0, |f| f.1);
        if people > fixed {
            state.give(cohort, session, people - fixed);
        }
    }
    state.log.clear();
    state
}

/// Puts cohorts in an order to be served in, drawn by chance from some that make sense.
fn sort(order: &mut [u32], p: &Problem<'_>, rng: &mut Rng) {
    let group = |c: &u32| &p.cohorts[*c as usize];
    rng.shuffle(order);
    match rng.below(10) {
        0..4 => order.sort_by_key(|c| u32::MAX - group(c).people),
        4..6 => order.sort_by_key(|c| p.choices(*c)),
        6 => order.sort_by_key(|c| group(c).due),
        _ => {}
    }
}
