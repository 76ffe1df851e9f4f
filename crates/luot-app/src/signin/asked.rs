//! Children that parents ask for, and what the school or village says.

use chrono::NaiveDate;
use luot_store::parents::{self, Child};
use luot_store::parts::cohorts;
use luot_store::{Tx, campaigns, people};
use serde_json::{Value, json};
use uuid::Uuid;

use super::ChildView;
use crate::App;
use crate::authz::{Action, Actor, Where};
use crate::error::{Error, Result};
use crate::keys::{Place, Unreadable};
use crate::trail::did_by;

/// A child that somebody says is theirs, as who is to confirm it sees it: the child on the
/// list, and beside it what is said, by whom.
#[derive(Debug, Clone)]
pub struct AskedView {
    /// The child that is known here.
    pub child: ChildView,
    /// The name that was given; nothing in what was asked before there was a note of it.
    pub full_name: Option<String>,
    /// The birth date that was given; likewise.
    pub birth_date: Option<NaiveDate>,
    /// Whether the personal number was given, which is the child's.
    pub by_number: bool,
    /// The phone of who asks, all but its ends masked: the list may have it too.
    pub phone: Option<String>,
}

/// What staff say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is theirs.
    Confirm,
    /// It is not.
    Refuse,
}

impl App {
    /// Seals what a parent says of a child that is to be confirmed.
    pub(crate) fn seal_asked(
        &self,
        child: Uuid,
        full_name: Option<&str>,
        birth_date: Option<&str>,
    ) -> Option<Vec<u8>> {
        let said = json!({ "full_name": full_name, "birth_date": birth_date });
        let place = Place {
            column: "child.asked",
            row: child,
        };
        Some(self.keys.seal(place, &said.to_string()))
    }

    /// What parents of a campaign ask, as far as it is this member of staff's to say.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`] for who reaches nothing of the campaign.
    pub async fn list_asked_children(
        &self,
        actor: &Actor,
        campaign: Uuid,
    ) -> Result<Vec<AskedView>> {
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
                        let child = ChildView { row, ..view };
                        views.push(self.asked_view(tx, child).await?);
                    }
                }
                Ok::<_, Error>(views)
            })
            .await?;
        // Of the child, and of what is said about it.
        let ids = views.iter().map(|v| &v.child.row);
        let ids: Vec<Uuid> = ids.flat_map(|row| [row.id, row.person_id]).collect();
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

    async fn asked_view(&self, tx: &Tx, child: ChildView) -> Result<AskedView> {
        let place = Place {
            column: "child.asked",
            row: child.row.id,
        };
        let unreadable = |e: Unreadable| Error::Bug(e.to_string());
        let said: Value = match &child.row.asked_sealed {
            Some(sealed) => {
                serde_json::from_str(&self.keys.open(place, sealed).map_err(unreadable)?)
                    .map_err(|e| Error::Bug(e.to_string()))?
            }
            None => Value::Null,
        };
        let parent = parents::load(tx, child.row.parent_id).await?;
        let phone = match &parent.phone_sealed {
            Some(_) => Some(masked(&self.parent_phone(tx, parent.id).await?)),
            None => None,
        };
        Ok(AskedView {
            full_name: said["full_name"].as_str().map(str::to_owned),
            birth_date: said["birth_date"].as_str().and_then(|d| d.parse().ok()),
            by_number: child.row.source == "number",
            phone,
            child,
        })
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
                row.asked_sealed = None;
                row.updated_at = now;
                let subject = json!({ "child": id, "person": row.person_id, "state": row.state });
                let campaign = people::load(tx, row.person_id).await?.campaign_id;
                parents::update_child(tx, row).await?;
                let trace = did_by(now, Some(campaign), actor, "child.decide", subject);
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

/// A phone of which three digits at either end are told.
pub(crate) fn masked(phone: &str) -> String {
    let local = phone.strip_prefix("+84").map(|rest| format!("0{rest}"));
    let local = local.unwrap_or_else(|| phone.to_owned());
    let last = local.chars().count().saturating_sub(3);
    let told = |i: usize| i < 3 || i >= last;
    let digits = local.chars().enumerate();
    digits.map(|(i, c)| if told(i) { c } else { '•' }).collect()
}
