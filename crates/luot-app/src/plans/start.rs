//! Starting to plan.

use chrono::NaiveDate;
use luot_domain::finding::Note;
use luot_planner::{Instance, Plan};
use luot_store::entities::plan;
use luot_store::{Instant, plans};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::run::SILENCE;
use crate::authz::{Action, Actor};
use crate::campaigns::present;
use crate::error::{Error, Forbidden, Invalid, Result};
use crate::idempotency::{Once, keep, replayed};
use crate::instances::{self, Against, Campaign, Past, from_json, otherwise};
use crate::trail::did;
use crate::{App, limits, new_id};

/// How to plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanOptions {
    /// For how long.
    pub seconds: u32,
    /// For so many steps instead: then the seed alone decides what comes out.
    #[serde(default)]
    pub steps: Option<u64>,
    /// Of the random choices.
    pub seed: u64,
    /// Against what is published; from scratch otherwise.
    pub against_published: bool,
    /// Made of another campaign than there is: to look at, not to be published.
    #[serde(default)]
    pub what_if: bool,
    /// What was different in that campaign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overrides: Option<serde_json::Map<String, serde_json::Value>>,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct PlanRequest {
    /// For how long, in seconds.
    pub seconds: u32,
    /// For so many steps instead.
    pub steps: Option<u64>,
    /// Of the random choices.
    pub seed: u64,
    /// Against what is published; by default, whether anything is.
    pub against_published: Option<bool>,
    /// What if: changes to the instance, for this plan only.
    pub overrides: Option<serde_json::Map<String, serde_json::Value>>,
}

impl Default for PlanRequest {
    fn default() -> Self {
        Self {
            seconds: 2,
            steps: None,
            seed: 1,
            against_published: None,
            overrides: None,
        }
    }
}

/// A plan is being made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Started {
    /// Its id.
    pub id: Uuid,
}

impl App {
    /// Starts to plan in the background.
    ///
    /// # Errors
    /// [`Error::Invalid`] for options out of bounds, [`Error::State`] when nothing is
    /// published or too many are running.
    pub async fn start_plan(
        &self,
        actor: &Actor,
        once: Option<&Once>,
        campaign_id: Uuid,
        request: &PlanRequest,
    ) -> Result<Started> {
        actor.require(Action::Plan, Some(campaign_id))?;
        let PlanRequest {
            seconds,
            steps,
            seed,
            against_published,
            ..
        } = *request;
        let faults = out_of_bounds(seconds, steps, seed);
        if !faults.is_empty() {
            return Err(Error::Invalid(Invalid::Input, faults));
        }
        let facts = || self.facts_to_start(once, campaign_id, against_published);
        let mut read = facts().await?;
        if request.overrides.is_none()
            && let Read::Now(there) = &read
            && self.give_up_what_stopped(actor, &there.0).await?
        {
            read = facts().await?;
        }
        let (campaign, published, now) = match read {
            Read::Before(first) => return Ok(first),
            Read::Now(now) => *now,
        };
        let campaign_version = campaign.row.version;
        let against = published
            .as_ref()
            .filter(|_| against_published != Some(false));
        let against_plan_id = against.map(|p| p.id);
        let overrides = request.overrides.clone();
        let options = PlanOptions {
            seconds,
            steps,
            seed,
            against_published: against.is_some(),
            what_if: overrides.is_some(),
            overrides: overrides.clone(),
        };
        let keeps = against.is_some();
        let instance = self
            .planners
            .consider(move || instance(&campaign, published, keeps, overrides.as_ref(), now))
            .await??;
        let row = plan::Model {
            id: new_id(),
            created_at: now,
            campaign_id,
            against_plan_id,
            state: "running".into(),
            origin: "solver".into(),
            title: String::new(),
            campaign_version,
            options: instances::json(&options)?,
            steps: 0,
            cost: None,
            terms: None,
            content: None,
            unserved: None,
            failure: None,
            finished_at: None,
            published_at: None,
            version: 1,
            updated_at: now,
        };
        let (started, starts) = self.note_start(actor, once, &row).await?;
        if starts {
            self.planners.start(self.clone(), row, instance, options);
        }
        Ok(started)
    }

    /// What there is to plan, unless the same request came before.
    async fn facts_to_start(
        &self,
        once: Option<&Once>,
        campaign_id: Uuid,
        against_published: Option<bool>,
    ) -> Result<Read> {
        self.store
            .read(async |tx| {
                let now = self.clock.now();
                if let Some(first) = replayed::<Started>(tx, once, now).await? {
                    return Ok(Read::Before(first));
                }
                let campaign = instances::load(tx, campaign_id).await?;
                let published = plans::find_published(tx, campaign_id).await?;
                if against_published == Some(true) && published.is_none() {
                    return Err(Error::State(Forbidden::NothingPublished));
                }
                Ok(Read::Now(Box::new((campaign, published, now))))
            })
            .await
    }

    /// Writes down that a plan is being made, and whether it is: the same request may have
    /// come twice. The campaign may have changed since it was read; then the plan is of its
    /// old version, as it would be had the change come now.
    async fn note_start(
        &self,
        actor: &Actor,
        once: Option<&Once>,
        row: &plan::Model,
    ) -> Result<(Started, bool)> {
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                if let Some(first) = replayed::<Started>(tx, once, now).await? {
                    return Ok((first, false));
                }
                let campaign_id = row.campaign_id;
                let running = plans::list_running(tx).await?;
                let here = running
                    .iter()
                    .filter(|p| p.campaign_id == campaign_id && p.updated_at + SILENCE >= now);
                if here.count() >= limits::PLANS_RUNNING_MOST {
                    return Err(Error::State(Forbidden::PlansRunning));
                }
                plans::insert(tx, row.clone()).await?;
                let subject = json!({ "plan": row.id });
                let trace = did(now, campaign_id, actor.staff_id(), "plan.start", subject);
                luot_store::audit::record(tx, vec![trace]).await?;
                let started = Started { id: row.id };
                keep(tx, once, &started, now).await?;
                Ok((started, true))
            })
            .await
    }
}

/// What is there when somebody wants a plan.
enum Read {
    /// The answer to the same request.
    Before(Started),
    /// The campaign, its published plan, and when they were read.
    Now(Box<(Campaign, Option<plan::Model>, Instant)>),
}

/// What is to be planned. In a province this takes a while: never inside a transaction.
fn instance(
    campaign: &Campaign,
    published: Option<plan::Model>,
    keeps: bool,
    overrides: Option<&serde_json::Map<String, serde_json::Value>>,
    now: Instant,
) -> Result<Instance> {
    let (_, today) = present(&campaign.row, now)?;
    let frozen = campaign.frozen(campaign.begun(now)?);
    let there = published.and_then(|p| p.content).as_ref().map(from_json);
    let there = there.transpose()?.unwrap_or_default();
    let fixed = fixed(&there, keeps, &frozen, campaign.row.starts_on);
    let against = Against {
        published: fixed.as_ref().map(|plan| (plan, &frozen)),
        today,
    };
    let instance = campaign.instance(&against)?;
    match overrides {
        Some(overrides) => otherwise(&instance, overrides),
        None => Ok(instance),
    }
}

fn out_of_bounds(seconds: u32, steps: Option<u64>, seed: u64) -> Vec<Note> {
    let mut faults = Vec::new();
    let mut within = |name: &str, value: u64, least: u64, most: u64| {
        if !(least..=most).contains(&value) {
            faults.push(Note::new(
                format!("/{name}"),
                "out-of-range",
                format!("{name} must be from {least} to {most}"),
                format!("{name} phải từ {least} đến {most}"),
            ));
        }
    };
    let seconds_most = u64::from(limits::PLAN_SECONDS_MOST);
    within("seconds", u64::from(seconds), 1, seconds_most);
    within("steps", steps.unwrap_or(0), 0, limits::PLAN_STEPS_MOST);
    within("seed", seed, 0, limits::PLAN_SEED_MOST);
    faults
}

/// What a plan is made against: all of what is published, or, from scratch, only what of it
/// is past. Where nothing is past and nothing counts, there is nothing to keep to.
pub(super) fn fixed(there: &Plan, all: bool, frozen: &Past, starts_on: NaiveDate) -> Option<Plan> {
    if all {
        return Some(there.clone());
    }
    (!frozen.is_before(starts_on)).then(|| frozen.of(there))
}
