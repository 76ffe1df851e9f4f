//! Two plans side by side, in people's terms: who keeps their time and place, who moves, which machine goes where.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;

use crate::check::check;
use crate::types::{Instance, Placement, Plan};
use crate::words;

/// A session, as people are told of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct When {
    /// The date.
    pub date: NaiveDate,
    /// Id of the shift.
    pub shift: String,
    /// Id of the site.
    pub site: String,
}

/// People of one cohort who come somewhere else, or at another time, than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Move {
    /// Id of the cohort.
    pub cohort: String,
    /// How many.
    pub people: u32,
    /// Where they were to come; none when they had no place before.
    pub from: Option<When>,
    /// Where they come now; none when they have no place any more.
    pub to: Option<When>,
}

/// A machine that stands somewhere else than before in one shift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MachineMove {
    /// Id of the machine.
    pub machine: String,
    /// The date.
    pub date: NaiveDate,
    /// Id of the shift.
    pub shift: String,
    /// Where it stood before; none when nowhere.
    pub from: Option<String>,
    /// Where it stands now; none when nowhere.
    pub to: Option<String>,
}

/// What differs between two plans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// People who keep their session.
    pub kept: u32,
    /// People who come to another session than before.
    pub moved: u32,
    /// People who had no place and have one now.
    pub gained: u32,
    /// People who had a place and have none now.
    pub lost: u32,
    /// Who they are, by cohort, in the order of the instance.
    pub moves: Vec<Move>,
    /// The machines, in the order of the instance and of the calendar.
    pub machines: Vec<MachineMove>,
    /// The cost before, as the instance counts it.
    pub cost_before: i64,
    /// The cost after.
    pub cost_after: i64,
    /// All of this as sentences, in English.
    pub text: Vec<String>,
    /// All of this as sentences, in Vietnamese.
    pub text_vi: Vec<String>,
}

type Spread = BTreeMap<When, u32>;

fn spread(plan: &Plan) -> BTreeMap<&str, Spread> {
    let mut by_cohort: BTreeMap<&str, Spread> = BTreeMap::new();
    for a in plan.allotments.iter().chain(&plan.broken_off) {
        let when = When {
            date: a.date,
            shift: a.shift.clone(),
            site: a.site.clone(),
        };
        *by_cohort
            .entry(&a.cohort)
            .or_default()
            .entry(when)
            .or_default() += a.people;
    }
    by_cohort
}

/// Who keeps, who moves from where to where, and which machine goes where, between two plans of an instance.
#[must_use]
pub fn diff(instance: &Instance, before: &Plan, after: &Plan) -> Diff {
    let mut diff = Diff {
        kept: 0,
        moved: 0,
        gained: 0,
        lost: 0,
        moves: Vec::new(),
        machines: machine_moves(instance, before, after),
        cost_before: check(instance, before).cost,
        cost_after: check(instance, after).cost,
        text: Vec::new(),
        text_vi: Vec::new(),
    };
    let (was, is) = (spread(before), spread(after));
    let none = Spread::new();
    let listed: BTreeSet<&str> = instance.cohorts.iter().map(|c| c.id.as_str()).collect();
    let gone = was
        .keys()
        .chain(is.keys())
        .copied()
        .filter(|c| !listed.contains(c))
        .collect::<BTreeSet<_>>();
    for cohort in instance.cohorts.iter().map(|c| c.id.as_str()).chain(gone) {
        cohort_moves(
            cohort,
            was.get(cohort).unwrap_or(&none),
            is.get(cohort).unwrap_or(&none),
            &mut diff,
        );
    }
    words::tell(instance, &mut diff);
    diff
}

/// Pairs the people of a cohort who left a session with those who joined one, nearest in time first.
fn cohort_moves(cohort: &str, was: &Spread, is: &Spread, diff: &mut Diff) {
    let mut leaving: Vec<(&When, u32)> = Vec::new();
    let mut joining: Vec<(&When, u32)> = Vec::new();
    for when in was.keys().chain(is.keys()).collect::<BTreeSet<_>>() {
        let (old, new) = (
            was.get(when).copied().unwrap_or(0),
            is.get(when).copied().unwrap_or(0),
        );
        diff.kept += old.min(new);
        if old > new {
            leaving.push((when, old - new));
        } else if new > old {
            joining.push((when, new - old));
        }
    }
    for (from, mut people) in leaving {
        while people > 0 {
            let nearest = joining
                .iter_mut()
                .filter(|(_, n)| *n > 0)
                .min_by_key(|(to, _)| {
                    ((to.date - from.date).num_days().abs(), to.site != from.site)
                });
            let Some((to, n)) = nearest else { break };
            let count = people.min(*n);
            diff.moved += count;
            diff.moves.push(Move {
                cohort: cohort.to_owned(),
                people: count,
                from: Some(from.clone()),
                to: Some(to.clone()),
            });
            *n -= count;
            people -= count;
        }
        if people > 0 {
            diff.lost += people;
            diff.moves.push(Move {
                cohort: cohort.to_owned(),
                people,
                from: Some(from.clone()),
                to: None,
            });
        }
    }
    for (to, people) in joining.into_iter().filter(|(_, n)| *n > 0) {
        diff.gained += people;
        diff.moves.push(Move {
            cohort: cohort.to_owned(),
            people,
            from: None,
            to: Some(to.clone()),
        });
    }
}

/// A machine in a cell, ordered as in the instance.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Stand {
    order: (Option<usize>, NaiveDate, Option<usize>),
    machine: String,
    shift: String,
}

fn machine_moves(instance: &Instance, before: &Plan, after: &Plan) -> Vec<MachineMove> {
    let position = |id: &str| instance.shifts.iter().position(|s| s.id == id);
    let order: BTreeMap<&str, usize> = instance
        .machines
        .iter()
        .enumerate()
        .map(|(n, m)| (m.id.as_str(), n))
        .collect();
    let stands = |plan: &Plan| -> BTreeMap<Stand, String> {
        let key = |r: &Placement| Stand {
            order: (
                order.get(r.machine.as_str()).copied(),
                r.date,
                position(&r.shift),
            ),
            machine: r.machine.clone(),
            shift: r.shift.clone(),
        };
        plan.rotation
            .iter()
            .map(|r| (key(r), r.site.clone()))
            .collect()
    };
    let (was, is) = (stands(before), stands(after));
    let keys: BTreeSet<_> = was.keys().chain(is.keys()).collect();
    let differing = keys.into_iter().filter(|key| was.get(*key) != is.get(*key));
    differing
        .map(|key| MachineMove {
            machine: key.machine.clone(),
            date: key.order.1,
            shift: key.shift.clone(),
            from: was.get(key).cloned(),
            to: is.get(key).cloned(),
        })
        .collect()
}
