//! A plan as the districts' own annex.

use std::collections::HashMap;

use luot_files::{Stand, write_rotation_xlsx};
use luot_planner::{Instance, Plan};
use uuid::Uuid;

use super::get::{find, instance_of};
use crate::App;
use crate::authz::{Action, Actor};
use crate::campaigns::present;
use crate::error::{Error, Forbidden, Result};
use crate::instances::{self, Campaign, from_json};

impl App {
    /// The annex of a plan, an XLSX workbook.
    ///
    /// # Errors
    /// [`Error::State`] when the plan is not done.
    pub async fn export_annex(&self, actor: &Actor, id: Uuid) -> Result<Vec<u8>> {
        actor.require(Action::ReadPlans, None)?;
        let (campaign, instance, plan) = self
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
                Ok::<_, Error>((campaign, instance, plan))
            })
            .await?;
        let written = self.planners.consider(move || {
            let title = format!("LỊCH LUÂN CHUYỂN MÁY – {}", campaign.row.title);
            let stands = stands(&campaign, &instance, &plan)?;
            write_rotation_xlsx(&title, &stands).map_err(|e| Error::Bug(e.to_string()))
        });
        written.await?
    }
}

/// What is called by its code alone is of a campaign that is only supposed.
fn stands(campaign: &Campaign, instance: &Instance, plan: &Plan) -> Result<Vec<Stand>> {
    let machines = names(campaign.machines.iter().map(|m| (&m.code, &m.name)));
    let sites = names(campaign.sites.iter().map(|s| (&s.code, &s.name)));
    let shifts = names(campaign.shifts.iter().map(|s| (&s.code, &s.name)));
    let cohorts = names(campaign.cohorts.iter().map(|c| (&c.code, &c.name)));
    let called = |names: &HashMap<&str, &str>, code: &str| -> String {
        names.get(code).copied().unwrap_or(code).to_owned()
    };
    let found: HashMap<&str, &luot_planner::Machine> = instance
        .machines
        .iter()
        .map(|m| (m.id.as_str(), m))
        .collect();
    let mut units: HashMap<_, Vec<String>> = HashMap::new();
    for a in &plan.allotments {
        let here = units.entry((&a.site, a.date, &a.shift)).or_default();
        let name = called(&cohorts, &a.cohort);
        if !here.contains(&name) {
            here.push(name);
        }
    }
    let mut stands = Vec::with_capacity(plan.rotation.len());
    for placed in &plan.rotation {
        let machine = found.get(placed.machine.as_str());
        let shift = instance.shifts.iter().find(|s| s.id == placed.shift);
        let (Some(machine), Some(shift)) = (machine, shift) else {
            return Err(Error::Bug("a plan names no known part".into()));
        };
        stands.push(Stand {
            machine: called(&machines, &placed.machine),
            site: called(&sites, &placed.site),
            units: units
                .get(&(&placed.site, placed.date, &placed.shift))
                .cloned()
                .unwrap_or_default(),
            date: placed.date,
            start: shift.start,
            end: shift.end,
            shift: called(&shifts, &placed.shift),
            records: luot_planner::records(shift, machine),
        });
    }
    Ok(stands)
}

fn names<'a>(parts: impl Iterator<Item = (&'a String, &'a String)>) -> HashMap<&'a str, &'a str> {
    parts.map(|(code, name)| (&**code, &**name)).collect()
}
