//! A rotation made elsewhere: its machines, sites and hours join the campaign, and it
//! becomes a draft plan, costed like any other.

use std::collections::BTreeMap;

use luot_domain::text::fold;
use luot_files::{Rotation, Targets, UnitTarget, campaign_from_annexes};
use luot_planner::{Instance, Plan};
use luot_store::entities::{cohort, plan};
use luot_store::parts::{Edited, machines, shifts, sites};
use luot_store::{Instant, Tx, plans};
use serde_json::json;
use uuid::Uuid;

use super::targets::free;
use super::{ImportFinding, ImportKind, Imported, refused};
use crate::App;
use crate::campaigns::present;
use crate::error::Result;
use crate::instances::{self, Against, Campaign, from_json, uint};
use crate::new_id;

pub(super) async fn take_in(
    app: &App,
    tx: &Tx,
    there: &Campaign,
    read: &Rotation,
) -> Result<Imported> {
    let now = app.clock.now();
    let joined =
        campaign_from_annexes(&there.row.title, read, &targets_of(there)).map_err(refused)?;
    let mut other: Instance = from_json(&joined.instance)?;
    // Only what the rotation says is taken from the joined instance: the rest is the campaign's.
    other.name.clone_from(&there.row.name);
    let mut codes = Codes::default();
    let findings = add_parts(tx, there, &other, &joined.names, now, &mut codes).await?;
    widen_cohorts(tx, there, &other, &codes, now).await?;
    let version = there.row.version;
    let official: Plan = from_json(&joined.official_plan)?;
    let campaign = instances::load(tx, there.row.id).await?;
    let content = codes.renamed(official, there);
    let plan_id = draft(
        app,
        tx,
        &campaign,
        version,
        &content,
        "import",
        &there.row.title,
    )
    .await?;
    Ok(Imported {
        kind: ImportKind::Rotation,
        rows: read.entries.len(),
        plan_id: Some(plan_id),
        findings: read
            .findings
            .iter()
            .chain(joined.findings.iter())
            .map(ImportFinding::from)
            .chain(findings)
            .collect(),
        dry_run: false,
        people: Vec::new(),
        met: Vec::new(),
    })
}

/// The cohorts that are in use.
fn in_use(there: &Campaign) -> impl Iterator<Item = &cohort::Model> {
    there.cohorts.iter().filter(|c| c.retired_at.is_none())
}

/// The campaign's cohorts as the targets that the rotation is read against.
fn targets_of(there: &Campaign) -> Targets {
    Targets {
        units: in_use(there)
            .zip(1..)
            .map(|(c, number)| UnitTarget {
                row: number,
                number,
                name: c.name.clone(),
                residents: None,
                target: uint(c.people),
                per_day: None,
            })
            .collect(),
        stated_residents: None,
        stated_target: None,
        stated_per_day: None,
        target_heading: "people".into(),
        findings: Vec::new(),
    }
}

/// The campaign's codes for what the file's rows were given.
#[derive(Default)]
struct Codes {
    sites: BTreeMap<String, String>,
    machines: BTreeMap<String, String>,
    shifts: BTreeMap<String, String>,
    /// The file's cohorts are the campaign's, in the same order.
    cohorts: Vec<String>,
}

impl Codes {
    fn renamed(&self, plan: Plan, there: &Campaign) -> Plan {
        let of =
            |map: &BTreeMap<String, String>, code: String| map.get(&code).cloned().unwrap_or(code);
        let mine: BTreeMap<String, String> = self
            .cohorts
            .iter()
            .cloned()
            .zip(in_use(there).map(|c| c.code.clone()))
            .collect();
        Plan {
            rotation: plan
                .rotation
                .into_iter()
                .map(|mut p| {
                    p.machine = of(&self.machines, p.machine);
                    p.shift = of(&self.shifts, p.shift);
                    p.site = of(&self.sites, p.site);
                    p
                })
                .collect(),
            allotments: plan
                .allotments
                .into_iter()
                .map(|mut a| {
                    a.cohort = of(&mine, a.cohort);
                    a.shift = of(&self.shifts, a.shift);
                    a.site = of(&self.sites, a.site);
                    a
                })
                .collect(),
            ..Plan::default()
        }
    }
}

/// Adds the sites, machines and hours that the campaign has not, by name (hours by hours).
async fn add_parts(
    tx: &Tx,
    there: &Campaign,
    other: &Instance,
    names: &BTreeMap<String, String>,
    now: Instant,
    codes: &mut Codes,
) -> Result<Vec<ImportFinding>> {
    let called = |code: &str| names.get(code).cloned().unwrap_or_else(|| code.to_owned());
    let built = instances::rows(there.row.clone(), other, names, now)?;
    codes.cohorts = other.cohorts.iter().map(|c| c.id.clone()).collect();

    let mut taken: Vec<String> = there.sites.iter().map(|s| s.code.clone()).collect();
    let mut position = next(there.sites.len());
    let (mut new_sites, mut new_machines, mut new_shifts) = (Vec::new(), Vec::new(), Vec::new());
    for mut row in built.sites {
        let from = row.code.clone();
        let known = there
            .sites
            .iter()
            .find(|s| fold(&s.name) == fold(&called(&from)));
        row.code = known.map_or_else(|| free(&from, &mut taken), |s| s.code.clone());
        codes.sites.insert(from, row.code.clone());
        if known.is_none() {
            row.position = position;
            position += 1;
            new_sites.push(row);
        }
    }
    let mut taken: Vec<String> = there.machines.iter().map(|m| m.code.clone()).collect();
    let mut position = next(there.machines.len());
    for mut row in built.machines {
        let from = row.code.clone();
        let known = there
            .machines
            .iter()
            .find(|m| fold(&m.name) == fold(&called(&from)));
        row.code = known.map_or_else(|| free(&from, &mut taken), |m| m.code.clone());
        codes.machines.insert(from, row.code.clone());
        if known.is_none() {
            // Its home would be a site of the file, which may be known under another id.
            row.home_site_id = None;
            row.position = position;
            position += 1;
            new_machines.push(row);
        }
    }
    let mut taken: Vec<String> = there.shifts.iter().map(|s| s.code.clone()).collect();
    let mut position = next(there.shifts.len());
    for mut row in built.shifts {
        let from = row.code.clone();
        let known = there
            .shifts
            .iter()
            .find(|s| (s.starts, s.ends) == (row.starts, row.ends));
        row.code = known.map_or_else(|| free(&from, &mut taken), |s| s.code.clone());
        codes.shifts.insert(from, row.code.clone());
        if known.is_none() {
            row.position = position;
            position += 1;
            new_shifts.push(row);
        }
    }
    let counts = (new_sites.len(), new_machines.len(), new_shifts.len());
    let findings = if counts == (0, 0, 0) {
        Vec::new()
    } else {
        vec![ImportFinding {
            code: "parts-added".into(),
            severity: "info".into(),
            row: None,
            column: None,
            read: None,
            assumed: None,
            en: format!(
                "New in this campaign: {} sites, {} machines, {} shifts.",
                counts.0, counts.1, counts.2
            ),
            vi: format!(
                "Mới trong đợt này: {} điểm, {} máy, {} ca.",
                counts.0, counts.1, counts.2
            ),
        }]
    };
    sites::insert(tx, new_sites).await?;
    machines::insert(tx, new_machines).await?;
    shifts::insert(tx, new_shifts).await?;
    Ok(findings)
}

fn next(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// A cohort may go wherever the rotation sends it.
async fn widen_cohorts(
    tx: &Tx,
    there: &Campaign,
    other: &Instance,
    codes: &Codes,
    now: Instant,
) -> Result<()> {
    for (cohort, seen) in in_use(there).zip(&other.cohorts) {
        let mut sites: Vec<String> = from_json(&cohort.sites)?;
        let before = sites.len();
        for site in &seen.sites {
            let code = codes.sites.get(site).unwrap_or(site);
            if !sites.contains(code) {
                sites.push(code.clone());
            }
        }
        if sites.len() > before {
            cohort::Model {
                sites: json!(sites),
                updated_at: now,
                ..cohort.clone()
            }
            .update(tx)
            .await?;
        }
    }
    Ok(())
}

/// Adds a finished plan as a draft, checked and costed.
pub(super) async fn draft(
    app: &App,
    tx: &Tx,
    campaign: &Campaign,
    version: i32,
    content: &Plan,
    origin: &str,
    title: &str,
) -> Result<Uuid> {
    let now = app.clock.now();
    let (_, today) = present(&campaign.row, now)?;
    let instance = campaign.instance(&Against {
        published: None,
        today,
    })?;
    let assessment = luot_planner::check(&instance, content);
    let unserved = luot_planner::explain(&instance, content);
    let failure = (!assessment.ok).then(|| assessment.broken.join("; "));
    let row = plan::Model {
        id: new_id(),
        created_at: now,
        campaign_id: campaign.row.id,
        against_plan_id: None,
        state: if assessment.ok { "draft" } else { "failed" }.into(),
        origin: origin.into(),
        title: title.into(),
        campaign_version: version,
        options: json!({}),
        steps: 0,
        cost: Some(assessment.cost),
        terms: Some(instances::json(&assessment.terms)?),
        content: Some(instances::json(content)?),
        unserved: Some(instances::json(&unserved)?),
        failure,
        finished_at: Some(now),
        published_at: None,
        version: 1,
        updated_at: now,
    };
    let id = row.id;
    plans::insert(tx, row).await?;
    Ok(id)
}
