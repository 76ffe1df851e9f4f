//! What time does: holds and offers run out, places that cooled are open to everybody.

use std::collections::{BTreeMap, BTreeSet};

use luot_domain::booking::{Facts, Hold};
use luot_store::facts;
use luot_store::holds::{self, Which};
use luot_store::waitlist::{Entry, Scope};
use luot_store::{Instant, Tx, Work, campaigns, waitlist};
use serde_json::json;
use uuid::Uuid;

use super::look::{look, look_for};
use super::settle::{Freed, open_to_everybody, settle};
use crate::error::{Error, Result};
use crate::trail::message;
use crate::{App, limits};

impl App {
    /// Ends what has run out: a hold's and an offer's places go to who waits, or cool; places
    /// that have cooled are open. To be called every second or so, by any server; what two
    /// do at once is done once. Tells how many were ended.
    ///
    /// # Errors
    /// Of the store.
    pub(crate) async fn expire(&self) -> Result<usize> {
        let mut ended = 0;
        loop {
            let now = self.store.write_work(&Expire(self)).await?;
            ended += now;
            if (now as u64) < limits::EXPIRE_MOST {
                break;
            }
        }
        loop {
            let now = self.clock.now();
            let cooled = self
                .store
                .read(async |tx| holds::list_kept(tx, Which::Cooled(now, 1)).await)
                .await?;
            if cooled.is_empty() {
                return Ok(ended);
            }
            // Who joined while these places came free, and was not seen then, is seen now.
            let (looked_at, left) = self.store.write_work(&LastLook(self)).await?;
            ended += self.store.write_work(&Open(self, &left)).await?;
            if (looked_at as u64) < limits::EXPIRE_MOST {
                return Ok(ended);
            }
        }
    }
}

/// What has cooled is offered a last time: how many holds that were, and what is left of them.
struct LastLook<'a>(&'a App);

impl Work for LastLook<'_> {
    type Done = (usize, BTreeSet<Uuid>);
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<Self::Done> {
        let now = self.0.clock.now();
        let cooled = holds::list_kept(tx, Which::Cooled(now, limits::EXPIRE_MOST)).await?;
        let cooled = those_free(tx, cooled).await?;
        let looked_at = cooled.len();
        let mut left: BTreeSet<Uuid> = cooled.iter().map(|h| h.id).collect();
        let mut windows: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
        for hold in cooled {
            let of = windows.entry(hold.campaign_id).or_default();
            of.insert(hold.window_id);
        }
        for (campaign, windows) in windows {
            if waitlist::anybody_waits(tx, campaign).await? {
                let scope = Scope {
                    windows: Some(windows.into_iter().collect()),
                    ..Scope::default()
                };
                let rests = look(&self.0.keys, tx, campaign, &scope, None, now).await?;
                left.extend(rests);
            }
        }
        Ok((looked_at, left))
    }
}

/// What nobody took of what was looked at is open to everybody: not what has cooled since, which
/// somebody may wait for.
struct Open<'a>(&'a App, &'a BTreeSet<Uuid>);

impl Work for Open<'_> {
    type Done = usize;
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<usize> {
        let now = self.0.clock.now();
        let cooled = holds::find(tx, self.1).await?.into_values();
        let cooled = cooled.filter(|h| h.kept && h.expires_at <= now).collect();
        let cooled = those_free(tx, cooled).await?;
        let count = cooled.len();
        if count > 0 {
            open_to_everybody(tx, cooled, now).await?;
        }
        Ok(count)
    }
}

/// Those whose campaigns nobody changes just now; who publishes a plan must not count in between.
/// The others' turn comes with the next sweep: nobody waits for them.
async fn those_free(tx: &Tx, mut holds: Vec<Hold>) -> Result<Vec<Hold>> {
    let of: BTreeSet<Uuid> = holds.iter().map(|h| h.campaign_id).collect();
    let of: Vec<Uuid> = of.into_iter().collect();
    if !of.is_empty() {
        let free = campaigns::hold_free(tx, &of).await?;
        holds.retain(|h| free.contains(&h.campaign_id));
    }
    Ok(holds)
}

/// Holds and offers that have run out.
struct Expire<'a>(&'a App);

impl Work for Expire<'_> {
    type Done = usize;
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<usize> {
        let now = self.0.clock.now();
        let out = holds::list_kept(tx, Which::Due(now, limits::EXPIRE_MOST)).await?;
        let out = those_free(tx, out).await?;
        if out.is_empty() {
            return Ok(0);
        }
        let count = out.len();
        let ids: Vec<Uuid> = out.iter().map(|h| h.id).collect();
        holds::end(tx, &ids, "expired", now).await?;
        for hold in &out {
            if let Some(entry) = hold.entry_id {
                miss(tx, entry, hold, now).await?;
            }
        }
        let again: Vec<Uuid> = out.iter().filter_map(|h| h.entry_id).collect();
        let freed = out.into_iter().map(Freed::of).collect();
        settle(&self.0.keys, tx, freed, now).await?;
        for entry in again {
            look_for(&self.0.keys, tx, entry, now).await?;
        }
        Ok(count)
    }
}

/// An offer has run out: its party waits on, unless it has let too many go.
async fn miss(tx: &Tx, entry: Uuid, hold: &Hold, now: Instant) -> Result<()> {
    let Some(was) = waitlist::find(tx, entry).await? else {
        return Ok(());
    };
    if was.state != "offered" {
        return Ok(());
    }
    let mut row = was.clone();
    let mut facts = Facts::default();
    facts::add_campaigns(tx, &[hold.campaign_id], now, &mut facts).await?;
    let policies = facts.policies.get(&hold.campaign_id).cloned();
    let most = policies.unwrap_or_default().waitlist.offers_most;
    row.missed += 1;
    // Who lost a place by no doing of their own keeps the claim for ever.
    let ends = row.kind != "claim" && u32::try_from(row.missed).is_ok_and(|m| m >= most);
    row.state = if ends { "ended" } else { "waiting" }.into();
    let told = told(&row, hold, now);
    waitlist::update(tx, &was, row, now).await?;
    if ends {
        waitlist::end_persons(tx, entry, None).await?;
    }
    Ok(luot_store::audit::post(tx, vec![told]).await?)
}

fn told(row: &Entry, hold: &Hold, now: Instant) -> luot_store::audit::Outbox {
    let kind = if row.state == "ended" {
        "waitlist.ended"
    } else {
        "waitlist.offer-missed"
    };
    let payload = json!({
        "booking": row.booking_id,
        "entry": row.id,
        "offer": hold.id,
        "window": hold.window_id,
    });
    message(now, row.campaign_id, kind, payload)
}
