//! Reporting a disruption.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use luot_domain::finding::Note;
use luot_planner::{Disruption, Fault, Instance, Limit, Plan, Rebalance, Running, Unserved};
use luot_store::entities::plan;
use luot_store::{Tx, campaigns, plans};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::facts;
use super::what::{What, read};
use crate::authz::{Action, Actor};
use crate::campaigns::present;
use crate::error::{Error, Forbidden, Invalid, Result};
use crate::idempotency::{Once, keep, replayed};
use crate::instances::{self, Against, Campaign, from_json, running};
use crate::trail::did;
use crate::{App, limits, new_id};

/// A report of a disruption.
#[derive(Debug, Clone)]
pub struct Report {
    /// What went wrong.
    pub what: What,
    /// Why, in a few words, for the record.
    pub reason: String,
}

/// A draft that answers a disruption.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProposalView {
    /// The draft. Publishing it is the decision.
    pub plan_id: Uuid,
    /// `move-machines`, `extra-sessions`, `move-people`, or `keep` when nothing is needed.
    pub kind: String,
    /// In one sentence, in English.
    pub title: String,
    /// In one sentence, in Vietnamese.
    pub title_vi: String,
    /// What it costs.
    pub cost: i64,
    /// The difference to what is published.
    pub diff: serde_json::Value,
}

/// The answer to a disruption.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Disrupted {
    /// The campaign's version, in which the disruption is a fact.
    pub version: i32,
    /// Up to three, the best first.
    pub proposals: Vec<ProposalView>,
    /// Until when the proposals are being looked for. Where that is over and there are none,
    /// whoever looked was stopped: the disruption is recorded, and a plan can be made.
    #[serde(default)]
    pub looking_until: Option<DateTime<Utc>>,
    /// What was pinned and cannot be kept any more; without a proposal, why there is none.
    #[serde(default)]
    pub lifted: Vec<Note>,
}

impl App {
    /// Records a disruption and answers with drafts.
    ///
    /// # Errors
    /// [`Error::State`] when nothing is published, [`Error::Invalid`] for what is unknown or
    /// reversed.
    pub async fn report_disruption(
        &self,
        actor: &Actor,
        once: Option<&Once>,
        campaign_id: Uuid,
        report: &Report,
    ) -> Result<Disrupted> {
        actor.require(Action::Plan, Some(campaign_id))?;
        if report.reason.chars().count() > limits::NAME_MOST {
            return Err(too_long());
        }
        let recorded = self
            .store
            .write(async |tx| {
                let now = self.clock.now();
                if let Some(first) = replayed::<Disrupted>(tx, once, now).await? {
                    if first.looking_until.is_some_and(|until| now < until) {
                        return Err(Error::InProgress);
                    }
                    return Ok::<_, Error>(Recorded::Before(first));
                }
                campaigns::find_dates(tx, campaign_id)
                    .await?
                    .ok_or(Error::NotFound("campaign"))?;
                // First of all: what is read after it stays as it is.
                let version = campaigns::touch(tx, campaign_id, None, now).await?;
                let campaign = instances::load(tx, campaign_id).await?;
                let (published, content, running) = find_under_way(tx, &campaign, now)
                    .await?
                    .ok_or(Error::State(Forbidden::NothingPublished))?;
                let before = under_way(&campaign, &content, running, now)?;
                let disruption = read(&campaign, &report.what)?;
                let after = luot_planner::disrupt(&before, &disruption).map_err(refused)?;
                within_limits(&after)?;
                let lifted = facts::write(tx, &campaign, &before, &after, actor, now).await?;
                luot_store::audit::record(
                    tx,
                    vec![did(
                        now,
                        campaign_id,
                        actor.staff_id(),
                        "campaign.disruption",
                        json!({ "what": format!("{disruption:?}"), "reason": report.reason }),
                    )],
                )
                .await?;
                // A retry from now on finds that it is recorded.
                let recorded = Disrupted {
                    version,
                    proposals: Vec::new(),
                    looking_until: Some(now + PATIENCE_MOST),
                    lifted,
                };
                keep(tx, once, &recorded, now).await?;
                Ok(Recorded::Now {
                    instance: Box::new(before),
                    disruption,
                    recorded,
                    published,
                })
            })
            .await?;
        match recorded {
            Recorded::Before(first) => Ok(first),
            Recorded::Now {
                instance,
                disruption,
                recorded,
                published,
            } => {
                let answered = self.planners.rebalance(*instance, disruption).await?;
                self.keep_proposals(once, campaign_id, published, recorded, answered)
                    .await
            }
        }
    }

    async fn keep_proposals(
        &self,
        once: Option<&Once>,
        campaign_id: Uuid,
        published: Uuid,
        recorded: Disrupted,
        answered: Answered,
    ) -> Result<Disrupted> {
        let Disrupted {
            version,
            mut lifted,
            ..
        } = recorded;
        let found = answered.found;
        if !found.proposals.iter().any(|p| p.assessment.ok) {
            let broken = found.proposals.iter().take(1);
            let broken = broken.flat_map(|p| &p.assessment.broken);
            lifted.extend(broken.map(|text| {
                let text_vi = format!("không có phương án nào giữ được quy tắc: {text}");
                Note::new("", "rule-broken", text.clone(), text_vi)
            }));
        }
        let now = self.clock.now();
        let mut rows = Vec::new();
        let mut proposals = Vec::new();
        let answers = found.proposals.iter().zip(answered.unserved);
        for (p, unserved) in answers.filter(|(p, _)| p.assessment.ok) {
            let row = plan::Model {
                id: new_id(),
                created_at: now,
                campaign_id,
                against_plan_id: Some(published),
                state: "draft".into(),
                origin: "proposal".into(),
                title: p.title_vi.clone(),
                campaign_version: version,
                options: json!({}),
                steps: 0,
                cost: Some(p.assessment.cost),
                terms: Some(instances::json(&p.assessment.terms)?),
                content: Some(instances::json(&p.plan)?),
                unserved: Some(instances::json(&unserved)?),
                failure: None,
                finished_at: Some(now),
                published_at: None,
                version: 1,
                updated_at: now,
            };
            proposals.push(ProposalView {
                plan_id: row.id,
                kind: p.kind.clone(),
                title: p.title.clone(),
                title_vi: p.title_vi.clone(),
                cost: p.assessment.cost,
                diff: instances::json(&p.diff)?,
            });
            rows.push(row);
        }
        let answer = Disrupted {
            version,
            proposals,
            looking_until: None,
            lifted,
        };
        let kept = instances::json(&answer)?;
        self.store
            .write(async |tx| {
                for row in &rows {
                    plans::insert(tx, row.clone()).await?;
                }
                if let Some(once) = once {
                    luot_store::answers::complete(tx, once.id(), kept.clone()).await?;
                }
                Ok::<_, Error>(())
            })
            .await?;
        Ok(answer)
    }
}

/// What is published of a campaign, and the shifts of it that run. None where nothing is.
async fn find_under_way(
    tx: &Tx,
    campaign: &Campaign,
    now: luot_store::Instant,
) -> Result<Option<(Uuid, Plan, Vec<Running>)>> {
    let Some(published) = plans::find_published(tx, campaign.row.id).await? else {
        return Ok(None);
    };
    let content: Plan = from_json(published.content.as_ref().unwrap_or(&json!({})))?;
    let running = running(tx, campaign, &content, now).await?;
    Ok(Some((published.id, content, running)))
}

/// The campaign as it is under way: against what is published, of which nothing is to change
/// that has begun.
fn under_way(
    campaign: &Campaign,
    content: &Plan,
    running: Vec<Running>,
    now: luot_store::Instant,
) -> Result<Instance> {
    let (_, today) = present(&campaign.row, now)?;
    let frozen = campaign.frozen(campaign.begun(now)?);
    Ok(Instance {
        running,
        ..campaign.instance(&Against {
            published: Some((content, &frozen)),
            today,
        })?
    })
}

/// A campaign before and after it was seen that machines stopped.
type Stopped = (Campaign, Instance, Instance);

impl App {
    /// Before a plan is made while a shift runs: where a machine works no more and nobody has
    /// reported it since the shift began, whoever can be served there no longer has no place.
    /// Tells whether the campaign is another one by that. To look takes a while, so that is
    /// not done in the transaction that writes, but anew where something changed meanwhile.
    pub(crate) async fn give_up_what_stopped(
        &self,
        actor: &Actor,
        campaign: &Campaign,
    ) -> Result<bool> {
        let now = self.clock.now();
        if campaign.begun(now)? == campaign.past(now)? {
            return Ok(false);
        }
        let mut changed = false;
        while let Some(stopped) = self.find_stopped(campaign.row.id).await? {
            match self.give_up(actor, &stopped).await {
                Err(Error::Stale) => changed = true,
                done => return done.map(|()| true),
            }
        }
        Ok(changed)
    }

    async fn find_stopped(&self, id: Uuid) -> Result<Option<Stopped>> {
        let read = self
            .store
            .read(async |tx| {
                let campaign = instances::load(tx, id).await?;
                let now = self.clock.now();
                let there = find_under_way(tx, &campaign, now).await?;
                Ok::<_, Error>(there.map(|(_, content, running)| (campaign, content, running, now)))
            })
            .await?;
        let Some((campaign, content, running, now)) = read else {
            return Ok(None);
        };
        let look = move || {
            let before = under_way(&campaign, &content, running, now)?;
            let after = luot_planner::without_stopped(&before);
            Ok(after.map(|after| (campaign, before, after)))
        };
        self.planners.consider(look).await?
    }

    /// # Errors
    /// [`Error::Stale`] where the campaign has changed, or somebody was served since.
    async fn give_up(&self, actor: &Actor, stopped: &Stopped) -> Result<()> {
        let (campaign, before, after) = stopped;
        let id = campaign.row.id;
        within_limits(after)?;
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                campaigns::touch(tx, id, Some(campaign.row.version), now).await?;
                let there = find_under_way(tx, campaign, now).await?;
                let served = |running: &[Running]| -> Vec<_> {
                    running.iter().map(|r| r.served.clone()).collect()
                };
                if there.is_none_or(|there| served(&there.2) != served(&before.running)) {
                    return Err(Error::Stale);
                }
                facts::write(tx, campaign, before, after, actor, now).await?;
                let trail = did(now, id, actor.staff_id(), "campaign.stopped", json!({}));
                Ok::<_, Error>(luot_store::audit::record(tx, vec![trail]).await?)
            })
            .await
    }
}

enum Recorded {
    Before(Disrupted),
    Now {
        instance: Box<Instance>,
        disruption: Disruption,
        recorded: Disrupted,
        published: Uuid,
    },
}

/// After so long nobody looks for proposals any more.
const PATIENCE_MOST: chrono::Duration = chrono::Duration::seconds(60);

/// Refuses what would grow beyond what can be planned.
fn within_limits(instance: &Instance) -> Result<()> {
    let most = luot_planner::limits::PEOPLE;
    if instance.cohorts.iter().all(|c| c.people <= most) {
        return Ok(());
    }
    Err(Error::Invalid(
        Invalid::Input,
        vec![Note::new(
            "/people",
            "out-of-range",
            format!("a cohort has at most {most} people"),
            format!("một lớp, thôn hoặc tổ có tối đa {most} người"),
        )],
    ))
}

/// Answers to a disruption, each with who has no place in it, or one that is late, and why.
#[derive(Debug)]
pub struct Answered {
    /// The answers.
    pub found: Rebalance,
    /// By answer.
    pub unserved: Vec<Vec<Unserved>>,
}

/// How long answers are looked for: a commune has them in under a second, a district in
/// three, a province in ten.
#[must_use]
pub fn patience(instance: &Instance) -> Duration {
    let millis = match instance.cohorts.len() {
        0..=200 => 700,
        201..=1_500 => 2_200,
        _ => 7_500,
    };
    Duration::from_millis(millis)
}

/// Looks for answers, for so many steps or as long as patience lasts; blocks.
pub(crate) fn look(
    instance: &Instance,
    disruption: &Disruption,
    steps: Option<u64>,
) -> Result<Answered> {
    let (began, patience) = (Instant::now(), patience(instance));
    let share = || began.elapsed().as_secs_f64() / patience.as_secs_f64();
    let limit = steps.map_or(Limit::Share(&share), Limit::Steps);
    answers(instance, disruption, limit)
}

/// Looks for answers within a limit, and at what each means; blocks.
///
/// # Errors
/// [`Error::Invalid`] for a disruption of what is unknown, or where nothing is published.
pub fn answers(instance: &Instance, disruption: &Disruption, limit: Limit<'_>) -> Result<Answered> {
    let mut go_on = |_: &_| ControlFlow::Continue(());
    let found = luot_planner::proposals(instance, disruption, 1, limit, &mut go_on);
    let found = found.map_err(refused)?;
    let told = found.proposals.iter();
    let unserved = told.map(|p| luot_planner::explain(&found.instance, &p.plan));
    Ok(Answered {
        unserved: unserved.collect(),
        found,
    })
}

fn refused(faults: Vec<Fault>) -> Error {
    Error::at_fault(Invalid::Input, faults)
}

fn too_long() -> Error {
    let most = limits::NAME_MOST;
    Error::Invalid(
        Invalid::Input,
        vec![Note::new(
            "/reason",
            "too-long",
            format!("reason has at most {most} characters"),
            format!("reason không quá {most} ký tự"),
        )],
    )
}
