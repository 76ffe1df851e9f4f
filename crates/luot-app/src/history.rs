//! Reading the audit trail of a campaign, or of one person of it: who did what, by ids.
//!
//! Masked by nature: a row holds ids and words from closed lists. Of a parent it is told that
//! it was one, not which.

use luot_store::audit;
pub use luot_store::audit::Audit as TrailRow;
use luot_store::{Tx, appointments, campaigns, parents, people, privacy, waitlist};
use serde_json::json;
use uuid::Uuid;

use crate::App;
use crate::authz::{Action, Actor};
use crate::error::{Error, Result};
use crate::rosters::{Reason, reason_required};

impl App {
    /// Rows of the trail in order, after that one: of a campaign, or what concerns one person
    /// of it.
    ///
    /// # Errors
    /// [`Error::NotFound`] for what is not the caller's, [`Error::Invalid`] for who must give
    /// a reason and does not.
    pub async fn list_trail(
        &self,
        actor: &Actor,
        campaign: Uuid,
        person: Option<Uuid>,
        reason: Option<Reason>,
        (after, limit): (Option<Uuid>, u64),
    ) -> Result<Vec<TrailRow>> {
        actor.require(Action::ReadTrailWithReason, Some(campaign))?;
        if !actor.may(Action::ReadTrail, Some(campaign)) && reason.is_none() {
            return Err(reason_required());
        }
        let rows = self
            .store
            .read(async |tx| {
                campaigns::find_dates(tx, campaign)
                    .await?
                    .ok_or(Error::NotFound("campaign"))?;
                let about = match person {
                    Some(id) => Some(about(tx, campaign, id).await?),
                    None => None,
                };
                let found = audit::list_about(tx, campaign, about.as_deref(), after, limit).await?;
                Ok::<_, Error>(found)
            })
            .await?;
        let subject = json!({ "person": person, "rows": rows.len() });
        let reason = reason.map(Reason::as_str);
        self.note_reading(actor, Some(campaign), "trail.read", subject, reason)
            .await?;
        Ok(rows)
    }
}

/// Every id under which the trail may speak of somebody.
async fn about(tx: &Tx, campaign: Uuid, person: Uuid) -> Result<Vec<Uuid>> {
    let known = people::list(tx, &[person]).await?;
    if !known.iter().any(|p| p.campaign_id == campaign) {
        return Err(Error::NotFound("person"));
    }
    let mut ids = vec![person];
    for row in appointments::list_of_persons(tx, &[person]).await? {
        ids.extend([row.id, row.booking_id]);
    }
    let children = parents::list_of_person(tx, person).await?;
    ids.extend(children.iter().map(|c| c.id));
    let asked = privacy::list_of_person(tx, person).await?;
    ids.extend(asked.iter().map(|r| r.id));
    ids.extend(waitlist::list_entries_of(tx, person).await?);
    // Who reads a list reads everybody on it.
    ids.extend(people::list_cohorts_of(tx, person).await?);
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}
