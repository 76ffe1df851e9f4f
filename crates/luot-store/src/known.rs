//! What a process need not read twice: in which campaign a window is, which never changes,
//! and what a campaign decides for itself, which does not change without its version.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, NaiveDate, Utc};
use luot_domain::booking::Service;
use luot_domain::calendar::Zone;
use luot_domain::policies::Policies;
use uuid::Uuid;

/// Windows remembered, at 32 bytes; beyond, all are forgotten.
const WINDOWS_MOST: usize = 200_000;
/// Campaigns remembered, at some kilobytes.
const CAMPAIGNS_MOST: usize = 1_000;

/// What a campaign decides for itself, in one version of it.
#[derive(Debug)]
pub(crate) struct Settled {
    pub version: i32,
    pub zone: Zone,
    pub first_day: NaiveDate,
    pub rehearsal: bool,
    pub policies: Policies,
    pub services: Vec<Service>,
    /// Cohorts of people left over, and of which cohort.
    pub left_of: Vec<(Uuid, Uuid)>,
}

impl Settled {
    pub(crate) fn now(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        crate::facts::effective_now(self.rehearsal, self.zone, self.first_day, now)
    }
}

/// The memory of a process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    windows: Arc<Mutex<HashMap<Uuid, Uuid>>>,
    campaigns: Arc<Mutex<HashMap<Uuid, Arc<Settled>>>>,
}

fn held<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Known {
    /// The campaigns of those windows that are remembered, and the other windows.
    pub(crate) fn campaigns_of(&self, windows: &[Uuid]) -> (Vec<Uuid>, Vec<Uuid>) {
        let known = held(&self.windows);
        let mut campaigns = Vec::new();
        let mut others = Vec::new();
        for window in windows {
            match known.get(window) {
                Some(campaign) => campaigns.push(*campaign),
                None => others.push(*window),
            }
        }
        (campaigns, others)
    }

    pub(crate) fn note_windows(&self, rows: &[(Uuid, Uuid)]) {
        let mut known = held(&self.windows);
        if known.len() + rows.len() > WINDOWS_MOST {
            known.clear();
        }
        known.extend(rows.iter().copied());
    }

    pub(crate) fn campaign(&self, id: Uuid, version: i32) -> Option<Arc<Settled>> {
        let known = held(&self.campaigns);
        known.get(&id).filter(|c| c.version == version).cloned()
    }

    pub(crate) fn note_campaign(&self, id: Uuid, settled: &Arc<Settled>) {
        let mut known = held(&self.campaigns);
        if known.len() >= CAMPAIGNS_MOST && !known.contains_key(&id) {
            known.clear();
        }
        known.insert(id, settled.clone());
    }
}
