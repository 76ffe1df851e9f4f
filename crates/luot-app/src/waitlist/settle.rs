//! What becomes of places that come free.

use std::collections::{BTreeMap, BTreeSet};

use luot_domain::booking::{Facts, Hold, Kept, Kind};
use luot_domain::clock::Clock;
use luot_domain::waitlist::cooling_for;
use luot_store::entities::hold;
use luot_store::facts;
use luot_store::holds::{self, NewHold, Which};
use luot_store::pools::{self, Changes};
use luot_store::waitlist::{self, Scope};
use luot_store::{Instant, Store, Tx, Work, campaigns};
use uuid::Uuid;

use super::look::{has_spots, look, look_for};
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::new_id;

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

/// Ends what a party is offered, in that state; its places have to cool next.
pub(super) async fn end_offers(
    tx: &Tx,
    entry: Uuid,
    state: &'static str,
    now: Instant,
) -> Result<Vec<Freed>> {
    let offered = holds::list_kept(tx, Which::OfferedTo(entry)).await?;
    let ids: Vec<Uuid> = offered.iter().map(|h| h.id).collect();
    holds::end(tx, &ids, state, now).await?;
    Ok(offered.into_iter().map(Freed::of).collect())
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
    match store.turn().await {
        Ok(_turn) => drop(offer_unless_changed(store, keys, clock, cooled, false).await),
        Err(error) => not_offered(&error.into()),
    }
}

fn not_offered(error: &Error) {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "places that came free are offered when they have cooled"
    );
}

/// The same for whoever waits for nobody: gives back what is of campaigns that somebody changes
/// just now.
pub(crate) async fn offer_at_once(
    store: &Store,
    keys: &Keys,
    clock: &dyn Clock,
    cooled: Vec<Cooled>,
) -> Vec<Cooled> {
    match cooled.is_empty() {
        true => cooled,
        false => offer_unless_changed(store, keys, clock, cooled, true).await,
    }
}

async fn offer_unless_changed(
    store: &Store,
    keys: &Keys,
    clock: &dyn Clock,
    cooled: Vec<Cooled>,
    at_once: bool,
) -> Vec<Cooled> {
    let work = Offering {
        keys,
        clock,
        cooled,
        at_once,
    };
    store.write_work(&work).await.unwrap_or_else(|error| {
        not_offered(&error);
        Vec::new()
    })
}

struct Offering<'a> {
    keys: &'a Keys,
    clock: &'a dyn Clock,
    cooled: Vec<Cooled>,
    at_once: bool,
}

impl Work for Offering<'_> {
    type Done = Vec<Cooled>;
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<Vec<Cooled>> {
        let now = self.clock.now();
        let mut later = Vec::new();
        for cooled in &self.cooled {
            let campaign = [cooled.campaign];
            if self.at_once && campaigns::hold_free(tx, &campaign).await?.is_empty() {
                later.push(cooled.clone());
            } else {
                cooled.offer(self.keys, tx, now).await?;
            }
        }
        Ok(later)
    }
}

/// Looks for places for parties that have just begun to wait, by campaign: for each in a
/// transaction of its own, for nowhere are places taken twice in one. Should it fail they are
/// looked for again within the minute.
pub(super) async fn look_at_once(
    store: &Store,
    keys: &Keys,
    clock: &dyn Clock,
    entries: BTreeMap<Uuid, Vec<Uuid>>,
) {
    for (campaign, entries) in entries {
        // In a rush there is nothing, which is found out once for all of them.
        let spots = HasSpots { clock, campaign };
        if entries.len() > 1 && matches!(store.read_work(&spots).await, Ok(false)) {
            continue;
        }
        for entry in entries {
            let work = LookFor { keys, clock, entry };
            if let Err(error) = store.write_work(&work).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a party that waits is looked for a little later"
                );
            }
        }
    }
}

struct HasSpots<'a> {
    clock: &'a dyn Clock,
    campaign: Uuid,
}

impl Work for HasSpots<'_> {
    type Done = bool;
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<bool> {
        has_spots(tx, self.campaign, self.clock.now()).await
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
        // Who publishes a plan counts what is kept, and must not do so in between.
        campaigns::hold_shared(tx, &[self.campaign]).await?;
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

pub(super) fn keep(
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
