//! A machine breaks in the middle of a session, when some of its people have been served.

use std::collections::BTreeMap;

use chrono::Duration;
use luot_domain::clock::Clock as _;
use luot_testkit::{Answer, Parent, Slot, TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

mod stopped;

const CLASSES: [&str; 4] = ["1A", "1B", "1C", "1D"];

/// A session of 160 people, four classes that are to stay whole, today from eight to noon, and
/// the appointments of four pupils of each class.
struct School<'a> {
    app: &'a TestApp,
    slot: Slot,
    booked: BTreeMap<&'static str, Vec<(Parent, Answer)>>,
}

impl<'a> School<'a> {
    /// With one machine that takes 160, or with two that take as many together.
    async fn with_machines(app: &'a TestApp, machines: usize) -> Self {
        Self::with(app, machines, 0).await
    }

    /// The same, with so many machines more that stand nowhere.
    async fn with(app: &'a TestApp, machines: usize, spare: usize) -> Self {
        let mut instance = app.a_session().in_days(0).in_windows(8).instance();
        let all = &["may-1", "may-2"][..machines + spare];
        let names = &all[..machines];
        let day = instance["start"].clone();
        instance["shifts"][0]["records"] = json!(160 / machines);
        instance["sites"] = json!([{ "id": "truong", "machines_at_once": 2 }, { "id": "thon" }]);
        instance["machines"] = all.iter().map(|id| json!({ "id": id })).collect();
        let class =
            |id: &str| json!({ "id": id, "people": 40, "whole": true, "sites": ["truong"] });
        instance["cohorts"] = CLASSES.iter().map(|id| class(id)).collect();
        instance["pinned"] = json!({});
        let created = app.admin_post("/v1/campaigns", &instance).await;
        let campaign = created.expect(StatusCode::CREATED).text("/id");
        let at = json!({ "date": day, "shift": "sang", "site": "truong" });
        let with = |key: &str, value: &str| {
            let mut entry = at.clone();
            entry[key] = json!(value);
            entry
        };
        let given = |class: &&str| {
            let mut entry = with("cohort", class);
            entry["people"] = json!(40);
            entry
        };
        let plan = json!({
            "rotation": names.iter().map(|m| with("machine", m)).collect::<Vec<_>>(),
            "allotments": CLASSES.iter().map(given).collect::<Vec<_>>(),
        });
        app.publishes_by_hand(&campaign, &plan).await;
        let sessions = app.get(&format!("/v1/campaigns/{campaign}/sessions")).await;
        let mut windows = Vec::new();
        for class in CLASSES {
            let path = format!("/v1/campaigns/{campaign}/timetable?cohort={class}");
            let times = app.get(&path).await.items();
            let id = |row: &Value| row["window_id"].as_str().expect("an id").to_owned();
            windows.extend(times.iter().map(id));
        }
        let slot = Slot {
            session: sessions.items()[0]["id"]
                .as_str()
                .expect("an id")
                .to_owned(),
            campaign,
            windows,
        };
        let mut school = Self {
            app,
            slot,
            booked: BTreeMap::new(),
        };
        // A class has two windows, one after the other.
        for (n, class) in CLASSES.into_iter().enumerate() {
            for child in 0..4 {
                let parent = app.a_parent();
                let mut person = parent.person();
                person["cohort_id"] = json!(class);
                let window = &school.slot.windows[2 * n + child / 2];
                let answer = parent.sends(&parent.request_for(window, &[person])).await;
                let theirs = school.booked.entry(class).or_default();
                theirs.push((parent, answer.expect(StatusCode::CREATED)));
            }
        }
        school
    }

    /// Serves the first pupils of a class at a station.
    async fn serves(&self, station: &str, class: &str, pupils: usize) {
        for (_, booked) in &self.booked[class][..pupils] {
            let arrived = self.app.checks_in(&self.slot, booked).await;
            arrived.expect(StatusCode::CREATED);
            let (call, _) = self.app.calls(station).await;
            self.app.finishes(&call).await;
        }
    }

    /// Until 10:05: three of 1A are served, and one did not come; two of 1B are served, one
    /// stands in the line, and one is late.
    async fn until_ten(&self) -> String {
        self.app.minutes_pass(35);
        let station = self.app.opens_a_station(&self.slot).await;
        self.serves(&station, "1A", 3).await;
        self.app.minutes_pass(60);
        self.serves(&station, "1B", 2).await;
        let stands = &self.booked["1B"][2].1;
        let arrived = self.app.checks_in(&self.slot, stands).await;
        arrived.expect(StatusCode::CREATED);
        self.app.minutes_pass(60);
        self.app.sweeps().await;
        station
    }

    /// A machine is out from now on: what is proposed.
    async fn breaks_down(&self, machine: &str) -> Value {
        let now = self.app.clock.now();
        let out = json!({ "machine_id": machine, "from": now, "to": now, "reason": "hỏng" });
        let path = format!("/v1/campaigns/{}/disruptions", self.slot.campaign);
        let answer = self.app.admin_post(&path, &out).await;
        answer.expect(StatusCode::CREATED).body
    }

    /// Says when the first machine is out, without a report of it.
    async fn says_out(&self, out: &Value) {
        let machines = format!("/v1/campaigns/{}/machines", self.slot.campaign);
        let machine = self.app.admin_get(&machines).await.items()[0].clone();
        let path = format!("{machines}/{}", machine["id"].as_str().expect("an id"));
        let request = self
            .app
            .request(Method::PATCH, &path)
            .bearer_auth(&self.app.admin)
            .header("If-Match", format!("\"{}\"", machine["version"]))
            .json(&json!({ "out": out }));
        self.app.send(request).await.expect(StatusCode::OK);
    }

    /// Publishes a plan, and sees that no appointment is lost by it.
    async fn publishes(&self, plan: &Value) -> Value {
        let live = "SELECT count(*) FROM appointment WHERE state <> 'cancelled'";
        let before = self.app.database.number(live).await;
        let path = format!("/v1/plans/{}/publish", plan.as_str().expect("an id"));
        let done = self.app.admin_post(&path, &json!({})).await;
        let done = done.expect(StatusCode::OK).body;
        assert_eq!(self.app.database.number(live).await, before);
        done
    }

    /// The state of each pupil's appointment, and whether it is in the session of today.
    async fn states(&self, class: &str) -> Vec<(String, bool)> {
        let mut states = Vec::new();
        for (parent, booked) in &self.booked[class] {
            let seen = parent.looks_up(booked).await;
            let here = seen.text("/session_id") == self.slot.session;
            states.push((seen.text("/state"), here));
        }
        states
    }

    /// People by cohort.
    async fn people(&self) -> Vec<(String, i64)> {
        let path = format!("/v1/campaigns/{}/cohorts", self.slot.campaign);
        let cohorts = self.app.get(&path).await.items();
        let count = |c: &Value| {
            let people = c["people"].as_i64().expect("a count");
            (c["code"].as_str().expect("a code").to_owned(), people)
        };
        cohorts.iter().map(count).collect()
    }

    async fn session(&self) -> Value {
        let path = format!("/v1/sessions/{}", self.slot.session);
        self.app.get(&path).await.body
    }

    /// What a plan gives to each cohort, by whether it is in the session of today.
    async fn given(&self, plan: &Value) -> BTreeMap<String, (i64, i64)> {
        let path = format!("/v1/plans/{}", plan.as_str().expect("an id"));
        let plan = self.app.admin_get(&path).await.body;
        let today = json!((self.app.clock.now() + Duration::hours(7)).date_naive());
        let mut given: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for a in plan["allotments"].as_array().expect("allotments") {
            let cohort = a["cohort"].as_str().expect("a code").to_owned();
            let people = a["people"].as_i64().expect("a count");
            let counts = given.entry(cohort).or_default();
            if a["date"] == today {
                counts.0 += people;
            } else {
                counts.1 += people;
            }
        }
        given
    }
}

fn given<const N: usize>(expected: [(&str, (i64, i64)); N]) -> BTreeMap<String, (i64, i64)> {
    expected.map(|(cohort, n)| (cohort.to_owned(), n)).into()
}

fn all<const N: usize>(states: [(&str, bool); N]) -> Vec<(String, bool)> {
    states.map(|(state, here)| (state.to_owned(), here)).into()
}

on_both! {
    async fn whoever_was_served_is_left_alone_and_everybody_else_is_planned_anew(app: TestApp) {
        let school = School::with_machines(&app, 1).await;
        let station = school.until_ten().await;
        let answer = school.breaks_down("may-1").await;
        let expected = [("1A", 3), ("1B", 2), ("1C", 40), ("1D", 40), ("1A+1", 37), ("1B+1", 38)];
        assert_eq!(school.people().await, expected.map(|(id, n)| (id.to_owned(), n)));
        let proposals = answer["proposals"].as_array().expect("proposals");
        assert!(!proposals.is_empty(), "{answer:#}");
        for proposal in proposals {
            let (diff, title) = (&proposal["diff"], &proposal["title"]);
            assert_eq!((&diff["kept"], &diff["moved"]), (&json!(5), &json!(155)), "{diff:#}");
            assert_eq!((&diff["gained"], &diff["lost"]), (&json!(0), &json!(0)), "{diff:#}");
            let told = diff["text"][0].as_str().expect("a sentence");
            assert!(told.starts_with("155 of 160 people move, 0 lose their place"), "{told}");
            assert!(title.as_str().is_some_and(|t| t.starts_with("155 people move,")), "{title}");
            let expected = [
                ("1A", (3, 0)), ("1A+1", (0, 37)), ("1B", (2, 0)), ("1B+1", (0, 38)),
                ("1C", (0, 40)), ("1D", (0, 40)),
            ];
            assert_eq!(school.given(&proposal["plan_id"]).await, given(expected));
        }
        // Somebody who asks again is told the same.
        let plan = &proposals[0]["plan_id"];
        let path = format!("/v1/plans/{}/diff", plan.as_str().expect("an id"));
        assert_eq!(app.admin_get(&path).await.body["moved"], 155);

        let done = school.publishes(plan).await;
        // One of 1B who is late, and all of 1C and 1D go along; who stands in the line waits.
        assert_eq!((&done["moved"], &done["displaced"]), (&json!(9), &json!(0)), "{done:#}");
        let served = ("fulfilled", true);
        let came_not = ("noshow", true);
        assert_eq!(school.states("1A").await, all([served, served, served, came_not]));
        let moved = ("booked", false);
        assert_eq!(school.states("1B").await, all([served, served, ("arrived", true), moved]));
        assert_eq!(school.states("1C").await, all([moved; 4]));
        assert_eq!(school.states("1D").await, all([moved; 4]));
        assert_eq!(school.session().await["state"], "withdrawn");
        // Once nobody serves there any more, who stands there keeps a claim, and is offered
        // one of the places made for 1B.
        app.admin_post(&format!("/v1/stations/{station}/close"), &json!({})).await.expect(StatusCode::OK);
        app.sweeps().await;
        let (parent, stood) = &school.booked["1B"][2];
        let seen = parent.looks_up(stood).await;
        assert_eq!(seen.text("/state"), "displaced", "{:#}", seen.body);
        assert!(seen.body["waitlist_entry_id"].is_string(), "{:#}", seen.body);

        // Tomorrow it is the past, and nobody is planned for twice.
        app.after(Duration::days(1)).await;
        let plan = app.plans(&school.slot.campaign, &json!({ "steps": 200 })).await;
        assert_eq!((&plan["terms"]["unserved"], &plan["terms"]["moved"]), (&json!(0), &json!(0)));
        school.publishes(&plan["id"]).await;
        assert_eq!(school.states("1A").await, all([served, served, served, came_not]));
    }

    async fn as_many_as_the_other_machine_can_take_stay_where_they_are(app: TestApp) {
        let school = School::with_machines(&app, 2).await;
        school.until_ten().await;
        let answer = school.breaks_down("may-2").await;
        // It takes 80 in four hours: 38 until noon, which is one of 1B who stands there, and
        // all who are left of 1A, and no part of another class.
        let plan = &answer["proposals"][0]["plan_id"];
        let expected = [
            ("1A", (40, 0)), ("1B", (3, 0)), ("1B+1", (0, 37)), ("1C", (0, 40)), ("1D", (0, 40)),
        ];
        assert_eq!(school.given(plan).await, given(expected), "{answer:#}");
        assert_eq!(answer["proposals"][0]["diff"]["moved"], 117);
        school.publishes(plan).await;
        let session = school.session().await;
        assert_eq!((&session["state"], &session["capacity"]), (&json!("open"), &json!(80)), "{session:#}");
        // Theirs are places in windows that are to come; those that are over are as they were.
        let path = format!("/v1/campaigns/{}/timetable?cohort=1A", school.slot.campaign);
        let times = app.get(&path).await.items();
        let places: Vec<_> = times.iter().map(|t| (&t["window_id"], t["places"].as_i64())).collect();
        let window = |n: usize, places| (json!(school.slot.windows[n]), Some(places));
        let expected = [
            window(0, 20), window(1, 20), window(4, 10), window(5, 10), window(6, 10), window(7, 7),
        ];
        assert_eq!(places, expected.iter().map(|(w, n)| (w, *n)).collect::<Vec<_>>());
        // Of the three places that are left, two of 1D keep theirs, and one is for whoever stands there.
        let free = app.get(&format!("/v1/campaigns/{}/availability", school.slot.campaign)).await.items();
        let last = free.iter().find(|w| w["window_id"] == school.slot.windows[7].as_str());
        assert_eq!(last, None);
        // A plan that comes after it leaves it as it is.
        app.minutes_pass(20);
        app.plans_and_publishes(&school.slot.campaign, 200).await;
        assert_eq!(app.get(&path).await.items(), times);
    }

    async fn no_plan_takes_people_out_of_a_session_that_runs(app: TestApp) {
        let school = School::with_machines(&app, 1).await;
        let campaign = &school.slot.campaign;
        let elsewhere = |plan: &Value| {
            let mut plan = plan.clone();
            for list in ["rotation", "allotments"] {
                for entry in plan[list].as_array_mut().expect("a list") {
                    let day: chrono::NaiveDate = serde_json::from_value(entry["date"].clone()).expect("a date");
                    entry["date"] = json!(day + chrono::Days::new(1));
                }
            }
            plan
        };
        let plans = format!("/v1/campaigns/{campaign}/plans");
        let there = app.admin_get(&plans).await.items();
        let there = app.admin_get(&format!("/v1/plans/{}", there[0]["id"].as_str().expect("an id"))).await.body;
        let there = json!({ "rotation": there["rotation"], "allotments": there["allotments"] });
        // Before it begins, everybody may come tomorrow instead.
        let early = app.admin_post(&plans, &elsewhere(&there)).await.expect(StatusCode::CREATED);
        school.until_ten().await;
        let early = format!("/v1/plans/{}/publish", early.text("/id"));
        app.admin_post(&early, &json!({})).await.is_problem(412, "plan-stale");
        let refused = app.admin_post(&plans, &elsewhere(&there)).await;
        refused.is_problem(422, "invalid-plan");
        assert_eq!(refused.text("/errors/0/code"), "served-already");
        for against in ["published", "none"] {
            let plan = app.plans(campaign, &json!({ "steps": 200, "against": against })).await;
            let expected = CLASSES.map(|class| (class, (40, 0)));
            assert_eq!(school.given(&plan["id"]).await, given(expected), "{against}");
            let done = school.publishes(&plan["id"]).await;
            assert_eq!((&done["kept"], &done["moved"], &done["displaced"]), (&json!(8), &json!(0), &json!(0)));
        }
    }

    async fn another_machine_may_take_over_by_hand(app: TestApp) {
        let school = School::with(&app, 1, 1).await;
        school.until_ten().await;
        school.breaks_down("may-1").await;
        let today = (app.clock.now() + Duration::hours(7)).date_naive();
        let here = |class: &str, people: u32| {
            json!({ "cohort": class, "date": today, "shift": "sang", "site": "truong", "people": people })
        };
        // Four windows are left of it, for two classes; the rest is for another plan.
        let plan = json!({
            "rotation": [{ "machine": "may-2", "date": today, "shift": "sang", "site": "truong" }],
            "allotments": [here("1A", 3), here("1B", 2), here("1C", 40), here("1D", 40)],
        });
        // Who is late for 1B may still come: the session goes on.
        let done = app.publishes_by_hand(&school.slot.campaign, &plan).await;
        assert_eq!((&done["kept"], &done["moved"], &done["displaced"]), (&json!(8), &json!(0), &json!(0)));
        for class in ["1C", "1D"] {
            assert_eq!(school.states(class).await, all([("booked", true); 4]));
        }
        assert_eq!(school.session().await["state"], "open");
        let plan = app.plans(&school.slot.campaign, &json!({ "steps": 200 })).await;
        let expected = [
            ("1A", (3, 0)), ("1A+1", (0, 37)), ("1B", (2, 0)), ("1B+1", (0, 38)),
            ("1C", (40, 0)), ("1D", (40, 0)),
        ];
        assert_eq!(school.given(&plan["id"]).await, given(expected));
    }

    async fn a_machine_of_the_same_size_takes_over_and_nobody_who_is_on_time_notices(app: TestApp) {
        let school = School::with(&app, 1, 1).await;
        school.until_ten().await;
        let today = (app.clock.now() + Duration::hours(7)).date_naive();
        let at = |mut entry: Value| {
            for (key, value) in [("date", json!(today)), ("shift", json!("sang")), ("site", json!("truong"))] {
                entry[key] = value;
            }
            entry
        };
        // The absent of the first two classes come first in the plan, and are in nobody's way.
        let here = CLASSES.map(|class| at(json!({ "cohort": class, "people": 40 })));
        let plan = json!({ "rotation": [at(json!({ "machine": "may-2" }))], "allotments": here });
        let done = app.publishes_by_hand(&school.slot.campaign, &plan).await;
        assert_eq!((&done["kept"], &done["moved"], &done["displaced"]), (&json!(8), &json!(0), &json!(0)));
        for class in ["1C", "1D"] {
            assert_eq!(school.states(class).await, all([("booked", true); 4]));
        }
    }

    async fn who_has_come_uses_a_place_of_the_window_up_wherever_the_class_is_to_go(app: TestApp) {
        let school = School::with(&app, 1, 1).await;
        school.until_ten().await;
        let arrived = app.checks_in(&school.slot, &school.booked["1C"][0].1).await;
        arrived.expect(StatusCode::CREATED);
        let today = (app.clock.now() + Duration::hours(7)).date_naive();
        let here = |class: &str| {
            json!({ "cohort": class, "date": today, "shift": "sang", "site": "truong", "people": 40 })
        };
        let plan = json!({
            "rotation": [{ "machine": "may-2", "date": today, "shift": "sang", "site": "truong" }],
            "allotments": [here("1A"), here("1B"), here("1D")],
        });
        app.publishes_by_hand(&school.slot.campaign, &plan).await;
        assert_eq!(school.states("1C").await[0], ("arrived".to_owned(), true));
        // A window takes twenty.
        let most = "SELECT max(n) FROM (SELECT sum(CASE WHEN open THEN places ELSE taken END) AS n \
                    FROM pool GROUP BY slot_id) AS windows";
        assert_eq!(app.database.number(most).await, 20);
    }

    async fn a_machine_that_is_repaired_takes_people_again(app: TestApp) {
        let school = School::with_machines(&app, 1).await;
        school.until_ten().await;
        let answer = school.breaks_down("may-1").await;
        school.publishes(&answer["proposals"][0]["plan_id"]).await;
        school.says_out(&json!([])).await;
        app.plans_and_publishes(&school.slot.campaign, 200).await;
        assert_eq!(school.session().await["state"], "open");
        // What is left of it is everybody's, but for who stands in the line: its people have their
        // places elsewhere.
        let path = format!("/v1/campaigns/{}/availability", school.slot.campaign);
        let windows = app.get(&path).await.items();
        let here = windows.iter().filter(|w| w["session_id"] == school.slot.session.as_str());
        let left: Vec<_> = here.map(|w| w["places_left"].as_i64()).collect();
        assert_eq!(left, [Some(19), Some(20), Some(20), Some(20)], "{windows:#?}");
    }
}
