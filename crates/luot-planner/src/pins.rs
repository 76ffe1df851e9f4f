//! What somebody fixed by hand: whether it can be kept, and whether it agrees with itself.

use std::collections::{HashMap, HashSet};

use crate::types::{Allotment, Instance, Placement, Plan, Service};

/// Which list of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Rotation,
    Allotments,
}

/// Something pinned that no plan can keep together with what is pinned before it.
pub(crate) struct Contradiction {
    pub list: List,
    pub n: usize,
    /// Why, in English and in Vietnamese.
    pub text: (String, String),
}

/// What contradicts what stands before it, by the rules alone: a machine in two places, more machines than a site has
/// room for, more people of a cohort than there are, a class that is to stay whole and is not.
pub(crate) fn contradictions(instance: &Instance, pinned: &Plan) -> Vec<Contradiction> {
    let mut found = Vec::new();
    let mut add = |list, n, text| found.push(Contradiction { list, n, text });
    let mut stands = HashSet::new();
    let mut crews: HashMap<_, u32> = HashMap::new();
    let room: HashMap<&str, u32> = instance
        .sites
        .iter()
        .map(|s| (s.id.as_str(), s.machines_at_once))
        .collect();
    for (n, r) in pinned.rotation.iter().enumerate() {
        let (machine, site, date, shift) = (
            r.machine.as_str(),
            r.site.as_str(),
            r.date,
            r.shift.as_str(),
        );
        if !stands.insert((machine, date, shift)) {
            let en = format!("{machine} is pinned twice on {date} {shift}");
            add(
                List::Rotation,
                n,
                (
                    en,
                    format!("{machine} được cố định hai lần: {date} {shift}"),
                ),
            );
            continue;
        }
        let crew = crews.entry((site, date, shift)).or_default();
        *crew += 1;
        let most = room.get(site).copied().unwrap_or(u32::MAX);
        if *crew > most {
            *crew -= 1;
            let en = format!(
                "{site} has room for {most} machines at once, and more are pinned on {date} {shift}"
            );
            let vi = format!(
                "{site} chỉ đặt được {most} máy cùng lúc nhưng cố định nhiều hơn: {date} {shift}"
            );
            add(List::Rotation, n, (en, vi));
        }
    }
    let cohorts: HashMap<&str, _> = instance
        .cohorts
        .iter()
        .map(|c| (c.id.as_str(), c))
        .collect();
    let mut given: HashMap<&str, u64> = HashMap::new();
    for (n, a) in pinned.allotments.iter().enumerate() {
        let Some(cohort) = cohorts.get(a.cohort.as_str()) else {
            continue;
        };
        let (id, people, pinned) = (&cohort.id, u64::from(cohort.people), u64::from(a.people));
        let before = given.entry(a.cohort.as_str()).or_default();
        if *before + pinned > people {
            let en = format!(
                "{id} has {people} people, and {} are pinned",
                *before + pinned
            );
            let vi = format!(
                "{id} có {people} người nhưng cố định {} người",
                *before + pinned
            );
            add(List::Allotments, n, (en, vi));
        } else if cohort.whole && pinned < people {
            let en = format!(
                "{id} is to stay whole, and {pinned} of its {people} people are pinned apart"
            );
            let vi = format!(
                "{id} phải đi cùng một buổi nhưng chỉ cố định {pinned} trên {people} người"
            );
            add(List::Allotments, n, (en, vi));
        } else {
            *before += pinned;
        }
    }
    found
}

/// Lifts what somebody fixed by hand and cannot be kept any more: where a machine does not run or a site is closed, and
/// what contradicts what is pinned before it. Gives what was lifted.
pub fn lift_pins(instance: &mut Instance) -> Plan {
    let Some(mut pinned) = instance.pinned.take() else {
        return Plan::default();
    };
    let open = |site: &str, date, shift: &str| {
        let site = instance.sites.iter().find(|s| s.id == site);
        site.is_some_and(|s| s.calendar.admits(date, shift))
    };
    let runs = |r: &Placement| {
        let machine = instance.machines.iter().find(|m| m.id == r.machine);
        machine.is_some_and(|m| m.runs(r.date, &r.shift))
    };
    let comes = |a: &Allotment| {
        let cohort = instance.cohorts.iter().find(|c| c.id == a.cohort);
        let cohort = cohort.filter(|c| c.sites.contains(&a.site));
        let Some(cohort) = cohort.filter(|c| c.calendar.admits(a.date, &a.shift)) else {
            return false;
        };
        let card = cohort.service == Service::Card;
        let mut able = instance
            .machines
            .iter()
            .filter(|m| !card || m.issues_cards());
        able.any(|m| m.runs(a.date, &a.shift))
    };
    let mut lifted = Plan::default();
    let keep = std::mem::take(&mut pinned.rotation).into_iter();
    (pinned.rotation, lifted.rotation) = keep.partition(|r| {
        instance.is_frozen(r.date, &r.shift) || (runs(r) && open(&r.site, r.date, &r.shift))
    });
    let keep = std::mem::take(&mut pinned.allotments).into_iter();
    (pinned.allotments, lifted.allotments) = keep.partition(|a| {
        instance.is_frozen(a.date, &a.shift) || (comes(a) && open(&a.site, a.date, &a.shift))
    });
    let against = contradictions(instance, &pinned);
    let mut rows = 0..;
    let said =
        |list: List, n: Option<usize>| against.iter().any(|c| c.list == list && Some(c.n) == n);
    let keep = std::mem::take(&mut pinned.rotation).into_iter();
    let (kept, gone): (Vec<_>, Vec<_>) = keep.partition(|_| !said(List::Rotation, rows.next()));
    pinned.rotation = kept;
    lifted.rotation.extend(gone);
    let mut rows = 0..;
    let keep = std::mem::take(&mut pinned.allotments).into_iter();
    let (kept, gone): (Vec<_>, Vec<_>) = keep.partition(|_| !said(List::Allotments, rows.next()));
    pinned.allotments = kept;
    lifted.allotments.extend(gone);
    instance.pinned = Some(pinned);
    lifted
}
