//! A ticket for somebody without an appointment, and what an arrival shares with it.

use luot_domain::finding::Note;
use luot_domain::line::order::{Came, Ground, Window, effective, rank};
use luot_store::tickets::Ticket;
use serde_json::json;
use uuid::Uuid;

use super::day::Day;
use super::held::Held;
use super::picture::Picture;
use super::view::TicketView;
use crate::authz::{Action, Actor};
use crate::error::{Error, Forbidden, Invalid, Result};
use crate::idempotency::{Once, keep, replayed};
use crate::trail::did_by;
use crate::{App, limits, new_id};

/// Somebody without an appointment asks for a ticket.
#[derive(Debug, Clone)]
pub struct Take {
    /// Why they must not be made to stand.
    pub ground: Option<Ground>,
    /// How many come together.
    pub persons: u32,
    /// Whether they need a machine that issues cards.
    pub needs_card: bool,
}

/// Somebody is in the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Their ticket.
    pub ticket: TicketView,
    /// Whether it is new.
    pub new: bool,
}

/// Somebody to be put in the line.
pub(super) struct Newcomer {
    pub appointment_id: Option<Uuid>,
    pub window: Option<Window>,
    pub came: Came,
    pub ground: Option<Ground>,
    pub persons: u32,
    pub needs_card: bool,
}

impl App {
    /// Gives a ticket to people without an appointment, if the day has room for them.
    /// Grounds for a credit are believed of staff, and of a kiosk where the policy says so.
    ///
    /// # Errors
    /// [`Error::State`] when the session is full, not today, or without a machine for the
    /// cards they need; [`Error::Invalid`] for too many people; for grounds from somebody who may not grant them.
    pub async fn take_ticket(
        &self,
        actor: &Actor,
        once: &Once,
        session: Uuid,
        take: &Take,
    ) -> Result<TicketView> {
        if !(1..=limits::TICKET_PERSONS_MOST).contains(&take.persons) {
            return Err(too_many(limits::TICKET_PERSONS_MOST));
        }
        let turn = self.line.turn(session).await;
        let (view, moved) = self
            .store
            .write(async |tx| {
                let at = self.clock.now();
                let day = Day::load(self, tx, session).await?;
                if let Some(first) = replayed::<TicketView>(tx, Some(once), at).await? {
                    return Ok((first, None));
                }
                may_take(actor, &day, take)?;
                day.must_be_now()?;
                let mut held = Held::hold(tx, &day).await?;
                held.must_be_open()?;
                let newcomer = Newcomer {
                    appointment_id: None,
                    window: None,
                    came: Came::WalkIn,
                    ground: take.ground,
                    persons: take.persons,
                    needs_card: take.needs_card,
                };
                let view = admit(&mut held, actor, &newcomer).await?;
                keep(tx, Some(once), &view, at).await?;
                Ok::<_, Error>((view, Some(held.done_with().await?)))
            })
            .await?;
        self.settle(moved).await;
        drop(turn);
        Ok(view)
    }

    /// What comes after a commit that changed a line, if it did.
    pub(super) async fn settle(&self, moved: Option<super::held::Moved>) {
        if let Some(moved) = moved {
            self.moved(moved).await;
        }
    }
}

/// Puts somebody in the line, if they need no room or there is some.
pub(super) async fn admit(
    held: &mut Held<'_>,
    actor: &Actor,
    newcomer: &Newcomer,
) -> Result<TicketView> {
    let day = held.day;
    let mut picture = Picture::load(held.tx, day).await?;
    if newcomer.came.needs_room() {
        if newcomer.needs_card && !picture.has_cards() {
            return Err(Error::State(Forbidden::NoCardMachine));
        }
        if picture.room(newcomer.needs_card) < newcomer.persons {
            return Err(Error::State(Forbidden::SessionFull));
        }
    }
    let number = held.number()?;
    let effective_at = effective(
        newcomer.came,
        newcomer.window,
        day.now,
        newcomer.ground,
        &day.policies,
    );
    let ticket = Ticket {
        id: new_id(),
        created_at: day.now,
        campaign_id: day.campaign(),
        session_id: day.session.id,
        appointment_id: newcomer.appointment_id,
        given_by_id: actor.staff_id(),
        number,
        came: newcomer.came.as_str().into(),
        ground: newcomer.ground.map(|g| g.as_str().into()),
        persons: i32::try_from(newcomer.persons).unwrap_or(1),
        needs_card: newcomer.needs_card,
        state: "waiting".into(),
        rank: rank(effective_at, number),
        misses: 0,
        was_parked: false,
        parked_until: None,
        arrived_at: day.now,
        window_starts_at: newcomer.window.map(|w| w.starts_at),
        window_ends_at: newcomer.window.map(|w| w.ends_at),
        version: 1,
        updated_at: day.now,
    };
    held.admit(&ticket).await?;
    let action = match newcomer.appointment_id {
        Some(_) => "ticket.arrive",
        None => "ticket.take",
    };
    let subject = json!({ "ids": [ticket.id], "appointment": newcomer.appointment_id });
    let trace = did_by(day.at, Some(day.campaign()), actor, action, subject);
    luot_store::audit::record(held.tx, vec![trace]).await?;
    picture.admit(&ticket);
    Ok(picture.ticket(&ticket))
}

fn may_take(actor: &Actor, day: &Day, take: &Take) -> Result<()> {
    let place = day.place();
    let most = limits::TICKET_PERSONS_UNSEEN;
    if take.persons > most && !actor.may(Action::CheckIn, place) {
        return Err(too_many(most));
    }
    if take.ground.is_some() {
        let kiosk = day.policies.kiosk_grants_priority && actor.may(Action::CheckIn, place);
        if !kiosk {
            actor.require(Action::Serve, place)?;
        }
    }
    if day.policies.tickets_for_anybody {
        Ok(())
    } else {
        actor.require(Action::CheckIn, place)
    }
}

fn too_many(most: u32) -> Error {
    Error::Invalid(
        Invalid::Input,
        vec![Note::new(
            "/persons",
            "out-of-range",
            format!("a ticket is for 1 to {most} people"),
            format!("một số thứ tự dành cho 1 đến {most} người"),
        )],
    )
}
