//! What families and schools do before the day: book, wait for places, answer offers, move,
//! cancel.

use chrono::{Days, Duration, NaiveDate};
use luot_app::appointments::{Book, BookPerson, Booked, In};
use luot_app::waitlist::Join;
use luot_app::{Actor, Error};
use sea_orm::Value;
use uuid::Uuid;

use super::campaign::class;
use super::checks::{at, sql_instant};
use super::crash::Kind;
use super::world::{Event, Instant, World};

/// Why not, such that a repetition can be compared.
pub(super) fn said(error: Error) -> String {
    match error {
        // With the windows that would do instead, which are not what is compared.
        Error::Booking { refusal, .. } => format!("refused: {refusal:?}"),
        other => format!("{other:?}"),
    }
}

/// Whether the rules said no, and nothing broke.
fn refused(why: &str) -> bool {
    why.starts_with("refused: ")
}

impl World {
    fn children(&mut self, count: usize, cohort: Option<&str>) -> (String, Vec<BookPerson>) {
        let parent = self.kit.a_parent();
        let born: NaiveDate = "2017-05-06".parse().expect("a date");
        let cards = cohort.is_none() && self.dice.happens(0.2);
        let persons = (0..count)
            .map(|n| BookPerson {
                full_name: parent.child.clone(),
                birth_date: born + Days::new(n as u64),
                personal_number: None,
                needs_card: cards.then_some(true),
                cohort: cohort.map(str::to_owned),
            })
            .collect();
        (parent.phone, persons)
    }

    /// Somebody has appointments from now on.
    fn welcome(&mut self, booked: &Booked) {
        let window = self.windows.iter().find(|w| w.id == booked.window_id);
        let window = window.map(|w| (w.hall, w.starts_at));
        for one in &booked.appointments {
            let n = self.people.len();
            self.people.push(one.code.clone());
            self.numbers.insert(one.code.clone(), n);
            let Some((hall, starts_at)) = window else {
                continue;
            };
            let left = (starts_at - self.now()).num_seconds() as f64;
            // Some think better of it, some want another time.
            if self.dice.happens(0.06) {
                let wait = left * self.dice.share();
                self.after(wait, Event::Cancel(n));
            } else if self.dice.happens(0.05) {
                let wait = left * self.dice.share();
                self.after(wait, Event::Move(n));
            }
            if self.halls[hall].open {
                self.sets_out(hall, n, starts_at);
            }
        }
    }

    /// A family of one to three asks for a window in the next days; where it is full it may
    /// wait instead.
    pub async fn book(&mut self) {
        let (soon, later) = (
            self.now() + Duration::hours(1),
            self.now() + Duration::days(5),
        );
        let open: Vec<usize> = (0..self.windows.len())
            .filter(|n| (soon..later).contains(&self.windows[*n].starts_at))
            .collect();
        if open.is_empty() {
            return;
        }
        let id = self.windows[open[self.dice.roll(open.len())]].id;
        let count = 1 + self.dice.roll(3);
        let (phone, persons) = self.children(count, None);
        let book = Book {
            wanted: In::Window(id),
            contact_phone: phone.clone(),
            contact_name: "Trần Thị Phụ Huynh".into(),
            persons: persons.clone(),
            consent: None,
            address: None,
        };
        let (family, once) = (Actor::Anonymous, self.once("book"));
        let done = self
            .repeats(Kind::Booking, async |app| {
                let booked = app.book(&family, Some(once.clone()), book.clone()).await;
                booked.map_err(said)
            })
            .await;
        match done {
            Ok(booked) => {
                self.report.booked.0 += count;
                self.note(&format!("booked {count}"));
                self.welcome(&booked);
            }
            Err(why) if refused(&why) => {
                self.report.booked.1 += count;
                self.note("full");
                if self.dice.happens(0.5) {
                    self.wait_for_places(&phone, persons).await;
                }
            }
            Err(why) => self.fail(&Event::Book, &why),
        }
    }

    async fn wait_for_places(&mut self, phone: &str, persons: Vec<BookPerson>) {
        let join = Join {
            campaign_id: self.campaign,
            sites: Vec::new(),
            shifts: Vec::new(),
            from: None,
            to: None,
            at_once: self.dice.happens(0.4),
            contact_phone: phone.to_owned(),
            contact_name: "Trần Thị Phụ Huynh".into(),
            persons,
            cohort: None,
            consent: None,
            address: None,
        };
        let (family, once) = (Actor::Anonymous, self.once("wait"));
        let joined = self
            .repeats(Kind::Waitlist, async |app| {
                let joined = app.join_waitlist(&family, Some(&once), join.clone()).await;
                joined.map_err(said)
            })
            .await;
        match joined {
            Ok(_) => self.report.waitlist.joined += 1,
            Err(why) => self.fail(&Event::Book, &why),
        }
    }

    /// A school books for some more of its class, in the earliest window that has places of
    /// the class; the same again until all it sends have one.
    pub async fn class(&mut self, n: usize, left: usize) {
        let sql = format!(
            "SELECT s.id, p.places - p.taken FROM pool p JOIN slot s ON s.id = p.slot_id \
             JOIN cohort c ON c.id = p.cohort_id WHERE c.campaign_id = ? AND c.code = ? AND p.open AND s.open \
             AND p.taken < p.places AND s.starts_at > '{}' ORDER BY s.starts_at LIMIT 1",
            sql_instant(self.now())
        );
        let values: Vec<Value> = vec![self.campaign.into(), class(n).into()];
        let rows = self.checks.rows(&sql, values).await;
        let Some(row) = rows.first() else {
            return;
        };
        let (window, free): (Uuid, i32) = (at(row, 0), at(row, 1));
        let count = left.min(usize::try_from(free).expect("some")).min(8);
        let (phone, persons) = self.children(count, Some(&class(n)));
        let book = Book {
            wanted: In::Window(window),
            contact_phone: phone,
            contact_name: "Nguyễn Thị Giáo Viên".into(),
            persons,
            consent: None,
            address: None,
        };
        let (staff, once) = (self.staff.clone(), self.once("class"));
        let done = self
            .repeats(Kind::Booking, async |app| {
                let booked = app.book(&staff, Some(once.clone()), book.clone()).await;
                booked.map_err(said)
            })
            .await;
        match done {
            Ok(booked) => {
                self.report.pupils += count;
                self.note(&format!("class {n}: {count}"));
                self.welcome(&booked);
                if left > count {
                    self.after(1_800.0, Event::Class(n, left - count));
                }
            }
            Err(why) => self.fail(&Event::Class(n, left), &why),
        }
    }

    /// Where somebody stands: the state, the session and the window.
    pub async fn whereabouts(&self, n: usize) -> (String, usize, Instant, Instant) {
        let sql = "SELECT a.state, s.session_id, s.starts_at, s.ends_at FROM appointment a \
                   JOIN slot s ON s.id = a.slot_id WHERE a.code = ?";
        let rows = self
            .checks
            .rows(sql, vec![self.people[n].clone().into()])
            .await;
        let row = rows.first().expect("somebody booked");
        let session: Uuid = at(row, 1);
        let hall = self.halls.iter().position(|h| h.id == session);
        let hall = hall.expect("a session that was read");
        (at(row, 0), hall, at(row, 2), at(row, 3))
    }

    pub async fn cancel(&mut self, n: usize) {
        let (state, _, starts_at, _) = self.whereabouts(n).await;
        if state != "booked" || starts_at <= self.now() {
            return;
        }
        let (staff, once, code) = (
            self.staff.clone(),
            self.once("cancel"),
            self.people[n].clone(),
        );
        let done = self
            .repeats(Kind::Booking, async |app| {
                let done = app.cancel_appointment(&staff, Some(&once), &code).await;
                done.map_err(said)
            })
            .await;
        match done {
            Ok(_) => self.report.cancelled += 1,
            Err(why) => self.fail(&Event::Cancel(n), &why),
        }
    }

    pub async fn relocate(&mut self, n: usize) {
        let (state, _, starts_at, _) = self.whereabouts(n).await;
        let soon = sql_instant(self.now() + Duration::hours(1));
        let sql = format!(
            "SELECT s.id FROM slot s JOIN pool p ON p.slot_id = s.id WHERE s.campaign_id = ? AND s.open AND p.open \
             AND p.cohort_id IS NULL AND p.taken < p.places AND s.starts_at > '{soon}' ORDER BY s.starts_at"
        );
        let open: Vec<Uuid> = self.checks.list(&sql, vec![self.campaign.into()]).await;
        if state != "booked" || starts_at <= self.now() || open.is_empty() {
            return;
        }
        let wanted = open[self.dice.roll(open.len())];
        let (staff, once, code) = (
            self.staff.clone(),
            self.once("move"),
            self.people[n].clone(),
        );
        let done = self
            .repeats(Kind::Booking, async |app| {
                let moved = app
                    .move_appointment(&staff, Some(once.clone()), &code, wanted)
                    .await;
                moved.map(|_| ()).map_err(said)
            })
            .await;
        match done {
            Ok(()) => {
                self.report.moved += 1;
                let (_, hall, starts_at, _) = self.whereabouts(n).await;
                if self.halls[hall].open {
                    self.sets_out(hall, n, starts_at);
                }
            }
            Err(why) if refused(&why) => self.note("move refused"),
            Err(why) => self.fail(&Event::Move(n), &why),
        }
    }

    /// Families hear of what they are offered.
    pub async fn hear_offers(&mut self) {
        let sql = "SELECT h.id, h.expires_at FROM hold h WHERE h.state = 'kept' AND h.kind = 'offer' ORDER BY h.id";
        for row in self.checks.rows(sql, vec![]).await {
            let (id, until): (Uuid, Instant) = (at(&row, 0), at(&row, 1));
            if !self.heard.insert(id) {
                continue;
            }
            self.report.waitlist.offered += 1;
            // Some never answer: their offer runs out.
            if self.dice.happens(0.2) {
                continue;
            }
            let takes = self.dice.happens(0.75);
            let seconds = (until - self.now()).num_seconds() as f64 * 0.4;
            let wait = self.dice.wait(seconds);
            self.after(wait, Event::Answer(self.offers.len()));
            self.offers.push((id, takes));
        }
    }

    pub async fn answer(&mut self, n: usize) {
        let (id, takes) = self.offers[n];
        let sql = "SELECT h.state, h.expires_at, e.kind FROM hold h \
                   JOIN waitlist_entry e ON e.id = h.entry_id WHERE h.id = ?";
        let rows = self.checks.rows(sql, vec![id.into()]).await;
        let row = rows.first().expect("an offer that was heard of");
        let (state, until, kind): (String, Instant, String) = (at(row, 0), at(row, 1), at(row, 2));
        let good = state == "kept" && until > self.now();
        let (staff, once) = (self.staff.clone(), self.once("answer"));
        if takes {
            let done = self
                .repeats(Kind::Waitlist, async |app| {
                    let taken = app.accept_offer(&staff, Some(once.clone()), id).await;
                    taken.map_err(said)
                })
                .await;
            match done {
                Ok(booked) => {
                    self.report.waitlist.taken += 1;
                    if kind == "claim" {
                        self.sees_again(&booked).await;
                    } else {
                        self.report.booked.0 += booked.appointments.len();
                        self.welcome(&booked);
                    }
                }
                // It has run out or was withdrawn.
                Err(why) if refused(&why) && !good => self.note("too late"),
                Err(why) => self.fail(&Event::Answer(n), &why),
            }
        } else {
            let done = self
                .repeats(Kind::Waitlist, async |app| {
                    let done = app.decline_offer(&staff, Some(&once), id).await;
                    done.map_err(said)
                })
                .await;
            match done {
                Ok(_) => self.report.waitlist.declined += 1,
                Err(why) if refused(&why) && !good => self.note("too late"),
                Err(why) => self.fail(&Event::Answer(n), &why),
            }
        }
    }

    /// People who lost their place have another.
    async fn sees_again(&mut self, booked: &Booked) {
        for one in &booked.appointments {
            let n = self.numbers[&one.code];
            let (_, hall, starts_at, _) = self.whereabouts(n).await;
            if self.halls[hall].open {
                self.sets_out(hall, n, starts_at);
            }
        }
    }
}
