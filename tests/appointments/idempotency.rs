//! The same request again: the same answer, and nothing twice.

use luot_testkit::{TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::json;

const KEY: &str = "0123456789abcdef0123456789abcdef";

on_both! {
    async fn a_retry_gets_the_first_answer_with_the_token(app: TestApp) {
        let slot = app.a_session().with_places(5).published().await;
        let mai = app.a_parent();
        let body = mai.request(slot.window());
        let first = mai.sends_under(KEY, &body).await.expect(StatusCode::CREATED);
        let again = mai.sends_under(KEY, &body).await.expect(StatusCode::CREATED);
        assert_eq!(first.body, again.body);
        let session = app.get(&format!("/v1/sessions/{}", slot.session)).await;
        assert_eq!(session.number("/booked"), 1);
    }

    async fn twenty_at_once_under_one_key_book_once(app: TestApp) {
        let slot = app.a_session().with_places(5).published().await;
        let mai = app.a_parent();
        let body = mai.request(slot.window());
        let answers =
            futures_util::future::join_all((0..20).map(|_| mai.sends_under(KEY, &body))).await;
        for answer in &answers {
            assert_eq!((answer.status, &answer.body), (201, &answers[0].body));
        }
        let session = app.get(&format!("/v1/sessions/{}", slot.session)).await;
        assert_eq!(session.number("/booked"), 1);
    }

    // The same, where a second would be refused for what the first has done.
    async fn ten_at_once_under_one_key_add_one_machine(app: TestApp) {
        let slot = app.a_session().published().await;
        let path = format!("/v1/campaigns/{}/machines", slot.campaign);
        let machine = json!({ "code": "may-9", "name": "Máy 9", "services": ["account"] });
        let answers = futures_util::future::join_all((0..10).map(|_| {
            let request = app.request(Method::POST, &path).bearer_auth(&app.admin);
            app.send(request.header("Idempotency-Key", KEY).json(&machine))
        }));
        let answers = answers.await;
        for answer in &answers {
            assert_eq!((answer.status, &answer.body), (201, &answers[0].body));
        }
    }

    async fn a_key_is_for_one_request(app: TestApp) {
        let slot = app.a_session().with_places(5).published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        mai.sends_under(KEY, &mai.request(slot.window())).await.expect(StatusCode::CREATED);
        lan.sends_under(KEY, &lan.request(slot.window())).await.is_problem(422, "idempotency-key-reused");
    }

    async fn a_refusal_is_not_kept(app: TestApp) {
        let slot = app.a_session().with_places(1).published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let hers = mai.books(&slot).await.expect(StatusCode::CREATED);
        let body = lan.request(slot.window());
        lan.sends_under(KEY, &body).await.is_problem(409, "window-full");
        mai.acts(&hers, "cancel", &json!({})).await.expect(StatusCode::OK);
        app.after(chrono::Duration::seconds(600)).await;
        lan.sends_under(KEY, &body).await.expect(StatusCode::CREATED);
    }

    async fn a_key_is_required_and_must_be_hard_to_guess(app: TestApp) {
        let slot = app.a_session().published().await;
        let mai = app.a_parent();
        let without = app.request(Method::POST, "/v1/appointments").json(&mai.request(slot.window()));
        app.send(without).await.is_problem(400, "idempotency-key-required");
        mai.sends_under("short", &mai.request(slot.window())).await.is_problem(400, "idempotency-key-invalid");
    }

    async fn what_was_cancelled_since_is_not_booked_once_more(app: TestApp) {
        let slot = app.a_session().with_places(5).published().await;
        let mai = app.a_parent();
        let body = mai.request(slot.window());
        let first = mai.sends_under(KEY, &body).await.expect(StatusCode::CREATED);
        mai.acts(&first, "cancel", &json!({})).await.expect(StatusCode::OK);
        let others: Vec<_> = (0..4).map(|_| app.a_parent()).collect();
        let others = others.iter().map(|lan| lan.books(&slot));
        let (again, others) = futures_util::future::join(
            mai.sends_under(KEY, &body),
            futures_util::future::join_all(others),
        ).await;
        assert_eq!(again.expect(StatusCode::CREATED).body, first.body);
        for other in others {
            other.expect(StatusCode::CREATED);
        }
        let session = app.get(&format!("/v1/sessions/{}", slot.session)).await;
        assert_eq!(session.number("/booked"), 4);
    }

    async fn a_key_is_free_again_when_its_answer_has_run_out_and_is_not_forgotten_yet(app: TestApp) {
        let slot = app.a_session().in_days(5).with_places(5).published().await;
        let mai = app.a_parent();
        let body = mai.request(slot.window());
        let first = mai.sends_under(KEY, &body).await.expect(StatusCode::CREATED);
        mai.acts(&first, "cancel", &json!({})).await.expect(StatusCode::OK);
        app.clock.advance(chrono::Duration::hours(25));
        let second = mai.sends_under(KEY, &body).await.expect(StatusCode::CREATED);
        assert_ne!(second.body, first.body);
        let again = mai.sends_under(KEY, &body).await.expect(StatusCode::CREATED);
        assert_eq!(again.body, second.body);
    }

    async fn first_answers_are_forgotten_after_a_day(app: TestApp) {
        let slot = app.a_session().in_days(5).with_places(5).published().await;
        let mai = app.a_parent();
        let body = mai.request(slot.window());
        mai.sends_under(KEY, &body).await.expect(StatusCode::CREATED);
        app.clock.advance(chrono::Duration::hours(25));
        mai.sends_under(KEY, &body).await.is_problem(409, "already-booked");
        assert!(app.app.forget().await.expect("forgetting") >= 1);
    }
}
