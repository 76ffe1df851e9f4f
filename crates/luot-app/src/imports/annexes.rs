//! A campaign made of the two annexes of an official plan: who is to be reached, and which
//! machine stands where; with the district's own rotation as its first draft.

use chrono::NaiveDate;
use luot_domain::calendar::later_by_weeks;
use luot_files::{campaign_from_annexes, read_rotation, read_targets};
use luot_planner::Plan;
use luot_store::entities::unit;
use luot_store::parts::{Edited, units};
use serde_json::json;
use uuid::Uuid;

use super::rotation::draft;
use super::targets::set_target;
use super::{Halt, ImportFinding, refused, table};
use crate::authz::{Action, Actor, Where};
use crate::campaigns::{insert, read};
use crate::error::Result;
use crate::instances::{self, from_json};
use crate::{App, new_id};

/// The two files.
#[derive(Debug, Clone, Copy)]
pub struct AnnexFiles<'a> {
    /// The rotation: name and bytes.
    pub rotation: (&'a str, &'a [u8]),
    /// The targets: name and bytes.
    pub targets: (&'a str, &'a [u8]),
}

/// A campaign came out of two annexes.
#[derive(Debug, Clone)]
pub struct FromAnnexes {
    /// Its id.
    pub campaign_id: Uuid,
    /// The rotation of the annex, as a draft.
    pub plan_id: Uuid,
    /// First and last day.
    pub days: (NaiveDate, NaiveDate),
    /// By how many weeks the dates were moved.
    pub weeks: u64,
    /// What is odd.
    pub findings: Vec<ImportFinding>,
}

impl App {
    /// Creates a campaign from two annexes. With `not_before`, its dates are moved by whole
    /// weeks so that it starts on that day or later.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] with every fault of the files.
    pub async fn create_from_annexes(
        &self,
        actor: &Actor,
        title: &str,
        files: AnnexFiles<'_>,
        policies: &serde_json::Value,
        not_before: Option<NaiveDate>,
        dry_run: bool,
    ) -> Result<FromAnnexes> {
        actor.require(Action::Plan, Where::Everywhere)?;
        let targets_table = table(files.targets.0, files.targets.1)?;
        let rotation_table = table(files.rotation.0, files.rotation.1)?;
        let targets = read_targets(&targets_table).map_err(refused)?;
        let mut rotation = read_rotation(&rotation_table, None).map_err(refused)?;
        let first = rotation.entries.iter().map(|e| e.date).min();
        let weeks = match (first, not_before) {
            (Some(first), Some(day)) => luot_domain::calendar::weeks_to_reach(first, day),
            _ => 0,
        };
        for entry in &mut rotation.entries {
            entry.date = later_by_weeks(entry.date, weeks);
        }
        let joined = campaign_from_annexes(title, &rotation, &targets).map_err(refused)?;
        let mut body = joined.instance.clone();
        if let Some(fields) = body.as_object_mut() {
            fields.insert("title".into(), json!(title));
            fields.insert("policies".into(), policies.clone());
            fields.insert("names".into(), json!(joined.names));
        }
        let new = read(&body)?;
        let official: Plan = from_json(&joined.official_plan)?;
        let done = self
            .store
            .write(async |tx| {
                let created = insert(self, tx, actor, &new, "campaign.import").await?;
                let campaign = instances::load(tx, created.id).await?;
                for (cohort, target) in campaign.cohorts.iter().zip(&targets.units) {
                    let row = unit::Model {
                        id: new_id(),
                        created_at: self.clock.now(),
                        campaign_id: created.id,
                        parent_id: None,
                        kind: "commune".into(),
                        official_code: None,
                        code: cohort.code.clone(),
                        name: target.name.clone(),
                    };
                    let unit_id = row.id;
                    units::insert(tx, vec![row]).await?;
                    set_target(self, tx, &campaign, unit_id, target.target, target.per_day).await?;
                    let mut cohort = cohort.clone();
                    cohort.unit_id = Some(unit_id);
                    cohort.update(tx).await?;
                }
                let campaign = instances::load(tx, created.id).await?;
                let plan = draft(
                    self,
                    tx,
                    &campaign,
                    created.version,
                    &official,
                    "import",
                    title,
                )
                .await?;
                let ids = (created.id, plan);
                if dry_run {
                    Err(Halt::Dry(ids))
                } else {
                    Ok(ids)
                }
            })
            .await;
        let (campaign_id, plan_id) = match done {
            Ok(ids) | Err(Halt::Dry(ids)) => ids,
            Err(Halt::Failed(error)) => return Err(error),
        };
        Ok(FromAnnexes {
            campaign_id,
            plan_id,
            days: (new.instance.start, new.instance.end),
            weeks,
            findings: rotation_table
                .findings
                .iter()
                .chain(&targets_table.findings)
                .chain(&rotation.findings)
                .chain(&targets.findings)
                .chain(&joined.findings)
                .map(ImportFinding::from)
                .collect(),
        })
    }
}
