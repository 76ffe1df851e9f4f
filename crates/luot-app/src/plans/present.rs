//! What is published of a campaign as it stands, before a plan is laid over it.

use std::collections::HashMap;

use luot_store::Tx;
use luot_store::layout::{self, Allotment, Layout, Pool, Session, Slot};
use uuid::Uuid;

use super::layout::{SessionKey, WantedSession};
use crate::error::Result;
use crate::instances;

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
        let machines = instances::json(&wanted.machines)?;
        Ok(row.state == "open" && row.machines == machines && here == given)
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
