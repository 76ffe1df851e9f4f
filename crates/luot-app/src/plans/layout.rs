//! From a plan to sessions, windows and pools: what is wanted, before what is there is
//! looked at.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use luot_domain::policies::Policies;
use luot_domain::pools::{Allotted, lay_out};
use luot_domain::windows::cut;
use luot_planner::{Instance, Plan};
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

/// The sessions of a plan in order of time.
pub(super) fn wanted(
    campaign: &Campaign,
    instance: &Instance,
    plan: &Plan,
    policies: &Policies,
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
        staffed.entry(at).or_default().push(Staffed {
            machine: placed.machine.clone(),
            records: luot_planner::records(shift, machine),
            cards: machine.services.contains(&luot_planner::Service::Card),
        });
    }
    let mut given: HashMap<At, Vec<(Uuid, i32, bool, bool)>> = HashMap::new();
    for a in &plan.allotments {
        let (cohort, card) = *cohorts
            .get(a.cohort.as_str())
            .ok_or_else(|| unknown("cohort", &a.cohort))?;
        let here = given.entry(key(&a.site, a.date, &a.shift)?).or_default();
        match here.iter_mut().find(|g| g.0 == cohort) {
            Some(same) => same.1 += int(a.people),
            None => here.push((cohort, int(a.people), card, a.moved_before)),
        }
    }

    let mut sessions = Vec::new();
    for (at, machines) in staffed {
        let (date, shift_index, site) = at;
        let shift = &campaign.shifts[shift_index];
        let capacity: u32 = machines.iter().map(|m| m.records).sum();
        let card_capacity: u32 = machines.iter().filter(|m| m.cards).map(|m| m.records).sum();
        let windows = cut(
            shift.starts,
            shift.ends,
            policies.window_minutes,
            capacity,
            card_capacity,
        );
        let here = given.remove(&at).unwrap_or_default();
        let allotted: Vec<Allotted> = here
            .iter()
            .map(|&(cohort_id, places, needs_card, _)| Allotted {
                cohort_id,
                places: u32::try_from(places).unwrap_or(0),
                needs_card,
            })
            .collect();
        let pools = lay_out(&windows, &allotted);
        sessions.push(WantedSession {
            key: (site, date, shift.id),
            capacity: int(capacity),
            card_capacity: int(card_capacity),
            machines,
            windows: windows
                .into_iter()
                .zip(pools)
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
                .into_iter()
                .map(|(cohort, places, _, moved)| (cohort, places, moved))
                .collect(),
        });
    }
    Ok(sessions)
}
