//! Joining, being ranked, leaving.

use chrono::Duration;
use luot_app::Role;
use luot_testkit::{TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::json;

on_both! {
    async fn who_waits_sees_where_they_stand(app: TestApp) {
        let slot = app.a_session().with_places(1).published().await;
        let (mai, lan, hoa) = (app.a_parent(), app.a_parent(), app.a_parent());
        mai.books(&slot).await.expect(StatusCode::CREATED);
        let first = lan.waits(&slot.campaign, 1, &json!({})).await.expect(StatusCode::CREATED);
        app.clock.advance(Duration::seconds(1));
        let second = hoa.waits(&slot.campaign, 1, &json!({})).await.expect(StatusCode::CREATED);
        assert_eq!(lan.looks_at(&first).await.number("/position"), 1);
        let seen = hoa.looks_at(&second).await;
        assert_eq!((seen.number("/position"), seen.text("/state")), (2, "waiting".into()));
        lan.leaves(&first).await.expect(StatusCode::NO_CONTENT);
        assert_eq!(hoa.looks_at(&second).await.number("/position"), 1);
        assert_eq!(lan.looks_at(&first).await.text("/state"), "left");
    }

    async fn what_is_free_is_offered_to_who_joins(app: TestApp) {
        let slot = app.a_session().with_places(2).published().await;
        let mai = app.a_parent();
        let joined = mai.waits(&slot.campaign, 2, &json!({})).await.expect(StatusCode::CREATED);
        let entry = mai.looks_at(&joined).await;
        assert_eq!(entry.text("/state"), "offered");
        assert_eq!(entry.text("/offer/window_id"), slot.window());
        assert_eq!(entry.number("/offer/people"), 2);
        let booked = mai.answers(&joined, "accept").await.expect(StatusCode::CREATED);
        assert_eq!(booked.text("/manage_token"), joined.text("/manage_token"));
        assert_eq!(booked.text("/booking_id"), joined.text("/booking_id"));
        assert_eq!(mai.looks_up(&booked).await.text("/state"), "booked");
        assert_eq!(mai.looks_at(&joined).await.text("/state"), "served");
    }

    async fn one_person_waits_once_and_not_beside_an_appointment(app: TestApp) {
        let slot = app.a_session().with_places(1).published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let booked = mai.books(&slot).await.expect(StatusCode::CREATED);
        assert!(!booked.text("/appointments/0/code").is_empty());
        let again = json!({ "persons": [mai.person()] });
        mai.waits(&slot.campaign, 1, &again).await.is_problem(409, "already-booked");
        lan.waits(&slot.campaign, 1, &json!({})).await.expect(StatusCode::CREATED);
        lan.waits(&slot.campaign, 1, &json!({})).await.is_problem(409, "already-waiting");
    }

    async fn nobody_gives_themselves_precedence(app: TestApp) {
        let slot = app.a_session().with_places(1).published().await;
        let mai = app.a_parent();
        for name in ["priority", "grounds"] {
            let refused = mai.waits(&slot.campaign, 1, &json!({ name: ["hardship"] })).await;
            refused.is_problem(422, "invalid-body");
            assert_eq!(refused.text("/errors/0/pointer"), format!("/{name}"));
        }
        let joined = mai.waits(&slot.campaign, 1, &json!({})).await;
        for theirs in [json!({ "grounds": ["hardship"] }), json!({ "grounds": [], "at_once": true })] {
            let refused = mai.changes(&joined, &theirs).await;
            refused.is_problem(401, "unauthorized");
        }
        let path = format!("/v1/waitlist-entries/{}", joined.text("/id"));
        let request = app
            .request(Method::PATCH, &path)
            .bearer_auth(app.token_of(Role::School).await)
            .json(&json!({ "grounds": ["hardship"] }));
        app.send(request).await.is_problem(403, "forbidden");
        let seen = mai.looks_at(&joined).await;
        assert_eq!((seen.number("/priority"), &seen.body["at_once"]), (0, &json!(false)));
    }

    async fn whom_a_plan_moved_before_waits_ahead_of_others(app: TestApp) {
        let slot = app.a_session().with_places(2).published().await;
        let (mai, lan, hoa) = (app.a_parent(), app.a_parent(), app.a_parent());
        let kept = mai.books(&slot).await.expect(StatusCode::CREATED);
        let child = format!("{} A", lan.child);
        let child = json!({ "full_name": child, "birth_date": lan.birth_date });
        let moved = lan.sends(&lan.request_for(slot.window(), &[child])).await;
        let moved = moved.expect(StatusCode::CREATED);
        let code = moved.text("/appointments/0/code");
        let by_a_plan = format!("UPDATE appointment SET moves = 1 WHERE code = '{code}'");
        app.database.does(&by_a_plan).await;
        lan.acts(&moved, "cancel", &json!({})).await.expect(StatusCode::OK);
        hoa.books(&slot).await.is_problem(409, "window-full");
        app.after(Duration::seconds(600)).await;
        hoa.books(&slot).await.expect(StatusCode::CREATED);
        let first = app.a_parent();
        let joined = first.waits(&slot.campaign, 1, &json!({})).await;
        app.clock.advance(Duration::seconds(1));
        let again = lan.waits(&slot.campaign, 1, &json!({})).await;
        assert_eq!(lan.looks_at(&again).await.number("/position"), 1);
        mai.acts(&kept, "cancel", &json!({})).await.expect(StatusCode::OK);
        assert_eq!(lan.looks_at(&again).await.text("/state"), "offered");
        assert_eq!(first.looks_at(&joined).await.text("/state"), "waiting");
    }

    async fn staff_say_who_has_precedence(app: TestApp) {
        let slot = app.a_session().with_places(1).published().await;
        let (mai, lan, hoa) = (app.a_parent(), app.a_parent(), app.a_parent());
        let booked = mai.books(&slot).await.expect(StatusCode::CREATED);
        let first = lan.waits(&slot.campaign, 1, &json!({})).await;
        app.clock.advance(Duration::seconds(1));
        let second = hoa.waits(&slot.campaign, 1, &json!({})).await;
        let operator = app.token_of(Role::Operator).await;
        let path = format!("/v1/waitlist-entries/{}", second.text("/id"));
        let request = app
            .request(Method::PATCH, &path)
            .bearer_auth(&operator)
            .json(&json!({ "grounds": ["hardship", "out-of-school"] }));
        let ranked = app.send(request).await.expect(StatusCode::OK);
        assert_eq!((ranked.number("/priority"), ranked.number("/position")), (50, 1));
        mai.acts(&booked, "cancel", &json!({})).await.expect(StatusCode::OK);
        assert_eq!(hoa.looks_at(&second).await.text("/state"), "offered");
        assert_eq!(lan.looks_at(&first).await.text("/state"), "waiting");
    }

    async fn wishes_that_name_nothing_here_are_told(app: TestApp) {
        let slot = app.a_session().with_places(1).published().await;
        let mai = app.a_parent();
        let wishes = json!({ "sites": ["truong", "tren-troi"] });
        let refused = mai.waits(&slot.campaign, 1, &wishes).await;
        refused.is_problem(422, "invalid-body");
        assert_eq!(refused.text("/errors/0/pointer"), "/sites/1");
        let shifts = mai.waits(&slot.campaign, 1, &json!({ "shifts": ["khuya"] })).await;
        assert_eq!(shifts.text("/errors/0/pointer"), "/shifts/0");
        let past = mai.waits(&slot.campaign, 1, &json!({ "to": "2020-01-01" })).await;
        assert_eq!(past.text("/errors/0/pointer"), "/to");
        let nobody = mai.waits(&uuid::Uuid::now_v7().to_string(), 1, &json!({})).await;
        nobody.is_problem(404, "not-found");
    }

    async fn an_entry_is_for_its_party_and_for_nobody_else(app: TestApp) {
        let slot = app.a_session().with_places(1).published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let hers = mai.waits(&slot.campaign, 1, &json!({})).await;
        let others = lan.waits(&slot.campaign, 1, &json!({})).await;
        let path = format!("/v1/waitlist-entries/{}", hers.text("/id"));
        app.get(&path).await.is_problem(401, "unauthorized");
        for method in [Method::GET, Method::DELETE] {
            let request = app.request(method, &path).bearer_auth(others.text("/manage_token"));
            app.send(request).await.is_problem(404, "not-found");
        }
        let offer = mai.looks_at(&hers).await.text("/offer/id");
        for what in ["accept", "decline"] {
            let stolen = lan.answers_offer(&offer, &others.text("/manage_token"), what).await;
            stolen.is_problem(404, "not-found");
        }
    }
}
