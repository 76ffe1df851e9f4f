//! From a plan to sessions, windows and pools: what is wanted, before what is there is
//! looked at.

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveDate, NaiveTime};
use luot_domain::policies::Policies;
use luot_domain::pools::{Allotted, lay_out};
use luot_domain::windows::cut;
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
            }),
        }
    }

    let mut sessions = Vec::new();
    for (at, machines) in staffed {
        let (date, shift_index, site) = at;
        let shift = &campaign.shifts[shift_index];
        let over = today.running(date, &shift.code).map(|_| today.time);
        let here = given.remove(&at).unwrap_or_default();
        let key = (site, date, shift.id);
        sessions.push(session(key, shift, machines, &here, policies, over));
    }
    Ok(sessions)
}

/// Places given to a cohort in a session, of whom so many have been served.
struct Given {
    cohort_id: Uuid,
    places: u32,
    needs_card: bool,
    moved_before: bool,
    served: u32,
}

/// A session laid out in windows, of which those that end until some time are over.
fn session(
    key: SessionKey,
    shift: &shift::Model,
    machines: Vec<Staffed>,
    here: &[Given],
    policies: &Policies,
    over: Option<NaiveTime>,
) -> WantedSession {
    let capacity: u32 = machines.iter().map(|m| m.records).sum();
    let card_capacity: u32 = machines.iter().filter(|m| m.cards).map(|m| m.records).sum();
    let (starts, ends) = (shift.starts, shift.ends);
    let minutes = policies.window_minutes;
    let mut windows = cut(starts, ends, minutes, capacity, card_capacity);
    for window in &mut windows {
        if over.is_some_and(|time| window.ends <= time) {
            (window.places, window.card_places) = (0, 0);
        }
    }
    let allotted: Vec<Allotted> = here
        .iter()
        .map(|given| Allotted {
            cohort_id: given.cohort_id,
            places: given.places.saturating_sub(given.served),
            needs_card: given.needs_card,
        })
        .collect();
    let pools = lay_out(&windows, &allotted);
    let windows = windows.into_iter().zip(pools);
    WantedSession {
        key,
        running: over.is_some(),
        capacity: int(capacity),
        card_capacity: int(card_capacity),
        machines,
        windows: windows
            .map(|(w, pools)| WantedWindow {
                starts: w.starts,
                ends: w.ends,
                pools: pools
                    .into_iter()
                    .map(|p| (p.cohort_id, int(p.places), int(p.card_places)))
                    .collect(),
            })
            .collect(),
        allotted: here
            .iter()
            .map(|given| (given.cohort_id, int(given.places), given.moved_before))
            .collect(),
    }
}
