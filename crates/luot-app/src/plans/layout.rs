//! From a plan to sessions, windows and pools: what is wanted, before what is there is
//! looked at.

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveDate, NaiveTime};
use luot_domain::policies::Policies;
use luot_domain::pools::{Allotted, Pool, lay_out};
use luot_domain::windows::{Window, cut};
use luot_planner::{Instance, Plan, Running};
use luot_store::entities::shift;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::instances::{Campaign, int};

/// Site, date and shift: what a session is known by.
pub(super) type SessionKey = (Uuid, NaiveDate, Uuid);

/// Date, place of the shift in the day, site: what sorts sessions by time.
type At = (NaiveDate, usize, Uuid);

/// A machine of a session, as it is told with it.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub(super) struct Staffed {
    pub machine: String,
    pub records: u32,
    pub cards: bool,
}

/// A session as it is to be.
pub(super) struct WantedSession {
    pub key: SessionKey,
    /// Whether its shift runs.
    pub running: bool,
    pub capacity: i32,
    pub card_capacity: i32,
    pub machines: Vec<Staffed>,
    pub windows: Vec<WantedWindow>,
    pub allotted: Vec<(Uuid, i32, bool)>,
}

/// A window as it is to be, with its pools: cohort, places, card places.
pub(super) struct WantedWindow {
    pub starts: chrono::NaiveTime,
    pub ends: chrono::NaiveTime,
    pub pools: Vec<(Option<Uuid>, i32, i32)>,
}

/// The shifts that run, and what time it is at the sites. A machine that cannot run any more
/// takes nobody in them, and places lie in windows that are not over.
pub(super) struct Today {
    pub running: Vec<Running>,
    pub time: NaiveTime,
    /// Who is in windows of shifts that run.
    pub there: There,
}

/// People with a place in windows of shifts that run, by what they were booked with.
#[derive(Default)]
pub(super) struct There {
    /// In windows that are not over: whoever has come, and whoever is on time, keeps their
    /// window as far as it has places, before anything else is laid out.
    ahead: BTreeMap<(SessionKey, NaiveTime), BTreeMap<Option<Uuid>, Ahead>>,
    /// In windows that are over, those who were served.
    served: HashMap<(SessionKey, Option<Uuid>), u32>,
    /// And those who stand in the line.
    waiting: HashMap<(SessionKey, Option<Uuid>), u32>,
}

/// People of a pool in a window that is not over.
#[derive(Default)]
struct Ahead {
    /// Who have come: wherever their cohort is to go, they use a place of it up.
    came: u32,
    /// Who are still to come.
    booked: u32,
}

impl There {
    /// Somebody who is in a window that is not over, and whether they have come.
    pub(super) fn is_ahead(
        &mut self,
        key: SessionKey,
        window: NaiveTime,
        cohort: Option<Uuid>,
        came: bool,
    ) {
        let here = self.ahead.entry((key, window)).or_default();
        let here = here.entry(cohort).or_default();
        *(if came {
            &mut here.came
        } else {
            &mut here.booked
        }) += 1;
    }

    /// Somebody who was served in one that is.
    pub(super) fn was_served(&mut self, key: SessionKey, cohort: Option<Uuid>) {
        *self.served.entry((key, cohort)).or_default() += 1;
    }

    /// Somebody of one that is, who stands in the line.
    pub(super) fn waits(&mut self, key: SessionKey, cohort: Option<Uuid>) {
        *self.waiting.entry((key, cohort)).or_default() += 1;
    }

    /// Everybody of windows that are over who stands in the line of a session.
    fn line(&self, key: SessionKey) -> u32 {
        let here = self.waiting.iter().filter(|((at, _), _)| *at == key);
        here.map(|(_, people)| people).sum()
    }
}

impl Today {
    /// The shift, if it runs.
    pub(super) fn running(&self, date: NaiveDate, shift: &str) -> Option<&Running> {
        let mut running = self.running.iter();
        running.find(|r| r.date == date && r.shift == shift)
    }
}

/// The sessions of a plan in order of time.
pub(super) fn wanted(
    campaign: &Campaign,
    instance: &Instance,
    plan: &Plan,
    policies: &Policies,
    today: &Today,
) -> Result<Vec<WantedSession>> {
    let unknown =
        |what: &str, code: &str| Error::Bug(format!("a plan names no known {what}: {code}"));
    let sites: HashMap<&str, Uuid> = campaign
        .sites
        .iter()
        .map(|s| (s.code.as_str(), s.id))
        .collect();
    let shifts: HashMap<&str, usize> = (0..)
        .zip(&campaign.shifts)
        .map(|(i, s)| (s.code.as_str(), i))
        .collect();
    let machines: HashMap<&str, &luot_planner::Machine> = instance
        .machines
        .iter()
        .map(|m| (m.id.as_str(), m))
        .collect();
    let cohorts: HashMap<&str, (Uuid, bool)> = {
        let cards: HashMap<Uuid, bool> = campaign
            .services
            .iter()
            .map(|s| (s.id, s.issues_card))
            .collect();
        campaign
            .cohorts
            .iter()
            .map(|c| {
                let card = cards.get(&c.service_id).copied().unwrap_or(false);
                (c.code.as_str(), (c.id, card))
            })
            .collect()
    };
    let key = |site: &str, date: NaiveDate, shift: &str| -> Result<(NaiveDate, usize, Uuid)> {
        Ok((
            date,
            *shifts.get(shift).ok_or_else(|| unknown("shift", shift))?,
            *sites.get(site).ok_or_else(|| unknown("site", site))?,
        ))
    };

    let mut staffed: BTreeMap<(NaiveDate, usize, Uuid), Vec<Staffed>> = BTreeMap::new();
    for placed in &plan.rotation {
        let at = key(&placed.site, placed.date, &placed.shift)?;
        let machine = machines
            .get(placed.machine.as_str())
            .ok_or_else(|| unknown("machine", &placed.machine))?;
        let shift = instance
            .shifts
            .get(at.1)
            .ok_or_else(|| unknown("shift", &placed.shift))?;
        let runs = || {
            let site = instance.sites.iter().find(|s| s.id == placed.site);
            machine.runs(placed.date, &placed.shift)
                && site.is_some_and(|s| s.calendar.admits(placed.date, &placed.shift))
        };
        if today.running(placed.date, &placed.shift).is_some() && !runs() {
            continue;
        }
        staffed.entry(at).or_default().push(Staffed {
            machine: placed.machine.clone(),
            records: luot_planner::records(shift, machine),
            cards: machine.services.contains(&luot_planner::Service::Card),
        });
    }
    let mut given: HashMap<At, Vec<Given>> = HashMap::new();
    for a in &plan.allotments {
        let (cohort_id, needs_card) = *cohorts
            .get(a.cohort.as_str())
            .ok_or_else(|| unknown("cohort", &a.cohort))?;
        let here = given.entry(key(&a.site, a.date, &a.shift)?).or_default();
        let running = today.running(a.date, &a.shift);
        match here.iter_mut().find(|g| g.cohort_id == cohort_id) {
            Some(same) => same.places += a.people,
            None => here.push(Given {
                cohort_id,
                places: a.people,
                needs_card,
                moved_before: a.moved_before,
                served: running.map_or(0, |r| r.served_of(&a.site, &a.cohort)),
                waiting: running.map_or(0, |r| r.waiting_of(&a.site, &a.cohort)),
            }),
        }
    }

    let mut sessions = Vec::new();
    for (at, machines) in staffed {
        let (date, shift_index, site) = at;
        let shift = &campaign.shifts[shift_index];
        let running = today.running(date, &shift.code).map(|_| today);
        let mut here = given.remove(&at).unwrap_or_default();
        let key = (site, date, shift.id);
        for given in &mut here {
            // Who has come in a window that is not over has a place there.
            let of = (key, Some(campaign.booked_as(given.cohort_id)));
            let there = &today.there;
            for (seen, over) in [
                (&mut given.served, &there.served),
                (&mut given.waiting, &there.waiting),
            ] {
                *seen = (*seen).min(over.get(&of).copied().unwrap_or(0));
            }
        }
        sessions.push(session(key, shift, machines, &here, policies, running));
    }
    Ok(sessions)
}

/// Places given to a cohort in a session, of whom so many have been served, and others stand
/// in the line.
struct Given {
    cohort_id: Uuid,
    places: u32,
    needs_card: bool,
    moved_before: bool,
    served: u32,
    waiting: u32,
}

/// A session laid out in windows. Where its shift runs, those that are over have no places,
/// and whoever is in one of the others stays there first.
fn session(
    key: SessionKey,
    shift: &shift::Model,
    machines: Vec<Staffed>,
    here: &[Given],
    policies: &Policies,
    running: Option<&Today>,
) -> WantedSession {
    let capacity: u32 = machines.iter().map(|m| m.records).sum();
    let card_capacity: u32 = machines.iter().filter(|m| m.cards).map(|m| m.records).sum();
    let (starts, ends) = (shift.starts, shift.ends);
    let minutes = policies.window_minutes;
    let mut windows = cut(starts, ends, minutes, capacity, card_capacity);
    let mut allotted: Vec<Allotted> = here
        .iter()
        .map(|given| Allotted {
            cohort_id: given.cohort_id,
            places: given.places.saturating_sub(given.served + given.waiting),
            needs_card: given.needs_card,
        })
        .collect();
    let mut stay = vec![Vec::new(); windows.len()];
    if let Some(today) = running {
        for (window, stay) in windows.iter_mut().zip(&mut stay) {
            if window.ends <= today.time {
                (window.places, window.card_places) = (0, 0);
            } else if let Some(there) = today.there.ahead.get(&(key, window.starts)) {
                *stay = staying(window, &mut allotted, there);
            }
        }
    }
    let mut pools = lay_out(&windows, &allotted);
    // What is left is everybody's, but for who stands in the line already.
    let mut line = running.map_or(0, |today| today.there.line(key));
    for open in pools.iter_mut().filter_map(|here| here.last_mut()) {
        let taken = line.min(open.places);
        line -= taken;
        open.places -= taken;
        open.card_places = open.card_places.min(open.places);
    }
    let laid_out = windows.into_iter().zip(pools.into_iter().zip(stay));
    WantedSession {
        key,
        running: running.is_some(),
        capacity: int(capacity),
        card_capacity: int(card_capacity),
        machines,
        windows: laid_out
            .map(|(w, (mut pools, stay))| {
                for more in stay {
                    match pools.iter_mut().find(|p| p.cohort_id == more.cohort_id) {
                        Some(pool) => {
                            pool.places += more.places;
                            pool.card_places += more.card_places;
                        }
                        None => pools.insert(0, more),
                    }
                }
                WantedWindow {
                    starts: w.starts,
                    ends: w.ends,
                    pools: pools
                        .into_iter()
                        .map(|p| (p.cohort_id, int(p.places), int(p.card_places)))
                        .collect(),
                }
            })
            .collect(),
        allotted: here
            .iter()
            .map(|given| (given.cohort_id, int(given.places), given.moved_before))
            .collect(),
    }
}

/// Takes places for the people who are in a window out of it, as far as it has some and they
/// have come, or are to come to this session. Who has come is first.
fn staying(
    window: &mut Window,
    allotted: &mut [Allotted],
    there: &BTreeMap<Option<Uuid>, Ahead>,
) -> Vec<Pool> {
    let came = there.iter().map(|(cohort, here)| (cohort, here.came, true));
    let booked = there
        .iter()
        .map(|(cohort, here)| (cohort, here.booked, false));
    let mut stay: Vec<Pool> = Vec::new();
    for (&cohort_id, people, came) in came.chain(booked).filter(|(_, people, _)| *people > 0) {
        let given = allotted.iter_mut().find(|a| Some(a.cohort_id) == cohort_id);
        let mut places = people.min(window.places);
        let mut card_places = 0;
        match (cohort_id, given) {
            (None, _) => {}
            (Some(_), None) if came => {}
            (Some(_), None) => continue,
            (Some(_), Some(given)) => {
                places = places.min(given.places);
                if given.needs_card {
                    places = places.min(window.card_places);
                    card_places = places;
                }
                given.places -= places;
            }
        }
        window.places -= places;
        window.card_places -= card_places;
        match stay.iter_mut().find(|p| p.cohort_id == cohort_id) {
            Some(pool) => {
                pool.places += places;
                pool.card_places += card_places;
            }
            None => stay.push(Pool {
                cohort_id,
                places,
                card_places,
            }),
        }
    }
    stay
}
