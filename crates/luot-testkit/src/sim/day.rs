//! What people and stations do.

use chrono::Duration;
use luot_app::idempotency::Once;
use luot_app::line::{Act, CallView, Outcome, Take};
use luot_domain::line::order::Ground;

use super::checks::at;
use super::crash::Kind;
use super::index::Loss;
use super::town::said;
use super::world::{Event, Instant, World};

/// The machine that issues cards.
const CARDS: usize = 0;
/// Seconds somebody takes, as a share of what is planned.
const REAL_PACE: f64 = 1.1;

impl World {
    pub async fn happens(&mut self, event: Event) {
        match event {
            Event::Book => self.book().await,
            Event::Class(n, left) => self.class(n, left).await,
            Event::Cancel(n) => self.cancel(n).await,
            Event::Move(n) => self.relocate(n).await,
            Event::Answer(n) => self.answer(n).await,
            Event::Breakdown => self.breakdown().await,
            Event::Open(hall) => self.open(hall).await,
            Event::Arrive(hall, n) => self.arrive(hall, n).await,
            Event::WalkIn(hall) => self.walk_in(hall).await,
            Event::Begin(hall, n) => self.begin(hall, n).await,
            Event::Ask(hall, n) => self.ask(hall, n).await,
            Event::End(hall, n) => self.end(hall, n).await,
            Event::Sweep => self.sweep().await,
            Event::Breaks(hall, n) => self.breaks(hall, n).await,
            Event::Lose(loss) => {
                self.loses(loss).await;
                let passes = 60.0 + self.dice.wait(900.0);
                self.after(passes, Event::Recover);
            }
            Event::Recover => {
                self.recovers();
                let wait = 2_400.0 + self.dice.wait(2_400.0);
                let loss = [Loss::Emptied, Loss::Away, Loss::Lagging, Loss::Ahead];
                let loss = loss[self.dice.roll(loss.len())];
                let last = self.halls.last().map_or(self.now(), |h| h.ends_at);
                if self.now() < last {
                    self.after(wait, Event::Lose(loss));
                }
            }
        }
    }

    /// A key for something that may be asked twice.
    pub fn once(&mut self, what: &str) -> Once {
        let key = format!("{what}-{}-{}", self.plan.seed, self.report.events);
        Once::new(&self.staff, &key, what, b"")
    }

    /// The day begins: who comes, and when.
    async fn open(&mut self, hall: usize) {
        let (starts_at, ends_at) = (self.halls[hall].starts_at, self.halls[hall].ends_at);
        self.halls[hall].open = true;
        self.halls[hall].works = self.planned(hall).await;
        let sql = "SELECT a.code, s.starts_at FROM slot s JOIN appointment a ON a.slot_id = s.id \
                   WHERE s.session_id = ? AND a.state = 'booked' ORDER BY a.id";
        let rows = self
            .checks
            .rows(sql, vec![self.halls[hall].id.into()])
            .await;
        for row in rows {
            let (code, window): (String, Instant) = (at(&row, 0), at(&row, 1));
            let n = self.numbers[&code];
            self.sets_out(hall, n, window);
        }
        let records = f64::from(self.plan.records) * 2.0;
        let every = (ends_at - starts_at).num_seconds() as f64 / (records * 0.25);
        let mut at = self.dice.wait(every);
        while at < (ends_at - starts_at).num_seconds() as f64 {
            let when = starts_at + Duration::seconds(at as i64);
            self.at(when, Event::WalkIn(hall));
            at += self.dice.wait(every);
        }
        for n in 0..2 {
            let late = Duration::seconds(self.dice.roll(600) as i64);
            self.at(starts_at + late, Event::Begin(hall, n));
        }
        if self.dice.happens(0.35) {
            let share = 0.1 + 0.7 * self.dice.share();
            let into = (ends_at - starts_at).num_seconds() as f64 * share;
            let when = starts_at + Duration::seconds(into as i64);
            let n = self.dice.roll(2);
            self.at(when, Event::Breaks(hall, n));
        }
        let mut at = starts_at - Duration::minutes(20);
        while at < ends_at + Duration::minutes(190) {
            self.at(at, Event::Sweep);
            // Often while people are there, then now and then.
            at += Duration::minutes(if at < ends_at + Duration::hours(1) {
                3
            } else {
                20
            });
        }
    }

    /// Somebody who is expected comes, or does not; early, on time or late.
    pub fn sets_out(&mut self, hall: usize, n: usize, window: Instant) {
        if self.dice.happens(0.12) {
            return;
        }
        let late = if self.dice.happens(0.07) {
            30.0 + self.dice.wait(30.0)
        } else {
            self.dice.normal() * 10.0
        };
        let at = window + Duration::seconds((late * 60.0) as i64);
        self.at(at.max(self.now()), Event::Arrive(hall, n));
    }

    async fn arrive(&mut self, hall: usize, n: usize) {
        let (state, there, _, ends_at) = self.whereabouts(n).await;
        // They have another time by now, or none; some have not heard, and come all the same.
        let expected = there == hall && matches!(state.as_str(), "booked" | "noshow");
        if !expected && !self.dice.happens(0.3) {
            return;
        }
        // Scanned, or typed.
        let code = match self.dice.roll(3) {
            0 => format!("https://dat-lich.example/lich-hen/{}", self.people[n]),
            1 => format!("{}\r\n", self.people[n].to_lowercase()),
            _ => self.people[n].clone(),
        };
        let session = self.halls[hall].id;
        let staff = self.staff.clone();
        let ground = self.dice.happens(0.05).then_some(Ground::Elderly);
        let once = self.once("arrive");
        let came = self
            .repeats(Kind::Arrival, async |app| {
                let taken = app
                    .arrive(&staff, Some(&once), session, &code, ground)
                    .await;
                taken.map(|t| t.ticket).map_err(|e| e.to_string())
            })
            .await;
        match came {
            Ok(ticket) if expected => self.ticketed(hall, &ticket),
            // In the line already, or at a station: the same ticket.
            Ok(ticket) if self.halls[hall].visits.contains_key(&ticket.number) => {
                self.note("there already");
            }
            // Their time was another one there, and they missed it.
            Ok(ticket) if there != hall && ticket.came == "too_late" => {
                self.ticketed(hall, &ticket);
            }
            // They are told what became of their appointment.
            Err(why) if !expected => self.note(&format!("turned away: {why}")),
            // Missed, and no machine is left there to make up for it.
            Err(why)
                if state == "noshow" && why.contains("NotTheDay") && !self.is_open(hall).await =>
            {
                self.note("not held");
            }
            // Too late, and no machine is left that could serve them.
            Err(why) if why.contains("NoCardMachine") => {
                self.note("no cards");
                if self.halls[hall].works[CARDS] && self.now() <= ends_at + Duration::minutes(20) {
                    self.fail(&Event::Arrive(hall, n), &why);
                }
            }
            // Too late for a full day.
            Err(why) if why.contains("SessionFull") => {
                self.report.full += 1;
                if self.now() <= ends_at + Duration::minutes(20) {
                    self.fail(&Event::Arrive(hall, n), &why);
                }
            }
            Err(why) => self.fail(&Event::Arrive(hall, n), &why),
            Ok(_) => self.fail(
                &Event::Arrive(hall, n),
                "a ticket for who has no place here",
            ),
        }
    }

    async fn walk_in(&mut self, hall: usize) {
        let (session, is_open) = (self.halls[hall].id, self.is_open(hall).await);
        let staff = self.staff.clone();
        let take = Take {
            ground: self.dice.happens(0.08).then_some(Ground::SmallChildren),
            persons: 1 + u32::try_from(self.dice.roll(2)).expect("small"),
            needs_card: self.dice.happens(0.2),
        };
        let once = self.once("ticket");
        let taken = self
            .repeats(Kind::Arrival, async |app| {
                let taken = app.take_ticket(&staff, &once, session, &take).await;
                taken.map_err(|e| e.to_string())
            })
            .await;
        match taken {
            Ok(ticket) => self.ticketed(hall, &ticket),
            Err(why) if why.contains("SessionFull") => {
                self.report.full += usize::try_from(take.persons).expect("few");
            }
            // No machine is left there.
            Err(why) if !is_open && why.contains("NotTheDay") => self.note("not held"),
            // Or none that could serve them.
            Err(why) if take.needs_card && why.contains("NoCardMachine") => self.note("no cards"),
            Err(why) => self.fail(&Event::WalkIn(hall), &why),
        }
    }

    async fn begin(&mut self, hall: usize, n: usize) {
        // Nobody opens a station without a machine, or where nothing is held.
        if !self.halls[hall].works[n] || !self.is_open(hall).await {
            return;
        }
        if self.halls[hall].stations[n].is_none() {
            let session = self.halls[hall].id;
            let (staff, once) = (self.staff.clone(), self.once("station"));
            let machine = format!("may-{}", n + 1);
            let opened = self
                .repeats(Kind::Station, async |app| {
                    let opened = app
                        .open_station(&staff, Some(&once), session, Some(&machine))
                        .await;
                    opened.map(|s| s.id).map_err(|e| e.to_string())
                })
                .await;
            match opened {
                Ok(id) => self.halls[hall].stations[n] = Some(id),
                Err(why) => self.fail(&Event::Begin(hall, n), &why),
            }
        }
        self.ask(hall, n).await;
    }

    /// The station asks for the next: it must be the least effective time.
    async fn ask(&mut self, hall: usize, n: usize) {
        let Some(station) = self.halls[hall].stations[n] else {
            return;
        };
        if !self.halls[hall].works[n] {
            return;
        }
        // Officers go home, whoever is still there.
        if self.now() > self.halls[hall].ends_at + Duration::minutes(45) {
            return self.closes(hall, n, station).await;
        }
        let session = self.halls[hall].id;
        let first = self.checks.next(session, n == CARDS).await;
        let staff = self.staff.clone();
        let called = self
            .repeats(Kind::Station, async |app| {
                let called = app.call_next(&staff, None, station).await;
                called.map_err(|e| e.to_string())
            })
            .await;
        let event = Event::Ask(hall, n);
        let call = match called {
            Ok(Some(call)) => call,
            Ok(None) => {
                if first.is_some() {
                    self.fail(&event, "somebody waits, and nobody was called");
                }
                self.halls[hall].at_work.remove(&n);
                self.after(45.0, event);
                return;
            }
            Err(why) => self.fail(&event, &why),
        };
        // A station that had a call keeps it; else it is who was first.
        let before = self.halls[hall].at_work.get(&n).map(|(id, _)| *id);
        let now = self.now();
        let new = before != Some(call.id) && call.called_at == now;
        if new && Some(i64::from(call.ticket.number)) != first {
            self.fail(&event, "somebody was called who was not next");
        }
        self.works(hall, n, &call).await;
    }

    /// How long the station is busy with a call.
    async fn works(&mut self, hall: usize, n: usize, call: &CallView) {
        self.note(&format!("call {} at {n}", call.ticket.number));
        self.report.cards += usize::from(call.ticket.needs_card);
        if let Some(visit) = self.halls[hall].visits.get_mut(&call.ticket.number) {
            visit.called_at.get_or_insert(call.called_at);
        }
        let fate = self.dice.roll(100);
        self.halls[hall].at_work.insert(n, (call.id, fate));
        if self.dice.happens(0.015) {
            // It vanishes, and comes back when its call has long gone back.
            self.report.vanished += 1;
            let away = 600.0 + self.dice.wait(600.0);
            self.after(away, Event::Begin(hall, n));
            return;
        }
        if fate < 4 {
            self.after(100.0, Event::End(hall, n));
            return;
        }
        let (staff, id, once) = (self.staff.clone(), call.id, self.once("serve"));
        let served = self
            .repeats(Kind::Station, async |app| {
                let served = app.act(&staff, Some(&once), id, Act::Serve).await;
                served.map(|c| c.state).map_err(|e| e.to_string())
            })
            .await;
        if let Err(why) = served {
            self.fail(&Event::Ask(hall, n), &why);
        }
        let planned = 4.0 * 3_600.0 / f64::from(self.plan.records) * REAL_PACE;
        let people = f64::from(call.ticket.persons);
        let spread = (1.0 + 0.35 * self.dice.normal()).clamp(0.25, 2.5);
        let now = self.now();
        self.halls[hall].busy_since.insert(n, now);
        self.after(planned * people * spread, Event::End(hall, n));
    }

    /// A machine serves nobody any more: how long it did counts, as far as the session goes.
    pub fn rests(&mut self, hall: usize, n: usize) {
        let now = self.now();
        let hall = &mut self.halls[hall];
        if let Some(since) = hall.busy_since.remove(&n) {
            let until = now.min(hall.ends_at);
            self.report.busy.0 += (until - since).num_seconds().max(0);
        }
    }

    async fn end(&mut self, hall: usize, n: usize) {
        let Some((call, fate)) = self.halls[hall].at_work.get(&n).copied() else {
            return;
        };
        self.rests(hall, n);
        let (staff, once) = (self.staff.clone(), self.once("end"));
        let done = self
            .repeats(Kind::Station, async |app| {
                let (staff, once) = (&staff, Some(&once));
                let done = match fate {
                    0..4 => app.act(staff, once, call, Act::Miss).await,
                    4..7 => app.act(staff, once, call, Act::Park(Some(10))).await,
                    7..10 => {
                        app.finish(staff, once, call, Outcome::MissingPapers, None)
                            .await
                    }
                    10 => app.finish(staff, once, call, Outcome::Absent, None).await,
                    _ => app.finish(staff, once, call, Outcome::Enrolled, None).await,
                };
                done.map(|c| (c.state, c.ticket.number))
                    .map_err(|e| e.to_string())
            })
            .await;
        match done {
            Ok((state, number)) => self.note(&format!("{state} {number}")),
            // It took longer than its lease, and somebody else has them, or they are back.
            Err(why) if why.contains("CallOver") => self.note("over"),
            Err(why) => self.fail(&Event::End(hall, n), &why),
        }
        self.halls[hall].at_work.remove(&n);
        self.ask(hall, n).await;
    }

    async fn sweep(&mut self) {
        let swept = self
            .survives(Kind::Sweep, async |app| app.sweep().await.map_err(said))
            .await;
        match swept {
            Ok(swept) => {
                self.report.noshow += swept.noshow;
                self.report.opened += usize::try_from(swept.opened).unwrap_or(0);
                self.report.waitlist.expired += swept.expired;
                self.report.lapsed += swept.lapsed;
                self.note(&format!("{swept:?}"));
            }
            Err(why) => self.fail(&Event::Sweep, &why),
        }
        if self.overdue().await {
            self.fail(&Event::Sweep, "something is kept that has run out");
        }
    }
}
