//! What a batch does with kept places: keeps some, turns them into appointments.

use luot_domain::appointment::State;
use luot_domain::booking::{
    AskedHold, Decision, Hold, Kept, Kind, Refusal, decide_hold, decide_move, gather,
};
use luot_store::appointments::Change;
use luot_store::entities::hold;
use luot_store::holds::NewHold;
use uuid::Uuid;

use super::batch::Batch;
use super::orders::{ClaimOrder, HoldOrder};
use crate::appointments::{Booked, BookedOne};
use crate::error::{Error, Result};
use crate::holds::Held;
use crate::new_id;
use crate::waitlist::Freed;

impl Batch {
    /// The hold, if it is of that kind and can still be turned into appointments.
    pub(super) fn good_hold(&self, id: Uuid, kind: Kind) -> Result<Hold> {
        let hold = self.facts.holds.get(&id).filter(|h| h.kind == kind);
        let hold = hold.ok_or(Refusal::HoldUnknown)?;
        Ok(hold.good(self.now)?.clone())
    }

    pub(super) fn hold(&mut self, order: &HoldOrder) -> Result<Held> {
        let campaign_id = self.campaign_of(order.window_id)?;
        let asked = AskedHold {
            window_id: order.window_id,
            people: order.people,
            cards: order.cards,
            cohort_id: order.cohort_id,
            by_staff: order.vouched,
            phone: order.phone.as_deref(),
            address: order.address.as_deref(),
        };
        let places = decide_hold(&self.facts, &asked)?;
        let policies = self.facts.policies.get(&campaign_id).cloned();
        let seconds = policies.unwrap_or_default().hold_seconds;
        let row = hold::Model {
            id: order.hold_id,
            created_at: self.now,
            campaign_id,
            slot_id: order.window_id,
            entry_id: None,
            kind: Kind::Form.as_str().into(),
            state: "kept".into(),
            people: places.iter().map(|p| p.people).sum(),
            cards: places.iter().map(|p| p.cards).sum(),
            phone_index: order.phone.clone(),
            address_index: order.address.clone(),
            expires_at: self.now + chrono::Duration::seconds(i64::from(seconds)),
            updated_at: self.now,
        };
        self.facts.count(order.window_id, &places, 1);
        for who in [&order.phone, &order.address].into_iter().flatten() {
            let held = self.facts.kept_by.entry((campaign_id, who.clone()));
            *held.or_default() += row.people;
        }
        for kept in &places {
            self.change(kept.pool_id, kept.people, kept.cards);
        }
        let held = Held {
            hold_id: row.id,
            campaign_id,
            window_id: row.slot_id,
            people: row.people,
            cards: row.cards,
            expires_at: row.expires_at,
        };
        self.holds.push(NewHold {
            row,
            places: places.into_iter().map(|p| (new_id(), p)).collect(),
        });
        Ok(held)
    }

    /// The places of a hold have become appointments; those that were not needed come free.
    pub(super) fn use_up(&mut self, hold: &Hold, decision: &Decision) {
        if let Some(entry) = hold.entry_id {
            self.served.push(entry);
        }
        self.used.push(hold.id);
        if let Some(known) = self.facts.holds.get_mut(&hold.id) {
            known.kept = false;
        }
        let given = gather(decision.given.iter().map(|g| (g.pool_id, g.needs_card)));
        let mut rest = Vec::new();
        for kept in &hold.places {
            self.change(kept.pool_id, -kept.people, -kept.cards);
            let used = given.iter().find(|g| g.pool_id == kept.pool_id);
            let people = (kept.people - used.map_or(0, |g| g.people)).max(0);
            let cards = (kept.cards - used.map_or(0, |g| g.cards)).clamp(0, people);
            if people > 0 {
                rest.push(Kept {
                    pool_id: kept.pool_id,
                    people,
                    cards,
                });
            }
        }
        for kept in &rest {
            self.change(kept.pool_id, kept.people, kept.cards);
        }
        self.facts.count(hold.window_id, &rest, 1);
        if !rest.is_empty() {
            self.freed.push(Freed {
                campaign_id: hold.campaign_id,
                window_id: hold.window_id,
                places: rest,
            });
        }
    }

    /// Displaced appointments take the places they were offered: all of them or none.
    pub(super) fn claim(&mut self, order: &ClaimOrder) -> Result<Booked> {
        let hold = self.good_hold(order.hold_id, Kind::Offer)?;
        let to = hold.window_id;
        let mut movers = Vec::new();
        for code in &order.codes {
            let known = self.movers.get(code);
            let (row, mover) = known.cloned().ok_or(Error::NotFound("appointment"))?;
            // Who has helped themselves in the meantime needs nothing.
            if row.state == State::Displaced.as_str() {
                movers.push((row, mover));
            }
        }
        let Some((first, _)) = movers.first() else {
            return Err(Refusal::StateForbids("no longer displaced").into());
        };
        let (booking_id, campaign_id) = (first.booking_id, first.campaign_id);
        let before = self.facts.windows.get(&to).map(|w| w.pools.clone());
        self.facts.count(to, &hold.places, -1);
        let mut whole = Decision {
            window_id: to,
            given: Vec::new(),
        };
        for (_, mover) in &movers {
            match decide_move(&self.facts, mover, to) {
                Ok(decision) => {
                    let drawn = decision.given.iter().map(|g| (g.pool_id, g.needs_card));
                    self.facts.count(to, &gather(drawn), 1);
                    whole.given.extend(decision.given);
                }
                Err(refusal) => {
                    if let (Some(window), Some(pools)) = (self.facts.windows.get_mut(&to), before) {
                        window.pools = pools;
                    }
                    return Err(refusal.into());
                }
            }
        }
        let mut booked = Booked {
            booking_id,
            campaign_id,
            window_id: to,
            appointments: Vec::new(),
        };
        let mut ids = Vec::new();
        for (given, (row, _)) in whole.given.iter().zip(&movers) {
            self.take(given.pool_id, 1, given.needs_card);
            self.moved.push(Change {
                id: row.id,
                version: row.version,
                state: State::Booked.as_str(),
                place: Some((to, given.pool_id)),
                moved: true,
            });
            ids.push(row.id);
            booked.appointments.push(BookedOne {
                id: row.id,
                code: row.code.clone(),
                needs_card: row.needs_card,
                cohort_id: row.cohort_id,
            });
        }
        for (given, (row, mover)) in whole.given.iter().zip(movers) {
            self.now_in(row, mover, to, given.pool_id);
        }
        self.use_up(&hold, &whole);
        for id in ids {
            self.note(campaign_id, &order.asker, "appointment.claim", id);
        }
        Ok(booked)
    }
}
