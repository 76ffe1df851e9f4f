//! A plan made or edited by hand: checked and costed like any other.

use luot_domain::finding::Note;
use luot_planner::Plan;
use luot_store::entities::plan;
use luot_store::plans;
use serde_json::{Value, json};
use uuid::Uuid;

use super::start::{Started, fixed};
use crate::authz::{Action, Actor};
use crate::campaigns::present;
use crate::error::{Error, Invalid, Result};
use crate::idempotency::{Once, keep, replayed};
use crate::instances::{self, Against, from_json};
use crate::trail::did;
use crate::{App, new_id};

impl App {
    /// Takes a plan as a draft, if it breaks no rule.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every rule that is broken.
    pub async fn enter_plan(
        &self,
        actor: &Actor,
        once: Option<&Once>,
        campaign_id: Uuid,
        plan: &Value,
    ) -> Result<Started> {
        actor.require(Action::Plan, Some(campaign_id))?;
        let plan: Plan = luot_planner::read_plan(plan)
            .map_err(|faults| Error::at_fault(Invalid::Plan, faults))?;
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                if let Some(first) = replayed(tx, once, now).await? {
                    return Ok(first);
                }
                let campaign = instances::load(tx, campaign_id).await?;
                let published = plans::find_published(tx, campaign_id).await?;
                let content = published
                    .as_ref()
                    .and_then(|p| p.content.as_ref())
                    .map(from_json::<Plan>)
                    .transpose()?;
                let (_, today) = present(&campaign.row, now)?;
                let frozen = campaign.frozen(now)?;
                let fixed = fixed(
                    &content.unwrap_or_default(),
                    published.is_some(),
                    &frozen,
                    campaign.row.starts_on,
                );
                let instance = campaign.instance(&Against {
                    published: fixed.as_ref().map(|plan| (plan, &frozen)),
                    today,
                })?;
                let found = luot_planner::check(&instance, &plan);
                if !found.ok {
                    let broken = found.broken.into_iter().map(|text| {
                        Note::new(
                            "",
                            "rule-broken",
                            text.clone(),
                            format!("vi phạm quy tắc: {text}"),
                        )
                    });
                    return Err(Error::Invalid(Invalid::Plan, broken.collect()));
                }
                let row = plan::Model {
                    id: new_id(),
                    created_at: now,
                    campaign_id,
                    against_plan_id: published.map(|p| p.id),
                    state: "draft".into(),
                    origin: "hand".into(),
                    title: String::new(),
                    campaign_version: campaign.row.version,
                    options: json!({}),
                    steps: 0,
                    cost: Some(found.cost),
                    terms: Some(instances::json(&found.terms)?),
                    content: Some(instances::json(&plan)?),
                    unserved: Some(instances::json(&luot_planner::explain(&instance, &plan))?),
                    failure: None,
                    finished_at: Some(now),
                    published_at: None,
                    version: 1,
                    updated_at: now,
                };
                let started = Started { id: row.id };
                plans::insert(tx, row).await?;
                let subject = json!({ "plan": started.id });
                let trace = did(now, campaign_id, actor.staff_id(), "plan.enter", subject);
                luot_store::audit::record(tx, vec![trace]).await?;
                keep(tx, once, &started, now).await?;
                Ok(started)
            })
            .await
    }
}
