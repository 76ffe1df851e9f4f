//! Looking for places, free or cooling, for those who wait.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use luot_domain::booking::{Facts, Hold, Kept, Kind, gather};
use luot_domain::waitlist::{Matched, Spot, TooLarge, Wishes, match_up};
use luot_store::facts::{self, Wanted};
use luot_store::holds::{self, Which};
use luot_store::pools;
use luot_store::waitlist::{self, Rank, Scope};
use luot_store::{Instant, Tx};
use serde_json::json;
use uuid::Uuid;

use super::consume::consume;
use super::entries::{self, Waiting};
use super::settle::{Freed, keep};
use crate::error::{Error, Result};
use crate::instances::from_json;
use crate::keys::Keys;
use crate::trail::message;
use crate::{limits, new_id};

/// Looks for places, free or cooling, for those who wait in a campaign, and makes offers.
/// Where it is for one of them, those behind are not looked for, and it ends once that one
/// has an offer; who waits ahead still comes first. Tells the holds that keep what is left of
/// those of which it offered a part.
pub(crate) async fn look(
    keys: &Keys,
    tx: &Tx,
    campaign: Uuid,
    scope: &Scope,
    only: Option<Uuid>,
    now: Instant,
) -> Result<Vec<Uuid>> {
    let present = present_of(tx, campaign, now).await?;
    let search = Search {
        keys,
        campaign,
        only,
        now,
        present,
    };
    let mut after = None;
    let mut rests = Vec::new();
    loop {
        if let Some(entry) = only
            && !waits(tx, entry).await?
        {
            return Ok(rests);
        }
        let most = limits::SPOTS_AT_A_TIME;
        let spots = waitlist::list_spots(tx, campaign, scope, present, after, most).await?;
        let Some(last) = spots.last() else {
            return Ok(rests);
        };
        after = Some((last.starts_at, last.window_id));
        let full = spots.len() as u64 == most;
        rests.extend(search.among(tx, spots).await?);
        if !full {
            return Ok(rests);
        }
    }
}

/// Whether any window of a campaign has a place, free or cooling.
pub(super) async fn has_spots(tx: &Tx, campaign: Uuid, now: Instant) -> Result<bool> {
    let present = present_of(tx, campaign, now).await?;
    let all = Scope::default();
    let any = waitlist::list_spots(tx, campaign, &all, present, None, 1).await?;
    Ok(!any.is_empty())
}

async fn present_of(tx: &Tx, campaign: Uuid, now: Instant) -> Result<Instant> {
    let mut known = Facts::default();
    facts::add_campaigns(tx, &[campaign], now, &mut known).await?;
    let present = known.now.get(&campaign).copied();
    present.ok_or(Error::NotFound("campaign"))
}

async fn waits(tx: &Tx, entry: Uuid) -> Result<bool> {
    let entry = waitlist::find(tx, entry).await?;
    Ok(entry.is_some_and(|e| e.state == "waiting"))
}

/// Looks for places for one party that waits (again): what came free while it was offered
/// something else went past it.
pub(crate) async fn look_for(keys: &Keys, tx: &Tx, entry: Uuid, now: Instant) -> Result<()> {
    let Some(entry) = waitlist::find(tx, entry).await? else {
        return Ok(());
    };
    if entry.state != "waiting" {
        return Ok(());
    }
    let wishes: Wishes = from_json(&entry.wishes)?;
    let scope = Scope {
        sites: wishes.sites,
        shifts: wishes.shifts,
        from: wishes.from,
        to: wishes.to,
        ..Scope::default()
    };
    look(keys, tx, entry.campaign_id, &scope, Some(entry.id), now).await?;
    Ok(())
}

struct Search<'a> {
    keys: &'a Keys,
    campaign: Uuid,
    only: Option<Uuid>,
    now: Instant,
    /// What counts as now in the campaign.
    present: Instant,
}

impl Search<'_> {
    /// Makes offers in these windows.
    async fn among(&self, tx: &Tx, spots: Vec<Spot>) -> Result<Vec<Uuid>> {
        let wanted = Wanted {
            windows: spots.iter().map(|s| s.window_id).collect(),
            ..Wanted::default()
        };
        let mut facts = facts::load(tx, &wanted, self.now).await?;
        let windows: Vec<Uuid> = wanted.windows.into_iter().collect();
        let mut cooling = Vec::new();
        for chunk in windows.chunks(500) {
            cooling.extend(holds::list_kept(tx, Which::CoolingIn(chunk)).await?);
        }
        for hold in &cooling {
            facts.count(hold.window_id, &hold.places, -1);
        }
        let mut all = Matched::default();
        let mut seen: HashMap<Uuid, Waiting> = HashMap::new();
        let mut behind: Option<Rank> = None;
        let mut too_large = TooLarge::default();
        loop {
            let most = limits::WAITING_AT_A_TIME;
            let mut page = waitlist::list_waiting(tx, self.campaign, behind, most).await?;
            let Some(last) = page.last() else { break };
            behind = Some(Rank::of(last));
            let mut more = page.len() as u64 == most;
            if let Some(at) = page.iter().position(|e| Some(e.id) == self.only) {
                page.truncate(at + 1);
                more = false;
            }
            let page = who_want(page, &spots)?;
            let waiting = entries::load(self.keys, tx, page, &mut facts).await?;
            let parties: Vec<_> = waiting.iter().map(|w| w.entry.clone()).collect();
            let matched = match_up(&mut facts, &spots, &parties, self.present, &mut too_large);
            all.offers.extend(matched.offers);
            all.passed_over.extend(matched.passed_over);
            all.booked.extend(matched.booked);
            seen.extend(waiting.into_iter().map(|w| (w.row.id, w)));
            if !more || !has_room(&facts, &spots) {
                break;
            }
        }
        // Who was too many for a window on one page may have been offered another there.
        let offered: BTreeSet<Uuid> = all.offers.iter().map(|o| o.entry_id).collect();
        all.passed_over.retain(|p| !offered.contains(&p.entry_id));
        write(tx, self.campaign, all, seen, cooling, self.now).await
    }
}

/// Those whose wishes one of these windows meets: nobody else's names need to be opened.
fn who_want(page: Vec<waitlist::Entry>, spots: &[Spot]) -> Result<Vec<waitlist::Entry>> {
    let mut who = Vec::with_capacity(page.len());
    for row in page {
        let wishes: Wishes = from_json(&row.wishes)?;
        if spots.iter().any(|spot| wishes.take(spot)) {
            who.push(row);
        }
    }
    Ok(who)
}

fn has_room(facts: &Facts, spots: &[Spot]) -> bool {
    spots.iter().any(|s| {
        let window = facts.windows.get(&s.window_id);
        window.is_some_and(|w| w.pools.iter().any(|p| p.has_room(false)))
    })
}

/// Writes what was matched: offers first out of what cools, then out of what is free.
async fn write(
    tx: &Tx,
    campaign: Uuid,
    matched: Matched,
    mut seen: HashMap<Uuid, Waiting>,
    cooling: Vec<Hold>,
    now: Instant,
) -> Result<Vec<Uuid>> {
    let mut offered: BTreeMap<Uuid, Kept> = BTreeMap::new();
    let mut new = Vec::new();
    let mut messages = Vec::new();
    for offer in &matched.offers {
        let places = gather(offer.given.iter().map(|g| (g.pool_id, g.needs_card)));
        for place in &places {
            let sum = offered.entry(place.pool_id).or_insert(Kept {
                people: 0,
                cards: 0,
                ..*place
            });
            sum.people += place.people;
            sum.cards += place.cards;
        }
        let freed = Freed {
            campaign_id: campaign,
            window_id: offer.window_id,
            places,
        };
        let until = now + offer.kept_for;
        let hold = keep(
            new_id(),
            &freed,
            Kind::Offer,
            Some(offer.entry_id),
            now,
            until,
        );
        let entry = seen.get(&offer.entry_id).map(|w| &w.row);
        messages.push(message(
            now,
            campaign,
            "waitlist.offer",
            json!({
                "booking": entry.map(|e| e.booking_id),
                "entry": offer.entry_id,
                "offer": hold.row.id,
                "window": offer.window_id,
                "expires_at": until,
            }),
        ));
        new.push(hold);
    }
    let rest = consume(&cooling, &mut offered, now);
    holds::end(tx, &rest.ended, "released", now).await?;
    pools::take(tx, &rest.changes).await?;
    let rests = rest.kept.iter().map(|h| h.row.id).collect();
    new.extend(rest.kept);
    holds::insert(tx, new).await?;
    entries::note(tx, &matched, &mut seen, now).await?;
    luot_store::audit::post(tx, messages).await?;
    Ok(rests)
}
