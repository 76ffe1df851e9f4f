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

/// Plans anew with the machine where it is said to stand, and publishes it.
async fn plans_with(app: &TestApp, campaign: &str, rotation: &[Value]) {
    let path = format!("/v1/campaigns/{campaign}");
    let version = app.admin_get(&path).await.header("etag").to_owned();
    let change = app
        .request(Method::PATCH, &path)
        .bearer_auth(&app.admin)
        .header("If-Match", version)
        .json(&json!({ "pinned": { "rotation": rotation } }));
    app.send(change).await.expect(StatusCode::OK);
    app.plans_and_publishes(campaign, 100).await;
}

on_both! {
    async fn who_loses_a_place_after_their_sister_is_offered_one_with_her(app: TestApp) {
        let day = app.clock.now().date_naive() + Days::new(2);
        let next = day + Days::new(1);
        let mut instance = app.a_session().in_days(2).with_places(2).instance();
        instance["pinned"] = json!({ "rotation": [stands("truong", day), stands("truong", next)] });
        let created = app.admin_post("/v1/campaigns", &instance).await;
        let campaign = created.expect(StatusCode::CREATED).text("/id");
        app.plans_and_publishes(&campaign, 100).await;
        let slot = app.slot_of(&campaign).await;
        let mai = app.a_parent();
        let both = [mai.person(), json!({ "full_name": "Lê An", "birth_date": "2016-02-03" })];
        let booked = mai.sends(&mai.request_for(slot.window(), &both)).await;
        let booked = booked.expect(StatusCode::CREATED);
        // The sister goes a day later.
        let question = format!("/v1/campaigns/{campaign}/availability?from={next}");
        let later = app.get(&question).await.items();
        let path = format!("/v1/appointments/{}/move", booked.text("/appointments/1/code"));
        let to = json!({ "window_id": later[0]["window_id"] });
        let moves = app.request(Method::POST, &path).bearer_auth(booked.text("/manage_token"));
        app.send(moves.json(&to)).await.expect(StatusCode::OK);

        plans_with(&app, &campaign, &[stands("tru-so", day), stands("truong", next)]).await;
        let seen = mai.looks_up(&booked).await;
        let look = || {
            let path = format!("/v1/waitlist-entries/{}", seen.text("/waitlist_entry_id"));
            app.request(Method::GET, &path).bearer_auth(booked.text("/manage_token"))
        };
        let claim = app.send(look()).await.expect(StatusCode::OK);
        assert_eq!((claim.number("/people"), claim.number("/offer/people")), (1, 1));
        plans_with(&app, &campaign, &[stands("tru-so", day), stands("tru-so", next)]).await;
        let claim = app.send(look()).await.expect(StatusCode::OK);
        assert_eq!((claim.number("/people"), claim.number("/offer/people")), (2, 2));
        let offer = claim.text("/offer/id");
        let taken = mai.answers_offer(&offer, &booked.text("/manage_token"), "accept").await;
        let taken = taken.expect(StatusCode::CREATED);
        assert_eq!(taken.body["appointments"].as_array().map(Vec::len), Some(2));
    }

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
        plans_with(&app, &campaign, &[stands("tru-so", day)]).await;

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

    async fn who_lost_a_place_may_say_later_that_they_can_come_at_once(app: TestApp) {
        let day = app.clock.now().date_naive() + Days::new(2);
        let mut instance = app.a_session().in_days(2).with_places(1).instance();
        instance["pinned"] = json!({ "rotation": [stands("truong", day), stands("truong", day + Days::new(1))] });
        let created = app.admin_post("/v1/campaigns", &instance).await;
        let campaign = created.expect(StatusCode::CREATED).text("/id");
        app.plans_and_publishes(&campaign, 100).await;
        let slot = app.slot_of(&campaign).await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let question = format!("/v1/campaigns/{campaign}/availability");
        let days = app.get(&question).await.items();
        let second = days[1]["window_id"].as_str().expect("an id").to_owned();
        let stays = lan.books(&slot).await.expect(StatusCode::CREATED);
        let booked = mai.sends(&mai.request(&second)).await.expect(StatusCode::CREATED);
        plans_with(&app, &campaign, &[stands("truong", day)]).await;
        let claim = mai.looks_up(&booked).await.text("/waitlist_entry_id");
        let path = format!("/v1/waitlist-entries/{claim}");
        let asks = |method: Method| app.request(method, &path).bearer_auth(booked.text("/manage_token"));
        let seen = app.send(asks(Method::GET)).await.expect(StatusCode::OK);
        assert_eq!((seen.text("/kind"), seen.text("/state")), ("claim".into(), "waiting".into()));

        // Forty minutes before the window a place in it comes free.
        app.clock.advance(Duration::days(2) - Duration::minutes(10));
        lan.acts(&stays, "cancel", &json!({})).await.expect(StatusCode::OK);
        let seen = app.send(asks(Method::GET)).await;
        assert_eq!(seen.text("/state"), "waiting");
        let said = asks(Method::PATCH).json(&json!({ "at_once": true }));
        let offered = app.send(said).await.expect(StatusCode::OK);
        assert_eq!(offered.text("/state"), "offered");
        assert_eq!(offered.text("/offer/window_id"), slot.window());
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
            plans_with(&app, &campaign, &[stands("truong", day + Days::new(later))]).await;
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
