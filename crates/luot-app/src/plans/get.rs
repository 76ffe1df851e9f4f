//! Reading plans.

use chrono::NaiveDate;
use luot_planner::{Instance, Plan, Terms};
use luot_store::entities::plan;
use luot_store::{Tx, campaigns, plans};
use uuid::Uuid;

use super::run::SILENCE;
use super::start::PlanOptions;
use crate::App;
use crate::authz::{Action, Actor};
use crate::error::{Error, Result};
use crate::instances::{Against, Campaign, from_json, otherwise};

/// A plan as staff see it.
#[derive(Debug, Clone)]
pub struct PlanView {
    /// The row.
    pub row: plan::Model,
    /// How it was, or is, made.
    pub options: Option<PlanOptions>,
    /// Its state; one that nobody works on any more has failed.
    pub state: PlanState,
    /// The terms of its cost.
    pub terms: Option<Terms>,
    /// What it says, when it is done.
    pub content: Option<Plan>,
}

/// Where a plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanState {
    /// Being made.
    Running,
    /// Made.
    Draft,
    /// In force.
    Published,
    /// Was in force.
    Superseded,
    /// Given up by somebody.
    Cancelled,
    /// Could not be made.
    Failed,
}

impl PlanState {
    /// From what is stored.
    fn read(text: &str) -> Result<Self> {
        Ok(match text {
            "running" => Self::Running,
            "draft" => Self::Draft,
            "published" => Self::Published,
            "superseded" => Self::Superseded,
            "cancelled" => Self::Cancelled,
            "failed" => Self::Failed,
            other => return Err(Error::Bug(format!("a plan is {other:?}"))),
        })
    }
}

impl App {
    /// One plan.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn get_plan(&self, actor: &Actor, id: Uuid) -> Result<PlanView> {
        actor.require(Action::ReadPlans, None)?;
        let row = self
            .store
            .read(async |tx| find(tx, actor, Action::ReadPlans, id).await)
            .await?;
        self.view(row)
    }

    /// The plans of a campaign in order of creation, after that one; without what they say.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn list_plans(
        &self,
        actor: &Actor,
        campaign: Uuid,
        after: Option<Uuid>,
        limit: u64,
    ) -> Result<Vec<PlanView>> {
        actor.require(Action::ReadPlans, Some(campaign))?;
        let rows = self
            .store
            .read(async |tx| {
                campaigns::find(tx, campaign)
                    .await?
                    .ok_or(Error::NotFound("campaign"))?;
                Ok::<_, Error>(plans::list(tx, campaign, after, limit).await?)
            })
            .await?;
        rows.into_iter().map(|row| self.view(row)).collect()
    }

    pub(crate) fn view(&self, mut row: plan::Model) -> Result<PlanView> {
        let mut state = PlanState::read(&row.state)?;
        if state == PlanState::Running && row.updated_at + SILENCE < self.clock.now() {
            state = PlanState::Failed;
            row.failure = Some("the service stopped while it was being made".into());
        }
        Ok(PlanView {
            state,
            options: from_json(&row.options).ok(),
            terms: row.terms.as_ref().map(from_json).transpose()?,
            content: row.content.take().as_ref().map(from_json).transpose()?,
            row,
        })
    }
}

/// The plan, for somebody who may do that in its campaign.
pub(super) async fn find(tx: &Tx, actor: &Actor, action: Action, id: Uuid) -> Result<plan::Model> {
    let row = plans::find(tx, id).await?.ok_or(Error::NotFound("plan"))?;
    if actor.may(action, Some(row.campaign_id)) {
        Ok(row)
    } else {
        Err(Error::NotFound("plan"))
    }
}

/// The campaign that a plan was made of: as it is, or as it was supposed to be.
pub(super) fn instance_of(
    row: &plan::Model,
    campaign: &Campaign,
    today: NaiveDate,
) -> Result<Instance> {
    let instance = campaign.instance(&Against {
        published: None,
        today,
    })?;
    let options: Option<PlanOptions> = from_json(&row.options).ok();
    match options.and_then(|o| o.overrides) {
        Some(mut overrides) => {
            // Nothing is fixed in what a plan is looked at by.
            overrides.remove("frozen_before");
            otherwise(&instance, &overrides)
        }
        None => Ok(instance),
    }
}

/// The instance with what is published in it, for comparing.
pub(super) fn against(mut instance: Instance, published: &Plan) -> Instance {
    instance.published = Some(published.clone());
    instance
}
