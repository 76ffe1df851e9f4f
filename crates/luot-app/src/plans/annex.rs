//! A plan as the districts' own annex.

use std::collections::HashMap;

use luot_files::{Stand, write_rotation_xlsx};
use luot_planner::Plan;
use uuid::Uuid;

use super::get::find;
use crate::App;
use crate::authz::{Action, Actor};
use crate::campaigns::present;
use crate::error::{Error, Forbidden, Result};
use crate::instances::{self, Against, Campaign, from_json};

impl App {
    /// The annex of a plan, an XLSX workbook.
    ///
    /// # Errors
    /// [`Error::State`] when the plan is not done.
    pub async fn export_annex(&self, actor: &Actor, id: Uuid) -> Result<Vec<u8>> {
        actor.require(Action::ReadPlans, None)?;
        let (title, stands) = self
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
                let stands = stands(&campaign, &plan, today)?;
                Ok::<_, Error>((campaign.row.title, stands))
            })
            .await?;
        write_rotation_xlsx(&format!("LỊCH LUÂN CHUYỂN MÁY – {title}"), &stands)
            .map_err(|e| Error::Bug(e.to_string()))
    }
}

fn stands(campaign: &Campaign, plan: &Plan, today: chrono::NaiveDate) -> Result<Vec<Stand>> {
    let instance = campaign.instance(&Against {
        published: None,
        today,
    })?;
    let cohorts: HashMap<&str, &str> = campaign
        .cohorts
        .iter()
        .map(|c| (c.code.as_str(), c.name.as_str()))
        .collect();
    let mut units: HashMap<_, Vec<String>> = HashMap::new();
    for a in &plan.allotments {
        let here = units.entry((&a.site, a.date, &a.shift)).or_default();
        let name = cohorts
            .get(a.cohort.as_str())
            .copied()
            .unwrap_or(&a.cohort)
            .to_owned();
        if !here.contains(&name) {
            here.push(name);
        }
    }
    let mut stands = Vec::with_capacity(plan.rotation.len());
    for placed in &plan.rotation {
        let machine = instance
            .machines
            .iter()
            .zip(&campaign.machines)
            .find(|(m, _)| m.id == placed.machine);
        let shift = instance
            .shifts
            .iter()
            .zip(&campaign.shifts)
            .find(|(s, _)| s.id == placed.shift);
        let site = campaign.sites.iter().find(|s| s.code == placed.site);
        let (Some((machine, named)), Some((shift, called)), Some(site)) = (machine, shift, site)
        else {
            return Err(Error::Bug("a plan names no known part".into()));
        };
        stands.push(Stand {
            machine: named.name.clone(),
            site: site.name.clone(),
            units: units
                .get(&(&placed.site, placed.date, &placed.shift))
                .cloned()
                .unwrap_or_default(),
            date: placed.date,
            start: shift.start,
            end: shift.end,
            shift: called.name.clone(),
            records: luot_planner::records(shift, machine),
        });
    }
    Ok(stands)
}
