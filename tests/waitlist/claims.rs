//! Those who lose a place by no doing of their own are offered others first.

use chrono::{Days, Duration, NaiveDate};
use luot_domain::clock::Clock;
use luot_testkit::{TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// The machine stands at one site on one morning.
fn stands(site: &str, day: NaiveDate) -> Value {
    json!({ "machine": "may-1", "date": day, "shift": "sang", "site": site })
}

on_both! {
    async fn the_displaced_are_offered_places_before_the_waitlist(app: TestApp) {
        let day = app.clock.now().date_naive() + Days::new(2);
        let mut instance = app.a_session().in_days(2).with_places(2).instance();
        instance["pinned"] = json!({ "rotation": [stands("truong", day)] });
        let created = app.admin_post("/v1/campaigns", &instance).await;
        let campaign = created.expect(StatusCode::CREATED).text("/id");
        app.plans_and_publishes(&campaign, 100).await;
        let slot = app.slot_of(&campaign).await;
        let (mai, hoa) = (app.a_parent(), app.a_parent());
        let both = [mai.person(), json!({ "full_name": "Lê An", "birth_date": "2016-02-03" })];
        let booked = mai.sends(&mai.request_for(slot.window(), &both)).await;
        let booked = booked.expect(StatusCode::CREATED);
        let waits = hoa.waits(&campaign, 1, &json!({})).await.expect(StatusCode::CREATED);
        assert_eq!(hoa.looks_at(&waits).await.text("/state"), "waiting");

        // The machine goes elsewhere: the family has lost its places, and there are two others.
        let path = format!("/v1/campaigns/{campaign}");
        let version = app.admin_get(&path).await.header("etag").to_owned();
        let change = app
            .request(Method::PATCH, &path)
            .bearer_auth(&app.admin)
            .header("If-Match", version)
            .json(&json!({ "pinned": { "rotation": [stands("tru-so", day)] } }));
        app.send(change).await.expect(StatusCode::OK);
        app.plans_and_publishes(&campaign, 100).await;

        let seen = mai.looks_up(&booked).await;
        assert_eq!(seen.text("/state"), "displaced");
        let look = || {
            let path = format!("/v1/waitlist-entries/{}", seen.text("/waitlist_entry_id"));
            app.request(Method::GET, &path).bearer_auth(booked.text("/manage_token"))
        };
        let claim = app.send(look()).await.expect(StatusCode::OK);
        assert_eq!((claim.text("/kind"), claim.text("/state")), ("claim".into(), "offered".into()));
        assert_eq!(claim.number("/offer/people"), 2);
        assert_eq!(hoa.looks_at(&waits).await.text("/state"), "waiting");

        let offer = claim.text("/offer/id");
        let taken = mai.answers_offer(&offer, &booked.text("/manage_token"), "accept").await;
        let taken = taken.expect(StatusCode::CREATED);
        assert_eq!(taken.text("/appointments/0/code"), booked.text("/appointments/0/code"));
        let now = mai.looks_up(&booked).await;
        assert_eq!((now.text("/state"), now.text("/site")), ("booked".into(), "tru-so".into()));
        assert_eq!(app.send(look()).await.text("/state"), "served");

        // On the day they have the credit for it, and need not know of it.
        app.clock.advance(Duration::days(2));
        let body = json!({ "code": now.text("/code") });
        let path = format!("/v1/sessions/{}/arrivals", now.text("/session_id"));
        let came = app.admin_post(&path, &body).await.expect(StatusCode::CREATED);
        assert_eq!((came.text("/came"), came.text("/priority")), ("early".into(), "displaced".into()));
    }

    async fn a_claim_outlives_every_offer_and_ends_when_they_help_themselves(app: TestApp) {
        let day = app.clock.now().date_naive() + Days::new(2);
        let mut instance = app.a_session().in_days(2).with_places(1).instance();
        instance["pinned"] = json!({ "rotation": [stands("truong", day)] });
        let created = app.admin_post("/v1/campaigns", &instance).await;
        let campaign = created.expect(StatusCode::CREATED).text("/id");
        app.plans_and_publishes(&campaign, 100).await;
        let slot = app.slot_of(&campaign).await;
        let mai = app.a_parent();
        let booked = mai.books(&slot).await.expect(StatusCode::CREATED);
        for later in 1..=4 {
            let path = format!("/v1/campaigns/{campaign}");
            let version = app.admin_get(&path).await.header("etag").to_owned();
            let pinned = json!({ "pinned": { "rotation": [stands("truong", day + Days::new(later))] } });
            let change = app
                .request(Method::PATCH, &path)
                .bearer_auth(&app.admin)
                .header("If-Match", version)
                .json(&pinned);
            app.send(change).await.expect(StatusCode::OK);
            app.plans_and_publishes(&campaign, 100).await;
            // Nobody answers: each offer runs out.
            app.after(Duration::minutes(240)).await;
        }
        let seen = mai.looks_up(&booked).await;
        assert_eq!(seen.text("/state"), "displaced");
        assert!(!seen.text("/waitlist_entry_id").is_empty());
        app.after(Duration::seconds(600)).await;
        let free = app.get(&format!("/v1/campaigns/{campaign}/availability")).await.items();
        let to = json!({ "window_id": free[0]["window_id"] });
        mai.acts(&booked, "move", &to).await.expect(StatusCode::OK);
        assert_eq!(mai.looks_up(&booked).await.text("/state"), "booked");
    }
}
