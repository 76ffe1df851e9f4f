//! Writing what a disruption did to the planner's instance back into the campaign: machines
//! that are out, sites that are closed, people who are left over.

use luot_domain::finding::Note;
use luot_planner::Instance;
use luot_store::entities::{cohort, machine, site};
use luot_store::parts::{Edited, cohorts};
use luot_store::{Instant, Tx, plans};
use uuid::Uuid;

use crate::authz::Actor;
use crate::error::{Error, Result};
use crate::instances::{Campaign, int, json};
use crate::{new_id, pins};

/// Writes the difference between two instances of the same campaign; tells what was pinned
/// and cannot be kept.
pub(super) async fn write(
    tx: &Tx,
    campaign: &Campaign,
    before: &Instance,
    after: &Instance,
    actor: &Actor,
    now: Instant,
) -> Result<Vec<Note>> {
    for (row, (was, is)) in campaign
        .machines
        .iter()
        .zip(before.machines.iter().zip(&after.machines))
    {
        if was != is {
            machine::Model {
                calendar: json(&is.calendar)?,
                out: json(&is.out)?,
                updated_at: now,
                ..row.clone()
            }
            .update(tx)
            .await?;
        }
    }
    for (row, (was, is)) in campaign
        .sites
        .iter()
        .zip(before.sites.iter().zip(&after.sites))
    {
        if was != is {
            site::Model {
                calendar: json(&is.calendar)?,
                updated_at: now,
                ..row.clone()
            }
            .update(tx)
            .await?;
        }
    }
    for (row, (was, is)) in campaign
        .cohorts
        .iter()
        .zip(before.cohorts.iter().zip(&after.cohorts))
    {
        if was.people != is.people {
            cohort::Model {
                people: int(is.people),
                updated_at: now,
                ..row.clone()
            }
            .update(tx)
            .await?;
        }
    }
    let mut new = Vec::new();
    for (left_over, position) in after.cohorts.iter().zip(0..).skip(campaign.cohorts.len()) {
        new.push(left_over_of(campaign, left_over, position, now)?);
    }
    cohorts::insert(tx, new).await?;
    if let Some(published) = after
        .published
        .as_ref()
        .filter(|p| before.published.as_ref() != Some(p))
    {
        let mut row = plans::find_published(tx, campaign.row.id)
            .await?
            .ok_or(Error::NotFound("plan"))?;
        row.content = Some(json(published)?);
        row.updated_at = now;
        plans::advance(tx, "published", row).await?;
    }
    pins::lift(tx, campaign, before, after, actor, now).await
}

/// A cohort of people who are left over of another one, and booked by that one's list. Its
/// code is the other's with a number (`1A+1`).
pub(crate) fn left_over_of(
    campaign: &Campaign,
    left_over: &luot_planner::Cohort,
    position: i32,
    now: Instant,
) -> Result<cohort::Model> {
    let code = left_over.id.rsplit_once('+').map(|(code, _)| code);
    let from = campaign.cohorts.iter().find(|c| Some(&*c.code) == code);
    let service_id = from
        .map(|c| c.service_id)
        .or_else(|| campaign.services.first().map(|s| s.id))
        .unwrap_or(Uuid::nil());
    Ok(cohort::Model {
        id: new_id(),
        created_at: now,
        campaign_id: campaign.row.id,
        unit_id: from.and_then(|c| c.unit_id),
        service_id,
        code: left_over.id.clone(),
        name: from.map_or_else(|| left_over.id.clone(), |c| format!("{} (bổ sung)", c.name)),
        position,
        people: int(left_over.people),
        sites: json(&left_over.sites)?,
        whole: left_over.whole,
        due_on: left_over.due,
        weight: int(left_over.weight),
        calendar: json(&left_over.calendar)?,
        left_of_id: from.map(|c| c.left_of_id.unwrap_or(c.id)),
        // Whoever is left over of a cohort that is out of use is planned no more either.
        retired_at: from.and_then(|c| c.retired_at.map(|_| now)),
        version: 1,
        updated_at: now,
    })
}
