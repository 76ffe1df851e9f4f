//! `POST /v1/holds`, `DELETE /v1/holds/{hold_id}`, and bookings with a hold.

use chrono::Duration;
use luot_testkit::{Answer, TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

fn child(name: &str) -> Value {
    json!({ "full_name": name, "birth_date": "2016-02-03" })
}

async fn gives_back(app: &TestApp, hold: &Answer) -> Answer {
    let path = format!("/v1/holds/{}", hold.text("/id"));
    app.send(app.request(Method::DELETE, &path)).await
}

async fn open_places(app: &TestApp, session: &str) -> i64 {
    app.get(&format!("/v1/sessions/{session}"))
        .await
        .number("/open_places")
}

on_both! {
    async fn held_places_are_taken_until_they_are_booked(app: TestApp) {
        let slot = app.a_session().with_places(2).published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let hold = mai.holds(slot.window(), 2).await.expect(StatusCode::CREATED);
        assert_eq!(hold.text("/expires_at"), "2026-04-08T00:40:00Z");
        lan.books(&slot).await.is_problem(409, "window-full");
        let both = [child("Lê An"), child("Lê Bình")];
        let booked = mai.sends(&mai.request_with(&hold, &both)).await;
        let booked = booked.expect(StatusCode::CREATED);
        assert_eq!(booked.body["appointments"].as_array().map(Vec::len), Some(2));
        assert_eq!(open_places(&app, &slot.session).await, 0);
        // Nothing is left of it to run out.
        app.after(Duration::hours(2)).await;
        assert_eq!(open_places(&app, &slot.session).await, 0);
    }

    async fn a_hold_that_runs_out_leaks_nothing(app: TestApp) {
        let slot = app.a_session().with_places(1).published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let hold = mai.holds(slot.window(), 1).await.expect(StatusCode::CREATED);
        app.after(Duration::seconds(600)).await;
        mai.sends(&mai.request_with(&hold, &[child("Lê An")])).await.is_problem(410, "hold-expired");
        app.after(Duration::seconds(600)).await;
        lan.books(&slot).await.expect(StatusCode::CREATED);
    }

    async fn a_hold_is_over_at_its_time_even_if_nobody_has_swept(app: TestApp) {
        let slot = app.a_session().with_places(1).published().await;
        let mai = app.a_parent();
        let hold = mai.holds(slot.window(), 1).await.expect(StatusCode::CREATED);
        app.clock.advance(Duration::seconds(600));
        mai.sends(&mai.request_with(&hold, &[child("Lê An")])).await.is_problem(410, "hold-expired");
    }

    async fn a_failed_booking_keeps_the_hold(app: TestApp) {
        let slot = app
            .a_session()
            .with_places(2)
            .under(json!({ "age_from": 6, "age_under": 14 }))
            .published()
            .await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let hold = mai.holds(slot.window(), 2).await.expect(StatusCode::CREATED);
        let old = json!({ "full_name": "Lê Già", "birth_date": "1980-02-03" });
        let refused = mai.sends(&mai.request_with(&hold, &[child("Lê An"), old])).await;
        refused.is_problem(422, "not-eligible");
        let three = [child("Lê An"), child("Lê Bình"), child("Lê Chi")];
        mai.sends(&mai.request_with(&hold, &three)).await.is_problem(409, "window-full");
        lan.books(&slot).await.is_problem(409, "window-full");
        mai.sends(&mai.request_with(&hold, &three[..2])).await.expect(StatusCode::CREATED);
    }

    async fn a_hold_is_used_once(app: TestApp) {
        let slot = app.a_session().with_places(3).published().await;
        let mai = app.a_parent();
        let hold = mai.holds(slot.window(), 1).await.expect(StatusCode::CREATED);
        let (an, binh) = (
            mai.request_with(&hold, &[child("Lê An")]),
            mai.request_with(&hold, &[child("Lê Bình")]),
        );
        let (a, b) = tokio::join!(mai.sends(&an), mai.sends(&binh));
        let (won, lost) = if a.status == 201 { (a, b) } else { (b, a) };
        assert_eq!(won.status, 201);
        lost.is_problem(410, "hold-expired");
        assert_eq!(open_places(&app, &slot.session).await, 2);
    }

    async fn what_a_party_does_not_need_of_its_hold_comes_free(app: TestApp) {
        let slot = app.a_session().with_places(3).published().await;
        let mai = app.a_parent();
        let hold = mai.holds(slot.window(), 3).await.expect(StatusCode::CREATED);
        mai.sends(&mai.request_with(&hold, &[child("Lê An")])).await.expect(StatusCode::CREATED);
        assert_eq!(open_places(&app, &slot.session).await, 0, "it cools first");
        app.after(Duration::seconds(600)).await;
        assert_eq!(open_places(&app, &slot.session).await, 2);
    }

    async fn a_hold_can_be_given_back_and_twice_is_once(app: TestApp) {
        let slot = app.a_session().with_places(2).published().await;
        let mai = app.a_parent();
        let hold = mai.holds(slot.window(), 1).await.expect(StatusCode::CREATED);
        gives_back(&app, &hold).await.expect(StatusCode::NO_CONTENT);
        gives_back(&app, &hold).await.expect(StatusCode::NO_CONTENT);
        app.after(Duration::seconds(600)).await;
        assert_eq!(open_places(&app, &slot.session).await, 2);
        let nobody = uuid::Uuid::now_v7();
        let request = app.request(Method::DELETE, &format!("/v1/holds/{nobody}"));
        app.send(request).await.is_problem(404, "not-found");
    }

    async fn one_phone_holds_so_many_places_and_no_more(app: TestApp) {
        let slot = app
            .a_session()
            .with_places(20)
            .under(json!({ "hold_places_per_phone": 4 }))
            .published()
            .await;
        let mai = app.a_parent();
        let ask = |party: u32| {
            json!({ "window_id": slot.window(), "party": party, "phone": mai.phone })
        };
        mai.holds_as(&ask(3)).await.expect(StatusCode::CREATED);
        let refused = mai.holds_as(&ask(2)).await;
        refused.is_problem(429, "too-many-requests");
        assert_eq!(refused.header("retry-after"), "600");
        mai.holds_as(&ask(1)).await.expect(StatusCode::CREATED);
        app.after(Duration::seconds(600)).await;
        mai.holds_as(&ask(4)).await.expect(StatusCode::CREATED);
    }

    async fn one_address_holds_so_many_places_and_no_more(app: TestApp) {
        let slot = app
            .a_session()
            .with_places(20)
            .under(json!({ "hold_places_per_address": 5 }))
            .published()
            .await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        mai.holds(slot.window(), 3).await.expect(StatusCode::CREATED);
        lan.holds(slot.window(), 3).await.is_problem(429, "too-many-requests");
        // Who is at the counter is not held up by it.
        let body = json!({ "window_id": slot.window(), "party": 10 });
        app.admin_post("/v1/holds", &body).await.expect(StatusCode::CREATED);
    }

    async fn a_hold_draws_on_a_class_only_for_who_can_vouch(app: TestApp) {
        let slot = app.a_session().with_places(4).for_cohort("thon", 2).published().await;
        let mai = app.a_parent();
        let body = json!({ "window_id": slot.window(), "party": 4, "cohort_id": "thon" });
        // A village without a list admits whoever names it: two of its places, two open ones.
        mai.holds_as(&body).await.expect(StatusCode::CREATED);
        let rest = json!({ "window_id": slot.window(), "party": 1, "cohort_id": "thon" });
        mai.holds_as(&rest).await.is_problem(409, "window-full");
        let unknown = json!({ "window_id": slot.window(), "party": 1, "cohort_id": "khong-co" });
        mai.holds_as(&unknown).await.is_problem(404, "not-found");
    }

    async fn a_hold_stays_when_the_plan_is_published_again(app: TestApp) {
        let slot = app.a_session().with_places(2).published().await;
        let mai = app.a_parent();
        let hold = mai.holds(slot.window(), 2).await.expect(StatusCode::CREATED);
        app.plans_and_publishes(&slot.campaign, 50).await;
        assert_eq!(open_places(&app, &slot.session).await, 0);
        let both = [child("Lê An"), child("Lê Bình")];
        mai.sends(&mai.request_with(&hold, &both)).await.expect(StatusCode::CREATED);
    }

    async fn a_retry_gets_the_same_hold(app: TestApp) {
        let slot = app.a_session().with_places(2).published().await;
        let body = json!({ "window_id": slot.window(), "party": 1 });
        let mut ids = Vec::new();
        for _ in 0..2 {
            let request = app
                .request(Method::POST, "/v1/holds")
                .header("Idempotency-Key", "nguoi-me-nay-giu-cho-1")
                .json(&body);
            ids.push(app.send(request).await.expect(StatusCode::CREATED).text("/id"));
        }
        assert_eq!(ids[0], ids[1]);
        assert_eq!(open_places(&app, &slot.session).await, 1);
    }

    async fn a_hold_for_nobody_is_refused_by_name(app: TestApp) {
        let slot = app.a_session().with_places(2).published().await;
        let mai = app.a_parent();
        let none = mai.holds(slot.window(), 0).await;
        none.is_problem(422, "invalid-body");
        assert_eq!(none.text("/errors/0/pointer"), "/party");
        let cards = json!({ "window_id": slot.window(), "party": 1, "cards": 2 });
        assert_eq!(mai.holds_as(&cards).await.text("/errors/0/pointer"), "/cards");
        let neither = json!({ "contact": { "phone": mai.phone, "name": "Mẹ" }, "persons": [mai.person()] });
        assert_eq!(mai.sends(&neither).await.text("/errors/0/code"), "one-of");
    }
}
