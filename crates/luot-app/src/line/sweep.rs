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
use luot_store::pools::{self, Changes};
use luot_store::waitlist::Scope;
use luot_store::{calls, campaigns, lines, release, tickets};
use serde_json::json;
use uuid::Uuid;

use super::act::{back, give_back};
use super::arrive::{follow, to_state};
use super::day::{Day, rules_of};
use super::held::Held;
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
    /// Lines that were closed.
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

impl App {
    /// Does all that is due. To be called each second or so; tests call it by hand.
    ///
    /// # Errors
    /// Of the store; what was done until then stays done.
    pub async fn sweep(&self) -> Result<Swept> {
        let mut swept = Swept {
            expired: self.expire().await?,
            ..Swept::default()
        };
        self.sweep_lines(&mut swept).await?;
        self.sweep_days(&mut swept).await?;
        Ok(swept)
    }

    /// Silent stations, and those who were set aside.
    async fn sweep_lines(&self, swept: &mut Swept) -> Result<()> {
        let now = self.clock.now();
        let (lapsed, aside) = self
            .store
            .read(async |tx| {
                Ok::<_, Error>((
                    calls::list_lapsed(tx, now, limits::SWEEP_MOST).await?,
                    tickets::list_back(tx, now, limits::SWEEP_MOST).await?,
                ))
            })
            .await?;
        for (session, ids) in by_session(lapsed) {
            swept.lapsed += self.lapse(session, &ids).await?;
        }
        for (session, ids) in by_session(aside) {
            swept.back += self.bring_back(session, &ids).await?;
        }
        Ok(())
    }

    async fn lapse(&self, session: Uuid, ids: &[Uuid]) -> Result<usize> {
        let (done, moved) = self
            .store
            .write(async |tx| {
                let day = Day::load(self, tx, session).await?;
                let mut held = Held::hold(tx, &day).await?;
                let mut done = 0;
                for id in ids {
                    let Some(call) = calls::find(tx, *id).await? else {
                        continue;
                    };
                    let live = matches!(call.state.as_str(), "called" | "serving");
                    if live && call.lease_until <= day.now {
                        let station = calls::find_station(tx, call.station_id).await?;
                        give_back(&mut held, call, station.map_or(0, |s| s.number)).await?;
                        done += 1;
                    }
                }
                Ok::<_, Error>((done, held.done_with().await?))
            })
            .await?;
        self.moved(moved).await;
        Ok(done)
    }

    async fn bring_back(&self, session: Uuid, ids: &[Uuid]) -> Result<usize> {
        let (done, moved) = self
            .store
            .write(async |tx| {
                let day = Day::load(self, tx, session).await?;
                let mut held = Held::hold(tx, &day).await?;
                let mut done = 0;
                for id in ids {
                    let ticket = tickets::load(tx, *id).await?;
                    let due = ticket.parked_until.is_some_and(|until| until <= day.now);
                    if ticket.state == "parked" && due {
                        back(&mut held, ticket).await?;
                        done += 1;
                    }
                }
                Ok::<_, Error>((done, held.done_with().await?))
            })
            .await?;
        self.moved(moved).await;
        Ok(done)
    }

    /// What goes by a campaign's policies. Rehearsals are left: their day does not pass.
    async fn sweep_days(&self, swept: &mut Swept) -> Result<()> {
        let now = self.clock.now();
        // A line is closed at most a day after its session.
        let ended = (now - Duration::days(4)).date_naive();
        let all = self
            .store
            .read(async |tx| Ok::<_, Error>(campaigns::list_rules(tx, ended).await?))
            .await?;
        for rules in all {
            let (_, policies) = rules_of(&rules)?;
            swept.noshow += self.mark_not_come(rules.id, &policies).await?;
            swept.opened += self.open_allotments(rules.id, &policies).await?;
            swept.closed += self.close_lines(rules.id, &policies).await?;
        }
        Ok(())
    }

    async fn mark_not_come(&self, campaign: Uuid, policies: &LinePolicies) -> Result<usize> {
        let minutes = i64::from(policies.noshow_minutes);
        let before = self.clock.now() - Duration::minutes(minutes);
        let due = self
            .store
            .read(async |tx| {
                Ok::<_, Error>(
                    lines::list_not_come(tx, campaign, before, limits::SWEEP_MOST).await?,
                )
            })
            .await?;
        let mut all = 0;
        for (session, ids) in by_session(due) {
            let (done, moved) = self
                .store
                .write(async |tx| {
                    let day = Day::load(self, tx, session).await?;
                    let mut held = Held::hold(tx, &day).await?;
                    let mut done = Vec::new();
                    for id in &ids {
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
            all += done;
        }
        Ok(all)
    }

    async fn open_allotments(&self, campaign: Uuid, policies: &LinePolicies) -> Result<i32> {
        let Some(hours) = policies.allotments_open_hours else {
            return Ok(0);
        };
        let now = self.clock.now();
        let begin_before = now + Duration::hours(i64::from(hours));
        let due = self
            .store
            .read(async |tx| {
                Ok::<_, Error>(release::list_sessions(tx, campaign, begin_before, now).await?)
            })
            .await?;
        let mut all = 0;
        for session in due {
            all += self
                .store
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
                .await?;
        }
        Ok(all)
    }

    /// Closes lines whose session is long over. Who came and was not served keeps a claim.
    async fn close_lines(&self, campaign: Uuid, policies: &LinePolicies) -> Result<usize> {
        let before = self.clock.now() - Duration::hours(i64::from(policies.close_hours));
        let due = self
            .store
            .read(async |tx| {
                Ok::<_, Error>(lines::list_over(tx, campaign, before, limits::SWEEP_MOST).await?)
            })
            .await?;
        let count = due.len();
        for session in due {
            let moved = self
                .store
                .write(async |tx| {
                    campaigns::hold_shared(tx, &[campaign]).await?;
                    let day = Day::load(self, tx, session).await?;
                    let mut held = Held::hold(tx, &day).await?;
                    if held.line.closed_at.is_none() && day.now >= day.closes_at() {
                        self.close(&mut held).await?;
                    }
                    held.done_with().await
                })
                .await?;
            self.moved(moved).await;
        }
        Ok(count)
    }

    async fn close(&self, held: &mut Held<'_>) -> Result<()> {
        let (tx, day) = (held.tx, held.day);
        for call in calls::list_live(tx, day.session.id).await? {
            let station = calls::find_station(tx, call.station_id).await?;
            give_back(held, call, station.map_or(0, |s| s.number)).await?;
        }
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
        for station in calls::list_stations(tx, day.session.id).await? {
            if station.closed_at.is_none() {
                calls::close_station(tx, station.id, day.now).await?;
            }
        }
        if !unserved.is_empty() {
            self.note(tx, day, "appointment.displaced", &unserved)
                .await?;
            let (campaign, now) = (day.campaign(), self.clock.now());
            claims(tx, campaign, lost, now).await?;
            look(&self.keys, tx, campaign, &Scope::default(), None, now).await?;
        }
        held.close();
        held.tell(json!({ "closed": true }));
        Ok(())
    }

    /// An audit row and a message about appointments.
    async fn note(&self, tx: &luot_store::Tx, day: &Day, what: &str, ids: &[Uuid]) -> Result<()> {
        let (now, campaign) = (self.clock.now(), day.campaign());
        let trail = did(now, campaign, None, what, json!({ "ids": ids }));
        luot_store::audit::record(tx, vec![trail]).await?;
        let told = message(now, campaign, what, json!({ "ids": ids }));
        Ok(luot_store::audit::post(tx, vec![told]).await?)
    }
}
