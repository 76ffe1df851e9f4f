//! Saying what gives a party precedence: staff do, nobody else.

use luot_domain::policies::Policies;
use luot_domain::waitlist::{Ground, priority};
use luot_store::{campaigns, waitlist};
use serde_json::json;
use uuid::Uuid;

use super::get::{WaitlistView, find_for, view};
use crate::App;
use crate::authz::{Action, Actor, Where};
use crate::error::{Error, Result};
use crate::instances::{from_json, json as to_json};
use crate::trail::did_by;

impl App {
    /// Sets the grounds of an entry; its priority follows by the campaign's policy. Claims of
    /// the displaced stay ahead of everybody.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such entry, [`Error::Forbidden`] for who may not.
    pub async fn rank_waitlist_entry(
        &self,
        actor: &Actor,
        id: Uuid,
        grounds: &[Ground],
    ) -> Result<WaitlistView> {
        actor.require(Action::ManageWaitlist, Where::Unknown)?;
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                let mut row = find_for(self, tx, actor, id).await?;
                let campaign = campaigns::find(tx, row.campaign_id)
                    .await?
                    .ok_or(Error::NotFound("campaign"))?;
                let policies: Policies = from_json(&campaign.policies)?;
                if row.kind == "party" {
                    row.priority = priority(&policies.waitlist, grounds);
                }
                row.grounds = to_json(&grounds)?;
                waitlist::update(tx, row, now).await?;
                let said = json!({ "ids": [id], "grounds": grounds });
                let trail = did_by(now, Some(campaign.id), actor, "waitlist.rank", said);
                luot_store::audit::record(tx, vec![trail]).await?;
                let row = find_for(self, tx, actor, id).await?;
                view(tx, row).await
            })
            .await
    }
}
