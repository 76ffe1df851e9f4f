//! Comparing a plan with what is published, in people's terms.

use luot_planner::Plan;
use luot_store::plans;
use uuid::Uuid;

use super::get::{against, find, instance_of};
use crate::App;
use crate::authz::{Action, Actor};
use crate::campaigns::present;
use crate::error::{Error, Forbidden, Result};
use crate::instances::{self, from_json};

/// The difference.
pub type PlanDiff = luot_planner::Diff;

impl App {
    /// The difference between a plan and what is published.
    ///
    /// # Errors
    /// [`Error::State`] when the plan is not done or nothing is published.
    pub async fn diff_plan(&self, actor: &Actor, id: Uuid) -> Result<PlanDiff> {
        actor.require(Action::ReadPlans, None)?;
        let (instance, before, after) = self
            .store
            .read(async |tx| {
                let plan = find(tx, actor, Action::ReadPlans, id).await?;
                let content = plan
                    .content
                    .as_ref()
                    .ok_or(Error::State(Forbidden::PlanNotDraft))?;
                let published = plans::find_published(tx, plan.campaign_id)
                    .await?
                    .and_then(|p| p.content)
                    .ok_or(Error::State(Forbidden::NothingPublished))?;
                let campaign = instances::load(tx, plan.campaign_id).await?;
                let (_, today) = present(&campaign.row, self.clock.now())?;
                let instance = instance_of(&plan, &campaign, today)?;
                let published: Plan = from_json(&published)?;
                Ok::<_, Error>((
                    against(instance, &published),
                    published,
                    from_json::<Plan>(content)?,
                ))
            })
            .await?;
        let look = move || luot_planner::diff(&instance, &before, &after);
        self.planners.consider(look).await
    }
}
