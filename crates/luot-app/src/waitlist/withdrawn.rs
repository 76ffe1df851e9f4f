//! Who withdraws waits for nothing any more.

use luot_store::{Instant, Tx, campaigns, waitlist};
use serde_json::json;
use uuid::Uuid;

use super::settle::{Cooled, cool, end_offers};
use crate::authz::Actor;
use crate::error::Result;
use crate::keys::Keys;
use crate::trail::did_by;

/// Takes somebody out of every party of a campaign that they wait with, or of those of these
/// bookings. What such a party is offered, which is too much for it now, goes to the next; the
/// others of it wait on.
pub(crate) async fn leave_all(
    keys: &Keys,
    tx: &Tx,
    actor: &Actor,
    (campaign, person): (Uuid, Uuid),
    bookings: Option<&[Uuid]>,
    now: Instant,
) -> Result<Vec<Cooled>> {
    let entries = waitlist::list_entries_of(tx, person).await?;
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    campaigns::hold_shared(tx, &[campaign]).await?;
    let mut freed = Vec::new();
    let mut left = Vec::new();
    for id in entries {
        let Some(was) = waitlist::find(tx, id).await? else {
            continue;
        };
        let party = waitlist::list_persons(tx, &[id]).await?.remove(&id);
        let party = party.unwrap_or_default();
        let mut row = was.clone();
        let waits = matches!(row.state.as_str(), "waiting" | "offered")
            && bookings.is_none_or(|of| of.contains(&row.booking_id));
        if !waits || !party.iter().any(|p| p.person_id == person) {
            continue;
        }
        // They did not let it go: what is left of them may be offered the same window again.
        freed.extend(end_offers(tx, id, "withdrawn", now).await?);
        waitlist::end_persons(tx, id, Some(&[person])).await?;
        row.people -= 1;
        row.state = match row.people {
            ..=0 => "left",
            _ => "waiting",
        }
        .into();
        waitlist::update(tx, &was, row, now).await?;
        left.push(id);
    }
    if !left.is_empty() {
        let subject = json!({ "ids": left, "person": person });
        let told = did_by(now, Some(campaign), actor, "waitlist.withdraw", subject);
        luot_store::audit::record(tx, vec![told]).await?;
    }
    cool(keys, tx, freed, now).await
}
