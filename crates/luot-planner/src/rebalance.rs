//! What to do when something goes wrong under way: the changed problem, and up to three answers to it.
//!
//! Pure: the caller publishes one of the answers, or none. The past is fixed by [`Instance::frozen_before`]; whoever
//! was moved once already weighs ten times in the cost of moving.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::check::check;
use crate::diff::{Diff, diff};
use crate::search::{Limit, Progress, solve};
use crate::types::{Allotment, Assessment, Fault, Instance, Plan};
use crate::words;

/// A shift of a date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The date.
    pub date: NaiveDate,
    /// Id of the shift.
    pub shift: String,
}

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Disruption {
    /// A machine cannot run, from a shift to a shift, both included.
    MachineOut {
        /// Id of the machine.
        machine: String,
        /// The first shift without it.
        from: Moment,
        /// The last shift without it.
        to: Moment,
    },
    /// A site is closed, from a date to a date, both included.
    SiteClosed {
        /// Id of the site.
        site: String,
        /// The first date.
        from: NaiveDate,
        /// The last date.
        to: NaiveDate,
    },
    /// No machine can work in one shift, wherever it is.
    ShiftLost {
        /// The shift.
        #[serde(flatten)]
        at: Moment,
    },
    /// In a session that is past, so many people were not served: the last ones by the order of the plan.
    SessionBehind {
        /// The shift.
        #[serde(flatten)]
        at: Moment,
        /// Id of the site.
        site: String,
        /// How many were not served.
        people: u32,
    },
    /// A cohort has more people than it had.
    CohortGrew {
        /// Id of the cohort.
        cohort: String,
        /// By how many.
        people: u32,
    },
}

/// One answer to a disruption: a draft plan, and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// What it mostly does: `move-machines`, `extra-sessions`, `move-people`, or `keep` when nothing is needed.
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

fn fault(pointer: &str, code: &str, detail: String, detail_vi: String) -> Vec<Fault> {
    vec![Fault {
        pointer: pointer.to_owned(),
        code: code.to_owned(),
        detail,
        detail_vi,
    }]
}

/// Puts a disruption into an instance.
///
/// People of a past session who were not served, and those by whom a class grew that has been served already, become
/// a cohort of their own beside the first one (`th1-1A+1`), so that the past stays as it was.
///
/// # Errors
///
/// An unknown machine, site, shift or cohort, dates reversed, or a session that is not past.
pub fn disrupt(instance: &Instance, disruption: &Disruption) -> Result<Instance, Vec<Fault>> {
    let mut changed = instance.clone();
    let shift = |id: &str, pointer: &str| {
        let position = instance.shifts.iter().position(|s| s.id == id);
        position.ok_or_else(|| {
            fault(
                pointer,
                "unknown-shift",
                format!("there is no shift {id}"),
                format!("không có ca {id}"),
            )
        })
    };
    let reversed = |pointer: &str| {
        fault(
            pointer,
            "dates-reversed",
            "the end is before the beginning".to_owned(),
            "kết thúc trước khi bắt đầu".to_owned(),
        )
    };
    match disruption {
        Disruption::MachineOut { machine, from, to } => {
            let first = (from.date, shift(&from.shift, "/from/shift")?);
            let last = (to.date, shift(&to.shift, "/to/shift")?);
            if last < first {
                return Err(reversed("/to"));
            }
            let found = changed.machines.iter_mut().find(|m| m.id == *machine);
            let machine = found.ok_or_else(|| {
                fault(
                    "/machine",
                    "unknown-machine",
                    format!("there is no machine {machine}"),
                    format!("không có máy {machine}"),
                )
            })?;
            for date in instance
                .start
                .iter_days()
                .take_while(|d| *d <= instance.end)
            {
                for (n, s) in instance.shifts.iter().enumerate() {
                    let pair = (date, s.id.clone());
                    if (first..=last).contains(&(date, n)) && !machine.out.contains(&pair) {
                        machine.out.push(pair);
                    }
                }
            }
        }
        Disruption::SiteClosed { site, from, to } => {
            if to < from {
                return Err(reversed("/to"));
            }
            let found = changed.sites.iter_mut().find(|s| s.id == *site);
            let site = found.ok_or_else(|| {
                fault(
                    "/site",
                    "unknown-site",
                    format!("there is no site {site}"),
                    format!("không có điểm thu nhận {site}"),
                )
            })?;
            let days = from
                .iter_days()
                .take_while(|d| d <= to && *d <= instance.end)
                .filter(|d| *d >= instance.start);
            let new: Vec<_> = days.filter(|d| !site.calendar.closed.contains(d)).collect();
            site.calendar.closed.extend(new);
        }
        Disruption::ShiftLost { at } => {
            shift(&at.shift, "/shift")?;
            for machine in &mut changed.machines {
                machine.out.push((at.date, at.shift.clone()));
            }
        }
        Disruption::SessionBehind { at, site, people } => {
            shift(&at.shift, "/shift")?;
            behind(&mut changed, at, site, *people)?;
        }
        Disruption::CohortGrew { cohort, people } => grow(&mut changed, cohort, *people)?,
    }
    Ok(changed)
}

/// A cohort for people who are left over of another one.
fn beside(instance: &mut Instance, n: usize, people: u32) {
    let mut extra = instance.cohorts[n].clone();
    let taken: HashSet<&str> = instance.cohorts.iter().map(|c| c.id.as_str()).collect();
    let base = extra.id.clone();
    let free = (1..)
        .map(|k| format!("{base}+{k}"))
        .find(|id| !taken.contains(id.as_str()));
    extra.id = free.unwrap_or(base);
    extra.people = people;
    instance.cohorts.push(extra);
}

fn behind(instance: &mut Instance, at: &Moment, site: &str, people: u32) -> Result<(), Vec<Fault>> {
    let past = instance.frozen_before.is_some_and(|f| at.date < f);
    let Some(published) = instance.published.as_mut().filter(|_| past) else {
        return Err(fault(
            "/date",
            "session-not-past",
            "only a past session can have fallen behind".to_owned(),
            "chỉ phiên đã qua mới có thể bị chậm".to_owned(),
        ));
    };
    let mut left = people;
    let mut unserved: BTreeMap<String, u32> = BTreeMap::new();
    for a in published.allotments.iter_mut().rev() {
        if a.date == at.date && a.shift == at.shift && a.site == site {
            let count = left.min(a.people);
            a.people -= count;
            left -= count;
            *unserved.entry(a.cohort.clone()).or_default() += count;
        }
    }
    if left > 0 {
        let served = people - left;
        return Err(fault(
            "/people",
            "too-many",
            format!("the session had {served} people"),
            format!("phiên này chỉ có {served} người"),
        ));
    }
    published.allotments.retain(|a| a.people > 0);
    for (cohort, count) in unserved.into_iter().filter(|(_, n)| *n > 0) {
        if let Some(n) = instance.cohorts.iter().position(|c| c.id == cohort) {
            instance.cohorts[n].people = instance.cohorts[n].people.saturating_sub(count);
            beside(instance, n, count);
        }
    }
    Ok(())
}

fn grow(instance: &mut Instance, cohort: &str, people: u32) -> Result<(), Vec<Fault>> {
    let Some(n) = instance.cohorts.iter().position(|c| c.id == cohort) else {
        return Err(fault(
            "/cohort",
            "unknown-cohort",
            format!("there is no cohort {cohort}"),
            format!("không có nhóm {cohort}"),
        ));
    };
    let frozen = instance.frozen_before.unwrap_or(NaiveDate::MIN);
    let served = instance
        .published
        .iter()
        .flat_map(|p| &p.allotments)
        .any(|a| a.cohort == cohort && a.date < frozen);
    if served && instance.cohorts[n].whole {
        beside(instance, n, people);
    } else {
        instance.cohorts[n].people = instance.cohorts[n].people.saturating_add(people);
    }
    Ok(())
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
                let frozen = changed.frozen_before.unwrap_or(NaiveDate::MIN);
                let machines: HashMap<&str, _> = changed
                    .machines
                    .iter()
                    .map(|m| (m.id.as_str(), m))
                    .collect();
                let sites: HashMap<&str, _> =
                    changed.sites.iter().map(|s| (s.id.as_str(), s)).collect();
                let holds = |r: &&crate::Placement| {
                    r.date >= frozen
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
    let (moved, lost) = (diff.moved, assessment.terms.unserved);
    let kind = match (went, added, moved) {
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

/// The cheapest of each way of doing it, but none that another one beats in everything.
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
        if !beaten && kept.len() < 3 {
            kept.push(candidate);
        }
    }
    kept
}

/// A plan as it is to be published after another: who was moved, now or before, bears the mark of it.
///
/// The people of an allotment of which only some were moved become two allotments.
#[must_use]
pub fn as_published(before: &Plan, plan: &Plan) -> Plan {
    type Key<'a> = (&'a str, NaiveDate, &'a str, &'a str);
    fn key(a: &Allotment) -> Key<'_> {
        (&a.cohort, a.date, &a.shift, &a.site)
    }
    // By session: people promised, and of them moved before. By cohort: people promised in all.
    let mut was: HashMap<Key<'_>, (u32, u32)> = HashMap::new();
    let mut promised: HashMap<&str, u32> = HashMap::new();
    for a in &before.allotments {
        let (all, again) = was.entry(key(a)).or_default();
        *all += a.people;
        *again += if a.moved_before { a.people } else { 0 };
        *promised.entry(&a.cohort).or_default() += a.people;
    }
    // First who keeps a place, so that it is known how many of a cohort are left to have been moved.
    let mut kept: Vec<(u32, u32)> = Vec::new();
    for a in &plan.allotments {
        let here = was.get_mut(&key(a));
        let (keep, marked) = here.map_or((0, 0), |(all, again)| {
            let keep = a.people.min(*all);
            let marked = keep.min(*again);
            *all -= keep;
            *again -= marked;
            (keep, marked)
        });
        if let Some(left) = promised.get_mut(a.cohort.as_str()) {
            *left -= keep;
        }
        kept.push((keep, marked));
    }
    let mut published = Plan {
        rotation: plan.rotation.clone(),
        allotments: Vec::new(),
    };
    for (a, (keep, marked)) in plan.allotments.iter().zip(kept) {
        let left = promised.get_mut(a.cohort.as_str());
        let moved = left.map_or(0, |left| {
            let moved = (a.people - keep).min(*left);
            *left -= moved;
            moved
        });
        for (people, moved_before) in [(a.people - moved - marked, false), (moved + marked, true)] {
            if people > 0 {
                published.allotments.push(Allotment {
                    people,
                    moved_before,
                    ..a.clone()
                });
            }
        }
    }
    published
}
