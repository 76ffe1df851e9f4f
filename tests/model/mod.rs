//! Random operations from one seed against the real service; after each step the invariants
//! hold: no pool gives more than it has, what is taken is what people hold, everybody has at
//! most one live appointment, nobody who was booked is ever dropped, no free place stays
//! unoffered while somebody waits whom it fits, and the index of those who wait is the store's
//! order, entry by entry.

use chrono::{Days, Duration};
use luot_app::appointments::{Book, BookPerson, Booked, In};
use luot_app::holds::Keep;
use luot_app::waitlist::{EntryChange, Join};
use luot_app::{Actor, Error, Role};
use luot_domain::clock::Clock;
use luot_domain::waitlist::Ground;
use luot_testkit::rules::{PEOPLE, PLACES, WAITING};
use luot_testkit::{TestApp, on_both};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

/// A small generator of numbers: the same seed, the same story.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).expect("small")
    }
}

const STEPS: usize = 320;

struct World {
    app: TestApp,
    db: DatabaseConnection,
    campaign: Uuid,
    admin: Actor,
    dice: Dice,
    booked: Vec<(Booked, usize)>,
    people: i64,
}

fn instance(app: &TestApp) -> Value {
    let mut instance = app.a_session().with_places(12).in_windows(3).instance();
    let day = app.clock.now().date_naive() + Days::new(1);
    instance["end"] = json!(day + Days::new(6));
    instance["pinned"] = json!({});
    instance["machines"] =
        json!([{ "id": "may-1" }, { "id": "may-2", "services": ["account", "card"] }]);
    instance["cohorts"] = json!([
        { "id": "1A", "people": 7, "whole": true, "sites": ["truong"] },
        { "id": "1B", "people": 5, "whole": true, "sites": ["truong", "tru-so"] },
        { "id": "thon", "people": 17, "service": "card", "sites": ["tru-so"] },
    ]);
    instance
}

impl World {
    async fn new(app: TestApp, seed: u64) -> Self {
        let created = app.admin_post("/v1/campaigns", &instance(&app)).await;
        let campaign = created.text("/id");
        app.plans_and_publishes(&campaign, 300).await;
        Self {
            db: app.database.beside().await,
            admin: app.app.operator(Role::Admin),
            campaign: campaign.parse().expect("an id"),
            dice: Dice(seed),
            booked: Vec::new(),
            people: 0,
            app,
        }
    }

    async fn number(&self, sql: &str) -> i64 {
        let statement = Statement::from_string(self.db.get_database_backend(), sql);
        let row = self
            .db
            .query_one_raw(statement)
            .await
            .expect("a database")
            .expect("a row");
        row.try_get_by_index(0).expect("a number")
    }

    async fn holds(&self, step: usize, what: &str) {
        let soon = self.soon();
        for rule in PLACES.iter().chain(PEOPLE).chain(WAITING) {
            let broken = self.number(&rule.sql(&soon)).await;
            assert_eq!(broken, 0, "step {step}, {what}: {}", rule.meaning);
        }
        let there = self.number("SELECT count(*) FROM appointment").await;
        assert_eq!(there, self.people, "step {step}, {what}: nobody is dropped");
        self.order_holds(step, what).await;
    }

    /// The index is the store's order, and so are the places that parties are told.
    async fn order_holds(&self, step: usize, what: &str) {
        let known = self.app.app.waitlist_index(self.campaign).await;
        let waiting = self.waiting().await;
        let version = self
            .number("SELECT coalesce(max(version), 0) FROM waitlist_order")
            .await;
        match known.expect("an index") {
            None => assert_eq!((version, waiting.len()), (0, 0), "step {step}, {what}"),
            Some(known) => assert_eq!(known, (version, waiting.clone()), "step {step}, {what}"),
        }
        // By turns: it is a look at each.
        let turn = step.checked_rem(waiting.len());
        if let Some((turn, entry)) = turn.and_then(|n| Some((n, waiting.get(n)?))) {
            let view = self.app.app.get_waitlist_entry(&self.admin, *entry).await;
            let before = view.expect("an entry").before;
            assert_eq!(before, Some(turn as i64), "step {step}, {what}");
        }
    }

    /// Those who wait, in the store's order.
    async fn waiting(&self) -> Vec<Uuid> {
        let sql = "SELECT id, id, kind FROM waitlist_entry WHERE state = 'waiting' \
                   ORDER BY priority DESC, created_at, id";
        let rows = self.ids(sql).await;
        rows.into_iter().map(|(id, _, _)| id).collect()
    }

    /// Staff say what gives somebody who waits precedence, or that nothing does.
    async fn rank(&mut self) -> &'static str {
        let waiting = self.waiting().await;
        if waiting.is_empty() {
            return "nobody to prefer";
        }
        let entry = waiting[self.dice.roll(waiting.len())];
        let grounds = [vec![], vec![Ground::Hardship]][self.dice.roll(2)].clone();
        let change = EntryChange {
            grounds: Some(grounds),
            at_once: None,
        };
        let changed = self
            .app
            .app
            .change_waitlist_entry(&self.admin, entry, &change);
        changed.await.expect("changed");
        "ranked"
    }

    /// An instant after which nothing is late, as the database compares it.
    fn soon(&self) -> String {
        let soon = self.app.clock.now() + Duration::hours(2);
        match self.db.get_database_backend() {
            DbBackend::Sqlite => format!("'{}'", soon.format("%Y-%m-%dT%H:%M:%S%.f+00:00")),
            _ => format!("'{}'", soon.to_rfc3339()),
        }
    }

    async fn window(&mut self) -> Option<Uuid> {
        let question = luot_app::sessions::Question::default();
        let all = self
            .app
            .app
            .list_availability(self.campaign, &question)
            .await
            .expect("windows")
            .windows;
        (!all.is_empty()).then(|| all[self.dice.roll(all.len())].window_id)
    }

    async fn book(&mut self) -> &'static str {
        let Some(window_id) = self.window().await else {
            return "no window";
        };
        let persons = self.family();
        self.book_in(In::Window(window_id), persons).await
    }

    async fn book_in(&mut self, wanted: In, persons: Vec<BookPerson>) -> &'static str {
        let size = persons.len();
        let book = Book {
            wanted,
            contact_phone: "0912345678".into(),
            contact_name: "Phụ Huynh".into(),
            persons,
            consent: None,
            address: None,
        };
        match self.app.app.book(&Actor::Anonymous, None, book).await {
            Ok(booked) => {
                self.people += i64::try_from(size).expect("small");
                self.booked.push((booked, size));
                "booked"
            }
            Err(Error::Booking { .. }) => "refused",
            Err(other) => panic!("{other:?}"),
        }
    }

    fn family(&mut self) -> Vec<BookPerson> {
        let size = 1 + self.dice.roll(3);
        (0..size)
            .map(|_| {
                let cohort = ["1A", "1B", "thon", ""][self.dice.roll(4)];
                let child = self.app.a_parent();
                BookPerson {
                    full_name: child.child,
                    birth_date: "2017-05-06".parse().expect("a date"),
                    personal_number: None,
                    needs_card: (self.dice.roll(4) == 0).then_some(true),
                    cohort: (!cohort.is_empty()).then(|| cohort.to_owned()),
                }
            })
            .collect()
    }

    /// Holds places; sometimes they are used, sometimes given back, sometimes forgotten.
    async fn hold(&mut self) -> &'static str {
        let Some(window_id) = self.window().await else {
            return "no window";
        };
        let keep = Keep {
            window_id,
            people: 1 + u32::try_from(self.dice.roll(3)).expect("small"),
            cards: 0,
            cohort: None,
            phone: None,
            address: None,
        };
        let held = match self
            .app
            .app
            .keep_places(&Actor::Anonymous, None, keep)
            .await
        {
            Ok(held) => held,
            Err(Error::Booking { .. }) => return "hold refused",
            Err(other) => panic!("{other:?}"),
        };
        match self.dice.roll(3) {
            0 => {
                let persons = self.family();
                self.book_in(In::Hold(held.hold_id), persons).await
            }
            1 => {
                self.app
                    .app
                    .give_hold_back(held.hold_id)
                    .await
                    .expect("given back");
                "hold given back"
            }
            _ => "held",
        }
    }

    /// A party waits for an open place anywhere.
    async fn wait(&mut self) -> &'static str {
        let mut persons = self.family();
        for person in &mut persons {
            person.cohort = None;
            person.needs_card = None;
        }
        let join = Join {
            campaign_id: self.campaign,
            sites: Vec::new(),
            shifts: Vec::new(),
            from: None,
            to: None,
            at_once: false,
            contact_phone: "0912345678".into(),
            contact_name: "Phụ Huynh".into(),
            persons,
            cohort: None,
            consent: None,
            address: None,
        };
        match self
            .app
            .app
            .join_waitlist(&Actor::Anonymous, None, join)
            .await
        {
            Ok(_) => "waits",
            Err(Error::Booking { .. }) => "may not wait",
            Err(other) => panic!("{other:?}"),
        }
    }

    /// Somebody who was offered places takes them, declines, or leaves.
    async fn answer(&mut self) -> &'static str {
        let offers = self
            .ids(
                "SELECT h.id, e.id, e.kind FROM hold h JOIN waitlist_entry e ON e.id = h.entry_id \
                  WHERE h.state = 'kept' ORDER BY h.created_at, h.id",
            )
            .await;
        if offers.is_empty() {
            return "no offers";
        }
        let (offer, entry, kind) = offers[self.dice.roll(offers.len())].clone();
        match self.dice.roll(4) {
            0 => {
                self.app
                    .app
                    .decline_offer(&self.admin, None, offer)
                    .await
                    .expect("declined");
                "declined"
            }
            1 if kind == "party" => {
                self.app
                    .app
                    .leave_waitlist(&self.admin, entry)
                    .await
                    .expect("left");
                "left"
            }
            _ => match self.app.app.accept_offer(&self.admin, None, offer).await {
                Ok(booked) => {
                    let size = booked.appointments.len();
                    if kind == "party" {
                        self.people += i64::try_from(size).expect("small");
                        self.booked.push((booked, size));
                    }
                    "accepted"
                }
                // The displaced who helped themselves in the meantime.
                Err(Error::Booking { .. }) if kind == "claim" => "nothing to accept",
                Err(other) => panic!("{other:?}"),
            },
        }
    }

    async fn ids(&self, sql: &str) -> Vec<(Uuid, Uuid, String)> {
        let statement = Statement::from_string(self.db.get_database_backend(), sql);
        let rows = self.db.query_all_raw(statement).await.expect("a database");
        rows.iter()
            .map(|row| {
                (
                    row.try_get_by_index(0).expect("an id"),
                    row.try_get_by_index(1).expect("an id"),
                    row.try_get_by_index(2).expect("a kind"),
                )
            })
            .collect()
    }

    async fn time_goes_by(&mut self) -> &'static str {
        let minutes = [1, 5, 12, 300][self.dice.roll(4)];
        self.app.after(Duration::minutes(minutes)).await;
        let due = self
            .number("SELECT count(*) FROM hold WHERE state = 'kept' AND kind = 'form'")
            .await;
        assert!(minutes < 10 || due == 0, "no hold outlives its time");
        "time goes by"
    }

    fn somebody(&mut self) -> Option<String> {
        if self.booked.is_empty() {
            return None;
        }
        let at = self.dice.roll(self.booked.len());
        let (booked, size) = &self.booked[at];
        let (codes, size) = (booked.appointments.clone(), *size);
        Some(codes[self.dice.roll(size)].code.clone())
    }

    async fn relocate(&mut self) -> &'static str {
        let (Some(code), Some(window)) = (self.somebody(), self.window().await) else {
            return "nobody";
        };
        match self
            .app
            .app
            .move_appointment(&self.admin, None, &code, window)
            .await
        {
            Ok(_) => "moved",
            Err(Error::Booking { .. }) => "move refused",
            Err(other) => panic!("{other:?}"),
        }
    }

    async fn cancel(&mut self) -> &'static str {
        let Some(code) = self.somebody() else {
            return "nobody";
        };
        match self
            .app
            .app
            .cancel_appointment(&self.admin, None, &code)
            .await
        {
            Ok(_) => "cancelled",
            Err(Error::Booking { .. }) => "cancel refused",
            Err(other) => panic!("{other:?}"),
        }
    }

    /// A machine fails or comes back, a site closes, a class grows; then all is planned and
    /// published anew.
    async fn upset(&mut self) -> &'static str {
        let days: Vec<String> = (1..7)
            .map(|n| (self.app.clock.now().date_naive() + Days::new(n)).to_string())
            .collect();
        let day = days[self.dice.roll(days.len())].clone();
        let (what, body) = match self.dice.roll(3) {
            0 => ("machines", json!({ "out": [[day, "sang"]] })),
            1 => ("sites", json!({ "closed": [day] })),
            _ => ("cohorts", json!({ "people": 3 + self.dice.roll(9) })),
        };
        let list = format!("/v1/campaigns/{}/{what}", self.campaign);
        let all = self.app.admin_get(&list).await.items();
        let one = all[self.dice.roll(all.len())].clone();
        let request = self
            .app
            .request(
                reqwest::Method::PATCH,
                &format!("{list}/{}", one["id"].as_str().expect("an id")),
            )
            .bearer_auth(&self.app.admin)
            .header("If-Match", format!("\"{}\"", one["version"]))
            .json(&body);
        let answer = self.app.send(request).await;
        assert_eq!(answer.status, 200, "{:#}", answer.body);
        self.app
            .plans_and_publishes(&self.campaign.to_string(), 100)
            .await;
        "published anew"
    }

    /// Something goes wrong and is reported; the first proposal is published.
    async fn disrupt(&mut self) -> &'static str {
        let day = self.app.clock.now().date_naive() + Days::new(1 + self.dice.roll(6) as u64);
        let machine = ["may-1", "may-2"][self.dice.roll(2)];
        let site = ["truong", "tru-so"][self.dice.roll(2)];
        let what = match self.dice.roll(4) {
            0 => json!({ "machine_id": machine, "from": day, "to": day }),
            1 => json!({ "kind": "site-closed", "site_id": site, "from": day }),
            2 => json!({ "kind": "shift-lost", "from": day, "shift": "sang" }),
            _ => json!({ "kind": "cohort-grew", "cohort_id": "thon", "people": 2 }),
        };
        let path = format!("/v1/campaigns/{}/disruptions", self.campaign);
        let answer = self.app.admin_post(&path, &what).await;
        assert_eq!(answer.status, 201, "{what}: {:#}", answer.body);
        let proposals = answer.body["proposals"].as_array().expect("proposals");
        let Some(first) = proposals.first() else {
            return "no proposal";
        };
        let path = format!(
            "/v1/plans/{}/publish",
            first["plan_id"].as_str().expect("an id")
        );
        let done = self.app.admin_post(&path, &json!({})).await;
        assert_eq!(done.status, 200, "{what}: {:#}", done.body);
        "disrupted"
    }

    async fn step(&mut self) -> &'static str {
        match self.dice.roll(32) {
            0..9 => self.book().await,
            9..12 => self.hold().await,
            12..15 => self.wait().await,
            15 => self.rank().await,
            16..20 => self.answer().await,
            20..23 => self.time_goes_by().await,
            23..26 => self.relocate().await,
            26..29 => self.cancel().await,
            29 => self.disrupt().await,
            _ => self.upset().await,
        }
    }
}

on_both! {
    async fn the_invariants_hold_whatever_happens(app: TestApp) {
        let mut world = World::new(app, 20_261_121).await;
        for step in 0..STEPS {
            let what = world.step().await;
            world.holds(step, what).await;
        }
        assert!(world.people > 20, "the story is worth telling: {} people", world.people);
    }
}
