//! Targets: a unit and a cohort each, with as many people as are to be reached.

use luot_domain::finding::Note;
use luot_domain::text::fold;
use luot_files::Targets;
use luot_files::text::slug;
use luot_store::entities::{cohort, target, unit};
use luot_store::parts::{Edited, cohorts, set_target as set_target_row, units};
use luot_store::{Instant, Tx};
use serde_json::json;
use uuid::Uuid;

use super::{ImportFinding, ImportKind, Imported};
use crate::error::{Error, Invalid, Result};
use crate::instances::{ACCOUNT, Campaign, int, uint};
use crate::parts::Served;
use crate::{App, new_id};

pub(super) async fn take_in(
    app: &App,
    tx: &Tx,
    there: &Campaign,
    read: &Targets,
) -> Result<Imported> {
    let now = app.clock.now();
    let campaign_id = there.row.id;
    let service_id = there
        .services
        .iter()
        .find(|s| s.code == ACCOUNT)
        .map(|s| s.id)
        .ok_or(Error::NotFound("service"))?;
    let mut taken: Vec<String> = there.cohorts.iter().map(|c| c.code.clone()).collect();
    let mut position = int(u32::try_from(there.cohorts.len()).unwrap_or(u32::MAX));
    let mut served = Served::load(tx, there, now).await?;
    let mut findings: Vec<ImportFinding> = read.findings.iter().map(ImportFinding::from).collect();
    too_many(read)?;
    for row in &read.units {
        let known = there
            .cohorts
            .iter()
            .find(|c| fold(&c.name) == fold(&row.name));
        let unit_id = unit_of(app, tx, there, known, &row.name).await?;
        match known {
            Some(cohort) => {
                if cohort.retired_at.is_some() {
                    findings.push(back_in_use(row.row, &row.name));
                }
                let people = people_of(tx, there, &mut served, cohort, row.target, now).await?;
                cohort::Model {
                    retired_at: None,
                    people: int(people),
                    unit_id: Some(unit_id),
                    updated_at: now,
                    ..cohort.clone()
                }
                .update(tx)
                .await?;
            }
            None => {
                let code = free(&slug(&row.name), &mut taken);
                let new = cohort::Model {
                    id: new_id(),
                    created_at: now,
                    campaign_id,
                    unit_id: Some(unit_id),
                    service_id,
                    code,
                    name: row.name.clone(),
                    position,
                    people: int(row.target),
                    sites: json!([]),
                    whole: false,
                    due_on: None,
                    weight: 1,
                    calendar: json!({}),
                    left_of_id: None,
                    retired_at: None,
                    version: 1,
                    updated_at: now,
                };
                position += 1;
                cohorts::insert(tx, vec![new]).await?;
            }
        }
        set_target(app, tx, there, unit_id, row.target, row.per_day).await?;
    }
    Ok(Imported {
        kind: ImportKind::Targets,
        rows: read.units.len(),
        plan_id: None,
        findings,
        dry_run: false,
        people: Vec::new(),
        met: Vec::new(),
    })
}

/// How many people a cohort has when its target is so many: those left over of it, who are
/// cohorts of their own, are among them, and so are those who were served.
async fn people_of(
    tx: &Tx,
    there: &Campaign,
    served: &mut Option<Served<'_>>,
    known: &cohort::Model,
    target: u32,
    now: Instant,
) -> Result<u32> {
    let beside = there
        .cohorts
        .iter()
        .filter(|c| c.left_of_id == Some(known.id) && c.retired_at.is_none());
    let beside: u32 = beside.map(|c| uint(c.people)).sum();
    let people = target.saturating_sub(beside);
    let Some(served) = served else {
        return Ok(people);
    };
    let Some(mut fields) = served.find(known)? else {
        return Ok(people);
    };
    fields.people = people;
    served.settle(tx, &mut fields, known, now).await?;
    Ok(fields.people)
}

/// Refuses targets that are more than can be planned.
fn too_many(read: &Targets) -> Result<()> {
    let most = luot_planner::limits::PEOPLE;
    let faults: Vec<Note> = read
        .units
        .iter()
        .filter(|u| u.target > most)
        .map(|u| {
            Note::new(
                format!("/file/{}", u.row),
                "target-too-large",
                format!(
                    "Row {}: {} has a target of {}; at most {most} can be planned.",
                    u.row, u.name, u.target
                ),
                format!(
                    "Dòng {}: {} có chỉ tiêu {}; tối đa {most}.",
                    u.row, u.name, u.target
                ),
            )
        })
        .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(Invalid::Import, faults))
    }
}

fn back_in_use(row: u32, name: &str) -> ImportFinding {
    ImportFinding {
        code: "cohort-back-in-use".into(),
        severity: "warning".into(),
        row: Some(row),
        column: None,
        read: Some(name.to_owned()),
        assumed: None,
        en: format!("{name} was out of use; with a target it is in use again."),
        vi: format!("{name} đã ngừng dùng; có chỉ tiêu nên được dùng lại."),
    }
}

/// The unit of a cohort: its own, or a new commune of that name.
async fn unit_of(
    app: &App,
    tx: &Tx,
    there: &Campaign,
    known: Option<&cohort::Model>,
    name: &str,
) -> Result<Uuid> {
    if let Some(id) = known.and_then(|c| c.unit_id) {
        return Ok(id);
    }
    let all = units::list(tx, there.row.id).await?;
    if let Some(unit) = all.iter().find(|u| fold(&u.name) == fold(name)) {
        return Ok(unit.id);
    }
    let mut taken: Vec<String> = all.into_iter().map(|u| u.code).collect();
    let row = unit::Model {
        id: new_id(),
        created_at: app.clock.now(),
        campaign_id: there.row.id,
        parent_id: None,
        kind: "commune".into(),
        official_code: None,
        code: free(&slug(name), &mut taken),
        name: name.to_owned(),
    };
    let id = row.id;
    units::insert(tx, vec![row]).await?;
    Ok(id)
}

/// Writes what a unit is to reach: accounts that are activated, by the campaign's end.
pub(super) async fn set_target(
    app: &App,
    tx: &Tx,
    there: &Campaign,
    unit_id: Uuid,
    people: u32,
    per_day: Option<u32>,
) -> Result<()> {
    Ok(set_target_row(
        tx,
        target::Model {
            id: new_id(),
            created_at: app.clock.now(),
            campaign_id: there.row.id,
            unit_id,
            measure: "activated".into(),
            starts_on: there.row.starts_on,
            ends_on: there.row.ends_on,
            people: int(people),
            per_day: per_day.map(int),
        },
    )
    .await?)
}

/// The code, or with a number behind it where it is taken.
pub(super) fn free(wanted: &str, taken: &mut Vec<String>) -> String {
    let wanted = if wanted.is_empty() { "don-vi" } else { wanted };
    let code = std::iter::once(wanted.to_owned())
        .chain((2..).map(|n| format!("{wanted}-{n}")))
        .find(|code| !taken.contains(code))
        .unwrap_or_default();
    taken.push(code.clone());
    code
}
