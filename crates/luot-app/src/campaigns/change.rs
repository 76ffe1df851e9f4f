//! Changing a campaign's title, policies, dates, and what weighs how much in its plans.

use chrono::NaiveDate;
use luot_domain::area::Area;
use luot_domain::finding::Note;
use luot_domain::policies::Policies;
use luot_domain::text::tidy;
use luot_store::campaigns;
use luot_store::entities::campaign;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::create::read_policies;
use super::present;
use crate::authz::{Action, Actor, Where};
use crate::error::{Error, Invalid, Result};
use crate::instances::{self, Against, Planning, otherwise};
use crate::trail::did;
use crate::{App, limits};

/// What changes; what is left out stays.
#[derive(Debug, Clone, Default)]
pub struct ChangeCampaign {
    /// The title.
    pub title: Option<String>,
    /// The policies, as a whole.
    pub policies: Option<Value>,
    /// The province or commune it is of.
    pub area: Option<Area>,
    /// Fields of the instance: `start`, `end`, `costs`, `setup_minutes`, `travel_default`,
    /// `travel_minutes`, `pinned`.
    pub instance: Map<String, Value>,
}

impl App {
    /// Changes a campaign under its version (whichever it has, without one), and tells the
    /// new version. How long data is kept, whether consent is asked for and who reaches the
    /// campaign change only for who may change such things; saying them as they stand is fine.
    ///
    /// # Errors
    /// [`Error::Stale`] when the version is not the present one, [`Error::Forbidden`] for a
    /// field that is not for the caller to change.
    pub async fn change_campaign(
        &self,
        actor: &Actor,
        id: Uuid,
        version: Option<i32>,
        change: &ChangeCampaign,
    ) -> Result<i32> {
        actor.require(Action::Plan, Some(id))?;
        let mut faults = Vec::new();
        let policies = change
            .policies
            .as_ref()
            .map(|p| read_policies(Some(p), &mut faults));
        let title = change.title.as_deref().map(tidy);
        if title.as_ref().is_some_and(|t| {
            t.is_empty() || t.chars().count() > limits::NAME_MOST || t.chars().any(char::is_control)
        }) {
            faults.push(Note::new(
                "/title",
                "invalid-title",
                format!("title must have from 1 to {} characters", limits::NAME_MOST),
                format!("title phải có từ 1 đến {} ký tự", limits::NAME_MOST),
            ));
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(Invalid::Input, faults));
        }
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                campaigns::find_dates(tx, id)
                    .await?
                    .ok_or(Error::NotFound("campaign"))?;
                // First of all: what is read after it stays as it is.
                let version = campaigns::touch(tx, id, version, now).await?;
                let row = campaigns::find(tx, id)
                    .await?
                    .ok_or(Error::NotFound("campaign"))?;
                let mut changed = row.clone();
                if let Some(title) = &title {
                    changed.title.clone_from(title);
                }
                if let Some(new) = &policies {
                    changed.policies = instances::json(new)?;
                }
                if let Some(area) = change.area {
                    changed.area = Some(area.to_string());
                }
                if !change.instance.is_empty() {
                    let campaign = instances::load(tx, id).await?;
                    let (_, today) = present(&row, now)?;
                    let instance = campaign.instance(&Against {
                        published: None,
                        today,
                    })?;
                    let instance = otherwise(&instance, &change.instance)?;
                    changed.starts_on = instance.start;
                    changed.ends_on = instance.end;
                    changed.planning = instances::json(&Planning::of(&instance))?;
                }
                let (_, today) = present(&row, now)?;
                require_for_each(actor, &row, &changed, today)?;
                let trace = did(
                    now,
                    id,
                    actor.staff_id(),
                    "campaign.change",
                    told(id, change),
                );
                campaigns::update(tx, changed).await?;
                luot_store::audit::record(tx, vec![trace]).await?;
                Ok(version)
            })
            .await
    }
}

/// What the trail says of a change: which fields it names, not what they say.
fn told(id: Uuid, change: &ChangeCampaign) -> Value {
    let named = [
        ("title", change.title.is_some()),
        ("policies", change.policies.is_some()),
        ("area", change.area.is_some()),
    ];
    let named = named.iter().filter(|(_, is)| *is).map(|(name, _)| *name);
    let fields: Vec<&str> = named
        .chain(change.instance.keys().map(String::as_str))
        .collect();
    json!({ "campaign": id, "fields": fields })
}

/// Asks for what is more than planning, where it changes: data that goes or stays, and whom
/// the campaign is opened to.
///
/// How long data is kept is counted from a campaign's end: once that is over, or if it were to
/// be, to move it is to erase data or to keep it.
fn require_for_each(
    actor: &Actor,
    old: &campaign::Model,
    new: &campaign::Model,
    today: NaiveDate,
) -> Result<()> {
    if old.ends_on != new.ends_on && old.ends_on.min(new.ends_on) < today {
        actor.require(Action::Erase, Some(old.id))?;
    }
    if old.area != new.area {
        actor.require(Action::ManageStaff, Some(old.id))?;
    }
    let read = |row: &campaign::Model| -> Result<Policies> {
        serde_json::from_value(row.policies.clone()).map_err(|e| Error::Bug(e.to_string()))
    };
    require_for_data(actor, Some(old.id), &read(old)?, &read(new)?)
}

/// Asks for what it takes to decide otherwise on how long data is kept and on consent.
pub(super) fn require_for_data(
    actor: &Actor,
    place: impl Into<Where>,
    old: &Policies,
    new: &Policies,
) -> Result<()> {
    let of_data = |p: &Policies| (p.keep_days, p.consent_required);
    match of_data(old) == of_data(new) {
        true => Ok(()),
        false => actor.require(Action::Erase, place),
    }
}
