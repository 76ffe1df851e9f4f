//! What to do when something goes wrong under way: the changed problem, and up to three answers to it.
//!
//! Pure: the caller publishes one of the answers, or none. The past is fixed by [`Instance::frozen_before`]; whoever
//! was moved once already weighs ten times in the cost of moving.

mod break_off;
mod disrupt;
mod publish;

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use serde::Serialize;

use crate::check::check;
use crate::diff::{Diff, diff};
use crate::search::{Limit, Progress, solve};
use crate::types::{Assessment, Fault, Instance, Plan};
use crate::words;

pub use break_off::without_stopped;
use disrupt::fault;
pub use disrupt::{Disruption, Moment, disrupt, left_over};
pub use publish::as_published;

/// One answer to a disruption: a draft plan, and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// What it mostly does: `move-machines`, `extra-sessions`, `move-people` when only people
    /// are concerned, or `keep` when nothing is needed.
    pub kind: String,
    /// In one sentence, in English.
    pub title: String,
    /// In one sentence, in Vietnamese.
    pub title_vi: String,
    /// The whole plan.
    pub plan: Plan,
    /// What the rules and the cost say of it.
    pub assessment: Assessment,
    /// Against what is published.
    pub diff: Diff,
}

/// The problem after a disruption, and the answers, the cheapest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebalance {
    /// The instance with the disruption in it.
    pub instance: Instance,
    /// Up to three, different from each other.
    pub proposals: Vec<Proposal>,
}

/// A way to look for an answer: what is dear, and what may not change.
#[derive(Clone, Copy)]
enum Strategy {
    /// The least cost as it stands.
    Balanced,
    /// Machines and shifts are cheap beside moving people.
    KeepPeople,
    /// Machines stay on their published ways as far as they can; people move, or sessions are added.
    KeepMachines,
}

const STRATEGIES: [Strategy; 3] = [
    Strategy::Balanced,
    Strategy::KeepPeople,
    Strategy::KeepMachines,
];

impl Strategy {
    fn instance(self, changed: &Instance) -> Instance {
        let mut instance = changed.clone();
        match self {
            Self::Balanced => {}
            Self::KeepPeople => {
                instance.costs.moved = instance
                    .costs
                    .moved
                    .saturating_mul(8)
                    .min(instance.costs.unserved.max(instance.costs.moved))
            }
            Self::KeepMachines => {
                let machines: HashMap<&str, _> = changed
                    .machines
                    .iter()
                    .map(|m| (m.id.as_str(), m))
                    .collect();
                let sites: HashMap<&str, _> =
                    changed.sites.iter().map(|s| (s.id.as_str(), s)).collect();
                let holds = |r: &&crate::Placement| {
                    !changed.is_frozen(r.date, &r.shift)
                        && machines
                            .get(r.machine.as_str())
                            .is_some_and(|m| m.runs(r.date, &r.shift))
                        && sites
                            .get(r.site.as_str())
                            .is_some_and(|s| s.calendar.admits(r.date, &r.shift))
                };
                let kept = changed
                    .published
                    .iter()
                    .flat_map(|p| &p.rotation)
                    .filter(holds)
                    .cloned();
                let pinned = instance.pinned.get_or_insert_default();
                let there: HashSet<_> = pinned
                    .rotation
                    .iter()
                    .map(|r| (r.machine.clone(), r.date, r.shift.clone()))
                    .collect();
                pinned.rotation.extend(
                    kept.filter(|r| !there.contains(&(r.machine.clone(), r.date, r.shift.clone()))),
                );
            }
        }
        instance
    }
}

/// Up to three answers to a disruption, different from each other, the cheapest first.
///
/// With [`Limit::Steps`] and [`Limit::Share`] each way of looking gets a third; with [`Limit::Until`] each gets a
/// short look first, and the cheapest way the rest.
///
/// # Errors
///
/// What [`disrupt`] refuses, and an instance of which nothing is published.
pub fn proposals(
    instance: &Instance,
    disruption: &Disruption,
    seed: u64,
    limit: Limit<'_>,
    watch: &mut (dyn FnMut(&Progress) -> ControlFlow<()> + Send),
) -> Result<Rebalance, Vec<Fault>> {
    if instance.published.is_none() {
        return Err(fault(
            "/published",
            "nothing-published",
            "nothing is published that could be disrupted".to_owned(),
            "chưa công bố kế hoạch nào".to_owned(),
        ));
    }
    let changed = disrupt(instance, disruption)?;
    let published = changed.published.clone().unwrap_or_default();
    let mut found: Vec<Proposal> = Vec::new();
    let mut broken_off = false;
    for (n, strategy) in STRATEGIES.into_iter().enumerate() {
        if broken_off {
            break;
        }
        let problem = strategy.instance(&changed);
        let mut watch = |progress: &Progress| {
            let flow = watch(progress);
            broken_off |= flow.is_break();
            flow
        };
        // Three at most, so the number is exact.
        let third = move |share: f64| share.mul_add(STRATEGIES.len() as f64, -(n as f64));
        let share: Box<dyn Fn() -> f64 + Sync> = match limit {
            Limit::Share(share) => Box::new(move || third(share())),
            _ => Box::new(|| 0.0),
        };
        let short = 20_000 + 10 * changed.cohorts.len() as u64;
        let limit = match limit {
            Limit::Steps(steps) => Limit::Steps(steps / 3),
            Limit::Until(until) if until() => Limit::Steps(0),
            Limit::Until(_) => Limit::Steps(short),
            Limit::Share(_) => Limit::Share(&*share),
        };
        let plan = solve(&problem, seed, limit, &mut watch).plan;
        found.push(proposal(&changed, &published, plan));
    }
    if let Limit::Until(until) = limit
        && !broken_off
        && !until()
    {
        let plan = solve(&changed, seed, limit, watch).plan;
        found.push(proposal(&changed, &published, plan));
    }
    Ok(Rebalance {
        instance: changed,
        proposals: ranked(found),
    })
}

fn proposal(changed: &Instance, published: &Plan, plan: Plan) -> Proposal {
    let assessment = check(changed, &plan);
    let diff = diff(changed, published, &plan);
    let went = diff
        .machines
        .iter()
        .filter(|m| m.from.is_some() && m.to.is_some())
        .count();
    let added = diff.machines.iter().filter(|m| m.from.is_none()).count();
    let (moved, lost) = (diff.moved, without_place(changed, &plan));
    let kind = match (went, added, moved + diff.lost) {
        (0, 0, 0) => "keep",
        (0, 0, _) => "move-people",
        (0, _, _) => "extra-sessions",
        _ => "move-machines",
    };
    let title = format!(
        "{moved} people move, {added} machine-shifts are added, machines go elsewhere in {went}; {lost} without a place; cost {}",
        words::number(assessment.cost)
    );
    let title_vi = format!(
        "{moved} người đổi lịch, thêm {added} ca máy, {went} ca máy đổi điểm; {lost} người chưa có chỗ; chi phí {}",
        words::number_vi(assessment.cost)
    );
    Proposal {
        kind: kind.to_owned(),
        title,
        title_vi,
        plan,
        assessment,
        diff,
    }
}

/// People without a place.
fn without_place(instance: &Instance, plan: &Plan) -> u64 {
    let all: u64 = instance.cohorts.iter().map(|c| u64::from(c.people)).sum();
    let placed: u64 = plan.allotments.iter().map(|a| u64::from(a.people)).sum();
    all.saturating_sub(placed)
}

/// Three at most, the cheapest first: none that another one beats in everything, and one of each kind before a
/// second of the same.
fn ranked(mut found: Vec<Proposal>) -> Vec<Proposal> {
    let weight = |p: &Proposal| {
        (
            p.assessment.cost,
            p.diff.moved + p.diff.lost,
            p.diff.machines.len(),
        )
    };
    found.sort_by_key(|p| (!p.assessment.ok, weight(p)));
    let mut kept: Vec<Proposal> = Vec::new();
    for candidate in found {
        let c = weight(&candidate);
        let beaten = kept
            .iter()
            .map(weight)
            .any(|k| k.0 <= c.0 && k.1 <= c.1 && k.2 <= c.2);
        if !beaten {
            kept.push(candidate);
        }
    }
    while kept.len() > 3 {
        let is_second = |n: usize| kept[..n].iter().any(|k| k.kind == kept[n].kind);
        let last = (0..kept.len()).rev().find(|n| is_second(*n));
        kept.remove(last.unwrap_or(kept.len() - 1));
    }
    kept
}
