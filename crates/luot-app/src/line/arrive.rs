//! An arrival: an appointment is checked in by its code, typed or scanned, and is in the line.

use luot_domain::appointment::State;
use luot_domain::booking::Refusal;
use luot_domain::line::order::{Came, Ground, Window};
use luot_store::appointments::{self, Appointment, Change};
use luot_store::tickets;
use luot_store::{Instant, Tx, waitlist};
use uuid::Uuid;

use super::day::Day;
use super::held::Held;
use super::picture::Picture;
use super::take::{Newcomer, Taken, admit};
use crate::authz::{Action, Actor};
use crate::error::{Error, Forbidden, Result};
use crate::idempotency::{Once, keep, replayed};
use crate::{App, codes};

impl App {
    /// Checks an appointment in. Whoever is in the line already keeps their ticket. After
    /// the appointment counts as missed, they are like somebody without one, there and in the
    /// later sessions of the same site. Who lost a place
    /// before has the credit for it without asking.
    ///
    /// # Errors
    /// [`Error::State`] when it is another session's, not the day, or (after a missed
    /// appointment) full or without a machine for cards; [`Error::Booking`] when it was cancelled or is done;
    /// [`Error::NotFound`] for an unknown code.
    pub async fn arrive(
        &self,
        actor: &Actor,
        once: Option<&Once>,
        session: Uuid,
        code: &str,
        ground: Option<Ground>,
    ) -> Result<Taken> {
        let turn = self.line.turn(session).await;
        let (taken, moved) = self
            .store
            .write(async |tx| {
                let at = self.clock.now();
                let day = Day::load(self, tx, session).await?;
                actor.require(Action::CheckIn, day.place())?;
                if ground.is_some() && !day.policies.kiosk_grants_priority {
                    actor.require(Action::Serve, day.place())?;
                }
                if let Some(ticket) = replayed(tx, once, at).await? {
                    return Ok((Taken { ticket, new: false }, None));
                }
                let row = find(tx, &day, code).await?;
                if let Some(ticket) = tickets::find_of_appointment(tx, row.id).await? {
                    if ticket.session_id != session {
                        return Err(Error::State(Forbidden::OtherSession));
                    }
                    let ticket = Picture::load(tx, &day).await?.ticket(&ticket);
                    return Ok((Taken { ticket, new: false }, None));
                }
                let (window, here) = window_of(tx, &day, &row).await?;
                day.must_be_now()?;
                let mut held = Held::hold(tx, &day).await?;
                held.must_be_open()?;
                // Read again: who held the line before may have checked them in.
                let row = find(tx, &day, code).await?;
                if tickets::find_of_appointment(tx, row.id).await?.is_some() {
                    return Err(Error::Store(luot_store::StoreError::Raced));
                }
                let came = came(&row, window, &day)?;
                if !here && came != Came::TooLate {
                    return Err(Error::State(Forbidden::OtherSession));
                }
                let ground = match ground {
                    None if !came.needs_room() => displaced(tx, &row).await?,
                    said => said,
                };
                let newcomer = Newcomer {
                    appointment_id: Some(row.id),
                    window: Some(window),
                    came,
                    ground,
                    persons: 1,
                    needs_card: row.needs_card,
                };
                let to = if came == Came::TooLate {
                    State::Noshow
                } else {
                    State::Arrived
                };
                // First the appointment: the day's room does not count it twice then.
                to_state(tx, &row, to, day.now).await?;
                let ticket = admit(&mut held, actor, &newcomer).await?;
                keep(tx, once, &ticket, at).await?;
                Ok((Taken { ticket, new: true }, Some(held.done_with().await?)))
            })
            .await?;
        self.settle(moved).await;
        drop(turn);
        Ok(taken)
    }
}

async fn find(tx: &Tx, day: &Day, code: &str) -> Result<Appointment> {
    for code in codes::scanned(code) {
        match appointments::find_by_code(tx, &code).await? {
            Some(row) if row.campaign_id == day.campaign() => return Ok(row),
            _ => {}
        }
    }
    Err(Error::NotFound("appointment"))
}

/// The credit of somebody who lost a place before, by no doing of their own: nobody needs to
/// know of it and say so.
async fn displaced(tx: &Tx, row: &Appointment) -> Result<Option<Ground>> {
    let lost = waitlist::list_once_displaced(tx, &[row.person_id]).await?;
    let lost = !lost.is_empty();
    Ok(lost.then_some(Ground::Displaced))
}

/// An appointment's window, and whether it is of this session. One of another session counts
/// here only where it was at the same site: whoever missed it may come to the next one there.
async fn window_of(tx: &Tx, day: &Day, row: &Appointment) -> Result<(Window, bool)> {
    let slot = tickets::find_window(tx, row.slot_id)
        .await?
        .ok_or(Error::NotFound("window"))?;
    if slot.site_id != day.session.site_id {
        return Err(Error::State(Forbidden::OtherSession));
    }
    let window = Window {
        starts_at: slot.starts_at,
        ends_at: slot.ends_at,
    };
    Ok((window, slot.session_id == day.session.id))
}

/// How they came, if the appointment's state lets them.
fn came(row: &Appointment, window: Window, day: &Day) -> Result<Came> {
    let state = State::read(&row.state).ok_or_else(|| Error::Bug("unknown state".into()))?;
    match state {
        State::Booked | State::Arrived | State::Called => {
            Ok(Came::with(window, day.now, &day.policies))
        }
        State::Noshow => Ok(Came::TooLate),
        State::Fulfilled | State::Cancelled | State::Displaced => {
            Err(Refusal::StateForbids(state.as_str()).into())
        }
    }
}

/// Moves an appointment to a state, unless it is there.
pub(super) async fn to_state(tx: &Tx, row: &Appointment, to: State, now: Instant) -> Result<()> {
    if row.state == to.as_str() {
        return Ok(());
    }
    let change = Change {
        id: row.id,
        version: row.version,
        state: to.as_str(),
        place: None,
        moved: false,
    };
    Ok(appointments::change(tx, &change, now).await?)
}

/// Moves the appointment of a ticket from one of some states to another. One that is
/// elsewhere (missed, or changed by hand) is left.
pub(super) async fn follow(
    tx: &Tx,
    appointment: Option<Uuid>,
    from: &[State],
    to: State,
    now: Instant,
) -> Result<()> {
    let Some(id) = appointment else { return Ok(()) };
    let row = tickets::load_appointment(tx, id).await?;
    if State::read(&row.state).is_some_and(|state| from.contains(&state)) {
        to_state(tx, &row, to, now).await?;
    }
    Ok(())
}
