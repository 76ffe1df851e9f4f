//! Giving a plan up while it is being made.

use luot_store::{StoreError, plans};
use serde_json::json;
use uuid::Uuid;

use super::get::find;
use crate::App;
use crate::authz::{Action, Actor};
use crate::error::{Error, Forbidden, Result};
use crate::trail::did;

impl App {
    /// Cancels a running plan, or throws a draft away.
    ///
    /// # Errors
    /// [`Error::State`] when it is neither.
    pub async fn cancel_plan(&self, actor: &Actor, id: Uuid) -> Result<()> {
        actor.require(Action::Plan, None)?;
        self.store
            .write(async |tx| {
                let mut row = find(tx, actor, Action::Plan, id).await?;
                let from = row.state.clone();
                if !matches!(from.as_str(), "running" | "draft") {
                    return Err(Error::State(Forbidden::PlanNotRunning));
                }
                row.state = "cancelled".into();
                let now = self.clock.now();
                row.finished_at = Some(now);
                let campaign = row.campaign_id;
                // It may be done just now: then it is looked at again, and thrown away as a draft.
                plans::advance(tx, &from, row)
                    .await
                    .map_err(|error| match error {
                        StoreError::Stale => StoreError::Raced,
                        other => other,
                    })?;
                let subject = json!({ "plan": id });
                let trace = did(now, campaign, actor.staff_id(), "plan.cancel", subject);
                luot_store::audit::record(tx, vec![trace]).await?;
                Ok(())
            })
            .await?;
        self.planners.cancel(id);
        Ok(())
    }
}
