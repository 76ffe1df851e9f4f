//! Finishing a call: what came of it, from which the day's pace is learned.

use luot_domain::appointment::State;
use luot_domain::finding::Note;
use luot_store::calls;
use luot_store::lines::Outcome as Row;
use luot_store::tickets;
use serde_json::json;
use uuid::Uuid;

use super::act::AtHand;
use super::arrive::follow;
use super::day::Day;
use super::held::Held;
use super::picture::people;
use super::view::CallView;
use crate::authz::{Action, Actor};
use crate::error::{Error, Forbidden, Invalid, Result};
use crate::idempotency::{Once, keep, replayed};
use crate::keys::Place;
use crate::trail::did;
use crate::{App, limits, new_id};

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Enrolled.
    Enrolled,
    /// Papers were missing.
    MissingPapers,
    /// The machine could not capture what it must.
    CaptureFailed,
    /// The person refused.
    Refused,
    /// The person was not there.
    Absent,
}

impl Outcome {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enrolled => "enrolled",
            Self::MissingPapers => "missing-papers",
            Self::CaptureFailed => "capture-failed",
            Self::Refused => "refused",
            Self::Absent => "absent",
        }
    }
}

impl App {
    /// Finishes a call. Finishing it again with the same outcome changes nothing. A call
    /// that went back because the station was silent can still be finished, as long as
    /// nobody else has called the ticket.
    ///
    /// # Errors
    /// For who may not; [`Error::State`] when the call has ended otherwise.
    pub async fn finish(
        &self,
        actor: &Actor,
        once: Option<&Once>,
        id: Uuid,
        outcome: Outcome,
        reason: Option<&str>,
    ) -> Result<CallView> {
        if reason.is_some_and(|r| r.chars().count() > limits::REASON_MOST) {
            return Err(too_long());
        }
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
                match at_hand.call.state.as_str() {
                    "called" | "serving" => {}
                    // The station was only slow: nobody else has them.
                    "lapsed" if is_still_theirs(&held, &at_hand).await? => {}
                    "finished" if at_hand.call.outcome.as_deref() == Some(outcome.as_str()) => {
                        let moved = held.done_with().await?;
                        return Ok((at_hand.view(&day)?, Some(moved), Some(day.campaign())));
                    }
                    _ => return Err(Error::State(Forbidden::CallOver)),
                }
                end(&mut held, &mut at_hand, outcome).await?;
                let rows = outcome_of(&held, actor, &at_hand, outcome.as_str()).await?;
                let rows = rows.into_iter().map(|row| self.with_reason(row, reason));
                let rows = rows.collect();
                luot_store::lines::record(tx, rows).await?;
                let appointment = at_hand.ticket.appointment_id;
                let trail = did(
                    at,
                    day.campaign(),
                    actor.staff_id(),
                    "call.finish",
                    json!({ "ids": [id], "appointment": appointment, "outcome": outcome.as_str() }),
                );
                luot_store::audit::record(tx, vec![trail]).await?;
                let view = at_hand.view(&day)?;
                keep(tx, once, &view, at).await?;
                Ok((view, Some(held.done_with().await?), None))
            })
            .await?;
        self.settle(moved).await;
        drop(turn);
        Ok(self.with_name(actor, again, view).await)
    }
}

impl App {
    /// What an officer says in their own words may name somebody.
    fn with_reason(&self, mut row: Row, reason: Option<&str>) -> Row {
        let place = Place {
            column: "outcome.reason",
            row: row.id,
        };
        row.reason_sealed = reason.map(|said| self.keys.seal(place, said));
        row
    }
}

async fn is_still_theirs(held: &Held<'_>, at_hand: &AtHand) -> Result<bool> {
    let last = calls::find_last_of_ticket(held.tx, at_hand.ticket.id).await?;
    Ok(at_hand.ticket.state == "waiting" && last.is_some_and(|c| c.id == at_hand.call.id))
}

async fn end(held: &mut Held<'_>, at_hand: &mut AtHand, outcome: Outcome) -> Result<()> {
    let (tx, now) = (held.tx, held.day.now);
    // When a call that went back was over in truth nobody knows: it teaches nothing.
    let known = at_hand.call.state != "lapsed";
    at_hand.call.outcome = Some(outcome.as_str().into());
    at_hand.to(held, "finished").await?;
    let took = (now - at_hand.call.called_at).num_seconds();
    let ticket = at_hand.ticket.clone();
    let appointment = ticket.appointment_id;
    if outcome == Outcome::Absent {
        at_hand.ticket = held.change(ticket, "out", None, None).await?;
        let from = [State::Called, State::Arrived];
        return follow(tx, appointment, &from, State::Noshow, now).await;
    }
    if known {
        held.completed(took, people(&ticket));
    }
    at_hand.ticket = held.change(ticket, "done", None, None).await?;
    let from = [State::Called, State::Arrived, State::Noshow];
    follow(tx, appointment, &from, State::Fulfilled, now).await
}

/// The rows that record an outcome: one for each person of the ticket.
pub(super) async fn outcome_of(
    held: &Held<'_>,
    actor: &Actor,
    at_hand: &AtHand,
    kind: &str,
) -> Result<Vec<Row>> {
    let day: &Day = held.day;
    let appointment = match at_hand.ticket.appointment_id {
        Some(id) => Some(tickets::load_appointment(held.tx, id).await?),
        None => None,
    };
    let row = |_| Row {
        id: new_id(),
        created_at: day.now,
        campaign_id: day.campaign(),
        appointment_id: appointment.as_ref().map(|a| a.id),
        person_id: appointment.as_ref().map(|a| a.person_id),
        cohort_id: appointment.as_ref().and_then(|a| a.cohort_id),
        unit_id: None,
        session_id: Some(day.session.id),
        machine_id: at_hand.machine,
        referred_site_id: None,
        recorded_by_id: actor.staff_id(),
        confirmed_by_id: None,
        kind: kind.into(),
        reason: None,
        occurred_at: day.now,
        recorded_at: day.now,
        reason_sealed: None,
    };
    Ok((0..at_hand.ticket.persons.max(1)).map(row).collect())
}

fn too_long() -> Error {
    let most = limits::REASON_MOST;
    Error::Invalid(
        Invalid::Input,
        vec![Note::new(
            "/reason",
            "too-long",
            format!("a reason has at most {most} characters"),
            format!("lý do không quá {most} ký tự"),
        )],
    )
}
