//! Tickets, calls, stations and lines as they are sent.

use chrono::{DateTime, Utc};
use luot_app::line::{CallView, LineView, StationView, TicketView, Waiter};
use luot_domain::line::{order, words};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Why, in both languages.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reason, example = json!({
    "vi": "Tính từ 08:00: lịch hẹn 08:00–08:30, đến lúc 07:52.",
    "en": "Counts from 08:00: appointment 08:00–08:30, came at 07:52."
}))]
pub(super) struct Reason {
    /// In Vietnamese.
    vi: String,
    /// In English.
    en: String,
}

impl From<words::Words> for Reason {
    fn from(words: words::Words) -> Self {
        Self {
            vi: words.vi,
            en: words.en,
        }
    }
}

/// Why somebody must not be made to stand.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[schema(as = Priority)]
#[serde(rename_all = "snake_case")]
pub(super) enum Priority {
    /// An elderly person.
    Elderly,
    /// A disabled person.
    Disabled,
    /// A pregnant woman.
    Pregnant,
    /// Somebody with small children.
    SmallChildren,
    /// Somebody whose appointment was taken away by a change of plans.
    Displaced,
}

impl From<Priority> for order::Ground {
    fn from(priority: Priority) -> Self {
        match priority {
            Priority::Elderly => Self::Elderly,
            Priority::Disabled => Self::Disabled,
            Priority::Pregnant => Self::Pregnant,
            Priority::SmallChildren => Self::SmallChildren,
            Priority::Displaced => Self::Displaced,
        }
    }
}

/// A place in the line, as its holder sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "session_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
    "appointment_id": null, "number": 27, "state": "waiting", "came": "walk_in", "priority": null, "persons": 2,
    "needs_card": false, "arrived_at": "2027-01-04T01:12:00Z", "effective_at": "2027-01-04T01:42:00Z", "position": 6,
    "people_ahead": 7, "wait_p50_seconds": 1240, "wait_p90_seconds": 1790, "station": null, "parked_until": null,
    "misses": 0, "why": {"vi": "Tính từ 08:42: không hẹn trước, đến lúc 08:12.", "en": "Counts from 08:42: without an appointment, came at 08:12."}
}))]
pub(super) struct Ticket {
    /// Its id. Who knows it can look the ticket up.
    id: Uuid,
    /// The session.
    session_id: Uuid,
    /// The appointment it is for.
    #[schema(required = true)]
    appointment_id: Option<Uuid>,
    /// The number that is called.
    number: i32,
    /// `waiting`, `called`, `serving`, `parked` (set aside), `done`, `out` (left, did not answer, or was absent),
    /// `closed` (the day ended before its turn, or the session was withdrawn).
    state: String,
    /// `early`, `on_time` or `late` for an appointment, `too_late` for a missed one, `walk_in` without one.
    came: String,
    /// Why they must not be made to stand.
    #[schema(required = true)]
    priority: Option<String>,
    /// How many people it is for.
    persons: i32,
    /// Whether it needs a machine that issues cards.
    needs_card: bool,
    /// When they came.
    arrived_at: DateTime<Utc>,
    /// The time by which their turn is decided: the least is next.
    effective_at: DateTime<Utc>,
    /// Place in the line, from 1; nothing unless it waits.
    #[schema(required = true)]
    position: Option<u64>,
    /// People before it in the line.
    #[schema(required = true)]
    people_ahead: Option<u32>,
    /// Half of those who are told so wait less.
    #[schema(required = true)]
    wait_p50_seconds: Option<i64>,
    /// Nine in ten of those who are told so wait less.
    #[schema(required = true)]
    wait_p90_seconds: Option<i64>,
    /// The number of the station it is called to.
    #[schema(required = true)]
    station: Option<i32>,
    /// When it is back in the line, if it is set aside.
    #[schema(required = true)]
    parked_until: Option<DateTime<Utc>>,
    /// Calls that were not answered.
    misses: i32,
    /// Why it is where it is.
    why: Reason,
}

impl From<TicketView> for Ticket {
    fn from(view: TicketView) -> Self {
        Self {
            id: view.id,
            session_id: view.session_id,
            appointment_id: view.appointment_id,
            number: view.number,
            state: view.state,
            came: view.came,
            priority: view.ground,
            persons: view.persons,
            needs_card: view.needs_card,
            arrived_at: view.arrived_at,
            effective_at: view.effective_at,
            position: view.position,
            people_ahead: view.people_ahead,
            wait_p50_seconds: view.wait.map(|w| w.p50_seconds),
            wait_p90_seconds: view.wait.map(|w| w.p90_seconds),
            station: view.station,
            parked_until: view.parked_until,
            misses: view.misses,
            why: view.why.into(),
        }
    }
}

/// A ticket called to a station.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "session_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
    "station_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "station": 1, "state": "called", "outcome": null,
    "reason": {"vi": "Không còn ai khác đang chờ. Tính từ 08:00: lịch hẹn 08:00–08:30, đến lúc 07:52.",
               "en": "Nobody else waits. Counts from 08:00: appointment 08:00–08:30, came at 07:52."},
    "recalls": 0, "called_at": "2027-01-04T01:12:00Z", "served_at": null, "ended_at": null,
    "lease_until": "2027-01-04T01:17:00Z", "full_name": "Lý Minh Khôi",
    "ticket": {
        "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "session_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
        "appointment_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "number": 3, "state": "called", "came": "early",
        "priority": null, "persons": 1, "needs_card": false, "arrived_at": "2027-01-04T00:52:00Z",
        "effective_at": "2027-01-04T01:00:00Z", "position": null, "people_ahead": null, "wait_p50_seconds": null,
        "wait_p90_seconds": null, "station": null, "parked_until": null, "misses": 0,
        "why": {"vi": "Tính từ 08:00: lịch hẹn 08:00–08:30, đến lúc 07:52.", "en": "Counts from 08:00: appointment 08:00–08:30, came at 07:52."}
    }
}))]
pub(super) struct Call {
    /// Its id.
    id: Uuid,
    /// The session.
    session_id: Uuid,
    /// The station.
    station_id: Uuid,
    /// The station's number.
    station: i32,
    /// `called`, `serving`, `finished`, `missed`, `parked`, `lapsed` (went back because the station was silent).
    state: String,
    /// What came of it.
    #[schema(required = true)]
    outcome: Option<String>,
    /// Why this ticket was next.
    reason: Reason,
    /// How often it was called again.
    recalls: i32,
    /// When it was called.
    called_at: DateTime<Utc>,
    /// When the station began.
    #[schema(required = true)]
    served_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[schema(required = true)]
    ended_at: Option<DateTime<Utc>>,
    /// When it goes back to the line unless the station does something with it (`recall` will do).
    lease_until: DateTime<Utc>,
    /// Whom to expect, where there is an appointment.
    #[schema(required = true)]
    full_name: Option<String>,
    /// The ticket.
    ticket: Ticket,
}

impl From<CallView> for Call {
    fn from(view: CallView) -> Self {
        Self {
            id: view.id,
            session_id: view.session_id,
            station_id: view.station_id,
            station: view.station,
            state: view.state.clone(),
            outcome: view.outcome.map(|it| it.replace('-', "_")),
            reason: view.reason.into(),
            recalls: view.recalls,
            called_at: view.called_at,
            served_at: view.served_at,
            ended_at: view.ended_at,
            lease_until: view.lease_until,
            full_name: view.full_name,
            ticket: view.ticket.into(),
        }
    }
}

/// A machine with its operator.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "session_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "number": 1,
    "machine": "may-1", "issues_cards": true, "state": "free", "call_id": null, "opened_at": "2027-01-04T00:20:00Z",
    "closed_at": null
}))]
pub(super) struct Station {
    /// Its id.
    id: Uuid,
    /// The session.
    session_id: Uuid,
    /// The number that people are called to.
    number: i32,
    /// The machine's code.
    #[schema(required = true)]
    machine: Option<String>,
    /// Whether it issues cards; if not, it calls nobody who needs one.
    issues_cards: bool,
    /// `free`, `called`, `serving`, `closed`.
    state: String,
    /// The call it is busy with.
    #[schema(required = true)]
    call_id: Option<Uuid>,
    /// When it opened.
    opened_at: DateTime<Utc>,
    /// When it closed.
    #[schema(required = true)]
    closed_at: Option<DateTime<Utc>>,
}

impl From<StationView> for Station {
    fn from(view: StationView) -> Self {
        Self {
            id: view.id,
            session_id: view.session_id,
            number: view.number,
            machine: view.machine,
            issues_cards: view.issues_cards,
            state: view.state,
            call_id: view.call_id,
            opened_at: view.opened_at,
            closed_at: view.closed_at,
        }
    }
}

/// Somebody in the line, as a board shows them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LineTicket)]
pub(super) struct Shown {
    /// The ticket's id; only for staff.
    #[schema(required = true)]
    id: Option<Uuid>,
    /// The number that is called.
    number: i32,
    /// Initials and given name, where there is an appointment.
    #[schema(required = true)]
    name: Option<String>,
    /// `waiting`, `called`, `serving`, `parked`.
    state: String,
    /// `early`, `on_time`, `late`, `too_late`, `walk_in`.
    came: String,
    /// Whether they must not be made to stand.
    has_priority: bool,
    /// The ground for it; only for staff.
    #[schema(required = true)]
    priority: Option<String>,
    /// How many people it is for.
    persons: i32,
    /// When they came.
    arrived_at: DateTime<Utc>,
    /// The time by which their turn is decided.
    effective_at: DateTime<Utc>,
    /// Place in the line, from 1.
    #[schema(required = true)]
    position: Option<u64>,
    /// Half of those who are told so wait less.
    #[schema(required = true)]
    wait_p50_seconds: Option<i64>,
    /// Nine in ten of those who are told so wait less.
    #[schema(required = true)]
    wait_p90_seconds: Option<i64>,
    /// The number of the station it is called to.
    #[schema(required = true)]
    station: Option<i32>,
    /// When it is back in the line, if it is set aside.
    #[schema(required = true)]
    parked_until: Option<DateTime<Utc>>,
    /// Why it is where it is.
    why: Reason,
}

impl Shown {
    fn of(waiter: Waiter, for_staff: bool) -> Self {
        let ticket = waiter.ticket;
        Self {
            id: for_staff.then_some(ticket.id),
            number: ticket.number,
            name: waiter.name,
            state: ticket.state,
            came: ticket.came,
            has_priority: ticket.ground.is_some(),
            priority: ticket.ground.filter(|_| for_staff),
            persons: ticket.persons,
            arrived_at: ticket.arrived_at,
            effective_at: ticket.effective_at,
            position: ticket.position,
            wait_p50_seconds: ticket.wait.map(|w| w.p50_seconds),
            wait_p90_seconds: ticket.wait.map(|w| w.p90_seconds),
            station: ticket.station,
            parked_until: ticket.parked_until,
            why: if for_staff {
                ticket.why.into()
            } else {
                waiter.public_why.into()
            },
        }
    }
}

/// A session's line.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "session_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "version": 41, "now": "2027-01-04T01:12:00Z",
    "stations": [], "tickets": [{
        "id": null, "number": 3, "name": "L. M. Khôi", "state": "waiting", "came": "early", "has_priority": false,
        "priority": null, "persons": 1, "arrived_at": "2027-01-04T00:52:00Z", "effective_at": "2027-01-04T01:00:00Z",
        "position": 1, "wait_p50_seconds": 90, "wait_p90_seconds": 210, "station": null, "parked_until": null,
        "why": {"vi": "Tính từ 08:00: lịch hẹn 08:00–08:30, đến lúc 07:52.", "en": "Counts from 08:00: appointment 08:00–08:30, came at 07:52."}
    }],
    "to_come": 12, "room": 4, "people_per_hour": 19.3
}))]
pub(super) struct Line {
    /// The session.
    session_id: Uuid,
    /// Its version; give it to `…/line/events` as `after`, and nothing is missed.
    version: i64,
    /// The service's clock.
    now: DateTime<Utc>,
    /// Its stations.
    stations: Vec<Station>,
    /// Everybody who is called, waits or is set aside, in the order of their effective times.
    tickets: Vec<Shown>,
    /// Appointments that may still come.
    to_come: usize,
    /// How many more people without an appointment fit into the day.
    room: u32,
    /// People an hour that one station serves, as learned today.
    people_per_hour: f64,
}

impl From<LineView> for Line {
    fn from(view: LineView) -> Self {
        let for_staff = view.for_staff;
        Self {
            session_id: view.session_id,
            version: view.version,
            now: view.now,
            stations: view.stations.into_iter().map(Station::from).collect(),
            tickets: view
                .waiters
                .into_iter()
                .map(|waiter| Shown::of(waiter, for_staff))
                .collect(),
            to_come: view.to_come,
            room: view.room,
            // Two decimals are more than anybody can act on.
            people_per_hour: (view.per_hour * 100.0).round() / 100.0,
        }
    }
}
