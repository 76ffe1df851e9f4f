//! What a station does with a call short of finishing it: call again, serve, miss, park.
//! Doing the same again changes nothing and gives the same.

use chrono::Duration;
use luot_domain::appointment::State;
use luot_domain::line::order::{self, Missed, effective_of};
use luot_store::calls::{self, Call};
use luot_store::tickets::{self, Ticket};
use serde_json::json;
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use super::arrive::follow;
use super::call::lease;
use super::day::Day;
use super::finish::outcome_of;
use super::held::Held;
use super::picture::Picture;
use super::view::{CallView, TicketView, call_view};
use crate::authz::{Action, Actor};
use crate::error::{Error, Forbidden, Result};
use crate::idempotency::{Once, keep, replayed};
use crate::trail::did_by;
use crate::{App, limits};

/// What a station does with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Calls the same number again, and says that the station is there.
    Recall,
    /// Begins.
    Serve,
    /// Nobody answered: back in the line behind a few, or out.
    Miss,
    /// Sets the ticket aside for so many minutes (or as the policy says).
    Park(Option<u32>),
}

impl Act {
    /// From which states of a call it can be done, and the state after it.
    const fn way(self) -> (&'static [&'static str], &'static str) {
        match self {
            Self::Recall => (&["called", "serving"], ""),
            Self::Serve => (&["called"], "serving"),
            Self::Miss => (&["called"], "missed"),
            Self::Park(_) => (&["called", "serving"], "parked"),
        }
    }

    /// What the trail calls it.
    const fn told(self) -> &'static str {
        match self {
            Self::Recall => "call.recall",
            Self::Serve => "call.serve",
            Self::Miss => "call.miss",
            Self::Park(_) => "call.park",
        }
    }
}

/// A call that is acted on, with what belongs to it.
pub(super) struct AtHand {
    pub call: Call,
    pub station: i32,
    pub machine: Option<Uuid>,
    /// Whether the station issues cards.
    pub cards: bool,
    pub ticket: Ticket,
}

impl AtHand {
    /// Reads it, once the line is held.
    pub async fn load(held: &Held<'_>, id: Uuid) -> Result<Self> {
        let call = calls::find(held.tx, id)
            .await?
            .ok_or(Error::NotFound("call"))?;
        let station = calls::find_station(held.tx, call.station_id).await?;
        Ok(Self {
            ticket: tickets::load(held.tx, call.ticket_id).await?,
            station: station.as_ref().map_or(0, |s| s.number),
            cards: station.as_ref().is_none_or(|s| s.issues_cards),
            machine: station.and_then(|s| s.machine_id),
            call,
        })
    }

    /// The same, as a station sees it.
    pub fn view(&self, day: &Day) -> Result<CallView> {
        call_view(day, &self.call, self.station, &self.ticket)
    }

    /// Writes the call's new state.
    pub async fn to(&mut self, held: &Held<'_>, state: &'static str) -> Result<()> {
        let now = held.day.now;
        self.call.state = state.into();
        match state {
            "called" => {}
            "serving" => self.call.served_at = Some(self.call.served_at.unwrap_or(now)),
            _ => self.call.ended_at = Some(now),
        }
        self.call.lease_until = lease(held.day, state);
        calls::change(held.tx, &self.call, now).await?;
        self.call.version += 1;
        Ok(())
    }
}

impl App {
    /// Does something with a call.
    ///
    /// # Errors
    /// For who may not; [`Error::State`] when the call has ended otherwise.
    pub async fn act(
        &self,
        actor: &Actor,
        once: Option<&Once>,
        id: Uuid,
        act: Act,
    ) -> Result<CallView> {
        let turn = self.turn_of_call(id).await?;
        let (view, moved, again) = self
            .store
            .write(async |tx| {
                let at = self.clock.now();
                let row = calls::find(tx, id).await?.ok_or(Error::NotFound("call"))?;
                let day = Day::load(self, tx, row.session_id).await?;
                actor.require(Action::Serve, day.place())?;
                if let Some(first) = replayed::<CallView>(tx, once, at).await? {
                    return Ok((first, None, Some(day.campaign())));
                }
                let mut held = Held::hold(tx, &day).await?;
                let mut at_hand = AtHand::load(&held, id).await?;
                let (from, to) = act.way();
                if at_hand.call.state == to {
                    let moved = held.done_with().await?;
                    return Ok((at_hand.view(&day)?, Some(moved), Some(day.campaign())));
                }
                if !from.contains(&at_hand.call.state.as_str()) {
                    return Err(Error::State(Forbidden::CallOver));
                }
                match act {
                    Act::Recall => recall(&mut held, &mut at_hand).await?,
                    Act::Serve => {
                        at_hand.to(&held, "serving").await?;
                        told(&mut held, &at_hand);
                    }
                    Act::Miss => miss(&mut held, actor, &mut at_hand).await?,
                    Act::Park(minutes) => park(&mut held, &mut at_hand, minutes).await?,
                }
                // The station is shown the name again: the row tells of that as well.
                let subject = json!({ "ids": [id], "appointment": at_hand.ticket.appointment_id });
                let trace = did_by(at, Some(day.campaign()), actor, act.told(), subject);
                luot_store::audit::record(tx, vec![trace]).await?;
                let view = at_hand.view(&day)?;
                keep(tx, once, &view, at).await?;
                Ok((view, Some(held.done_with().await?), None))
            })
            .await?;
        self.settle(moved).await;
        drop(turn);
        Ok(self.with_name(actor, again, view).await)
    }

    /// The turn of the line that a call belongs to.
    pub(super) async fn turn_of_call(&self, id: Uuid) -> Result<OwnedMutexGuard<()>> {
        let session = self
            .store
            .read(async |tx| Ok::<_, Error>(calls::find(tx, id).await?))
            .await?
            .ok_or(Error::NotFound("call"))?
            .session_id;
        Ok(self.line.turn(session).await)
    }

    /// Puts somebody who was set aside back into the line before their time.
    ///
    /// # Errors
    /// For who may not; [`Error::State`] when the ticket is not set aside.
    pub async fn resume(&self, actor: &Actor, ticket: Uuid) -> Result<TicketView> {
        let (view, moved) = self
            .store
            .write(async |tx| {
                let row = tickets::find(tx, ticket)
                    .await?
                    .ok_or(Error::NotFound("ticket"))?;
                let day = Day::load(self, tx, row.session_id).await?;
                actor.require(Action::CheckIn, day.place())?;
                let mut held = Held::hold(tx, &day).await?;
                let row = tickets::load(tx, ticket).await?;
                let row = match row.state.as_str() {
                    "parked" => {
                        let subject = json!({ "ids": [ticket], "appointment": row.appointment_id });
                        let campaign = Some(day.campaign());
                        let trace = did_by(day.at, campaign, actor, "ticket.resume", subject);
                        luot_store::audit::record(tx, vec![trace]).await?;
                        back(&mut held, row).await?
                    }
                    "waiting" => row,
                    _ => return Err(Error::State(Forbidden::NotParked)),
                };
                let view = Picture::load(tx, &day).await?.ticket(&row);
                Ok((view, Some(held.done_with().await?)))
            })
            .await?;
        self.settle(moved).await;
        Ok(view)
    }
}

/// Tells followers what a call has become that leaves its ticket at the station.
fn told(held: &mut Held<'_>, at_hand: &AtHand) {
    held.tell(json!({
        "number": at_hand.ticket.number,
        "state": at_hand.call.state,
        "station": at_hand.station,
        "recalls": at_hand.call.recalls,
    }));
}

async fn recall(held: &mut Held<'_>, at_hand: &mut AtHand) -> Result<()> {
    at_hand.call.recalls += 1;
    let state = if at_hand.call.state == "serving" {
        "serving"
    } else {
        "called"
    };
    at_hand.to(held, state).await?;
    told(held, at_hand);
    Ok(())
}

async fn miss(held: &mut Held<'_>, actor: &Actor, at_hand: &mut AtHand) -> Result<()> {
    let (tx, day) = (held.tx, held.day);
    at_hand.to(held, "missed").await?;
    let mut ticket = at_hand.ticket.clone();
    ticket.misses += 1;
    let few = u64::from(day.policies.miss_behind);
    // Behind a few whom this station can serve: else it would call the same number at once.
    let waiting: Vec<_> = tickets::list_first_ranks(tx, day.session.id, at_hand.cards, few)
        .await?
        .into_iter()
        .map(effective_of)
        .collect();
    let misses = u32::try_from(ticket.misses).unwrap_or(u32::MAX);
    let own = effective_of(ticket.rank);
    let called = [State::Called];
    match order::missed(own, misses, &waiting, &day.policies) {
        Missed::Back(effective_at) => {
            let appointment = ticket.appointment_id;
            at_hand.ticket = held
                .change(ticket, "waiting", Some(effective_at), None)
                .await?;
            follow(tx, appointment, &called, State::Arrived, day.now).await
        }
        Missed::Out => {
            let appointment = ticket.appointment_id;
            at_hand.ticket = held.change(ticket, "out", None, None).await?;
            follow(tx, appointment, &called, State::Noshow, day.now).await?;
            let rows = outcome_of(held, actor, at_hand, "absent").await?;
            Ok(luot_store::lines::record(tx, rows).await?)
        }
    }
}

async fn park(held: &mut Held<'_>, at_hand: &mut AtHand, minutes: Option<u32>) -> Result<()> {
    let day = held.day;
    let minutes = minutes
        .unwrap_or(day.policies.park_minutes)
        .clamp(1, limits::PARK_MINUTES_MOST);
    at_hand.to(held, "parked").await?;
    let mut ticket = at_hand.ticket.clone();
    ticket.was_parked = true;
    ticket.parked_until = Some(day.now + Duration::minutes(i64::from(minutes)));
    let appointment = ticket.appointment_id;
    at_hand.ticket = held.change(ticket, "parked", None, None).await?;
    follow(
        held.tx,
        appointment,
        &[State::Called],
        State::Arrived,
        day.now,
    )
    .await
}

/// Somebody who was set aside is in the line again.
pub(super) async fn back(held: &mut Held<'_>, ticket: Ticket) -> Result<Ticket> {
    let effective_at = order::returned(effective_of(ticket.rank), held.day.now);
    held.change(ticket, "waiting", Some(effective_at), None)
        .await
}

/// A call goes back: its ticket is in the line again, where it was.
pub(super) async fn give_back(held: &mut Held<'_>, call: Call, station: i32) -> Result<()> {
    let ticket = tickets::load(held.tx, call.ticket_id).await?;
    let mut at_hand = AtHand {
        call,
        station,
        machine: None,
        cards: true,
        ticket,
    };
    at_hand.to(held, "lapsed").await?;
    let appointment = at_hand.ticket.appointment_id;
    held.change(at_hand.ticket, "waiting", None, None).await?;
    follow(
        held.tx,
        appointment,
        &[State::Called],
        State::Arrived,
        held.day.now,
    )
    .await
}
