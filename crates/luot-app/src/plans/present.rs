//! What is published of a campaign as it stands, before a plan is laid over it.

use std::collections::HashMap;

use chrono::NaiveDate;
use luot_store::appointments::Appointment;
use luot_store::layout::{self, Allotment, Layout, Pool, Session, Slot};
use luot_store::{Instant, Tx};
use serde_json::Value;
use uuid::Uuid;

use super::layout::{SessionKey, There, WantedSession};
use crate::error::Result;
use crate::instances::{self, Campaign};

/// What is there, by what it is known by.
pub(super) struct Present {
    pub sessions: HashMap<SessionKey, Session>,
    pub slots: HashMap<(Uuid, chrono::NaiveTime), Slot>,
    pub pools: HashMap<(Uuid, Option<Uuid>), Pool>,
    pub allotments: Vec<Allotment>,
}

impl Present {
    /// Whether a session is held just as it is wanted: by the same machines for the same people.
    pub(super) fn says(&self, row: &Session, wanted: &WantedSession) -> Result<bool> {
        let here = self.allotments.iter().filter(|a| a.session_id == row.id);
        let mut here: Vec<_> = here.map(|a| (a.cohort_id, a.places)).collect();
        let mut given: Vec<_> = wanted.allotted.iter().map(|g| (g.0, g.1)).collect();
        here.sort_unstable();
        given.sort_unstable();
        // In whatever order somebody lists them.
        let sorted = |machines: &Value| {
            let each = machines.as_array().into_iter().flatten();
            let mut each: Vec<String> = each.map(Value::to_string).collect();
            each.sort_unstable();
            each
        };
        let machines = sorted(&instances::json(&wanted.machines)?);
        Ok(row.state == "open" && sorted(&row.machines) == machines && here == given)
    }

    /// Who is in the windows of a day, of those who have a place; people left over of a cohort
    /// are booked as that one.
    pub(super) fn in_shifts_of(
        &self,
        day: NaiveDate,
        campaign: &Campaign,
        held: &[Appointment],
        now: Instant,
    ) -> There {
        let keys: HashMap<Uuid, SessionKey> =
            self.sessions.iter().map(|(key, s)| (s.id, *key)).collect();
        let slots = self.slots.values().filter(|s| s.date == day);
        let slots: HashMap<Uuid, &Slot> = slots.map(|s| (s.id, s)).collect();
        let pools: HashMap<Uuid, Option<Uuid>> =
            self.pools.values().map(|p| (p.id, p.cohort_id)).collect();
        let mut there = There::default();
        for a in held.iter().filter(|a| a.state != "displaced") {
            let slot = slots.get(&a.slot_id);
            let Some((slot, key)) = slot.and_then(|s| Some((s, *keys.get(&s.session_id)?))) else {
                continue;
            };
            if slot.ends_at > now {
                // By the pool they have their place of: what has opened is everybody's.
                let of = pools.get(&a.pool_id).copied().flatten();
                there.is_ahead(key, slot.starts, of, a.state != "booked");
            } else {
                let cohort = a.cohort_id.map(|id| campaign.booked_as(id));
                match a.state.as_str() {
                    "fulfilled" => there.was_served(key, cohort),
                    "arrived" | "called" => there.waits(key, cohort),
                    _ => {}
                }
            }
        }
        there
    }
}

/// Reads it.
pub(super) async fn read_present(tx: &Tx, campaign: Uuid) -> Result<Present> {
    let Layout {
        sessions,
        slots,
        pools,
        allotments,
    } = layout::load(tx, campaign).await?;
    Ok(Present {
        sessions: sessions
            .into_iter()
            .map(|s| ((s.site_id, s.date, s.shift_id), s))
            .collect(),
        slots: slots
            .into_iter()
            .map(|s| ((s.session_id, s.starts), s))
            .collect(),
        pools: pools
            .into_iter()
            .map(|p| ((p.slot_id, p.cohort_id), p))
            .collect(),
        allotments,
    })
}
