//! What becomes of places that come free.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use luot_domain::booking::{Facts, Hold, Kept, Kind, gather};
use luot_domain::clock::Clock;
use luot_domain::waitlist::{Matched, Spot, TooLarge, Wishes, cooling_for, match_up};
use luot_store::entities::hold;
use luot_store::facts::{self, Wanted};
use luot_store::holds::{self, NewHold, Which};
use luot_store::pools::{self, Changes};
use luot_store::waitlist::{self, Rank, Scope};
use luot_store::{Instant, Store, Tx, Work};
use serde_json::json;
use uuid::Uuid;

use super::entries::{self, Waiting};
use crate::error::{Error, Result};
use crate::instances::from_json;
use crate::keys::Keys;
use crate::trail::message;
use crate::{limits, new_id};

/// Places of a window that came free in this transaction. In the pools they still count as
/// taken.
#[derive(Debug, Clone)]
pub(crate) struct Freed {
    pub campaign_id: Uuid,
    pub window_id: Uuid,
    pub places: Vec<Kept>,
}

impl Freed {
    /// All places of a hold.
    pub(crate) fn of(hold: Hold) -> Self {
        Self {
            campaign_id: hold.campaign_id,
            window_id: hold.window_id,
            places: hold.places,
        }
    }
}

/// Offers places that came free to those who wait; the rest cools, or is free at once where
/// the campaign does without cooling.
pub(crate) async fn settle(keys: &Keys, tx: &Tx, freed: Vec<Freed>, now: Instant) -> Result<()> {
    for cooled in cool(keys, tx, freed, now).await? {
        cooled.offer(keys, tx, now).await?;
    }
    Ok(())
}

/// Places of a campaign that cool, and have not been offered to anybody yet.
#[derive(Debug, Clone)]
pub(crate) struct Cooled {
    campaign: Uuid,
    windows: BTreeSet<Uuid>,
    holds: BTreeSet<Uuid>,
    /// The campaign does without cooling: what nobody wants opens at once.
    opens_at_once: bool,
}

/// Lets places cool that came free. They have to be offered next; should that not come about,
/// they are when they have cooled.
pub(crate) async fn cool(
    keys: &Keys,
    tx: &Tx,
    freed: Vec<Freed>,
    now: Instant,
) -> Result<Vec<Cooled>> {
    let mut by_campaign: BTreeMap<Uuid, Vec<Freed>> = BTreeMap::new();
    for one in freed {
        by_campaign.entry(one.campaign_id).or_default().push(one);
    }
    let mut all = Vec::with_capacity(by_campaign.len());
    for (campaign, freed) in by_campaign {
        let mut known = Facts::default();
        facts::add_campaigns(tx, &[campaign], now, &mut known).await?;
        let policies = known.policies.get(&campaign).cloned().unwrap_or_default();
        let windows = freed.iter().map(|f| f.window_id).collect();
        let cooling = freed
            .into_iter()
            .map(|freed| cooling_row(keys, &policies.waitlist, freed, now));
        let cooling: Vec<NewHold> = cooling.collect();
        let holds = cooling.iter().map(|h| h.row.id).collect();
        holds::insert(tx, cooling).await?;
        all.push(Cooled {
            campaign,
            windows,
            holds,
            opens_at_once: policies.waitlist.cooling_seconds_most == 0,
        });
    }
    Ok(all)
}

/// Offers places that cool to those who wait, in a transaction of its own: whoever freed them
/// need not wait for whoever else is looking for places, and nowhere are places taken twice in
/// one transaction, for then two servers could wait for each other. Should it fail they are
/// offered when they have cooled.
pub(crate) async fn offer(store: &Store, keys: &Keys, clock: &dyn Clock, cooled: Vec<Cooled>) {
    if cooled.is_empty() {
        return;
    }
    let work = Offering {
        keys,
        clock,
        cooled,
    };
    if let Err(error) = store.write_work(&work).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "places that came free are offered when they have cooled"
        );
    }
}

struct Offering<'a> {
    keys: &'a Keys,
    clock: &'a dyn Clock,
    cooled: Vec<Cooled>,
}

impl Work for Offering<'_> {
    type Done = ();
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<()> {
        let now = self.clock.now();
        for cooled in &self.cooled {
            cooled.offer(self.keys, tx, now).await?;
        }
        Ok(())
    }
}

/// Looks for places for one party that has just begun to wait, in a transaction of its own.
/// Should it fail the party is looked for again within the minute.
pub(super) async fn look_at_once(store: &Store, keys: &Keys, clock: &dyn Clock, entry: Uuid) {
    let work = LookFor { keys, clock, entry };
    if let Err(error) = store.write_work(&work).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "a party that waits is looked for a little later"
        );
    }
}

struct LookFor<'a> {
    keys: &'a Keys,
    clock: &'a dyn Clock,
    entry: Uuid,
}

impl Work for LookFor<'_> {
    type Done = ();
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<()> {
        look_for(self.keys, tx, self.entry, self.clock.now()).await
    }
}

impl Cooled {
    /// Offers them to those who wait.
    pub(crate) async fn offer(&self, keys: &Keys, tx: &Tx, now: Instant) -> Result<()> {
        if waitlist::anybody_waits(tx, self.campaign).await? {
            let scope = Scope {
                windows: Some(self.windows.iter().copied().collect()),
                ..Scope::default()
            };
            look(keys, tx, self.campaign, &scope, None, now).await?;
        }
        if self.opens_at_once {
            let rest = holds::find(tx, &self.holds).await?;
            let rest: Vec<Hold> = rest.into_values().filter(|h| h.kept).collect();
            open_to_everybody(tx, rest, now).await?;
        }
        Ok(())
    }
}

/// Ends the cooling of places: anybody can book them from now on.
pub(super) async fn open_to_everybody(tx: &Tx, cooled: Vec<Hold>, now: Instant) -> Result<()> {
    let ids: Vec<Uuid> = cooled.iter().map(|h| h.id).collect();
    holds::end(tx, &ids, "released", now).await?;
    let mut changes = Changes::new();
    for kept in cooled.iter().flat_map(|h| &h.places) {
        let change = changes.entry(kept.pool_id).or_default();
        change.0 -= kept.people;
        change.1 -= kept.cards;
    }
    Ok(pools::take(tx, &changes).await?)
}

fn cooling_row(
    keys: &Keys,
    policies: &luot_domain::policies::Waitlist,
    freed: Freed,
    now: Instant,
) -> NewHold {
    let id = new_id();
    // Nobody outside knows the key, so that nobody can tell when the place opens.
    let unforeseen = keys.code_bytes(id);
    let mut number = [0_u8; 8];
    number.copy_from_slice(&unforeseen[..8]);
    let kept_for = cooling_for(policies, u64::from_le_bytes(number)).unwrap_or_default();
    keep(id, &freed, Kind::Cooling, None, now, now + kept_for)
}

fn keep(
    id: Uuid,
    freed: &Freed,
    kind: Kind,
    entry_id: Option<Uuid>,
    now: Instant,
    expires_at: Instant,
) -> NewHold {
    NewHold {
        row: hold::Model {
            id,
            created_at: now,
            campaign_id: freed.campaign_id,
            slot_id: freed.window_id,
            entry_id,
            kind: kind.as_str().into(),
            state: "kept".into(),
            people: freed.places.iter().map(|p| p.people).sum(),
            cards: freed.places.iter().map(|p| p.cards).sum(),
            phone_index: None,
            address_index: None,
            expires_at,
            updated_at: now,
        },
        places: freed.places.iter().map(|&p| (new_id(), p)).collect(),
    }
}

/// Looks for places, free or cooling, for those who wait in a campaign (or for one of them),
/// and makes offers.
pub(crate) async fn look(
    keys: &Keys,
    tx: &Tx,
    campaign: Uuid,
    scope: &Scope,
    only: Option<&waitlist::Entry>,
    now: Instant,
) -> Result<()> {
    let mut known = Facts::default();
    facts::add_campaigns(tx, &[campaign], now, &mut known).await?;
    let present = *known
        .now
        .get(&campaign)
        .ok_or(Error::NotFound("campaign"))?;
    let search = Search {
        keys,
        campaign,
        only,
        now,
        present,
    };
    let mut after = None;
    loop {
        let most = limits::SPOTS_AT_A_TIME;
        let spots = waitlist::list_spots(tx, campaign, scope, present, after, most).await?;
        let Some(last) = spots.last() else {
            return Ok(());
        };
        after = Some((last.starts_at, last.window_id));
        let full = spots.len() as u64 == most;
        let found = search.among(tx, spots).await?;
        // One who was looked for has what it wanted; there may be more for others.
        if !full || (found > 0 && only.is_some()) {
            return Ok(());
        }
    }
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
    look(keys, tx, entry.campaign_id, &scope, Some(&entry), now).await
}

struct Search<'a> {
    keys: &'a Keys,
    campaign: Uuid,
    only: Option<&'a waitlist::Entry>,
    now: Instant,
    /// What counts as now in the campaign.
    present: Instant,
}

impl Search<'_> {
    /// Makes offers in these windows; tells how many.
    async fn among(&self, tx: &Tx, spots: Vec<Spot>) -> Result<usize> {
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
            let page = match self.only {
                Some(entry) => vec![entry.clone()],
                None => waitlist::list_waiting(tx, self.campaign, behind, most).await?,
            };
            let Some(last) = page.last() else { break };
            behind = Some(Rank::of(last));
            let full = page.len() as u64 == most;
            let page = who_want(page, &spots)?;
            let waiting = entries::load(self.keys, tx, page, &mut facts).await?;
            let parties: Vec<_> = waiting.iter().map(|w| w.entry.clone()).collect();
            let matched = match_up(&mut facts, &spots, &parties, self.present, &mut too_large);
            all.offers.extend(matched.offers);
            all.passed_over.extend(matched.passed_over);
            all.booked.extend(matched.booked);
            seen.extend(waiting.into_iter().map(|w| (w.row.id, w)));
            if self.only.is_some() || !full || !has_room(&facts, &spots) {
                break;
            }
        }
        let made = all.offers.len();
        write(tx, self.campaign, all, seen, cooling, self.now).await?;
        Ok(made)
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
) -> Result<()> {
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
    new.extend(rest.kept);
    holds::insert(tx, new).await?;
    entries::note(tx, &matched, &mut seen, now).await?;
    Ok(luot_store::audit::post(tx, messages).await?)
}

#[derive(Default)]
struct Consumed {
    ended: Vec<Uuid>,
    kept: Vec<NewHold>,
    changes: Changes,
}

/// Takes what was offered out of what cools, as far as that goes: those places are counted
/// already. What is left of a hold cools on.
fn consume(cooling: &[Hold], offered: &mut BTreeMap<Uuid, Kept>, now: Instant) -> Consumed {
    let mut done = Consumed::default();
    for hold in cooling {
        let touched = hold.places.iter().any(|p| {
            let wanted = offered.get(&p.pool_id);
            wanted.is_some_and(|w| w.people > 0)
        });
        if !touched {
            continue;
        }
        done.ended.push(hold.id);
        let mut rest = Vec::new();
        for place in &hold.places {
            let (mut people, mut cards) = (place.people, place.cards);
            if let Some(wanted) = offered.get_mut(&place.pool_id) {
                let used = people.min(wanted.people);
                let used_cards = cards.min(wanted.cards);
                wanted.people -= used;
                wanted.cards -= used_cards;
                people -= used;
                cards -= used_cards;
            }
            // Card places beyond the people that are left are free.
            let change = done.changes.entry(place.pool_id).or_default();
            change.1 -= (cards - people).max(0);
            if people > 0 {
                rest.push(Kept {
                    pool_id: place.pool_id,
                    people,
                    cards: cards.min(people),
                });
            }
        }
        if !rest.is_empty() {
            let freed = Freed {
                campaign_id: hold.campaign_id,
                window_id: hold.window_id,
                places: rest,
            };
            let until = hold.expires_at;
            done.kept
                .push(keep(new_id(), &freed, Kind::Cooling, None, now, until));
        }
    }
    for (pool, left) in offered {
        let change = done.changes.entry(*pool).or_default();
        change.0 += left.people;
        change.1 += left.cards;
    }
    done.changes.retain(|_, change| *change != (0, 0));
    done
}
