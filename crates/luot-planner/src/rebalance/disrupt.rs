//! What can go wrong, and the problem after it went wrong.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::break_off::break_off;
use crate::pins::lift_pins;
use crate::types::{Cohort, Fault, Instance, Running};

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

pub(super) fn fault(pointer: &str, code: &str, detail: String, detail_vi: String) -> Vec<Fault> {
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
/// a cohort of their own beside the first one (`th1-1A+1`), so that the past stays as it was. What was pinned and cannot
/// be kept any more is pinned no longer: the difference of the two instances tells what.
///
/// Of a session that runs ([`Instance::running`]) and has lost a machine by it, or before it without a word, who was served stays where they were, and so
/// do as many as the machines that are left can take until it ends; the others have lost their place
/// ([`crate::Plan::broken_off`]).
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
    break_off(instance, &mut changed);
    lift_pins(&mut changed);
    Ok(changed)
}

/// A cohort for people who are left over of another one, under that one's id with the first number that is free.
#[must_use]
pub fn left_over(instance: &Instance, of: &Cohort, people: u32) -> Cohort {
    let taken: HashSet<&str> = instance.cohorts.iter().map(|c| c.id.as_str()).collect();
    let base = &of.id;
    let free = (1..)
        .map(|k| format!("{base}+{k}"))
        .find(|id| !taken.contains(id.as_str()));
    Cohort {
        id: free.unwrap_or_else(|| base.clone()),
        people,
        ..of.clone()
    }
}

pub(super) fn beside(instance: &mut Instance, n: usize, people: u32) -> String {
    let extra = left_over(instance, &instance.cohorts[n], people);
    let id = extra.id.clone();
    instance.cohorts.push(extra);
    id
}

fn behind(instance: &mut Instance, at: &Moment, site: &str, people: u32) -> Result<(), Vec<Fault>> {
    let runs = |r: &Running| r.date == at.date && r.shift == at.shift;
    let past = instance.is_frozen(at.date, &at.shift) && !instance.running.iter().any(runs);
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
    let served = instance
        .published
        .iter()
        .flat_map(|p| &p.allotments)
        .any(|a| a.cohort == cohort && instance.is_frozen(a.date, &a.shift));
    if served && instance.cohorts[n].whole {
        beside(instance, n, people);
    } else {
        instance.cohorts[n].people = instance.cohorts[n].people.saturating_add(people);
    }
    Ok(())
}
