//! A plan made or edited by hand: checked and costed like any other.

use luot_domain::finding::Note;
use luot_planner::{Instance, Plan, Running};
use luot_store::entities::plan;
use luot_store::{Tx, plans};
use serde_json::{Value, json};
use uuid::Uuid;

use super::start::{Started, fixed};
use crate::authz::{Action, Actor};
use crate::campaigns::present;
use crate::error::{Error, Invalid, Result};
use crate::idempotency::{Once, keep, replayed};
use crate::instances::{self, Against, Past, from_json, running, taken_away};
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
        let read = self
            .store
            .read(async |tx| self.facts_of(tx, once, campaign_id).await)
            .await?;
        let (instances, running, against_plan_id, campaign_version) = match read {
            Entry::Before(first) => return Ok(first),
            Entry::New {
                instances,
                running,
                against,
                version,
            } => (instances, running, against, version),
        };
        if let Some((cohort, site)) = taken_away(&running, &plan) {
            return Err(Error::Invalid(
                Invalid::Plan,
                vec![Note::new(
                    "/allotments",
                    "served-already",
                    format!(
                        "people of {cohort} have been served at {site} in the shift that runs, and stay there"
                    ),
                    format!(
                        "đã có người của {cohort} được làm tại {site} trong ca đang diễn ra; phải giữ họ ở đó"
                    ),
                )],
            ));
        }
        let judged = self.planners.consider(move || {
            let [begun, over] = &*instances;
            let (mut instance, mut found) = (begun, luot_planner::check(begun, &plan));
            if !found.ok {
                (instance, found) = (over, luot_planner::check(over, &plan));
            }
            let unserved = match found.ok {
                true => luot_planner::explain(instance, &plan),
                false => Vec::new(),
            };
            (plan, found, unserved)
        });
        let (plan, found, unserved) = judged.await?;
        if !found.ok {
            return Err(Error::at_fault(Invalid::Plan, found.faults));
        }
        let now = self.clock.now();
        let row = plan::Model {
            id: new_id(),
            created_at: now,
            campaign_id,
            against_plan_id,
            state: "draft".into(),
            origin: "hand".into(),
            title: String::new(),
            // Should it have changed since, the draft is stale, and says so when published.
            campaign_version,
            options: json!({}),
            steps: 0,
            cost: Some(found.cost),
            terms: Some(instances::json(&found.terms)?),
            content: Some(instances::json(&plan)?),
            unserved: Some(instances::json(&unserved)?),
            failure: None,
            finished_at: Some(now),
            published_at: None,
            version: 1,
            updated_at: now,
        };
        self.store
            .write(async |tx| {
                if let Some(first) = replayed(tx, once, now).await? {
                    return Ok(first);
                }
                let started = Started { id: row.id };
                plans::insert(tx, row.clone()).await?;
                let subject = json!({ "plan": started.id });
                let trace = did(now, campaign_id, actor.staff_id(), "plan.enter", subject);
                luot_store::audit::record(tx, vec![trace]).await?;
                keep(tx, once, &started, now).await?;
                Ok(started)
            })
            .await
    }

    /// What a plan by hand is judged by.
    async fn facts_of(&self, tx: &Tx, once: Option<&Once>, campaign_id: Uuid) -> Result<Entry> {
        let now = self.clock.now();
        if let Some(first) = replayed(tx, once, now).await? {
            return Ok(Entry::Before(first));
        }
        let campaign = instances::load(tx, campaign_id).await?;
        let published = plans::find_published(tx, campaign_id).await?;
        let content = published
            .as_ref()
            .and_then(|p| p.content.as_ref())
            .map(from_json::<Plan>)
            .transpose()?
            .unwrap_or_default();
        let (_, today) = present(&campaign.row, now)?;
        let instance = |past: Past| {
            let frozen = campaign.frozen(past);
            let starts_on = campaign.row.starts_on;
            let fixed = fixed(&content, published.is_some(), &frozen, starts_on);
            campaign.instance(&Against {
                published: fixed.as_ref().map(|plan| (plan, &frozen)),
                today,
            })
        };
        let begun = instance(campaign.begun(now)?)?;
        let past = instance(campaign.past(now)?)?;
        let running = running(tx, &campaign, &content, now).await?;
        // People of what was retired while its session runs are there still.
        let over = Instance {
            published: begun.published.clone().or(past.published),
            frozen_before: past.frozen_before,
            frozen_shift: past.frozen_shift,
            pinned: past.pinned,
            running: running.clone(),
            ..begun.clone()
        };
        Ok(Entry::New {
            instances: Box::new([begun, over]),
            running,
            against: published.map(|p| p.id),
            version: campaign.row.version,
        })
    }
}

enum Entry {
    Before(Started),
    New {
        /// With the shifts that run as they are published, and, where somebody puts another
        /// machine into one, with those of their sessions that the plan leaves alone.
        instances: Box<[Instance; 2]>,
        running: Vec<Running>,
        against: Option<Uuid>,
        version: i32,
    },
}
