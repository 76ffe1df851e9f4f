//! Changing an entry: its party says whether it can come at once; what gives it precedence is
//! said by staff, and by nobody else.

use std::collections::BTreeMap;

use luot_domain::policies::Policies;
use luot_domain::waitlist::{Ground, priority};
use luot_store::{campaigns, waitlist};
use serde_json::json;
use uuid::Uuid;

use super::get::{WaitlistView, find_for};
use super::settle::look_at_once;
use crate::App;
use crate::authz::{Action, Actor, Where};
use crate::error::{Error, Result};
use crate::instances::{from_json, json as to_json};
use crate::trail::did_by;

/// What is to be another.
#[derive(Debug, Clone, Default)]
pub struct EntryChange {
    /// All grounds of precedence; the priority follows by the campaign's policy.
    pub grounds: Option<Vec<Ground>>,
    /// Whether the party can come at once, when a place comes free late.
    pub at_once: Option<bool>,
}

impl App {
    /// Changes an entry, also one that is a claim: those of the displaced stay ahead of
    /// everybody. Who can come at once from now on is looked for at once.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such entry, or not for this caller; another for
    /// who may not say what gives precedence.
    pub async fn change_waitlist_entry(
        &self,
        actor: &Actor,
        id: Uuid,
        change: &EntryChange,
    ) -> Result<WaitlistView> {
        if change.grounds.is_some() {
            actor.require(Action::ManageWaitlist, Where::Unknown)?;
        }
        let seen = self
            .store
            .read(async |tx| find_for(self, tx, actor, id).await)
            .await?;
        drop(self.count_change(actor, seen.booking_id, None).await?);
        self.store
            .write(async |tx| self.write_entry(tx, actor, id, change).await)
            .await?;
        if change.at_once == Some(true) && !seen.at_once {
            // Without a turn they are looked for within the minute.
            if let Ok(_turn) = self.store.turn().await {
                let mine = BTreeMap::from([(seen.campaign_id, vec![id])]);
                look_at_once(&self.store, &self.keys, &*self.clock, mine).await;
            }
        }
        self.get_waitlist_entry(actor, id).await
    }

    async fn write_entry(
        &self,
        tx: &luot_store::Tx,
        actor: &Actor,
        id: Uuid,
        change: &EntryChange,
    ) -> Result<()> {
        let now = self.clock.now();
        let was = find_for(self, tx, actor, id).await?;
        let mut row = was.clone();
        let campaign = row.campaign_id;
        let mut trail = Vec::new();
        if let Some(grounds) = &change.grounds {
            let found = campaigns::find(tx, campaign).await?;
            let policies = found.ok_or(Error::NotFound("campaign"))?.policies;
            let policies: Policies = from_json(&policies)?;
            if row.kind == "party" {
                row.priority = priority(&policies.waitlist, grounds);
            }
            row.grounds = to_json(grounds)?;
            let said = json!({ "ids": [id], "grounds": grounds });
            trail.push(did_by(now, Some(campaign), actor, "waitlist.rank", said));
        }
        if let Some(at_once) = change.at_once {
            row.at_once = at_once;
            let said = json!({ "ids": [id], "at_once": at_once });
            trail.push(did_by(now, Some(campaign), actor, "waitlist.change", said));
        }
        waitlist::update(tx, &was, row, now).await?;
        Ok(luot_store::audit::record(tx, trail).await?)
    }
}
