//! A session that breaks off: who was served stays where they were, the rest is planned anew.

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
        for site in &before.sites {
            if let Some(room) = room_left(before, changed, running, &site.id) {
                cut(changed, running, &site.id, room);
            }
        }
    }
}

/// What the machines that a site still has can take until the shift ends; none where it has lost none.
fn room_left(before: &Instance, after: &Instance, running: &Running, site: &str) -> Option<Room> {
    let shift = before.shifts.iter().find(|s| s.id == running.shift)?;
    let minutes = u32::try_from(gap_minutes(shift.start, shift.end)).ok()?;
    let works = |instance: &Instance, id: &str| {
        let machine = instance.machines.iter().find(|m| m.id == id);
        let place = instance.sites.iter().find(|s| s.id == site);
        machine.is_some_and(|m| m.runs(running.date, &shift.id))
            && place.is_some_and(|s| s.calendar.admits(running.date, &shift.id))
    };
    let here = before.published.iter().flat_map(|p| &p.rotation);
    let here = here.filter(|r| r.date == running.date && r.shift == shift.id && r.site == site);
    let (mut room, mut broken) = (Room::default(), false);
    for placed in here.filter(|r| works(before, &r.machine)) {
        if !works(after, &placed.machine) {
            broken = true;
            continue;
        }
        for machine in after.machines.iter().filter(|m| m.id == placed.machine) {
            let whole = u64::from(records(shift, machine)) * u64::from(running.minutes_left);
            let left = whole.checked_div(minutes.into()).unwrap_or(0);
            let left = u32::try_from(left).unwrap_or(u32::MAX);
            room.all = room.all.saturating_add(left);
            if machine.issues_cards() {
                room.cards = room.cards.saturating_add(left);
            }
        }
    }
    broken.then_some(room)
}

/// Leaves in a session who was served, and as many more as it has room for, in the order of the cohorts.
fn cut(instance: &mut Instance, running: &Running, site: &str, mut room: Room) {
    let Some(mut published) = instance.published.take() else {
        return;
    };
    let is_here =
        |a: &Allotment| a.date == running.date && a.shift == running.shift && a.site == site;
    for n in 0..instance.cohorts.len() {
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
            instance.cohorts[n].people -= lost;
            gone.iter_mut().for_each(|a| a.cohort.clone_from(&beside));
        }
        published.broken_off.append(&mut gone);
    }
    published.allotments.retain(|a| a.people > 0);
    instance.published = Some(published);
}
