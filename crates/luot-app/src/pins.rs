//! What somebody fixed by hand for the planner, and what becomes of it when it cannot be kept
//! any more: it is lifted, and named.

use std::collections::HashSet;

use luot_domain::finding::Note;
use luot_planner::{Instance, Plan};
use luot_store::{Instant, Tx, campaigns};
use uuid::Uuid;

use crate::App;
use crate::authz::Actor;
use crate::campaigns::present;
use crate::error::{Error, Result};
use crate::instances::{self, Against, Campaign, Planning, from_json, json};
use crate::trail::did;

/// Lifts what a change of a campaign's parts has made impossible.
pub(crate) async fn lift_impossible(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    campaign: Uuid,
) -> Result<()> {
    let now = app.clock.now();
    let row = campaigns::find(tx, campaign)
        .await?
        .ok_or(Error::NotFound("campaign"))?;
    let pinned = from_json::<Planning>(&row.planning)?.pinned;
    if pinned.is_none_or(|plan| plan == Plan::default()) {
        return Ok(());
    }
    let campaign = instances::load(tx, campaign).await?;
    let (_, today) = present(&row, now)?;
    let mut before = campaign.instance(&Against {
        published: None,
        today,
    })?;
    // What is over may have been pinned to parts that are gone since.
    let over = campaign.past(now)?;
    if let Some(pinned) = &mut before.pinned {
        pinned.rotation.retain(|r| !over.has(r.date, &r.shift));
        pinned.allotments.retain(|a| !over.has(a.date, &a.shift));
    }
    let mut after = before.clone();
    luot_planner::lift_pins(&mut after);
    lift(tx, &campaign, &before, &after, actor, now).await?;
    Ok(())
}

/// Takes from the campaign what was pinned in one instance of it and is not in the other;
/// tells each.
pub(crate) async fn lift(
    tx: &Tx,
    campaign: &Campaign,
    before: &Instance,
    after: &Instance,
    actor: &Actor,
    now: Instant,
) -> Result<Vec<Note>> {
    let none = Plan::default();
    let was = before.pinned.as_ref().unwrap_or(&none);
    let is = after.pinned.as_ref().unwrap_or(&none);
    let rotation: HashSet<_> = is.rotation.iter().collect();
    let allotments: HashSet<_> = is.allotments.iter().collect();
    let lifted = Plan {
        rotation: was
            .rotation
            .iter()
            .filter(|r| !rotation.contains(r))
            .cloned()
            .collect(),
        allotments: was
            .allotments
            .iter()
            .filter(|a| !allotments.contains(a))
            .cloned()
            .collect(),
        ..Plan::default()
    };
    if lifted == none {
        return Ok(Vec::new());
    }
    let mut row = campaigns::find(tx, campaign.row.id)
        .await?
        .unwrap_or_else(|| campaign.row.clone());
    let mut planning: Planning = from_json(&row.planning)?;
    if let Some(pinned) = &mut planning.pinned {
        pinned.rotation.retain(|r| !lifted.rotation.contains(r));
        pinned.allotments.retain(|a| !lifted.allotments.contains(a));
    }
    row.planning = json(&planning)?;
    campaigns::update(tx, row).await?;
    let what = json(&lifted)?;
    let told_of = did(
        now,
        campaign.row.id,
        actor.staff_id(),
        "campaign.unpin",
        what,
    );
    luot_store::audit::record(tx, vec![told_of]).await?;
    Ok(told(&lifted))
}

fn told(lifted: &Plan) -> Vec<Note> {
    let rotation = lifted.rotation.iter().map(|r| {
        let (machine, site, date, shift) = (&r.machine, &r.site, r.date, &r.shift);
        Note::new(
            "/pinned/rotation",
            "pin-lifted",
            format!("{machine} was pinned at {site} on {date} {shift}, which cannot be kept any more; it is pinned there no longer"),
            format!("{machine} đã được cố định tại {site} ngày {} ca {shift} nhưng không còn giữ được; đã bỏ cố định", date.format("%d/%m/%Y")),
        )
    });
    let allotments = lifted.allotments.iter().map(|a| {
        let (people, cohort, site, date, shift) = (a.people, &a.cohort, &a.site, a.date, &a.shift);
        Note::new(
            "/pinned/allotments",
            "pin-lifted",
            format!("{people} of {cohort} were pinned at {site} on {date} {shift}, which cannot be kept any more; they are pinned there no longer"),
            format!("{people} người của {cohort} đã được cố định tại {site} ngày {} ca {shift} nhưng không còn giữ được; đã bỏ cố định", date.format("%d/%m/%Y")),
        )
    });
    rotation.chain(allotments).collect()
}
