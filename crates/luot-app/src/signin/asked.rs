//! Children that parents ask for, and what the school or village says.

use luot_store::parents::{self, Child};
use luot_store::parts::cohorts;
use luot_store::{Tx, campaigns, people};
use serde_json::json;
use uuid::Uuid;

use super::ChildView;
use crate::App;
use crate::authz::{Action, Actor, Where};
use crate::error::{Error, Result};
use crate::trail::did_by;

/// What staff say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is theirs.
    Confirm,
    /// It is not.
    Refuse,
}

impl App {
    /// What parents of a campaign ask, as far as it is this member of staff's to say.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`] for who reaches nothing of the campaign.
    pub async fn list_asked_children(
        &self,
        actor: &Actor,
        campaign: Uuid,
    ) -> Result<Vec<ChildView>> {
        actor.require(Action::ConfirmChild, Where::Unknown)?;
        let views = self
            .store
            .read(async |tx| {
                self.reaches_children(tx, actor, campaign).await?;
                let mut views = Vec::new();
                for row in parents::list_asked(tx, campaign).await? {
                    if self.may_decide(tx, actor, &row).await? {
                        let shown = Child {
                            state: "linked".into(),
                            ..row.clone()
                        };
                        let view = self.child_view(tx, shown).await?;
                        views.push(ChildView { row, ..view });
                    }
                }
                Ok::<_, Error>(views)
            })
            .await?;
        let ids: Vec<Uuid> = views.iter().map(|v| v.row.person_id).collect();
        self.note_reading(
            actor,
            Some(campaign),
            "child.read",
            json!({ "ids": ids }),
            None,
        )
        .await?;
        Ok(views)
    }

    /// Says whether a child is the one that its parent names.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is nothing to say, or not for this caller.
    pub async fn decide_child(&self, actor: &Actor, id: Uuid, decision: Decision) -> Result<()> {
        actor.require(Action::ConfirmChild, Where::Unknown)?;
        self.store
            .write(async |tx| {
                let none = Error::NotFound("child");
                let Some(mut row) = parents::find_child(tx, id).await? else {
                    return Err(none);
                };
                if row.state != "asked" || !self.may_decide(tx, actor, &row).await? {
                    return Err(none);
                }
                let now = self.clock.now();
                row.state = match decision {
                    Decision::Confirm => "linked",
                    Decision::Refuse => "refused",
                }
                .into();
                row.decided_by_id = actor.staff_id();
                row.updated_at = now;
                let subject = json!({ "child": id, "state": row.state });
                parents::update_child(tx, row).await?;
                let trace = did_by(now, None, actor, "child.decide", subject);
                Ok(luot_store::audit::record(tx, vec![trace]).await?)
            })
            .await
    }

    /// Lets pass who may confirm children of the campaign, or of one of its cohorts.
    async fn reaches_children(&self, tx: &Tx, actor: &Actor, campaign: Uuid) -> Result<()> {
        campaigns::find_dates(tx, campaign)
            .await?
            .ok_or(Error::NotFound("campaign"))?;
        if actor.may(Action::ConfirmChild, Some(campaign)) {
            return Ok(());
        }
        let all = cohorts::list(tx, campaign).await?;
        let within = |id| Where::Within {
            campaign,
            site: None,
            session: None,
            cohort: Some(id),
        };
        let reached = all
            .iter()
            .any(|c| actor.may(Action::ConfirmChild, within(c.id)));
        reached.then_some(()).ok_or(Error::NotFound("campaign"))
    }

    async fn may_decide(&self, tx: &Tx, actor: &Actor, row: &Child) -> Result<bool> {
        let person = people::load(tx, row.person_id).await?;
        let within = |cohort| Where::Within {
            campaign: person.campaign_id,
            site: None,
            session: None,
            cohort,
        };
        let lists = people::list_cohorts_of(tx, person.id).await?;
        Ok(actor.may(Action::ConfirmChild, within(None))
            || lists
                .into_iter()
                .any(|id| actor.may(Action::ConfirmChild, within(Some(id)))))
    }
}
