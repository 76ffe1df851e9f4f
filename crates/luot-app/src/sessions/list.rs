//! Sessions with their numbers.

use std::collections::HashMap;

use chrono::NaiveDate;
use luot_store::entities::session;
use luot_store::parts::{shifts, sites};
use luot_store::views::{self, Scope, SessionNumbers};
use luot_store::{Tx, campaigns};
use serde_json::Value;
use uuid::Uuid;

use super::find_site;
use crate::App;
use crate::error::{Error, Result};

/// A session and its numbers.
#[derive(Debug, Clone)]
pub struct SessionView {
    /// The row.
    pub row: session::Model,
    /// Code and name of the site.
    pub site: (String, String),
    /// Code and name of the shift.
    pub shift: (String, String),
    /// Machines with their records.
    pub machines: Value,
    /// Places given to cohorts.
    pub allotted: i64,
    /// Places anybody can book now.
    pub open_places: i64,
    /// People with a place: booked, arrived, called, done, or not come.
    pub booked: i64,
    /// Of them, people who have arrived, whether or not they are done.
    pub arrived: i64,
    /// Of them, people who are done.
    pub fulfilled: i64,
}

impl App {
    /// Sessions of a campaign in order of time, after that one.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a campaign or site that is not there.
    pub async fn list_sessions(
        &self,
        campaign: Uuid,
        site: Option<&str>,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
        after: Option<Uuid>,
        limit: u64,
    ) -> Result<Vec<SessionView>> {
        self.store
            .read(async |tx| {
                campaigns::find(tx, campaign)
                    .await?
                    .ok_or(Error::NotFound("campaign"))?;
                let site = match site {
                    Some(named) => Some(find_site(tx, campaign, named).await?.id),
                    None => None,
                };
                let scope = Scope { site, from, to };
                let found = views::list_sessions(tx, campaign, &scope, after, limit).await?;
                named(tx, campaign, found).await
            })
            .await
    }

    /// One session.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn get_session(&self, id: Uuid) -> Result<SessionView> {
        self.store
            .read(async |tx| {
                let found = views::find_session(tx, id)
                    .await?
                    .ok_or(Error::NotFound("session"))?;
                let campaign = found.session.campaign_id;
                named(tx, campaign, vec![found])
                    .await?
                    .pop()
                    .ok_or(Error::NotFound("session"))
            })
            .await
    }
}

async fn named(tx: &Tx, campaign: Uuid, found: Vec<SessionNumbers>) -> Result<Vec<SessionView>> {
    let sites: HashMap<Uuid, (String, String)> = sites::list(tx, campaign)
        .await?
        .into_iter()
        .map(|s| (s.id, (s.code, s.name)))
        .collect();
    let shifts: HashMap<Uuid, (String, String)> = shifts::list(tx, campaign)
        .await?
        .into_iter()
        .map(|s| (s.id, (s.code, s.name)))
        .collect();
    Ok(found
        .into_iter()
        .map(|n| {
            let count =
                |states: &[&str]| -> i64 { states.iter().filter_map(|s| n.by_state.get(*s)).sum() };
            SessionView {
                site: sites.get(&n.session.site_id).cloned().unwrap_or_default(),
                shift: shifts.get(&n.session.shift_id).cloned().unwrap_or_default(),
                machines: n.session.machines.clone(),
                allotted: n.allotted,
                open_places: n.open_places,
                booked: count(&["booked", "arrived", "called", "fulfilled", "noshow"]),
                arrived: count(&["arrived", "called", "fulfilled"]),
                fulfilled: count(&["fulfilled"]),
                row: n.session,
            }
        })
        .collect())
}
