//! A session that breaks off: who was served stays where they were, the rest is planned anew.

use std::collections::{BTreeMap, BTreeSet};

use super::disrupt::beside;
use crate::calendar::{gap_minutes, records};
use crate::types::{Allotment, Instance, Running, Service};

/// People that a session can still take: of all, and of those who need a card.
#[derive(Default)]
struct Room {
    all: u32,
    cards: u32,
}

/// Takes the places in sessions that run from whoever can be served there no longer, where `changed` has lost machines
/// that `before` had there. A class that is to stay whole loses or keeps as a whole what of it was not served, and what
/// it loses becomes a cohort beside it.
pub(super) fn break_off(before: &Instance, changed: &mut Instance) {
    for running in &before.running {
        for (site, machines) in placed(before, running) {
            let had = machines.iter().filter(|m| works(before, running, m, site));
            let (has, lost): (Vec<_>, Vec<_>) = had.partition(|m| works(changed, running, m, site));
            if !lost.is_empty() {
                let room = room(before, running, &has);
                cut(changed, running, site, room);
            }
        }
    }
}

/// The instance without the places of those who were not served in sessions that run and in which no machine works any
/// more; none where nobody has such a place.
#[must_use]
pub fn without_stopped(instance: &Instance) -> Option<Instance> {
    let mut changed = instance.clone();
    for running in &instance.running {
        for (site, machines) in placed(instance, running) {
            if !machines.iter().any(|m| works(instance, running, m, site)) {
                cut(&mut changed, running, site, Room::default());
            }
        }
    }
    (changed != *instance).then_some(changed)
}

/// By site, the machines that are published to stand there in a shift that runs.
fn placed<'a>(instance: &'a Instance, running: &Running) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut placed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let rotation = instance.published.iter().flat_map(|p| &p.rotation);
    for r in rotation.filter(|r| r.date == running.date && r.shift == running.shift) {
        placed.entry(&r.site).or_default().push(&r.machine);
    }
    placed
}

fn works(instance: &Instance, running: &Running, machine: &str, site: &str) -> bool {
    let machine = instance.machines.iter().find(|m| m.id == machine);
    let site = instance.sites.iter().find(|s| s.id == site);
    machine.is_some_and(|m| m.runs(running.date, &running.shift))
        && site.is_some_and(|s| s.calendar.admits(running.date, &running.shift))
}

/// What machines can take until a shift ends.
fn room(instance: &Instance, running: &Running, machines: &[&&str]) -> Room {
    let mut room = Room::default();
    let Some(shift) = instance.shifts.iter().find(|s| s.id == running.shift) else {
        return room;
    };
    let minutes = u64::try_from(gap_minutes(shift.start, shift.end)).unwrap_or(0);
    let here = instance.machines.iter();
    for machine in here.filter(|m| machines.contains(&&m.id.as_str())) {
        let all = u64::from(records(shift, machine)) * u64::from(running.minutes_left);
        let left = all.checked_div(minutes).unwrap_or(0);
        let left = u32::try_from(left).unwrap_or(u32::MAX);
        room.all = room.all.saturating_add(left);
        if machine.issues_cards() {
            room.cards = room.cards.saturating_add(left);
        }
    }
    room
}

/// Leaves in a session who was served, and as many more as it has room for, in the order of the cohorts.
fn cut(instance: &mut Instance, running: &Running, site: &str, mut room: Room) {
    let Some(mut published) = instance.published.take() else {
        return;
    };
    let is_here =
        |a: &Allotment| a.date == running.date && a.shift == running.shift && a.site == site;
    let ids: BTreeSet<&str> = published
        .allotments
        .iter()
        .filter(|a| is_here(a))
        .map(|a| a.cohort.as_str())
        .collect();
    let cohorts = 0..instance.cohorts.len();
    let here: Vec<usize> = cohorts
        .filter(|n| ids.contains(&*instance.cohorts[*n].id))
        .collect();
    for n in here {
        let cohort = instance.cohorts[n].clone();
        let theirs = |a: &Allotment| is_here(a) && a.cohort == cohort.id;
        let all = published.allotments.iter().filter(|a| theirs(a));
        let all: u32 = all.map(|a| a.people).sum();
        let served = running.served_of(site, &cohort.id).min(all);
        let rest = all - served;
        let is_card = cohort.service == Service::Card;
        let most = if is_card {
            room.all.min(room.cards)
        } else {
            room.all
        };
        let more = if cohort.whole && most < rest {
            0
        } else {
            most.min(rest)
        };
        room.all -= more;
        room.cards -= if is_card { more } else { 0 };
        let (mut stay, lost) = (served + more, rest - more);
        if lost == 0 {
            continue;
        }
        let mut gone = Vec::new();
        for a in published.allotments.iter_mut().filter(|a| theirs(a)) {
            let people = a.people.saturating_sub(stay);
            a.people -= people;
            stay -= a.people;
            if people > 0 {
                gone.push(Allotment {
                    people,
                    ..a.clone()
                });
            }
        }
        if cohort.whole && served + more > 0 {
            let beside = beside(instance, n, lost);
            let people = &mut instance.cohorts[n].people;
            *people = people.saturating_sub(lost);
            gone.iter_mut().for_each(|a| a.cohort.clone_from(&beside));
        }
        published.broken_off.append(&mut gone);
    }
    published.allotments.retain(|a| a.people > 0);
    instance.published = Some(published);
}
