//! Calling the next: the least effective time of those that the station can serve.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use chrono::Duration;
use luot_domain::appointment::State;
use luot_domain::line::words;
use luot_line::{Entry, Seen};
use luot_store::calls::{self, Call, Station};
use luot_store::lines;
use luot_store::tickets::{self, Ticket};
use serde_json::json;
use uuid::Uuid;

use super::arrive::follow;
use super::day::Day;
use super::held::Held;
use super::picture::basis;
use super::view::{CallView, call_view};
use crate::authz::{Action, Actor};
use crate::error::{Error, Forbidden, Result};
use crate::idempotency::{Once, keep, replayed};
use crate::trail::did_by;
use crate::{App, limits, new_id};

impl App {
    /// Calls the next to a station; `None` when nobody waits whom it can serve. A station
    /// that has a call gets the same again, so that nothing is lost when an answer was.
    ///
    /// # Errors
    /// For who may not; [`Error::State`] for a closed station.
    pub async fn call_next(
        &self,
        actor: &Actor,
        once: Option<&Once>,
        station: Uuid,
    ) -> Result<Option<CallView>> {
        let session = self
            .store
            .read(async |tx| Ok::<_, Error>(calls::find_station(tx, station).await?))
            .await?
            .ok_or(Error::NotFound("station"))?
            .session_id;
        let turn = self.line.turn(session).await;
        let head = self.line.head(session).await;
        let lost = head.is_none();
        // Whether the index turns out to be of another story than the store.
        let another = AtomicBool::new(false);
        let (view, moved, again) = self
            .store
            .write(async |tx| {
                let at = self.clock.now();
                let row = calls::find_station(tx, station)
                    .await?
                    .ok_or(Error::NotFound("station"))?;
                let day = Day::load(self, tx, row.session_id).await?;
                actor.require(Action::Serve, day.place())?;
                if let Some(first) = replayed::<CallView>(tx, once, at).await? {
                    return Ok((Some(first), None, Some(day.campaign())));
                }
                if let Some(call) = calls::find_of_station(tx, station).await? {
                    let ticket = tickets::load(tx, call.ticket_id).await?;
                    let view = call_view(&day, &call, row.number, &ticket)?;
                    return Ok((Some(view), None, Some(day.campaign())));
                }
                if row.closed_at.is_some() {
                    return Err(Error::State(Forbidden::StationClosed));
                }
                // Asking again and again while nobody waits should write nothing.
                if tickets::find_next(tx, session, row.issues_cards)
                    .await?
                    .is_none()
                {
                    return Ok((None, None, None));
                }
                let mut held = Held::hold(tx, &day).await?;
                // Who held the line before may have called here, or closed the station.
                let closed = calls::find_station(tx, station).await?;
                if closed.is_none_or(|s| s.closed_at.is_some()) {
                    return Err(Error::State(Forbidden::StationClosed));
                }
                if calls::find_of_station(tx, station).await?.is_some() {
                    return Err(Error::Store(luot_store::StoreError::Raced));
                }
                let (ticket, agrees) = next(&held, &row, head.as_ref()).await?;
                another.store(!agrees, Relaxed);
                let Some(ticket) = ticket else {
                    return Ok((None, Some(held.done_with().await?), None));
                };
                let view = call(&mut held, actor, &row, ticket).await?;
                keep(tx, once, &view, at).await?;
                Ok((Some(view), Some(held.done_with().await?), None))
            })
            .await?;
        if another.into_inner() {
            self.build_anew(session).await;
        } else if lost {
            // Also when nothing changed: the next one should find it.
            self.rebuild(session).await;
        }
        // Only now: the next call reads the index's head.
        self.settle(moved).await;
        drop(turn);
        Ok(match view {
            Some(view) => Some(self.with_name(actor, again, view).await),
            None => None,
        })
    }
}

/// Who is next by the store, which always knows; and whether an index that claims to be of the
/// very version that was held says the same. Of one that does not nobody knows whose it is:
/// a copy of the database may have taken over, and counted as far.
async fn next(
    held: &Held<'_>,
    station: &Station,
    head: Option<&Seen<Vec<Entry>>>,
) -> Result<(Option<Ticket>, bool)> {
    let session = held.day.session.id;
    let first = tickets::find_next(held.tx, session, station.issues_cards).await?;
    let known = head.filter(|seen| seen.version == held.line.version - 1);
    let agrees = match (known, &first) {
        (Some(seen), Some(ticket)) if station.issues_cards => {
            seen.value.first().map(|e| e.member.id) == Some(ticket.id)
        }
        (Some(seen), Some(ticket)) => {
            let there = seen.value.iter().any(|e| e.member.id == ticket.id);
            // Before them only who needs a card, perhaps more than were read.
            there || seen.value.len() as u64 == limits::HEAD
        }
        _ => true,
    };
    Ok((first, agrees))
}

async fn call(
    held: &mut Held<'_>,
    actor: &Actor,
    station: &Station,
    ticket: Ticket,
) -> Result<CallView> {
    let (tx, day) = (held.tx, held.day);
    // Before it in the order are only those whom the station cannot serve.
    let (passed, behind) = tickets::count_around(tx, day.session.id, ticket.rank).await?;
    let reason = words::called(&basis(&ticket), behind, passed, day.zone);
    let row = Call {
        id: new_id(),
        created_at: day.now,
        campaign_id: day.campaign(),
        session_id: day.session.id,
        station_id: station.id,
        ticket_id: ticket.id,
        called_by_id: actor.staff_id(),
        state: "called".into(),
        outcome: None,
        reason: serde_json::to_value(&reason).map_err(|e| Error::Bug(e.to_string()))?,
        recalls: 0,
        called_at: day.now,
        served_at: None,
        ended_at: None,
        lease_until: lease(day, "called"),
        version: 1,
        updated_at: day.now,
    };
    calls::insert(tx, row.clone()).await?;
    // The station is shown the name: who called whom is also who read what.
    let subject = json!({ "ids": [row.id], "appointment": ticket.appointment_id });
    let trail = did_by(day.at, Some(day.campaign()), actor, "call.create", subject);
    luot_store::audit::record(tx, vec![trail]).await?;
    let ticket = held
        .change(ticket, "called", None, Some(station.number))
        .await?;
    follow(
        tx,
        ticket.appointment_id,
        &[State::Arrived],
        State::Called,
        day.now,
    )
    .await?;
    call_view(day, &row, station.number, &ticket)
}

/// Until when a station that does something now may be silent.
pub(super) fn lease(day: &Day, state: &str) -> luot_store::Instant {
    let seconds = if state == "serving" {
        day.policies.serve_lease_seconds
    } else {
        day.policies.call_lease_seconds
    };
    day.now + Duration::seconds(i64::from(seconds))
}

/// A line that nobody came to has no row; who asks for its version is told zero.
pub(super) async fn version(tx: &luot_store::Tx, session: Uuid) -> Result<i64> {
    Ok(lines::find(tx, session).await?.map_or(0, |l| l.version))
}
