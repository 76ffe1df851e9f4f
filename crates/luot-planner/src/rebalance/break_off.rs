//! A session that breaks off: who was served stays where they were, the rest is planned anew.

use std::collections::BTreeSet;

use super::disrupt::beside;
use crate::calendar::{gap_minutes, records};
use crate::types::{Allotment, Instance, Placement, Running, Service};

/// People that a session can still take: of all, and of those who need a card.
#[derive(Default)]
struct Room {
    all: u32,
    cards: u32,
}

impl Room {
    fn of(&self, cards: bool) -> u32 {
        if cards {
            self.all.min(self.cards)
        } else {
            self.all
        }
    }

    /// As many of so many people as there is room for.
    fn take(&mut self, people: u32, cards: bool) -> u32 {
        let taken = people.min(self.of(cards));
        self.all -= taken;
        self.cards -= if cards { taken } else { 0 };
        taken
    }
}

/// Takes the places in sessions that run from whoever can be served there no longer, where machines that are published to
/// stand there have stopped: by what `changed` differs from `before`, or since that was last asked. A class that is to stay whole loses or keeps as a whole what of it
/// was not served, and what it loses becomes a cohort beside it.
pub(super) fn break_off(before: &Instance, changed: &mut Instance) {
    for running in changed.running.clone() {
        let (has, lost) = placed(changed, &running);
        let Some(published) = &mut changed.published else {
            return;
        };
        // One that works again may stop again.
        let runs = |p: &Placement| p.date == running.date && p.shift == running.shift;
        let known = &mut published.stopped;
        known.retain(|p| !runs(p) || !works(before, &running, &p.machine, &p.site));
        let lost: Vec<Placement> = lost.into_iter().filter(|p| !known.contains(p)).collect();
        known.extend(lost.iter().cloned());
        let sites: BTreeSet<&str> = lost.iter().map(|p| p.site.as_str()).collect();
        for site in sites {
            let machines = has.iter().filter(|p| p.site == site);
            let machines: Vec<&str> = machines.map(|p| p.machine.as_str()).collect();
            let room = room(changed, &running, &machines);
            cut(changed, &running, site, room);
        }
    }
}

/// The instance without the places of those who can be served no longer in sessions that run, however their machines
/// have stopped; none where no machine has, or all who have are known already ([`crate::Plan::stopped`]).
#[must_use]
pub fn without_stopped(instance: &Instance) -> Option<Instance> {
    let mut changed = instance.clone();
    break_off(instance, &mut changed);
    (changed != *instance).then_some(changed)
}

/// What is published of a shift that runs: machines that work, and those that do not.
fn placed(instance: &Instance, running: &Running) -> (Vec<Placement>, Vec<Placement>) {
    let rotation = instance.published.iter().flat_map(|p| &p.rotation);
    let here = rotation.filter(|r| r.date == running.date && r.shift == running.shift);
    here.cloned()
        .partition(|r| works(instance, running, &r.machine, &r.site))
}

fn works(instance: &Instance, running: &Running, machine: &str, site: &str) -> bool {
    let machine = instance.machines.iter().find(|m| m.id == machine);
    let site = instance.sites.iter().find(|s| s.id == site);
    machine.is_some_and(|m| m.runs(running.date, &running.shift))
        && site.is_some_and(|s| s.calendar.admits(running.date, &running.shift))
}

/// What machines can take until a shift ends.
fn room(instance: &Instance, running: &Running, machines: &[&str]) -> Room {
    let mut room = Room::default();
    let Some(shift) = instance.shifts.iter().find(|s| s.id == running.shift) else {
        return room;
    };
    let minutes = u64::try_from(gap_minutes(shift.start, shift.end)).unwrap_or(0);
    let here = instance.machines.iter();
    for machine in here.filter(|m| machines.contains(&m.id.as_str())) {
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

/// Leaves in a session who was served, and as many more as it has room for: first who stands in its line, then the others
/// in the order of the cohorts.
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
    room.take(running.others.get(site).copied().unwrap_or(0), false);
    let mut there = Vec::new();
    for n in here {
        let cohort = &instance.cohorts[n];
        let all = published.allotments.iter();
        let all = all.filter(|a| is_here(a) && a.cohort == cohort.id);
        let all: u32 = all.map(|a| a.people).sum();
        let served = running.served_of(site, &cohort.id).min(all);
        let waiting = running.waiting_of(site, &cohort.id).min(all - served);
        let here = served + room.take(waiting, cohort.service == Service::Card);
        there.push((n, here, all - here));
    }
    for (n, here, rest) in there {
        let cohort = instance.cohorts[n].clone();
        let theirs = |a: &Allotment| is_here(a) && a.cohort == cohort.id;
        let is_card = cohort.service == Service::Card;
        let more = if cohort.whole && room.of(is_card) < rest {
            0
        } else {
            room.take(rest, is_card)
        };
        let (mut stay, lost) = (here + more, rest - more);
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
        if cohort.whole && here + more > 0 {
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
