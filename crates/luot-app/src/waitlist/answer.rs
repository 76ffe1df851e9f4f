//! Answering an offer: taking its places, or letting them go on to the next.

use std::collections::BTreeSet;

use luot_domain::booking::{Consent, Facts, Hold, Kind, Refusal};
use luot_domain::waitlist::Party;
use luot_store::waitlist::{self, Entry};
use luot_store::{Tx, appointments, campaigns, facts, holds};
use serde_json::json;
use uuid::Uuid;

use super::entries;
use super::get::find_for;
use super::look::look_for;
use super::settle::{Freed, settle};
use crate::appointments::Booked;
use crate::authz::Actor;
use crate::error::{Error, Result};
use crate::idempotency::{Once, keep, replayed};
use crate::intake::{BookOrder, ClaimOrder, NewPerson, Order, Wanted};
use crate::trail::{Asker, did_by};
use crate::{App, codes};

impl App {
    /// Takes the places of an offer: the party has appointments, all of it. Who has found one
    /// alone since needs none, and their place comes free.
    ///
    /// # Errors
    /// [`Error::Booking`] with the rule that said no; the offer stands then.
    pub async fn accept_offer(
        &self,
        actor: &Actor,
        once: Option<Once>,
        id: Uuid,
    ) -> Result<Booked> {
        let (entry, _) = self
            .store
            .read(async |tx| offer_for(self, tx, actor, id).await)
            .await?;
        let spending = self
            .count_change(actor, entry.booking_id, once.as_ref())
            .await?;
        drop(spending);
        let order = self
            .store
            .read(async |tx| {
                let (entry, _) = offer_for(self, tx, actor, id).await?;
                self.acceptance(tx, actor, once.clone(), id, entry).await
            })
            .await?;
        self.intake.book(order).await
    }

    /// The order that turns an offer into appointments.
    async fn acceptance(
        &self,
        tx: &Tx,
        actor: &Actor,
        once: Option<Once>,
        id: Uuid,
        entry: Entry,
    ) -> Result<Order> {
        let asker = Asker::of(actor);
        if entry.kind == "claim" {
            let all = appointments::list_of_booking(tx, entry.booking_id).await?;
            return Ok(Order::Claim(ClaimOrder {
                once,
                asker,
                hold_id: id,
                codes: all.into_iter().map(|a| a.code).collect(),
            }));
        }
        let booking = appointments::load_booking(tx, entry.booking_id).await?;
        let vouched = entry.vouched;
        let mut facts = Facts::default();
        facts::add_campaigns(tx, &[entry.campaign_id], self.clock.now(), &mut facts).await?;
        let waiting = entries::load(&self.keys, tx, vec![entry], &mut facts).await?;
        let mut persons = Vec::new();
        for waiting in waiting {
            let Party::New { persons: asked, .. } = waiting.entry.party else {
                continue;
            };
            for asked in asked {
                let row = luot_store::people::load(tx, asked.new_person_id).await?;
                persons.push(NewPerson {
                    code: codes::code(&self.keys, asked.appointment_id),
                    row,
                    asked,
                });
            }
        }
        Ok(Order::Book(BookOrder {
            once,
            asker,
            vouched,
            wanted: Wanted::Offer(id),
            // It was given when the party began to wait.
            consent: None,
            agreed: Consent::NotAsked,
            booking,
            persons,
        }))
    }

    /// Lets an offer go: its places go on to the next, and the party waits on, but is not
    /// offered that window again.
    ///
    /// # Errors
    /// [`Error::Booking`] when it has run out or was answered.
    pub async fn decline_offer(
        &self,
        actor: &Actor,
        once: Option<&Once>,
        id: Uuid,
    ) -> Result<Uuid> {
        let (entry, _) = self
            .store
            .read(async |tx| offer_for(self, tx, actor, id).await)
            .await?;
        drop(self.count_change(actor, entry.booking_id, once).await?);
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                if let Some(first) = replayed(tx, once, now).await? {
                    return Ok(first);
                }
                let (seen, _) = offer_for(self, tx, actor, id).await?;
                campaigns::hold_shared(tx, &[seen.campaign_id]).await?;
                let (entry, hold) = offer_for(self, tx, actor, id).await?;
                hold.good(now)?;
                let entry_id = entry.id;
                holds::end(tx, &[id], "released", now).await?;
                let waits = Entry {
                    state: "waiting".into(),
                    ..entry.clone()
                };
                waitlist::update(tx, &entry, waits, now).await?;
                let campaign = hold.campaign_id;
                settle(&self.keys, tx, vec![Freed::of(hold)], now).await?;
                look_for(&self.keys, tx, entry_id, now).await?;
                let subject = json!({ "ids": [entry_id], "offer": id });
                let trail = did_by(now, Some(campaign), actor, "waitlist.decline", subject);
                luot_store::audit::record(tx, vec![trail]).await?;
                keep(tx, once, &entry_id, now).await?;
                Ok(entry_id)
            })
            .await
    }
}

/// An offer with its entry, for the party it was made to or for staff.
async fn offer_for(app: &App, tx: &Tx, actor: &Actor, id: Uuid) -> Result<(Entry, Hold)> {
    if *actor == Actor::Anonymous {
        return Err(Error::Unauthorized);
    }
    let ids = BTreeSet::from([id]);
    let hold = holds::find(tx, &ids).await?.remove(&id);
    let hold = hold.filter(|h| h.kind == Kind::Offer);
    let hold = hold.ok_or(Error::NotFound("offer"))?;
    let entry = hold.entry_id.ok_or(Refusal::HoldUnknown)?;
    let entry = find_for(app, tx, actor, entry)
        .await
        .map_err(|error| match error {
            Error::NotFound(_) => Error::NotFound("offer"),
            other => other,
        })?;
    Ok((entry, hold))
}
