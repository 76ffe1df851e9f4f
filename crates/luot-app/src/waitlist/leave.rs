//! Leaving the waitlist.

use luot_store::campaigns;
use luot_store::waitlist::{self, Entry};
use serde_json::json;
use uuid::Uuid;

use super::get::find_for;
use super::settle::{cool, end_offers, offer};
use crate::App;
use crate::authz::Actor;
use crate::error::{Error, Result};
use crate::trail::did_by;

impl App {
    /// Ends a party's waiting. What it is offered goes to the next. One that is over already
    /// stays as it is.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] when there is no such entry, or not for this caller.
    pub async fn leave_waitlist(&self, actor: &Actor, id: Uuid) -> Result<()> {
        let seen = self
            .store
            .read(async |tx| find_for(self, tx, actor, id).await)
            .await?;
        drop(self.count_change(actor, seen.booking_id, None).await?);
        let cooled = self
            .store
            .write(async |tx| {
                let now = self.clock.now();
                let seen = find_for(self, tx, actor, id).await?;
                campaigns::hold_shared(tx, &[seen.campaign_id]).await?;
                let row = find_for(self, tx, actor, id).await?;
                if !matches!(row.state.as_str(), "waiting" | "offered") {
                    return Ok(Vec::new());
                }
                let freed = end_offers(tx, id, "released", now).await?;
                let campaign = row.campaign_id;
                let left = Entry {
                    state: "left".into(),
                    ..row.clone()
                };
                waitlist::update(tx, &row, left, now).await?;
                waitlist::end_persons(tx, id, None).await?;
                let cooled = cool(&self.keys, tx, freed, now).await?;
                let subject = json!({ "ids": [id] });
                let row = did_by(now, Some(campaign), actor, "waitlist.leave", subject);
                luot_store::audit::record(tx, vec![row]).await?;
                Ok::<_, Error>(cooled)
            })
            .await?;
        offer(&self.store, &self.keys, &*self.clock, cooled).await;
        Ok(())
    }
}
