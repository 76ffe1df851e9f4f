//! `POST /v1/plans/{plan_id}/publish`

use luot_testkit::rules::PLACES;
use luot_testkit::{Answer, Parent, Slot, TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A campaign in which class 1A comes to the school on the first day it can.
async fn a_class_with_its_morning(app: &TestApp) -> Slot {
    let mut instance = app
        .a_session()
        .with_places(20)
        .in_windows(2)
        .for_cohort("1A", 8)
        .instance();
    instance["pinned"] = json!({});
    instance["cohorts"][0]["whole"] = json!(true);
    let created = app
        .admin_post("/v1/campaigns", &instance)
        .await
        .expect(StatusCode::CREATED);
    let campaign = created.text("/id");
    app.plans_and_publishes(&campaign, 500).await;
    app.slot_of(&campaign).await
}

async fn change_first(app: &TestApp, campaign: &str, what: &str, body: &Value) -> Answer {
    let list = format!("/v1/campaigns/{campaign}/{what}");
    let first = app.admin_get(&list).await.items()[0].clone();
    let path = format!("{list}/{}", first["id"].as_str().expect("an id"));
    let request = app
        .request(Method::PATCH, &path)
        .bearer_auth(&app.admin)
        .header("If-Match", format!("\"{}\"", first["version"]))
        .json(body);
    app.send(request).await
}

async fn of_class(app: &TestApp, slot: &Slot) -> (Parent, Answer) {
    let parent = app.a_parent();
    let mut person = parent.person();
    person["cohort_id"] = json!("1A");
    let booked = parent
        .sends(&parent.request_for(slot.window(), &[person]))
        .await;
    (parent, booked.expect(StatusCode::CREATED))
}

on_both! {
    async fn the_same_plan_again_changes_nothing_for_anybody(app: TestApp) {
        let slot = a_class_with_its_morning(&app).await;
        let (mai, hers) = of_class(&app, &slot).await;
        let lan = app.a_parent();
        let his = lan.books(&slot).await.expect(StatusCode::CREATED);
        let done = app.plans_and_publishes(&slot.campaign, 500).await;
        assert_eq!((&done["kept"], &done["moved"], &done["displaced"]), (&json!(2), &json!(0), &json!(0)));
        for (who, what) in [(&mai, &hers), (&lan, &his)] {
            let seen = who.looks_up(what).await;
            assert_eq!((seen.text("/state"), seen.text("/window_id")), ("booked".into(), slot.window().into()));
        }
        assert_eq!(app.slot_of(&slot.campaign).await.windows, slot.windows);
    }

    async fn what_a_class_did_not_claim_in_time_stays_with_who_booked_it(app: TestApp) {
        let slot = app.a_session().in_days(1).with_places(10).for_cohort("1A", 9).published().await;
        let first = app.a_parent();
        first.books(&slot).await.expect(StatusCode::CREATED);
        let (mai, hers) = of_class(&app, &slot).await;
        // 06:00, two hours before the session.
        app.minutes_pass(22 * 60 + 30);
        assert_eq!(app.sweeps().await.opened, 8);
        let mut others = Vec::new();
        for _ in 0..7 {
            let parent = app.a_parent();
            let booked = parent.books(&slot).await.expect(StatusCode::CREATED);
            others.push((parent, booked));
        }
        app.a_parent().holds(slot.window(), 1).await.expect(StatusCode::CREATED);
        let done = app.plans_and_publishes(&slot.campaign, 200).await;
        assert_eq!((&done["kept"], &done["moved"], &done["displaced"]), (&json!(9), &json!(0), &json!(0)));
        for (who, what) in others.iter().chain([&(mai, hers)]) {
            assert_eq!(who.looks_up(what).await.text("/state"), "booked");
        }
        // The tenth place is still held, and there are no more than ten.
        let session = app.get(&format!("/v1/sessions/{}", slot.session)).await;
        assert_eq!((session.number("/booked"), session.number("/open_places")), (9, 0));
        let places = "SELECT sum(places) FROM pool WHERE open";
        assert_eq!(app.database.number(places).await, 10);
        assert_eq!(app.sweeps().await.opened, 0);
    }

    async fn a_class_that_moves_takes_its_appointments_along_and_others_keep_a_claim(app: TestApp) {
        let slot = a_class_with_its_morning(&app).await;
        let (mai, hers) = of_class(&app, &slot).await;
        let lan = app.a_parent();
        let his = lan.books(&slot).await.expect(StatusCode::CREATED);
        let date = mai.looks_up(&hers).await.text("/date");
        change_first(&app, &slot.campaign, "sites", &json!({ "closed": [date] })).await.expect(StatusCode::OK);

        let done = app.plans_and_publishes(&slot.campaign, 500).await;
        assert_eq!((&done["kept"], &done["moved"], &done["displaced"]), (&json!(0), &json!(1), &json!(1)));
        let seen = mai.looks_up(&hers).await;
        assert_eq!(seen.text("/state"), "booked");
        assert_ne!(seen.text("/date"), date);
        assert_eq!(lan.looks_up(&his).await.text("/state"), "displaced");

        // A claim is taken up by moving.
        let now = app.slot_of(&slot.campaign).await;
        let to = json!({ "window_id": now.windows[1] });
        lan.acts(&his, "move", &to).await.expect(StatusCode::OK);
        assert_eq!(lan.looks_up(&his).await.text("/state"), "booked");
        let session = app.get(&format!("/v1/sessions/{}", now.session)).await;
        assert_eq!(session.number("/booked"), 2);
        // What was withdrawn takes nobody.
        app.a_parent().books(&slot).await.is_problem(409, "window-closed");
    }

    async fn a_campaign_that_has_begun_is_planned_from_today_on(app: TestApp) {
        let mut instance = app.a_session().for_cohort("1A", 8).instance();
        instance["pinned"] = json!({});
        instance["start"] = json!("2026-04-03");
        let created = app.admin_post("/v1/campaigns", &instance).await.expect(StatusCode::CREATED);
        let campaign = created.text("/id");
        for against in [json!(null), json!("none")] {
            let plan = app.plans(&campaign, &json!({ "steps": 300, "against": against })).await;
            let dates: Vec<&str> = plan["rotation"]
                .as_array()
                .expect("a rotation")
                .iter()
                .filter_map(|p| p["date"].as_str())
                .collect();
            assert!(!dates.is_empty() && dates.iter().all(|d| *d >= "2026-04-08"), "{dates:?}");
        }
        // What was made before days went by says something else about them than was published.
        let plan = app.plans(&campaign, &json!({ "steps": 300 })).await;
        app.clock.advance(chrono::Duration::days(9));
        let path = format!("/v1/plans/{}/publish", plan["id"].as_str().expect("an id"));
        app.admin_post(&path, &json!({})).await.is_problem(412, "plan-stale");
    }

    async fn who_was_displaced_comes_first_when_the_class_has_places_again(app: TestApp) {
        let slot = a_class_with_its_morning(&app).await;
        let (mai, hers) = of_class(&app, &slot).await;
        let all: Vec<String> = (8..30).map(|n| format!("2026-04-{n:02}")).collect();
        change_first(&app, &slot.campaign, "sites", &json!({ "closed": all })).await.expect(StatusCode::OK);
        let gone = app.plans_and_publishes(&slot.campaign, 300).await;
        assert_eq!(gone["displaced"], json!(1), "{gone:#}");
        change_first(&app, &slot.campaign, "sites", &json!({ "closed": [] })).await.expect(StatusCode::OK);
        let back = app.plans_and_publishes(&slot.campaign, 300).await;
        assert_eq!((&back["restored"], &back["displaced"]), (&json!(1), &json!(0)), "{back:#}");
        assert_eq!(mai.looks_up(&hers).await.text("/state"), "booked");
    }

    async fn a_plan_made_against_an_older_state_is_refused(app: TestApp) {
        let slot = a_class_with_its_morning(&app).await;
        let plan = app.plans(&slot.campaign, &json!({ "steps": 100 })).await;
        change_first(&app, &slot.campaign, "cohorts", &json!({ "people": 9 })).await.expect(StatusCode::OK);
        let path = format!("/v1/plans/{}/publish", plan["id"].as_str().expect("an id"));
        app.admin_post(&path, &json!({})).await.is_problem(412, "plan-stale");
    }

    async fn of_two_plans_made_at_once_only_one_is_published(app: TestApp) {
        let slot = a_class_with_its_morning(&app).await;
        let (a, b) = (
            app.plans(&slot.campaign, &json!({ "steps": 100 })).await,
            app.plans(&slot.campaign, &json!({ "steps": 100 })).await,
        );
        let publish = async |plan: &Value| {
            let path = format!("/v1/plans/{}/publish", plan["id"].as_str().expect("an id"));
            app.admin_post(&path, &json!({})).await
        };
        let (first, second) = tokio::join!(publish(&a), publish(&b));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412]);
    }

    async fn fewer_places_displace_only_those_who_do_not_fit(app: TestApp) {
        let slot = a_class_with_its_morning(&app).await;
        let mut booked = Vec::new();
        for _ in 0..2 {
            let lan = app.a_parent();
            let his = lan.books(&slot).await.expect(StatusCode::CREATED);
            booked.push((lan, his));
        }
        // Nine records are left: the class has eight of them, one in the first window is open.
        change_first(&app, &slot.campaign, "shifts", &json!({ "records": 9 })).await.expect(StatusCode::OK);
        let done = app.plans_and_publishes(&slot.campaign, 500).await;
        let session = app.slot_of(&slot.campaign).await.session;
        let numbers = app.get(&format!("/v1/sessions/{session}")).await;
        let lost = done["displaced"].as_i64().expect("a count");
        assert_eq!(numbers.number("/capacity"), 9);
        assert_eq!(numbers.number("/booked") + lost, 2);
        assert!(lost >= 1, "{done:#}");
        for (who, what) in &booked {
            let state = who.looks_up(what).await.text("/state");
            assert!(state == "booked" || state == "displaced", "{state}");
        }
    }

    async fn publishing_on_the_day_adds_no_places_to_windows_that_are_over(app: TestApp) {
        let of = |code: &str, people: u32, day: &Value| {
            json!({ "cohort": code, "date": day, "shift": "sang", "site": "truong", "people": people })
        };
        let session = app.a_session().in_days(0).with_places(10).in_windows(2);
        let mut instance = session.for_cohort("1A", 4).for_cohort("1B", 3).instance();
        let (day, rotation) = (instance["start"].clone(), instance["pinned"]["rotation"].clone());
        instance["pinned"] = json!({});
        let campaign = app.admin_post("/v1/campaigns", &instance).await.text("/id");
        let first = json!({ "rotation": rotation, "allotments": [of("1A", 4, &day)] });
        app.publishes_by_hand(&campaign, &first).await;
        // The first window is over, and a second class is to come.
        app.minutes_pass(70);
        let second = json!({ "rotation": rotation, "allotments": [of("1A", 4, &day), of("1B", 3, &day)] });
        app.publishes_by_hand(&campaign, &second).await;
        for rule in PLACES {
            assert_eq!(app.database.number(&rule.sql("''")).await, 0, "{}", rule.meaning);
        }
    }
}
