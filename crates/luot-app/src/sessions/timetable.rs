//! The published times of a class or village.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveTime};
use luot_store::{Tx, campaigns, layout};
use uuid::Uuid;

use super::find_cohort;
use crate::App;
use crate::error::{Error, Result};
use luot_store::parts::{cohorts, sites};

/// When and where people of a cohort come: one window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimetableRow {
    /// The cohort's code and name.
    pub cohort: (String, String),
    /// The site's code and name.
    pub site: (String, String),
    /// The session.
    pub session_id: Uuid,
    /// The window.
    pub window_id: Uuid,
    /// Local date.
    pub date: NaiveDate,
    /// From, local.
    pub starts: NaiveTime,
    /// To, local.
    pub ends: NaiveTime,
    /// People of the cohort.
    pub places: i32,
}

impl App {
    /// The published times of one cohort (and of its people who are left over), or of all, in order of cohort and time.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a campaign or cohort that is not there.
    pub async fn list_timetable(
        &self,
        campaign: Uuid,
        cohort: Option<&str>,
    ) -> Result<Vec<TimetableRow>> {
        self.store
            .read(async |tx| {
                campaigns::find(tx, campaign)
                    .await?
                    .ok_or(Error::NotFound("campaign"))?;
                let only = match cohort {
                    Some(named) => Some(find_cohort(tx, campaign, named).await?.id),
                    None => None,
                };
                rows(tx, campaign, only).await
            })
            .await
    }
}

async fn rows(tx: &Tx, campaign: Uuid, only: Option<Uuid>) -> Result<Vec<TimetableRow>> {
    let named = |list: Vec<(Uuid, String, String)>| -> HashMap<Uuid, (String, String)> {
        list.into_iter().map(|(id, c, n)| (id, (c, n))).collect()
    };
    let all_cohorts = cohorts::list(tx, campaign).await?;
    let only = only.map(|id| {
        let theirs = all_cohorts.iter();
        let theirs = theirs.filter(|c| c.id == id || c.left_of_id == Some(id));
        theirs.map(|c| c.id).collect()
    });
    let order: HashMap<Uuid, i32> = all_cohorts.iter().map(|c| (c.id, c.position)).collect();
    let cohort_names = named(
        all_cohorts
            .into_iter()
            .map(|c| (c.id, c.code, c.name))
            .collect(),
    );
    let site_names = named(
        sites::list(tx, campaign)
            .await?
            .into_iter()
            .map(|s| (s.id, s.code, s.name))
            .collect(),
    );
    let mut rows: Vec<(i32, TimetableRow)> = layout::list_cohort_windows(tx, campaign, only)
        .await?
        .into_iter()
        .map(|w| {
            let row = TimetableRow {
                cohort: cohort_names.get(&w.cohort_id).cloned().unwrap_or_default(),
                site: site_names.get(&w.site_id).cloned().unwrap_or_default(),
                session_id: w.session_id,
                window_id: w.slot_id,
                date: w.date,
                starts: w.starts,
                ends: w.ends,
                places: w.places,
            };
            (order.get(&w.cohort_id).copied().unwrap_or(i32::MAX), row)
        })
        .collect();
    rows.sort_by(|(a, x), (b, y)| (a, x.date, x.starts).cmp(&(b, y.date, y.starts)));
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}
