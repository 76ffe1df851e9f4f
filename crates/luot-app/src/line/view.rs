//! What is shown of a line: to everybody (masked), to the person, to the station.

use std::collections::HashMap;

use luot_domain::line::estimate::Estimate;
use luot_domain::line::order::effective_of;
use luot_domain::line::words::{Words, masked, without_cards};
use luot_store::calls::{self, Call};
use luot_store::tickets::{self, Person, Ticket};
use luot_store::{Instant, Tx, Work};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::day::Day;
use super::picture::{Picture, people, public_why, why};
use super::stations::{StationView, stations_of};
use crate::App;
use crate::authz::{Action, Actor};
use crate::error::{Error, Result};
use crate::keys::Place;

/// A ticket, as its holder sees it. Without names: it is kept as a first answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketView {
    /// Its id; who knows it may look it up.
    pub id: Uuid,
    /// The session.
    pub session_id: Uuid,
    /// The appointment it is for.
    pub appointment_id: Option<Uuid>,
    /// The number on the board.
    pub number: i32,
    /// Where it stands: waiting, called, serving, parked, done, out, closed.
    pub state: String,
    /// How they came.
    pub came: String,
    /// The ground of the credit.
    pub ground: Option<String>,
    /// People on it.
    pub persons: i32,
    /// Whether it needs a machine that issues cards.
    pub needs_card: bool,
    /// When they came.
    pub arrived_at: Instant,
    /// The time by which their turn is decided.
    pub effective_at: Instant,
    /// First is 1; nothing unless it waits.
    pub position: Option<u64>,
    /// People before it.
    pub people_ahead: Option<u32>,
    /// How long it still waits.
    pub wait: Option<Wait>,
    /// Where it is called to.
    pub station: Option<i32>,
    /// When it is back in the line, if it is set aside.
    pub parked_until: Option<Instant>,
    /// Calls it did not answer.
    pub misses: i32,
    /// Why it waits where it does.
    pub why: Words,
}

/// A waiting time, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// Half of those who are told so wait less.
    pub p50_seconds: i64,
    /// Nine in ten do.
    pub p90_seconds: i64,
}

impl From<Estimate> for Wait {
    fn from(estimate: Estimate) -> Self {
        Self {
            p50_seconds: estimate.p50,
            p90_seconds: estimate.p90,
        }
    }
}

/// A call, as the station sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallView {
    /// Its id.
    pub id: Uuid,
    /// The session.
    pub session_id: Uuid,
    /// The station's id.
    pub station_id: Uuid,
    /// The station's number.
    pub station: i32,
    /// Where it stands: called, serving, finished, missed, parked, lapsed.
    pub state: String,
    /// What came of it.
    pub outcome: Option<String>,
    /// Why this ticket was next.
    pub reason: Words,
    /// How often it was called again.
    pub recalls: i32,
    /// When it was called.
    pub called_at: Instant,
    /// When the station began.
    pub served_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// When it goes back if the station is not heard of.
    pub lease_until: Instant,
    /// The ticket.
    pub ticket: TicketView,
    /// The person's name, for the station alone; never kept.
    #[serde(skip)]
    pub full_name: Option<String>,
}

/// Somebody in the line, as everybody may see them.
#[derive(Debug, Clone)]
pub struct Waiter {
    /// The ticket; its id, appointment and ground are for staff.
    pub ticket: TicketView,
    /// Initials and given name, where there is an appointment.
    pub name: Option<String>,
    /// Why it is where it is, without the ground of a credit.
    pub public_why: Words,
}

/// A session's line.
#[derive(Debug, Clone)]
pub struct LineView {
    /// The session.
    pub session_id: Uuid,
    /// The version that this is of; events after it tell what changes.
    pub version: i64,
    /// Now, as the session counts.
    pub now: Instant,
    /// Its stations.
    pub stations: Vec<StationView>,
    /// Called, waiting and set aside, in order.
    pub waiters: Vec<Waiter>,
    /// Appointments that may still come.
    pub to_come: usize,
    /// How many more people fit into the day who need no card.
    pub room: u32,
    /// People an hour at one station, as learned.
    pub per_hour: f64,
    /// Whether the asker may see ids and grounds.
    pub for_staff: bool,
}

impl Picture<'_> {
    /// All tickets of the picture, as their holders see them.
    pub fn tickets(&self) -> Vec<TicketView> {
        let mut estimates = self.estimates(None).into_iter();
        let has_cards = self.has_cards();
        let (mut position, mut ahead) = (0_u64, 0_u32);
        let mut views = Vec::with_capacity(self.live.len());
        for ticket in &self.live {
            let mut view = self.placed(ticket, position, ahead);
            if ticket.state == "waiting" {
                if ticket.needs_card && !has_cards {
                    view.why = without_cards(view.why);
                }
                view.wait = estimates.next().and_then(|(_, e)| e).map(Wait::from);
                position += 1;
                ahead = ahead.saturating_add(people(ticket));
            }
            views.push(view);
        }
        views
    }

    /// One of them.
    pub fn ticket(&self, ticket: &Ticket) -> TicketView {
        let before = self.waiting().filter(|t| t.rank < ticket.rank);
        let (position, ahead) = before.fold((0, 0_u32), |(position, ahead), t| {
            (position + 1, ahead.saturating_add(people(t)))
        });
        let mut view = self.placed(ticket, position, ahead);
        if ticket.state == "waiting" {
            let estimate = self.estimates(Some(ticket.id)).pop();
            view.wait = estimate.and_then(|(_, e)| e).map(Wait::from);
            if ticket.needs_card && !self.has_cards() {
                view.why = without_cards(view.why);
            }
        }
        view
    }

    /// A ticket with so many tickets and people before it, if it waits, or its station.
    fn placed(&self, ticket: &Ticket, before: u64, people_ahead: u32) -> TicketView {
        let mut view = bare(self.day, ticket);
        if ticket.state == "waiting" {
            view.position = Some(before + 1);
            view.people_ahead = Some(people_ahead);
        } else if let Some((call, station)) = self.call_of(ticket.id) {
            view.station = Some(station);
            view.state.clone_from(&call.state);
        }
        view
    }
}

/// A ticket without what depends on the others.
pub(super) fn bare(day: &Day, ticket: &Ticket) -> TicketView {
    TicketView {
        id: ticket.id,
        session_id: ticket.session_id,
        appointment_id: ticket.appointment_id,
        number: ticket.number,
        state: ticket.state.clone(),
        came: ticket.came.clone(),
        ground: ticket.ground.clone(),
        persons: ticket.persons,
        needs_card: ticket.needs_card,
        arrived_at: ticket.arrived_at,
        effective_at: effective_of(ticket.rank),
        position: None,
        people_ahead: None,
        wait: None,
        station: None,
        parked_until: ticket.parked_until,
        misses: ticket.misses,
        why: why(day, ticket),
    }
}

/// A call and its ticket, as written.
pub(super) fn call_view(day: &Day, call: &Call, station: i32, ticket: &Ticket) -> Result<CallView> {
    let reason = serde_json::from_value(call.reason.clone())
        .map_err(|e| Error::Bug(format!("a reason cannot be read: {e}")))?;
    Ok(CallView {
        id: call.id,
        session_id: call.session_id,
        station_id: call.station_id,
        station,
        state: call.state.clone(),
        outcome: call.outcome.clone(),
        reason,
        recalls: call.recalls,
        called_at: call.called_at,
        served_at: call.served_at,
        ended_at: call.ended_at,
        lease_until: call.lease_until,
        ticket: bare(day, ticket),
        full_name: None,
    })
}

impl TicketView {
    /// Whether it waits, is called or set aside.
    pub(super) fn is_live(&self) -> bool {
        matches!(
            self.state.as_str(),
            "waiting" | "called" | "serving" | "parked"
        )
    }
}

/// All tickets of a session's line, as their holders see them.
pub(super) struct AllTickets<'a> {
    pub app: &'a App,
    pub session: Uuid,
}

impl Work for AllTickets<'_> {
    type Done = Vec<TicketView>;
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<Vec<TicketView>> {
        let day = Day::load(self.app, tx, self.session).await?;
        Ok(Picture::load(tx, &day).await?.tickets())
    }
}

impl App {
    /// One's own place in the line. Whoever has the ticket's id may ask.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn get_ticket(&self, id: Uuid) -> Result<TicketView> {
        self.store
            .read(async |tx| {
                let ticket = tickets::find(tx, id)
                    .await?
                    .ok_or(Error::NotFound("ticket"))?;
                let day = Day::load(self, tx, ticket.session_id).await?;
                let picture = Picture::load(tx, &day).await?;
                Ok(picture.ticket(&ticket))
            })
            .await
    }

    /// The line of a session, names masked. Anybody may look; whoever sees ids and grounds is
    /// told of in the trail.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn get_line(&self, actor: &Actor, session: Uuid) -> Result<LineView> {
        let (view, campaign) = self
            .store
            .read(async |tx| {
                let day = Day::load(self, tx, session).await?;
                let picture = Picture::load(tx, &day).await?;
                let names = self.names(tx, &picture.live).await?;
                let has_cards = picture.has_cards();
                let waiters = picture
                    .tickets()
                    .into_iter()
                    .zip(&picture.live)
                    .map(|(ticket, row)| Waiter {
                        public_why: match public_why(&day, row) {
                            why if row.state == "waiting" && row.needs_card && !has_cards => {
                                without_cards(why)
                            }
                            why => why,
                        },
                        name: ticket
                            .appointment_id
                            .and_then(|id| names.get(&id))
                            .map(|name| masked(name)),
                        ticket,
                    })
                    .collect();
                let pace = picture.pace();
                let view = LineView {
                    session_id: session,
                    version: picture.line.as_ref().map_or(0, |l| l.version),
                    now: day.now,
                    stations: stations_of(tx, &picture.stations, &picture.calls).await?,
                    waiters,
                    to_come: picture.to_come.len(),
                    room: picture.room(false),
                    per_hour: pace.per_hour(),
                    for_staff: actor.may(Action::Serve, day.place()),
                };
                Ok::<_, Error>((view, day.campaign()))
            })
            .await?;
        if view.for_staff {
            let shown = view.waiters.iter().map(|w| &w.ticket);
            let ids: Vec<Uuid> = shown.filter_map(|t| t.appointment_id).collect();
            let subject = json!({ "session": session, "ids": ids });
            self.note_reading(actor, Some(campaign), "line.read", subject, None)
                .await?;
        }
        Ok(view)
    }

    /// Full names by appointment.
    async fn names(&self, tx: &Tx, live: &[Ticket]) -> Result<HashMap<Uuid, String>> {
        let ids: Vec<Uuid> = live.iter().filter_map(|t| t.appointment_id).collect();
        let people = tickets::list_people(tx, &ids).await?;
        Ok(people
            .into_iter()
            .filter_map(|(id, person)| Some((id, self.name_of(&person)?)))
            .collect())
    }

    fn name_of(&self, person: &Person) -> Option<String> {
        let place = Place {
            column: "person.full_name",
            row: person.id,
        };
        let sealed = person.full_name_sealed.as_deref()?;
        self.keys.open(place, sealed).ok()
    }

    /// A call with the person's name, which the station needs and no kept answer has. That it
    /// is read has been told in the transaction that made the call what it is; where nothing
    /// was done `again`, in that campaign, it is told here.
    pub(super) async fn with_name(
        &self,
        actor: &Actor,
        again: Option<Uuid>,
        mut call: CallView,
    ) -> CallView {
        if again.is_some() {
            let subject = json!({ "ids": [call.id], "appointment": call.ticket.appointment_id });
            let told = self.note_reading(actor, again, "call.read", subject, None);
            if told.await.is_err() {
                return call;
            }
        }
        if let Some(appointment) = call.ticket.appointment_id {
            let found = self
                .store
                .read(async |tx| Ok::<_, Error>(tickets::list_people(tx, &[appointment]).await?))
                .await;
            // The call stands whether or not the name can be told.
            call.full_name = found
                .ok()
                .and_then(|people| self.name_of(&people.first()?.1));
        }
        call
    }

    /// A call, as the station sees it.
    ///
    /// # Errors
    /// [`Error::NotFound`], and for who may not work a station.
    pub async fn get_call(&self, actor: &Actor, id: Uuid) -> Result<CallView> {
        let view = self
            .store
            .read(async |tx| {
                let call = calls::find(tx, id).await?.ok_or(Error::NotFound("call"))?;
                let day = Day::load(self, tx, call.session_id).await?;
                actor.require(Action::Serve, day.place())?;
                let station = calls::find_station(tx, call.station_id)
                    .await?
                    .map_or(0, |s| s.number);
                let ticket = tickets::load(tx, call.ticket_id).await?;
                Ok::<_, Error>((call_view(&day, &call, station, &ticket)?, day.campaign()))
            })
            .await?;
        let (view, campaign) = view;
        let subject = json!({ "ids": [id], "appointment": view.ticket.appointment_id });
        self.note_reading(actor, Some(campaign), "call.read", subject, None)
            .await?;
        Ok(self.with_name(actor, None, view).await)
    }
}
