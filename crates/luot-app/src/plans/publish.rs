//! Publishing: a plan becomes the campaign's rotation, and people keep what they can.

use std::collections::{BTreeMap, BTreeSet};

use luot_planner::Plan;
use luot_store::entities::plan;
use luot_store::{Instant, StoreError, Tx, campaigns, plans};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::apply::apply;
use super::get::find;
use crate::authz::{Action, Actor};
use crate::error::{Error, Forbidden, Result};
use crate::idempotency::{Once, keep, replayed};
use crate::instances::{self, Campaign, from_json, running, taken_away};
use crate::trail::did;
use crate::{App, new_id};

/// A plan is in force.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Published {
    /// The plan.
    pub plan_id: Uuid,
    /// Its version now.
    pub version: i32,
    /// Sessions that people can come to.
    pub sessions: usize,
    /// Appointments that stay as they are.
    pub kept: usize,
    /// Appointments that went along with their cohort.
    pub moved: usize,
    /// Appointments without a place now; each has a claim.
    pub displaced: usize,
    /// Appointments that had lost their place before, and have one again.
    #[serde(default)]
    pub restored: usize,
}

impl App {
    /// Publishes a draft.
    ///
    /// # Errors
    /// [`Error::PlanStale`] when the campaign has changed since it was made,
    /// [`Error::Stale`] when `version` is not the plan's, [`Error::State`] when it is no
    /// draft.
    pub async fn publish_plan(
        &self,
        actor: &Actor,
        once: Option<&Once>,
        id: Uuid,
        version: Option<i32>,
    ) -> Result<Published> {
        actor.require(Action::Plan, None)?;
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                if let Some(first) = replayed(tx, once, now).await? {
                    return Ok(first);
                }
                let row = find(tx, actor, Action::Plan, id).await?;
                if row.state != "draft" {
                    return Err(Error::State(Forbidden::PlanNotDraft));
                }
                if row.options["what_if"] == true {
                    return Err(Error::State(Forbidden::PlanWhatIf));
                }
                if version.is_some_and(|v| v != row.version) {
                    return Err(Error::Stale);
                }
                match campaigns::touch(tx, row.campaign_id, Some(row.campaign_version), now).await {
                    Err(StoreError::Stale) => return Err(Error::PlanStale),
                    other => other?,
                };
                let campaign = instances::load(tx, row.campaign_id).await?;
                let content: Plan = from_json(
                    row.content
                        .as_ref()
                        .ok_or(Error::State(Forbidden::PlanNotDraft))?,
                )?;
                let there = plans::find_published(tx, row.campaign_id).await?;
                let taken_over = there.is_none() && row.origin == "import";
                if !taken_over {
                    keeps_the_past(tx, &campaign, there.as_ref(), &content, now).await?;
                }
                let mut done = apply(self, tx, &campaign, &content).await?;
                let before = supersede(tx, row.campaign_id, now).await?;
                // Who is moved by this is not to be moved again while there is another way.
                let content = luot_planner::as_published(&before, &content);
                let row = plan::Model {
                    content: Some(instances::json(&content)?),
                    ..row
                };
                done.plan_id = row.id;
                done.version = row.version + 1;
                advance(tx, row, now).await?;
                luot_store::audit::record(
                    tx,
                    vec![did(
                        now,
                        campaign.row.id,
                        actor.staff_id(),
                        "plan.publish",
                        instances::json(&done)?,
                    )],
                )
                .await?;
                keep(tx, once, &done, now).await?;
                Ok(done)
            })
            .await
    }
}

/// Refuses a plan that says something else about shifts that are over than what is published,
/// or has people elsewhere who were served in one that runs: it was made before they were. (A
/// rotation made elsewhere may be taken over while it runs.)
async fn keeps_the_past(
    tx: &Tx,
    campaign: &Campaign,
    there: Option<&plan::Model>,
    content: &Plan,
    now: Instant,
) -> Result<()> {
    let over = campaign.past(now)?;
    let there: Plan = match there.and_then(|p| p.content.as_ref()) {
        Some(content) => from_json(content)?,
        None => Plan::default(),
    };
    let told = |plan: &Plan| {
        let past = over.of(plan);
        let mut people: BTreeMap<_, u32> = BTreeMap::new();
        for a in past.allotments {
            *people
                .entry((a.cohort, a.date, a.shift, a.site))
                .or_default() += a.people;
        }
        (past.rotation.into_iter().collect::<BTreeSet<_>>(), people)
    };
    let running = running(tx, campaign, &there, now).await?;
    if told(content) == told(&there) && taken_away(&running, content).is_none() {
        Ok(())
    } else {
        Err(Error::PlanStale)
    }
}

/// Takes a plan over that was published elsewhere: an instance's own.
pub(crate) async fn publish_as_it_stands(
    app: &App,
    tx: &Tx,
    campaign: &Campaign,
    content: &Plan,
) -> Result<()> {
    let now = app.clock.now();
    let row = plan::Model {
        id: new_id(),
        created_at: now,
        campaign_id: campaign.row.id,
        against_plan_id: None,
        state: "published".into(),
        origin: "instance".into(),
        title: String::new(),
        campaign_version: campaign.row.version,
        options: json!({}),
        steps: 0,
        cost: None,
        terms: None,
        content: Some(instances::json(content)?),
        unserved: None,
        failure: None,
        finished_at: Some(now),
        published_at: Some(now),
        version: 1,
        updated_at: now,
    };
    plans::insert(tx, row).await?;
    apply(app, tx, campaign, content).await?;
    Ok(())
}

/// Ends what was in force, and tells what it said.
async fn supersede(tx: &Tx, campaign: Uuid, now: Instant) -> Result<Plan> {
    let Some(mut old) = plans::find_published(tx, campaign).await? else {
        return Ok(Plan::default());
    };
    let said = match &old.content {
        Some(content) => from_json(content)?,
        None => Plan::default(),
    };
    old.state = "superseded".into();
    old.updated_at = now;
    plans::advance(tx, "published", old).await?;
    Ok(said)
}

async fn advance(tx: &Tx, mut row: plan::Model, now: Instant) -> Result<()> {
    row.state = "published".into();
    row.published_at = Some(now);
    row.updated_at = now;
    Ok(plans::advance(tx, "draft", row).await?)
}
