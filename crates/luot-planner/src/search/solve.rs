//! The whole search: a first plan, then rounds of annealing on two islands that share their best.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use super::anneal::{Packed, Searcher, pack, unpack};
use super::problem::Problem;
use super::rng::Rng;
use super::score::Penalty;
use super::start;
use super::state::State;
use crate::check::check;
use crate::types::{Allotment, Assessment, Instance, Placement, Plan, Terms};

/// How long a search goes on.
#[derive(Clone, Copy)]
pub enum Limit<'a> {
    /// So many steps in all: the same seed and number give the same plan, on any machine.
    Steps(u64),
    /// Until this says so. It is asked often and from several threads, so it should be quick.
    Until(&'a (dyn Fn() -> bool + Sync)),
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
/// best plan so far. The instance is one that [`crate::read_instance`] has passed.
pub fn solve(
    instance: &Instance,
    seed: u64,
    limit: Limit<'_>,
    watch: &mut (dyn FnMut(&Progress) -> ControlFlow<()> + Send),
) -> Solution {
    let problem = Problem::new(instance);
    let p = &problem;
    let mut rng = Rng::new(seed);
    let mut state = State::new(p, Penalty::new(p, 10));
    let stop = AtomicBool::new(false);
    let stopped =
        || stop.load(Ordering::Relaxed) || matches!(limit, Limit::Until(until) if until());
    start::keep_published(&mut state);
    start::construct(&mut state, &mut rng, &stopped);
    let _ = (pack, unpack);
    let mut searcher = Searcher::new(state, rng.next());
    let mut taken = 0_u64;
    let mut round = 20_000_u64;
    let mut warm = 150.0;
    'rounds: loop {
        let length = match limit {
            Limit::Steps(n) => n,
            Limit::Until(_) => round,
        };
        let mut last = searcher.best_cost;
        for k in 0..length {
            if k % 16 == 0 && stopped() {
                break 'rounds;
            }
            let share = k as f64 / length as f64;
            let temperature = warm * (3.0_f64 / warm).powf(share);
            searcher.step(temperature, 6);
            taken += 1;
            if taken % 512 == 0 && (searcher.best_cost < last || taken % 8192 == 0) {
                last = searcher.best_cost;
                let progress = Progress {
                    steps: taken,
                    cost: searcher.best_cost,
                    terms: searcher.state.terms,
                };
                if watch(&progress) == ControlFlow::Break(()) {
                    stop.store(true, Ordering::Relaxed);
                }
            }
        }
        if matches!(limit, Limit::Steps(_)) {
            break;
        }
        round *= 2;
        warm = 60.0;
        let best = searcher.best();
        searcher.go_to(&best);
    }
    let best = searcher.best();
    let plan = written(p, &best);
    let assessment = check(instance, &plan);
    Solution {
        plan,
        assessment,
        steps: taken,
    }
}

/// A packed plan in the words of the file format, in the order of cohorts and of the calendar.
fn written(p: &Problem<'_>, packed: &Packed) -> Plan {
    let instance = p.instance;
    let date = |cell: usize| instance.start + chrono::Days::new((cell / p.shifts) as u64);
    let shift = |cell: usize| instance.shifts[cell % p.shifts].id.clone();
    let frozen = instance.frozen_before.unwrap_or(chrono::NaiveDate::MIN);
    let mut plan = Plan::default();
    if let Some(published) = &instance.published {
        plan.rotation.extend(
            published
                .rotation
                .iter()
                .filter(|r| r.date < frozen)
                .cloned(),
        );
        plan.allotments.extend(
            published
                .allotments
                .iter()
                .filter(|a| a.date < frozen)
                .cloned(),
        );
    }
    for &(m, t, s) in packed
        .rotation
        .iter()
        .filter(|r| r.1 as usize >= p.first_free)
    {
        let (machine, site) = (
            instance.machines[m as usize].id.clone(),
            instance.sites[s as usize].id.clone(),
        );
        plan.rotation.push(Placement {
            machine,
            date: date(t as usize),
            shift: shift(t as usize),
            site,
        });
    }
    if let Some(pinned) = &instance.pinned {
        plan.allotments.extend(
            pinned
                .allotments
                .iter()
                .filter(|a| a.date >= frozen)
                .cloned(),
        );
    }
    for &(c, session, people) in &packed.allotments {
        let fixed = p.cohorts[c as usize]
            .fixed
            .iter()
            .find(|f| f.0 == session)
            .map_or(0, |f| f.1);
        if people > fixed {
            let (cell, site) = (
                p.cell(session),
                instance.sites[p.site(session) as usize].id.clone(),
            );
            let cohort = instance.cohorts[c as usize].id.clone();
            plan.allotments.push(Allotment {
                cohort,
                date: date(cell),
                shift: shift(cell),
                site,
                people: people - fixed,
                moved_before: false,
            });
        }
    }
    plan
}
