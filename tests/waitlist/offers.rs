//! What is offered to whom, for how long, and what becomes of it.

use chrono::Duration;
use luot_store::waitlist;
use luot_testkit::{Answer, Parent, Slot, TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::json;

/// Holds that a sweep sees to in one go.
const AT_A_TIME: usize = 200;

/// A full window of so many places, its holders, and their bookings.
async fn full(app: &TestApp, places: u32) -> (Slot, Vec<(Parent, Answer)>) {
    let slot = app
        .a_session()
        .in_days(2)
        .with_places(places)
        .published()
        .await;
    let mut there = Vec::new();
    for _ in 0..places {
        let parent = app.a_parent();
        let booked = parent.books(&slot).await.expect(StatusCode::CREATED);
        there.push((parent, booked));
    }
    (slot, there)
}

async fn cancels((parent, booked): &(Parent, Answer)) {
    let done = parent.acts(booked, "cancel", &json!({})).await;
    done.expect(StatusCode::OK);
}

/// Writes in which state an entry is, past the rules.
async fn is_seen_as(app: &TestApp, joined: &Answer, state: &str) {
    let id = joined.text("/id").parse().expect("an id");
    let store = app.app.store();
    let written: Result<(), luot_store::StoreError> = store
        .write(async |tx| {
            let was = waitlist::find(tx, id).await?.expect("an entry");
            let mut row = was.clone();
            row.state = state.into();
            waitlist::update(tx, &was, row, app.app.now()).await
        })
        .await;
    written.expect("written");
}

on_both! {
    async fn a_cancelled_place_goes_to_who_waits_longest(app: TestApp) {
        let (slot, there) = full(&app, 1).await;
        let (lan, hoa, stranger) = (app.a_parent(), app.a_parent(), app.a_parent());
        let first = lan.waits(&slot.campaign, 1, &json!({})).await;
        app.clock.advance(Duration::seconds(1));
        let second = hoa.waits(&slot.campaign, 1, &json!({})).await;
        cancels(&there[0]).await;
        assert_eq!(lan.looks_at(&first).await.text("/state"), "offered");
        assert_eq!(hoa.looks_at(&second).await.text("/state"), "waiting");
        stranger.books(&slot).await.is_problem(409, "window-full");
        lan.answers(&first, "accept").await.expect(StatusCode::CREATED);
    }

    async fn who_joins_while_a_place_cools_does_not_overtake_who_waits(app: TestApp) {
        let (slot, there) = full(&app, 1).await;
        let (lan, hoa) = (app.a_parent(), app.a_parent());
        let first = lan.waits(&slot.campaign, 1, &json!({})).await;
        // As when the server dies between letting a place cool and offering it.
        is_seen_as(&app, &first, "left").await;
        cancels(&there[0]).await;
        is_seen_as(&app, &first, "waiting").await;
        app.clock.advance(Duration::seconds(1));
        let second = hoa.waits(&slot.campaign, 1, &json!({})).await;
        assert_eq!(lan.looks_at(&first).await.text("/state"), "offered");
        assert_eq!(hoa.looks_at(&second).await.text("/state"), "waiting");
    }

    async fn a_declined_offer_goes_on_to_the_next_and_does_not_come_back(app: TestApp) {
        let (slot, there) = full(&app, 1).await;
        let (lan, hoa) = (app.a_parent(), app.a_parent());
        let first = lan.waits(&slot.campaign, 1, &json!({})).await;
        app.clock.advance(Duration::seconds(1));
        let second = hoa.waits(&slot.campaign, 1, &json!({})).await;
        cancels(&there[0]).await;
        lan.answers(&first, "decline").await.expect(StatusCode::OK);
        assert_eq!(lan.looks_at(&first).await.text("/state"), "waiting");
        assert_eq!(hoa.looks_at(&second).await.text("/state"), "offered");
        hoa.answers(&second, "decline").await.expect(StatusCode::OK);
        assert_eq!(lan.looks_at(&first).await.text("/state"), "waiting");
    }

    async fn an_offer_runs_out_and_goes_on(app: TestApp) {
        let (slot, there) = full(&app, 1).await;
        let (lan, hoa) = (app.a_parent(), app.a_parent());
        let first = lan.waits(&slot.campaign, 1, &json!({})).await;
        app.clock.advance(Duration::seconds(1));
        let second = hoa.waits(&slot.campaign, 1, &json!({})).await;
        cancels(&there[0]).await;
        let offer = lan.looks_at(&first).await.text("/offer/id");
        app.after(Duration::minutes(240)).await;
        let late = lan.answers_offer(&offer, &first.text("/manage_token"), "accept").await;
        late.is_problem(410, "offer-expired");
        let seen = lan.looks_at(&first).await;
        assert_eq!((seen.text("/state"), seen.number("/missed")), ("waiting".into(), 1));
        assert_eq!(hoa.looks_at(&second).await.text("/state"), "offered");
    }

    async fn who_lets_too_many_offers_go_waits_no_more(app: TestApp) {
        let slot = app
            .a_session()
            .in_days(2)
            .with_places(2)
            .in_windows(2)
            .under(json!({ "waitlist": { "offers_most": 2 } }))
            .published()
            .await;
        let mai = app.a_parent();
        let joined = mai.waits(&slot.campaign, 1, &json!({})).await;
        app.after(Duration::minutes(240)).await;
        // The first window is not offered to them again; the second is.
        let seen = mai.looks_at(&joined).await;
        assert_eq!(seen.text("/offer/window_id"), slot.windows[1]);
        app.after(Duration::minutes(240)).await;
        assert_eq!(mai.looks_at(&joined).await.text("/state"), "ended");
        // They may wait again.
        mai.waits(&slot.campaign, 1, &json!({})).await.expect(StatusCode::CREATED);
    }

    async fn a_party_that_does_not_fit_keeps_its_rank_and_sees_why(app: TestApp) {
        let (slot, there) = full(&app, 2).await;
        let (family, single) = (app.a_parent(), app.a_parent());
        let large = family.waits(&slot.campaign, 2, &json!({})).await;
        app.clock.advance(Duration::seconds(1));
        let small = single.waits(&slot.campaign, 1, &json!({})).await;
        cancels(&there[0]).await;
        assert_eq!(single.looks_at(&small).await.text("/state"), "offered");
        let seen = family.looks_at(&large).await;
        assert_eq!((seen.text("/state"), seen.number("/position")), ("waiting".into(), 1));
        assert_eq!(seen.text("/passed_over/window_id"), slot.window());
        assert_eq!(seen.number("/passed_over/needed"), 2);
        assert_eq!(seen.text("/passed_over/reason"), "too-few-places");
        single.answers(&small, "decline").await.expect(StatusCode::OK);
        cancels(&there[1]).await;
        assert_eq!(family.looks_at(&large).await.number("/offer/people"), 2);
    }

    async fn what_nobody_takes_cools_and_then_opens(app: TestApp) {
        let (slot, there) = full(&app, 1).await;
        let stranger = app.a_parent();
        cancels(&there[0]).await;
        stranger.books(&slot).await.is_problem(409, "window-full");
        app.after(Duration::seconds(59)).await;
        stranger.books(&slot).await.is_problem(409, "window-full");
        app.after(Duration::seconds(541)).await;
        stranger.books(&slot).await.expect(StatusCode::CREATED);
    }

    async fn who_joined_unseen_while_a_place_came_free_is_offered_it_once_it_has_cooled(app: TestApp) {
        let (slot, there) = full(&app, 1).await;
        let (lan, stranger) = (app.a_parent(), app.a_parent());
        let joined = lan.waits(&slot.campaign, 1, &json!({})).await;
        // As two transactions of PostgreSQL that do not see each other.
        is_seen_as(&app, &joined, "ended").await;
        cancels(&there[0]).await;
        is_seen_as(&app, &joined, "waiting").await;
        assert_eq!(lan.looks_at(&joined).await.text("/state"), "waiting");
        app.after(Duration::seconds(600)).await;
        assert_eq!(lan.looks_at(&joined).await.text("/state"), "offered");
        stranger.books(&slot).await.is_problem(409, "window-full");
    }

    async fn who_was_missed_is_looked_for_again(app: TestApp) {
        let (slot, there) = full(&app, 1).await;
        let lan = app.a_parent();
        let joined = lan.waits(&slot.campaign, 1, &json!({})).await;
        is_seen_as(&app, &joined, "ended").await;
        cancels(&there[0]).await;
        app.after(Duration::seconds(600)).await;
        is_seen_as(&app, &joined, "waiting").await;
        app.app.look_again().await.expect("looked");
        assert_eq!(lan.looks_at(&joined).await.text("/state"), "offered");
    }

    async fn a_cooling_place_is_offered_to_who_joins_meanwhile(app: TestApp) {
        let (slot, there) = full(&app, 1).await;
        cancels(&there[0]).await;
        let mai = app.a_parent();
        let joined = mai.waits(&slot.campaign, 1, &json!({})).await;
        assert_eq!(mai.looks_at(&joined).await.text("/state"), "offered");
        app.after(Duration::seconds(600)).await;
        mai.answers(&joined, "accept").await.expect(StatusCode::CREATED);
        let session = app.get(&format!("/v1/sessions/{}", slot.session)).await;
        assert_eq!((session.number("/booked"), session.number("/open_places")), (1, 0));
    }

    async fn who_says_later_that_they_can_come_at_once_is_offered_a_late_place(app: TestApp) {
        let (slot, there) = full(&app, 1).await;
        let (lan, hoa) = (app.a_parent(), app.a_parent());
        let first = lan.waits(&slot.campaign, 1, &json!({ "at_once": true })).await;
        let second = hoa.waits(&slot.campaign, 1, &json!({})).await;
        // The one cannot any more, the other can by now; that neither is staff's to say.
        let changed = lan.changes(&first, &json!({ "at_once": false })).await;
        assert_eq!(changed.expect(StatusCode::OK).body["at_once"], false);
        let stranger = app.a_parent().waits(&slot.campaign, 1, &json!({})).await;
        let path = format!("/v1/waitlist-entries/{}", first.text("/id"));
        let others = app.request(Method::PATCH, &path);
        let others = others.bearer_auth(stranger.text("/manage_token"));
        let refused = app.send(others.json(&json!({ "at_once": true }))).await;
        refused.is_problem(404, "not-found");

        app.clock.advance(Duration::days(2) - Duration::minutes(10));
        cancels(&there[0]).await;
        for (parent, joined) in [(&lan, &first), (&hoa, &second)] {
            assert_eq!(parent.looks_at(joined).await.text("/state"), "waiting");
        }
        let changed = hoa.changes(&second, &json!({ "at_once": true })).await;
        assert_eq!(changed.expect(StatusCode::OK).text("/state"), "offered");
        assert_eq!(lan.looks_at(&first).await.text("/state"), "waiting");
    }

    async fn what_has_cooled_opens_only_after_it_was_looked_at(app: TestApp) {
        // In the morning as many places as a sweep looks at in one go, in the afternoon one.
        let policies = json!({
            "hold_places_per_phone": 1_000, "hold_places_per_address": 1_000,
            "waitlist": { "cooling_seconds_least": 600, "cooling_seconds_most": 600 },
        });
        let places = u32::try_from(AT_A_TIME).expect("few");
        let session = app.a_session().in_days(2).with_places(places).under(policies);
        let mut instance = session.instance();
        let afternoon = json!({ "id": "chieu", "start": "14:00", "end": "14:30", "records": 1 });
        let stands = json!({ "machine": "may-1", "date": instance["start"], "shift": "chieu", "site": "truong" });
        instance["shifts"].as_array_mut().expect("shifts").push(afternoon);
        instance["pinned"]["rotation"].as_array_mut().expect("pins").push(stands);
        let created = app.admin_post("/v1/campaigns", &instance).await;
        let campaign = created.expect(StatusCode::CREATED).text("/id");
        app.plans_and_publishes(&campaign, 10).await;
        let windows = app.get(&format!("/v1/campaigns/{campaign}/availability")).await.items();
        let mut holds = Vec::new();
        for (window, places) in windows.iter().zip([AT_A_TIME, 1]) {
            let window = window["window_id"].as_str().expect("an id");
            for _ in 0..places {
                let held = app.a_parent().holds(window, 1).await.expect(StatusCode::CREATED);
                holds.push(held.text("/id"));
            }
        }
        let (lan, hoa) = (app.a_parent(), app.a_parent());
        let first = lan.waits(&campaign, 1, &json!({ "shifts": ["sang"] })).await;
        let second = hoa.waits(&campaign, 1, &json!({ "shifts": ["chieu"] })).await;
        // As when nobody has seen them yet when the places come free.
        for joined in [&first, &second] {
            is_seen_as(&app, joined, "left").await;
        }
        for hold in holds {
            let path = format!("/v1/holds/{hold}");
            app.send(app.request(Method::DELETE, &path)).await.expect(StatusCode::NO_CONTENT);
            app.clock.advance(Duration::milliseconds(1));
        }
        for joined in [&first, &second] {
            is_seen_as(&app, joined, "waiting").await;
        }
        app.after(Duration::seconds(601)).await;
        assert_eq!(lan.looks_at(&first).await.text("/state"), "offered");
        assert_eq!(hoa.looks_at(&second).await.text("/state"), "offered");
        let free = app.get(&format!("/v1/campaigns/{campaign}/availability")).await.items();
        assert_eq!((free.len(), &free[0]["places_left"]), (1, &json!(AT_A_TIME - 1)));
    }

    async fn late_places_go_to_those_who_can_come_at_once(app: TestApp) {
        let (slot, there) = full(&app, 1).await;
        let (far, near) = (app.a_parent(), app.a_parent());
        let later = far.waits(&slot.campaign, 1, &json!({})).await;
        app.clock.advance(Duration::seconds(1));
        let at_once = near.waits(&slot.campaign, 1, &json!({ "at_once": true })).await;
        // The window begins at eight, local: half an hour from now.
        app.clock.advance(Duration::days(2) - Duration::minutes(1));
        cancels(&there[0]).await;
        assert_eq!(far.looks_at(&later).await.text("/state"), "waiting");
        let offered = near.looks_at(&at_once).await;
        assert_eq!(offered.text("/state"), "offered");
        assert_eq!(offered.text("/offer/expires_at"), "2026-04-10T00:49:01Z");
    }

    async fn a_place_given_up_by_moving_goes_to_who_waits(app: TestApp) {
        let slot = app.a_session().in_days(2).with_places(2).in_windows(2).published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let booked = mai.books(&slot).await.expect(StatusCode::CREATED);
        let joined = lan
            .waits(&slot.campaign, 1, &json!({}))
            .await
            .expect(StatusCode::CREATED);
        assert_eq!(lan.looks_at(&joined).await.text("/offer/window_id"), slot.windows[1]);
        lan.answers(&joined, "decline").await.expect(StatusCode::OK);
        app.after(Duration::seconds(600)).await;
        let to = json!({ "window_id": slot.windows[1] });
        mai.acts(&booked, "move", &to).await.expect(StatusCode::OK);
        assert_eq!(lan.looks_at(&joined).await.text("/offer/window_id"), slot.windows[0]);
    }

    async fn a_hold_that_runs_out_goes_to_who_waits(app: TestApp) {
        let slot = app.a_session().in_days(2).with_places(1).published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        mai.holds(slot.window(), 1).await.expect(StatusCode::CREATED);
        let joined = lan.waits(&slot.campaign, 1, &json!({})).await;
        assert_eq!(lan.looks_at(&joined).await.text("/state"), "waiting");
        app.after(Duration::seconds(600)).await;
        assert_eq!(lan.looks_at(&joined).await.text("/state"), "offered");
    }

    async fn accepting_twice_books_once(app: TestApp) {
        let (slot, there) = full(&app, 1).await;
        let mai = app.a_parent();
        let joined = mai.waits(&slot.campaign, 1, &json!({})).await;
        cancels(&there[0]).await;
        let offer = mai.looks_at(&joined).await.text("/offer/id");
        let token = joined.text("/manage_token");
        let (a, b) = tokio::join!(
            mai.answers_offer(&offer, &token, "accept"),
            mai.answers_offer(&offer, &token, "accept")
        );
        let (won, lost) = if a.status == 201 { (a, b) } else { (b, a) };
        assert_eq!(won.status, 201);
        assert!(matches!(lost.status, 409 | 410 | 422), "{:#}", lost.body);
        let session = app.get(&format!("/v1/sessions/{}", slot.session)).await;
        assert_eq!(session.number("/booked"), 1);
    }

    async fn who_found_a_place_since_the_offer_leaves_theirs_to_others(app: TestApp) {
        let slot = app.a_session().in_days(2).with_places(4).in_windows(2).published().await;
        let lan = app.a_parent();
        let brother = json!({ "full_name": "Lê An", "birth_date": "2016-02-03" });
        let two = json!({ "persons": [lan.person(), brother] });
        let joined = lan.waits(&slot.campaign, 0, &two).await.expect(StatusCode::CREATED);
        assert_eq!(lan.looks_at(&joined).await.number("/offer/people"), 2);
        let alone = lan.request(&slot.windows[1]);
        lan.sends(&alone).await.expect(StatusCode::CREATED);
        let booked = lan.answers(&joined, "accept").await.expect(StatusCode::CREATED);
        assert_eq!(booked.body["appointments"].as_array().map(Vec::len), Some(1));
        app.after(Duration::seconds(600)).await;
        let session = app.get(&format!("/v1/sessions/{}", slot.session)).await;
        assert_eq!((session.number("/booked"), session.number("/open_places")), (2, 2));
    }

    async fn who_found_a_place_alone_waits_no_more(app: TestApp) {
        let slot = app.a_session().in_days(2).with_places(2).in_windows(2).published().await;
        let first = Slot { windows: vec![slot.windows[0].clone()], ..slot.clone() };
        let second = Slot { windows: vec![slot.windows[1].clone()], ..slot.clone() };
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let taken = mai.books(&first).await.expect(StatusCode::CREATED);
        // Only the second window is free; they want none of it, and book it after all.
        let alone = json!({ "persons": [lan.person()] });
        let joined = lan.waits(&slot.campaign, 1, &alone).await.expect(StatusCode::CREATED);
        lan.answers(&joined, "decline").await.expect(StatusCode::OK);
        app.after(Duration::seconds(600)).await;
        lan.books(&second).await.expect(StatusCode::CREATED);
        mai.acts(&taken, "cancel", &json!({})).await.expect(StatusCode::OK);
        assert_eq!(lan.looks_at(&joined).await.text("/state"), "served");
    }
}
