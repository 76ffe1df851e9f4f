//! A line as it stands, read in one view: the order, the stations, the estimates, the room.

use std::collections::HashMap;

use chrono::Duration;
use luot_domain::line::estimate::{self, Estimate, Forecast, Hall, ToCome};
use luot_domain::line::order::{Came, Ground, Window, effective_of, noshow_at};
use luot_domain::line::pace::{Pace, planned_seconds};
use luot_domain::line::room::{self, Load, room};
use luot_domain::line::words::{self, Basis, Words};
use luot_store::calls::{self, Call, Station};
use luot_store::lines::{self, Line};
use luot_store::tickets::{self, Ticket};
use luot_store::{Instant, Tx};
use uuid::Uuid;

use super::day::Day;
use super::held::done_of;
use crate::error::Result;

/// For so long after the beginning the planned machines count even if fewer are at work, or
/// none: stations open one after the other. One that has not come by then is not counted on.
const STATIONS_OPEN_WITHIN: Duration = Duration::minutes(15);
/// Of the appointments so many are taken to come, before the day has shown how many do: 17
/// of 20, and this counts like twenty of the day's own.
const SHOW_PRIOR: (f64, f64) = (17.0, 20.0);

/// A line as it stands.
pub(super) struct Picture<'a> {
    pub day: &'a Day,
    pub line: Option<Line>,
    /// Waiting, called and set aside, in order.
    pub live: Vec<Ticket>,
    pub stations: Vec<Station>,
    pub calls: Vec<Call>,
    /// When each station's last call ended.
    ended: HashMap<Uuid, Instant>,
    /// The appointments that may still come.
    pub to_come: Vec<ToCome>,
    show: f64,
}

impl<'a> Picture<'a> {
    /// Reads it.
    pub async fn load(tx: &Tx, day: &'a Day) -> Result<Self> {
        let session = day.session.id;
        let to_come = lines::windows_to_come(tx, session)
            .await?
            .into_iter()
            .map(|(starts_at, ends_at, needs_card)| ToCome {
                window: Window { starts_at, ends_at },
                needs_card,
            })
            // Whose time is over does not count, whether or not a sweep has marked them.
            .filter(|one| noshow_at(one.window, &day.policies) >= day.now)
            .collect();
        let (came, missed) = lines::count_came(tx, session).await?;
        let (came, all) = (f64::from(came), f64::from(came) + f64::from(missed));
        Ok(Self {
            line: lines::find(tx, session).await?,
            live: tickets::list_live(tx, session).await?,
            stations: calls::list_stations(tx, session).await?,
            calls: calls::list_live(tx, session).await?,
            ended: calls::list_last_ended(tx, session)
                .await?
                .into_iter()
                .collect(),
            to_come,
            show: (SHOW_PRIOR.0 + came) / (SHOW_PRIOR.1 + all),
            day,
        })
    }

    /// Adds a ticket that has just been given.
    pub fn admit(&mut self, ticket: &Ticket) {
        let at = self.live.partition_point(|t| t.rank < ticket.rank);
        self.live.insert(at, ticket.clone());
    }

    /// How long a person takes.
    pub fn pace(&self) -> Pace {
        let session = &self.day.session;
        let seconds = (session.ends_at - session.starts_at).num_seconds();
        let planned = planned_seconds(seconds, self.day.planned().len(), session.capacity);
        Pace::learned(planned, self.line.as_ref().map(done_of).unwrap_or_default())
    }

    /// Whether a station does nothing though somebody whom it can serve has waited for it as
    /// long as it may be silent: nobody is there.
    fn is_silent(&self, station: &Station) -> bool {
        if self.calls.iter().any(|call| call.station_id == station.id) {
            return false;
        }
        let last = self.ended.get(&station.id).copied();
        let free_since = last
            .unwrap_or(station.created_at)
            .max(self.day.session.starts_at);
        let lease = Duration::seconds(i64::from(self.day.policies.call_lease_seconds));
        let long_ago = self.day.now - lease;
        free_since <= long_ago
            && self
                .waiting()
                .any(|t| t.updated_at <= long_ago && (station.issues_cards || !t.needs_card))
    }

    /// Whether nobody is at work here any more: no call is live, and each station is closed or
    /// does nothing for those who wait.
    pub fn is_deserted(&self) -> bool {
        let at_work = |s: &Station| s.closed_at.is_none() && !self.is_silent(s);
        self.calls.is_empty() && !self.stations.iter().any(at_work)
    }

    /// Each station at work, or planned, with since when it is busy and with how many.
    fn hall(&self) -> Vec<estimate::Station> {
        let by_id: HashMap<Uuid, &Ticket> = self.live.iter().map(|t| (t.id, t)).collect();
        let by_station: HashMap<Uuid, &Call> =
            self.calls.iter().map(|c| (c.station_id, c)).collect();
        let mut hall: Vec<_> = self
            .stations
            .iter()
            .filter(|s| s.closed_at.is_none() && !self.is_silent(s))
            .map(|s| estimate::Station {
                busy: by_station.get(&s.id).map(|call| {
                    let persons = by_id.get(&call.ticket_id).map_or(1, |t| people(t));
                    (call.called_at, persons)
                }),
                cards: s.issues_cards,
            })
            .collect();
        let beginning = self.day.now < self.day.session.starts_at + STATIONS_OPEN_WITHIN;
        // A rehearsal is entered at any hour of its day: its stations are still to open.
        let rehearses = self.day.rehearsal && self.stations.is_empty();
        if beginning || rehearses {
            let planned = self.day.planned();
            let of_cards = planned.iter().filter(|cards| **cards).count();
            let there = hall.iter().filter(|s| s.cards).count();
            let cards = of_cards.saturating_sub(there);
            let all = planned.len().saturating_sub(hall.len()).max(cards);
            hall.extend((0..all).map(|n| estimate::Station {
                busy: None,
                cards: n < cards,
            }));
        }
        hall
    }

    /// Whether a station that issues cards is at work, or planned.
    pub fn has_cards(&self) -> bool {
        self.hall().iter().any(|s| s.cards)
    }

    /// Those who wait, in order.
    pub fn waiting(&self) -> impl Iterator<Item = &Ticket> {
        self.live.iter().filter(|t| t.state == "waiting")
    }

    /// Each who waits with their estimate, in order; or only one of them.
    pub fn estimates(&self, only: Option<Uuid>) -> Vec<(Uuid, Option<Estimate>)> {
        let stations = self.hall();
        let mut forecast = Forecast::of(Hall {
            now: self.day.now,
            starts_at: self.day.session.starts_at,
            stations: &stations,
            show: self.show,
            pace: self.pace(),
        });
        let mut to_come = self.to_come.clone();
        to_come.sort_by_key(|one| one.window.starts_at);
        let mut estimates = Vec::new();
        for ticket in self.waiting() {
            // Of equal effective times the earlier arrival is first: who comes now is behind.
            let effective_at = effective_of(ticket.rank);
            let ahead = to_come.partition_point(|one| one.window.starts_at < effective_at);
            let ahead = to_come.get(..ahead).unwrap_or_default();
            if only.is_none_or(|id| id == ticket.id) {
                estimates.push((ticket.id, forecast.wait(ahead, ticket.needs_card)));
            }
            if only == Some(ticket.id) {
                break;
            }
            forecast.push(people(ticket), ticket.needs_card);
        }
        estimates
    }

    /// How many more people fit into the day, of those who need a card or of the others.
    pub fn room(&self, needs_card: bool) -> u32 {
        let hall = self.hall();
        let day = room::Day {
            starts_at: self.day.session.starts_at,
            ends_at: self.day.session.ends_at,
            all: self.load_of(&hall, |_| true, |_| true),
            cards: self.load_of(&hall, |issues| issues, |needs| needs),
        };
        room(&day, needs_card, self.day.now, &self.pace())
    }

    /// The stations of a kind, and the people who take their time.
    fn load_of(
        &self,
        hall: &[estimate::Station],
        station: impl Fn(bool) -> bool,
        person: impl Fn(bool) -> bool,
    ) -> Load {
        let stations: Vec<_> = hall.iter().filter(|s| station(s.cards)).collect();
        let waiting = self
            .live
            .iter()
            .filter(|t| matches!(t.state.as_str(), "waiting" | "parked") && person(t.needs_card));
        let to_come = self.to_come.iter().filter(|one| person(one.needs_card));
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Load {
            stations: count(stations.len()),
            waiting: waiting.map(people).fold(0, u32::saturating_add),
            at_stations: stations
                .iter()
                .filter_map(|s| Some(s.busy?.1))
                .fold(0, u32::saturating_add),
            to_come: count(to_come.count()),
        }
    }

    /// A ticket's live call and the number of its station.
    pub fn call_of(&self, ticket: Uuid) -> Option<(&Call, i32)> {
        let call = self.calls.iter().find(|c| c.ticket_id == ticket)?;
        let station = self.stations.iter().find(|s| s.id == call.station_id)?;
        Some((call, station.number))
    }
}

/// People of a ticket.
pub(super) fn people(ticket: &Ticket) -> u32 {
    u32::try_from(ticket.persons).unwrap_or(1)
}

/// What a ticket's place in the line rests on.
pub(super) fn basis(ticket: &Ticket) -> Basis {
    Basis {
        came: Came::read(&ticket.came).unwrap_or(Came::WalkIn),
        window: ticket
            .window_starts_at
            .zip(ticket.window_ends_at)
            .map(|(starts_at, ends_at)| Window { starts_at, ends_at }),
        arrived_at: ticket.arrived_at,
        ground: ticket.ground.as_deref().and_then(Ground::read),
        misses: u32::try_from(ticket.misses).unwrap_or(0),
        was_parked: ticket.was_parked,
        effective_at: effective_of(ticket.rank),
    }
}

/// Why a ticket waits where it does.
pub(super) fn why(day: &Day, ticket: &Ticket) -> Words {
    words::basis(&basis(ticket), day.zone)
}

/// The same for everybody's eyes.
pub(super) fn public_why(day: &Day, ticket: &Ticket) -> Words {
    words::public(&basis(ticket), day.zone)
}
