//! Why each machine is where it is.

use luot_planner::Plan;
use uuid::Uuid;

use super::get::{find, instance_of};
use crate::App;
use crate::authz::{Action, Actor};
use crate::campaigns::present;
use crate::error::{Error, Forbidden, Result};
use crate::instances::{self, from_json};

pub use luot_planner::Block;

impl App {
    /// The visits of a plan's machines, each with the reason for it.
    ///
    /// # Errors
    /// [`Error::State`] when the plan is not done.
    pub async fn explain_plan(&self, actor: &Actor, id: Uuid) -> Result<Vec<Block>> {
        actor.require(Action::ReadPlans, None)?;
        let (instance, plan) = self
            .store
            .read(async |tx| {
                let row = find(tx, actor, Action::ReadPlans, id).await?;
                let content = row
                    .content
                    .as_ref()
                    .ok_or(Error::State(Forbidden::PlanNotDraft))?;
                let plan: Plan = from_json(content)?;
                let campaign = instances::load(tx, row.campaign_id).await?;
                let (_, today) = present(&campaign.row, self.clock.now())?;
                let instance = instance_of(&row, &campaign, today)?;
                Ok::<_, Error>((instance, plan))
            })
            .await?;
        let look = move || luot_planner::blocks(&instance, &plan);
        self.planners.consider(look).await
    }
}
