//! Capacity that changes, or is taken for something else.

use chrono::{Days, Duration};
use luot_domain::clock::Clock;
use luot_testkit::{TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::json;

on_both! {
    // DIVOC and MOSIP: a job sets what remains of each slot to its full number every night,
    // over what was booked.
    async fn a_nightly_refill_does_not_reset_what_is_left(app: TestApp) {
        let slot = app.a_session().in_days(3).with_places(2).published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        mai.books(&slot).await.expect(StatusCode::CREATED);
        lan.holds(slot.window(), 1).await.expect(StatusCode::CREATED);
        for _ in 0..2 {
            // Everything that happens by itself, at night; and the plan published again.
            app.after(Duration::seconds(1)).await;
            app.app.forget().await.expect("forgetting");
            app.plans_and_publishes(&slot.campaign, 50).await;
        }
        app.a_parent().books(&slot).await.is_problem(409, "window-full");
        app.clock.advance(Duration::days(1));
        app.after(Duration::seconds(600)).await;
        app.after(Duration::seconds(600)).await;
        app.a_parent().books(&slot).await.expect(StatusCode::CREATED);
        app.a_parent().books(&slot).await.is_problem(409, "window-full");
    }

    // MOSIP: a slot that nobody can book any more is taken for the lunch break, and what
    // was booked around it is cancelled.
    async fn a_full_slot_is_not_a_lunch_break(app: TestApp) {
        let slot = app.a_session().in_days(3).with_places(3).in_windows(3).published().await;
        let parents = [app.a_parent(), app.a_parent(), app.a_parent()];
        let mut booked = Vec::new();
        for (parent, window) in parents.iter().zip(&slot.windows) {
            let answer = parent.sends(&parent.request(window)).await;
            booked.push(answer.expect(StatusCode::CREATED));
        }
        app.plans_and_publishes(&slot.campaign, 50).await;
        for (parent, booked) in parents.iter().zip(&booked) {
            let seen = parent.looks_up(booked).await;
            assert_eq!(seen.text("/state"), "booked");
            assert_eq!(seen.body["window_id"], booked.body["window_id"]);
        }
        let session = app.get(&format!("/v1/sessions/{}", slot.session)).await;
        assert_eq!((session.number("/booked"), session.number("/open_places")), (3, 0));
    }

    // MOSIP: with one kiosk fewer, everybody of that day is cancelled and notified.
    async fn one_machine_fewer_does_not_cancel_the_whole_day(app: TestApp) {
        let day = app.clock.now().date_naive() + Days::new(3);
        let mut instance = app.a_session().in_days(3).with_places(4).instance();
        let stands = |machine: &str| {
            json!({ "machine": machine, "date": day, "shift": "sang", "site": "truong" })
        };
        instance["machines"] = json!([{ "id": "may-1" }, { "id": "may-2" }]);
        instance["sites"] = json!([{ "id": "truong", "machines_at_once": 2 }]);
        instance["pinned"] = json!({ "rotation": [stands("may-1"), stands("may-2")] });
        let created = app.admin_post("/v1/campaigns", &instance).await;
        let campaign = created.expect(StatusCode::CREATED).text("/id");
        app.plans_and_publishes(&campaign, 100).await;
        let slot = app.slot_of(&campaign).await;
        let mut there = Vec::new();
        for _ in 0..8 {
            let parent = app.a_parent();
            let booked = parent.books(&slot).await.expect(StatusCode::CREATED);
            there.push((parent, booked));
        }
        app.a_parent().books(&slot).await.is_problem(409, "window-full");

        let path = format!("/v1/campaigns/{campaign}");
        let version = app.admin_get(&path).await.header("etag").to_owned();
        let change = app
            .request(Method::PATCH, &path)
            .bearer_auth(&app.admin)
            .header("If-Match", version)
            .json(&json!({ "pinned": { "rotation": [stands("may-1")] } }));
        app.send(change).await.expect(StatusCode::OK);
        app.plans_and_publishes(&campaign, 100).await;
        let mut states = std::collections::BTreeMap::new();
        for (parent, booked) in &there {
            *states.entry(parent.looks_up(booked).await.text("/state")).or_insert(0) += 1;
        }
        // Half of the capacity is left: half of them keep their places, the others a claim.
        assert_eq!(states.get("booked"), Some(&4), "{states:?}");
        assert_eq!(states.get("displaced"), Some(&4), "{states:?}");
    }
}
