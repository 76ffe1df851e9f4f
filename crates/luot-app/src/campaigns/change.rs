//! Changing a campaign's title and policies.

use luot_domain::finding::Note;
use luot_domain::text::tidy;
use luot_store::campaigns;
use serde_json::Value;
use uuid::Uuid;

use super::create::read_policies;
use crate::authz::{Action, Actor};
use crate::error::{Error, Invalid, Result};
use crate::instances::json;
use crate::{App, limits};

/// What changes; what is left out stays.
#[derive(Debug, Clone, Default)]
pub struct ChangeCampaign {
    /// The title.
    pub title: Option<String>,
    /// The policies, as a whole.
    pub policies: Option<Value>,
}

impl App {
    /// Changes a campaign under its version (whichever it has, without one), and tells the
    /// new version.
    ///
    /// # Errors
    /// [`Error::Stale`] when the version is not the present one.
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
                let row = campaigns::find(tx, id)
                    .await?
                    .ok_or(Error::NotFound("campaign"))?;
                let now = self.clock.now();
                let version = campaigns::touch(tx, id, version, now).await?;
                let policies = match &policies {
                    Some(new) => json(new)?,
                    None => row.policies,
                };
                campaigns::update(tx, id, title.clone().unwrap_or(row.title), policies).await?;
                Ok(version)
            })
            .await
    }
}
