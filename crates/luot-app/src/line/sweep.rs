//! What happens by itself as time goes on: silent stations, people set aside, people who did
//! not come, unclaimed allotments, the end of the day.
//!
//! Each session is a transaction of its own that holds its line and looks again at what it
//! found before, so two servers can sweep at the same time.

use std::collections::BTreeMap;

use chrono::Duration;
use luot_domain::appointment::State;
use luot_domain::line::order::{Window, noshow_at};
use luot_domain::line::policies::LinePolicies;
use luot_store::calls::Call;
use luot_store::pools::{self, Changes};
use luot_store::tickets::Ticket;
use luot_store::waitlist::Scope;
use luot_store::{Tx, calls, campaigns, lines, release, tickets};
use serde_json::json;
use uuid::Uuid;

use super::act::{back, give_back};
use super::arrive::{follow, to_state};
use super::day::{Day, rules_of};
use super::held::Held;
use super::picture::Picture;
use crate::error::{Error, Result};
use crate::trail::{did, message};
use crate::waitlist::{claims, look};
use crate::{App, limits};

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Holds and offers that have run out, places that have cooled.
    pub expired: usize,
    /// Calls that went back because their station was silent.
    pub lapsed: usize,
    /// People set aside who are in the line again.
    pub back: usize,
    /// Appointments marked as not come.
    pub noshow: usize,
    /// Places that opened to everybody.
    pub opened: i32,
    /// Lines that were closed, or whose people were sent home as the session was withdrawn.
    pub closed: usize,
}

/// By session, those of a list.
fn by_session(pairs: Vec<(Uuid, Uuid)>) -> BTreeMap<Uuid, Vec<Uuid>> {
    let mut grouped: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for (session, id) in pairs {
        grouped.entry(session).or_default().push(id);
    }
    grouped
}

/// What went wrong in a sweep: the others were seen to all the same.
#[derive(Default)]
struct Faults(Option<Error>);

impl Faults {
    /// What was done; nothing, if it failed. The first failure is told at the end, and the
    /// others are logged here.
    fn or_nothing<T: Default>(&mut self, done: Result<T>) -> T {
        match done {
            Ok(done) => done,
            Err(error) if self.0.is_none() => {
                self.0 = Some(error);
                T::default()
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "something else of a sweep failed too"
                );
                T::default()
            }
        }
    }
}

/// Of these calls, those whose station has been silent for too long on the session's day.
async fn lapsed(tx: &Tx, day: &Day, ids: &[Uuid]) -> Result<Vec<Call>> {
    let mut due = Vec::new();
    for id in ids {
        let call = calls::find(tx, *id).await?;
        due.extend(call.filter(|call| {
            matches!(call.state.as_str(), "called" | "serving") && call.lease_until <= day.now
        }));
    }
    Ok(due)
}

/// Of these tickets, those that were set aside and are to be back by the session's day.
async fn due_back(tx: &Tx, day: &Day, ids: &[Uuid]) -> Result<Vec<Ticket>> {
    let mut due = Vec::new();
    for id in ids {
        let ticket = tickets::find(tx, *id).await?;
        due.extend(ticket.filter(|ticket| {
            let until = ticket.parked_until;
            ticket.state == "parked" && until.is_some_and(|until| until <= day.now)
        }));
    }
    Ok(due)
}

/// How a line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Its session is long over.
    ForGood,
    /// Its session was withdrawn, and nobody serves those who stand there.
    LeftBehind,
}

/// How a line ends by now, if it does.
async fn ends(tx: &Tx, day: &Day) -> Result<Option<End>> {
    let picture = Picture::load(tx, day).await?;
    let open = picture.line.as_ref().is_some_and(|l| l.closed_at.is_none());
    if !open || !picture.calls.is_empty() {
        return Ok(None);
    }
    if day.now >= day.closes_at() {
        return Ok(Some(End::ForGood));
    }
    let left_behind =
        day.session.state == "withdrawn" && !picture.live.is_empty() && picture.is_deserted();
    Ok(left_behind.then_some(End::LeftBehind))
}

impl App {
    /// Does all that is due. To be called each second or so; tests call it by hand. What
    /// fails keeps nothing else from being done.
    ///
    /// # Errors
    /// The first failure, of the store or of one campaign's data.
    pub async fn sweep(&self) -> Result<Swept> {
        let mut faults = Faults::default();
        let mut swept = Swept {
            expired: faults.or_nothing(self.expire().await),
            ..Swept::default()
        };
        self.sweep_lines(&mut swept, &mut faults).await;
        self.sweep_days(&mut swept, &mut faults).await;
        match faults.0 {
            Some(error) => Err(error),
            None => Ok(swept),
        }
    }

    /// Silent stations, and those who were set aside.
    async fn sweep_lines(&self, swept: &mut Swept, faults: &mut Faults) {
        let (now, most) = (self.clock.now(), limits::SWEEP_MOST);
        // A rehearsal's day is over by the clock, so all of it is listed; in a list of its own,
        // that it hides nobody. What of it is due is seen by its own hours.
        let due = self.store.read(async |tx| {
            let mut lapsed = calls::list_lapsed(tx, false, now, most).await?;
            lapsed.extend(calls::list_lapsed(tx, true, now, most).await?);
            let mut aside = tickets::list_back(tx, false, now, most).await?;
            aside.extend(tickets::list_back(tx, true, now, most).await?);
            Ok::<_, Error>((lapsed, aside))
        });
        let (lapsed, aside) = faults.or_nothing(due.await);
        for (session, ids) in by_session(lapsed) {
            swept.lapsed += faults.or_nothing(self.lapse(session, &ids).await);
        }
        for (session, ids) in by_session(aside) {
            swept.back += faults.or_nothing(self.bring_back(session, &ids).await);
        }
    }

    async fn lapse(&self, session: Uuid, ids: &[Uuid]) -> Result<usize> {
        let none = self.store.read(async |tx| {
            let day = Day::load(self, tx, session).await?;
            Ok::<_, Error>(lapsed(tx, &day, ids).await?.is_empty())
        });
        if none.await? {
            return Ok(0);
        }
        let (done, moved) = self
            .store
            .write(async |tx| {
                let day = Day::load(self, tx, session).await?;
                let mut held = Held::hold(tx, &day).await?;
                let due = lapsed(tx, &day, ids).await?;
                let done = due.len();
                for call in due {
                    let station = calls::find_station(tx, call.station_id).await?;
                    give_back(&mut held, call, station.map_or(0, |s| s.number)).await?;
                }
                Ok::<_, Error>((done, held.done_with().await?))
            })
            .await?;
        self.moved(moved).await;
        Ok(done)
    }

    async fn bring_back(&self, session: Uuid, ids: &[Uuid]) -> Result<usize> {
        let none = self.store.read(async |tx| {
            let day = Day::load(self, tx, session).await?;
            Ok::<_, Error>(due_back(tx, &day, ids).await?.is_empty())
        });
        if none.await? {
            return Ok(0);
        }
        let (done, moved) = self
            .store
            .write(async |tx| {
                let day = Day::load(self, tx, session).await?;
                let mut held = Held::hold(tx, &day).await?;
                let due = due_back(tx, &day, ids).await?;
                let done = due.len();
                for ticket in due {
                    back(&mut held, ticket).await?;
                }
                Ok::<_, Error>((done, held.done_with().await?))
            })
            .await?;
        self.moved(moved).await;
        Ok(done)
    }

    /// What goes by a campaign's policies. Rehearsals are left: their day does not pass.
    async fn sweep_days(&self, swept: &mut Swept, faults: &mut Faults) {
        let now = self.clock.now();
        // A line is closed at most a day after its session.
        let ended = (now - Duration::days(4)).date_naive();
        let all = self
            .store
            .read(async |tx| Ok::<_, Error>(campaigns::list_rules(tx, ended).await?))
            .await;
        for rules in faults.or_nothing(all) {
            let policies = rules_of(&rules).map(|(_, policies)| Some(policies));
            let Some(policies) = faults.or_nothing(policies) else {
                continue;
            };
            let due = self.list_not_come(rules.id, &policies).await;
            for (session, ids) in by_session(faults.or_nothing(due)) {
                swept.noshow += faults.or_nothing(self.mark_not_come(session, &ids).await);
            }
            let due = self.list_to_open(rules.id, &policies).await;
            for session in faults.or_nothing(due) {
                let opened = self.open_allotments(rules.id, session).await;
                swept.opened += faults.or_nothing(opened);
            }
            let due = self.list_over(rules.id, &policies).await;
            for session in faults.or_nothing(due) {
                let closed = self.close_line(rules.id, session).await;
                swept.closed += usize::from(faults.or_nothing(closed));
            }
        }
    }

    async fn list_not_come(
        &self,
        campaign: Uuid,
        policies: &LinePolicies,
    ) -> Result<Vec<(Uuid, Uuid)>> {
        let minutes = i64::from(policies.noshow_minutes);
        let before = self.clock.now() - Duration::minutes(minutes);
        self.store
            .read(async |tx| {
                Ok(lines::list_not_come(tx, campaign, before, limits::SWEEP_MOST).await?)
            })
            .await
    }

    async fn mark_not_come(&self, session: Uuid, ids: &[Uuid]) -> Result<usize> {
        let (done, moved) = self
            .store
            .write(async |tx| {
                let day = Day::load(self, tx, session).await?;
                let mut held = Held::hold(tx, &day).await?;
                let mut done = Vec::new();
                for id in ids {
                    let row = tickets::load_appointment(tx, *id).await?;
                    let slot = tickets::find_window(tx, row.slot_id).await?;
                    let over = slot.is_some_and(|s| {
                        let window = Window {
                            starts_at: s.starts_at,
                            ends_at: s.ends_at,
                        };
                        noshow_at(window, &day.policies) < day.now
                    });
                    if row.state == State::Booked.as_str() && over {
                        to_state(tx, &row, State::Noshow, day.now).await?;
                        done.push(row.id);
                    }
                }
                if !done.is_empty() {
                    held.tell(json!({ "not_come": done.len() }));
                    self.note(tx, &day, "appointment.noshow", &done).await?;
                }
                Ok::<_, Error>((done.len(), held.done_with().await?))
            })
            .await?;
        self.moved(moved).await;
        Ok(done)
    }

    async fn list_to_open(&self, campaign: Uuid, policies: &LinePolicies) -> Result<Vec<Uuid>> {
        let now = self.clock.now();
        let Some(begin_before) = policies.opens_before(now) else {
            return Ok(Vec::new());
        };
        self.store
            .read(async |tx| Ok(release::list_sessions(tx, campaign, begin_before, now).await?))
            .await
    }

    async fn open_allotments(&self, campaign: Uuid, session: Uuid) -> Result<i32> {
        let now = self.clock.now();
        self.store
            .write(async |tx| {
                // Publishing cuts the pools anew: one waits for the other.
                campaigns::hold_shared(tx, &[campaign]).await?;
                let opened = release::release(tx, session, now).await?;
                if opened > 0 {
                    let subject = json!({ "session": session, "places": opened });
                    let trail = did(now, campaign, None, "allotment.open", subject);
                    luot_store::audit::record(tx, vec![trail]).await?;
                    let there = Scope {
                        session: Some(session),
                        ..Scope::default()
                    };
                    look(&self.keys, tx, campaign, &there, None, now).await?;
                }
                Ok::<_, Error>(opened)
            })
            .await
    }

    async fn list_over(&self, campaign: Uuid, policies: &LinePolicies) -> Result<Vec<Uuid>> {
        let before = self.clock.now() - Duration::hours(i64::from(policies.close_hours));
        self.store
            .read(async |tx| {
                let most = limits::SWEEP_MOST;
                let mut over = lines::list_over(tx, campaign, before, most).await?;
                over.extend(lines::list_left_behind(tx, campaign, most).await?);
                over.sort_unstable();
                over.dedup();
                Ok(over)
            })
            .await
    }

    /// Closes a line whose session is long over. Who came and was not served keeps a claim.
    /// While somebody is called or served there it stays open: their call ends, or lapses.
    /// Where the session was withdrawn and nobody is at work any more, its people are seen to
    /// at once; the line itself stays, for a plan may take the session up again.
    async fn close_line(&self, campaign: Uuid, session: Uuid) -> Result<bool> {
        let none = self.store.read(async |tx| {
            let day = Day::load(self, tx, session).await?;
            Ok::<_, Error>(ends(tx, &day).await?.is_none())
        });
        if none.await? {
            return Ok(false);
        }
        let (closed, moved) = self
            .store
            .write(async |tx| {
                campaigns::hold_shared(tx, &[campaign]).await?;
                let day = Day::load(self, tx, session).await?;
                let mut held = Held::hold(tx, &day).await?;
                let end = ends(tx, &day).await?;
                if let Some(end) = end {
                    self.close(&mut held, end).await?;
                }
                Ok::<_, Error>((end.is_some(), held.done_with().await?))
            })
            .await?;
        self.moved(moved).await;
        Ok(closed)
    }

    async fn close(&self, held: &mut Held<'_>, end: End) -> Result<()> {
        let (tx, day) = (held.tx, held.day);
        let (mut places, mut unserved) = (Changes::new(), Vec::new());
        let mut lost: BTreeMap<Uuid, i32> = BTreeMap::new();
        for ticket in tickets::list_live(tx, day.session.id).await? {
            let appointment = ticket.appointment_id;
            held.change(ticket, "closed", None, None).await?;
            let Some(id) = appointment else { continue };
            let row = tickets::load_appointment(tx, id).await?;
            if row.state == State::Arrived.as_str() {
                let given_back = places.entry(row.pool_id).or_default();
                given_back.0 -= 1;
                given_back.1 -= i32::from(row.needs_card);
                unserved.push(id);
                *lost.entry(row.booking_id).or_default() += 1;
                follow(
                    tx,
                    appointment,
                    &[State::Arrived],
                    State::Displaced,
                    day.now,
                )
                .await?;
            }
        }
        pools::take(tx, &places).await?;
        if !unserved.is_empty() {
            self.note(tx, day, "appointment.displaced", &unserved)
                .await?;
            let (campaign, now) = (day.campaign(), self.clock.now());
            claims(&self.keys, tx, campaign, lost, now).await?;
            look(&self.keys, tx, campaign, &Scope::default(), None, now).await?;
        }
        if end == End::ForGood {
            for station in calls::list_stations(tx, day.session.id).await? {
                if station.closed_at.is_none() {
                    calls::close_station(tx, station.id, day.now).await?;
                }
            }
            held.close();
            held.tell(json!({ "closed": true }));
        }
        Ok(())
    }

    /// An audit row and a message about appointments.
    async fn note(&self, tx: &Tx, day: &Day, what: &str, ids: &[Uuid]) -> Result<()> {
        let (now, campaign) = (self.clock.now(), day.campaign());
        let trail = did(now, campaign, None, what, json!({ "ids": ids }));
        luot_store::audit::record(tx, vec![trail]).await?;
        let told = message(now, campaign, what, json!({ "ids": ids }));
        Ok(luot_store::audit::post(tx, vec![told]).await?)
    }
}
