//! `POST /v1/sessions/{id}/tickets`, `GET /v1/tickets/{id}`, `POST /v1/tickets/{id}/leave`,
//! `GET /v1/sessions/{id}/line`

use luot_testkit::{TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;

fn key() -> String {
    Uuid::now_v7().simple().to_string()
}

on_both! {
    async fn a_ticket_tells_number_place_and_how_long_it_takes(app: TestApp) {
        // Sixty places in an hour: a minute each, at one machine.
        let slot = app.a_session().in_days(0).with_places(60).in_windows(2).published().await;
        app.minutes_pass(30);
        for _ in 0..9 {
            app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
        }
        let mine = app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
        assert_eq!((mine.number("/number"), mine.number("/position")), (10, 10));
        assert_eq!(mine.number("/people_ahead"), 9);
        let (p50, p90) = (mine.number("/wait_p50_seconds"), mine.number("/wait_p90_seconds"));
        assert!((480..=560).contains(&p50) && (600..=900).contains(&p90), "{p50}, {p90}");
        let seen = app.get(&format!("/v1/tickets/{}", mine.text("/id"))).await;
        assert_eq!(seen.expect(StatusCode::OK).body, mine.body);
    }

    async fn walk_ins_get_what_appointments_leave_and_no_shows_release_theirs(app: TestApp) {
        // Ten in an hour, six of them booked in the first half.
        let slot = app.a_session().in_days(0).with_places(12).in_windows(2).published().await;
        for _ in 0..6 {
            app.a_parent().books(&slot).await.expect(StatusCode::CREATED);
        }
        app.minutes_pass(30);
        // An hour for twelve: six are spoken for.
        for _ in 0..6 {
            app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
        }
        app.takes_a_ticket(&slot).await.is_problem(409, "session-full");
        assert_eq!(app.line(&slot).await.number("/room"), 0);
        let station = app.opens_a_station(&slot).await;
        for _ in 0..6 {
            let (call, _) = app.calls(&station).await;
            app.minutes_pass(5);
            app.finishes(&call).await;
        }
        // Half an hour is left, and six with appointments may still come.
        app.takes_a_ticket(&slot).await.is_problem(409, "session-full");
        // After the window's end and twenty minutes they have not come: ten minutes are left.
        app.minutes_pass(21);
        let line = app.line(&slot).await;
        assert_eq!((line.number("/to_come"), line.number("/room")), (0, 1));
        app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
    }

    async fn who_leaves_is_not_called_and_an_appointment_is_as_before(app: TestApp) {
        let slot = app.a_session().in_days(0).with_places(20).in_windows(2).published().await;
        let mai = app.a_parent();
        let hers = mai.books(&slot).await.expect(StatusCode::CREATED);
        let ticket = app.checks_in(&slot, &hers).await.expect(StatusCode::CREATED);
        let walk_in = app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
        let leaves = async |ticket: &str| {
            let path = format!("/v1/tickets/{ticket}/leave");
            app.send(app.request(Method::POST, &path)).await
        };
        for _ in 0..2 {
            let left = leaves(&ticket.text("/id")).await.expect(StatusCode::OK);
            assert_eq!(left.text("/state"), "out");
        }
        assert_eq!(app.waiting(&slot).await, [2]);
        assert_eq!(mai.looks_up(&hers).await.text("/state"), "booked");
        // She comes again, with another ticket, and leaves when her appointment is missed.
        let again = app.checks_in(&slot, &hers).await.expect(StatusCode::CREATED);
        assert_eq!(app.waiting(&slot).await, [2, 3]);
        app.minutes_pass(30 + 30 + 21);
        leaves(&again.text("/id")).await.expect(StatusCode::OK);
        assert_eq!(mai.looks_up(&hers).await.text("/state"), "noshow");
        // Who has been called is at the station.
        let station = app.opens_a_station(&slot).await;
        assert_eq!(app.calls(&station).await.1, 2);
        leaves(&walk_in.text("/id")).await.is_problem(409, "state-forbids");
        leaves(&Uuid::now_v7().to_string()).await.is_problem(404, "not-found");
        let told = "SELECT count(*) FROM audit WHERE action = 'ticket.leave'";
        assert_eq!(app.database.number(told).await, 2);
    }

    async fn the_same_request_takes_one_ticket(app: TestApp) {
        let slot = app.a_session().in_days(0).published().await;
        let (one, body) = (key(), json!({ "persons": 2 }));
        let (a, b) = tokio::join!(
            app.takes_a_ticket_under(&one, &slot, &body),
            app.takes_a_ticket_under(&one, &slot, &body)
        );
        assert_eq!(a.expect(StatusCode::CREATED).body, b.expect(StatusCode::CREATED).body);
        let other = json!({ "persons": 3 });
        app.takes_a_ticket_under(&one, &slot, &other).await.is_problem(422, "idempotency-key-reused");
        assert_eq!(app.waiting(&slot).await, [1]);
        let path = format!("/v1/sessions/{}/tickets", slot.session);
        let keyless = app.send(app.request(Method::POST, &path).json(&body)).await;
        keyless.is_problem(400, "idempotency-key-required");
    }

    async fn priority_is_given_by_staff_and_not_taken(app: TestApp) {
        let slot = app.a_session().in_days(0).with_places(30).published().await;
        app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
        let claim = json!({ "priority": "elderly" });
        let taken = app.takes_a_ticket_under(&key(), &slot, &claim).await;
        taken.is_problem(401, "unauthorized");
        let path = format!("/v1/sessions/{}/tickets", slot.session);
        let given = app.admin_post(&path, &claim).await.expect(StatusCode::CREATED);
        assert_eq!(given.number("/position"), 1);
        assert_eq!(app.waiting(&slot).await, [2, 1]);
        // Everybody may see that there is priority, and only staff on what ground.
        let line = app.line(&slot).await;
        let first = &line.body["tickets"][0];
        assert_eq!((&first["has_priority"], &first["priority"], &first["id"]), (&json!(true), &json!(null), &json!(null)));
        assert!(!line.body.to_string().contains("elderly"), "{:#}", line.body);
        let path = format!("/v1/sessions/{}/line", slot.session);
        let staff = app.admin_get(&path).await;
        assert_eq!(staff.body["tickets"][0]["priority"], "elderly");
    }

    async fn names_are_masked_on_the_board(app: TestApp) {
        let slot = app.a_session().in_days(0).published().await;
        let mai = app.a_parent();
        let hers = mai.books(&slot).await.expect(StatusCode::CREATED);
        app.checks_in(&slot, &hers).await.expect(StatusCode::CREATED);
        let line = app.line(&slot).await;
        let given = mai.child.rsplit(' ').next().expect("a word");
        assert_eq!(line.text("/tickets/0/name"), format!("T. V. M. {given}"));
        assert!(!line.body.to_string().contains("Trần"), "{:#}", line.body);
    }

    async fn a_party_too_large_and_a_day_too_early_are_refused(app: TestApp) {
        let slot = app.a_session().published().await;
        app.takes_a_ticket(&slot).await.is_problem(409, "state-forbids");
        for persons in [0, 21] {
            let body = json!({ "persons": persons });
            app.takes_a_ticket_under(&key(), &slot, &body).await.is_problem(422, "invalid-body");
        }
        let policies = json!({ "line": { "tickets_for_anybody": false } });
        let strict = app.a_session().in_days(0).under(policies).published().await;
        app.takes_a_ticket(&strict).await.is_problem(401, "unauthorized");
    }
}
