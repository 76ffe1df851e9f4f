//! Leaving the line: who cannot wait any longer says so, and nobody is called in vain.

use luot_domain::appointment::State;
use luot_domain::line::order::{Window, noshow_at};
use luot_store::tickets::{self, Ticket};
use luot_store::{Instant, Tx};
use serde_json::json;
use uuid::Uuid;

use super::arrive::follow;
use super::day::Day;
use super::held::Held;
use super::view::{TicketView, bare};
use crate::App;
use crate::authz::Actor;
use crate::error::{Error, Forbidden, Result};
use crate::trail::did_by;

impl App {
    /// Gives a ticket up. Whoever knows its id holds it. An appointment is as before the
    /// arrival: it can be moved, cancelled or checked in again as long as it is not missed.
    /// Leaving again changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::State`] for a ticket that is called or has been served.
    pub async fn leave(&self, actor: &Actor, id: Uuid) -> Result<TicketView> {
        let session = self
            .store
            .read(async |tx| Ok::<_, Error>(tickets::find(tx, id).await?))
            .await?
            .ok_or(Error::NotFound("ticket"))?
            .session_id;
        let turn = self.line.turn(session).await;
        let (view, moved) = self
            .store
            .write(async |tx| {
                let day = Day::load(self, tx, session).await?;
                let row = tickets::load(tx, id).await?;
                if row.state == "out" {
                    return Ok((bare(&day, &row), None));
                }
                let mut held = Held::hold(tx, &day).await?;
                // Read again: who held the line before may have called them.
                let row = tickets::load(tx, id).await?;
                if !matches!(row.state.as_str(), "waiting" | "parked") {
                    return Err(Error::State(Forbidden::NotWaiting));
                }
                let subject = json!({ "ids": [id], "appointment": row.appointment_id });
                let campaign = Some(day.campaign());
                let trace = did_by(day.at, campaign, actor, "ticket.leave", subject);
                luot_store::audit::record(tx, vec![trace]).await?;
                let to = as_before(&day, &row);
                let row = held.change(row, "out", None, None).await?;
                undo_arrival(tx, &row, to, day.now).await?;
                Ok((bare(&day, &row), Some(held.done_with().await?)))
            })
            .await?;
        self.settle(moved).await;
        drop(turn);
        Ok(view)
    }
}

/// What an appointment is again when its holder leaves.
fn as_before(day: &Day, ticket: &Ticket) -> State {
    let window = ticket.window_starts_at.zip(ticket.window_ends_at);
    let missed = window.is_none_or(|(starts_at, ends_at)| {
        noshow_at(Window { starts_at, ends_at }, &day.policies) < day.now
    });
    if missed { State::Noshow } else { State::Booked }
}

async fn undo_arrival(tx: &Tx, ticket: &Ticket, to: State, now: Instant) -> Result<()> {
    follow(tx, ticket.appointment_id, &[State::Arrived], to, now).await
}
