//! Two who want the same at the same moment.

use futures_util::future::join_all;
use luot_testkit::{On, TestApp, on_both};
use reqwest::StatusCode;
use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use serde_json::json;

on_both! {
    // Cal.com: ten requests for one slot pass the check together, and all of them book.
    // (That they would here without the guard is shown in `store/transactions.rs`.)
    async fn ten_parallel_requests_for_one_slot_book_one(app: TestApp) {
        let slot = app.a_session().with_places(1).published().await;
        let parents: Vec<_> = (0..10).map(|_| app.a_parent()).collect();
        let answers = join_all(parents.iter().map(|p| p.books(&slot))).await;
        let booked = answers.iter().filter(|a| a.status == 201).count();
        assert_eq!(booked, 1);
        for lost in answers.iter().filter(|a| a.status != 201) {
            lost.is_problem(409, "window-full");
        }
    }

    // TheQ: the caller's own hold is deleted before the check, so that a booking that fails
    // has lost the place it was sure of.
    async fn the_callers_hold_is_not_lost_to_a_failed_booking(app: TestApp) {
        let slot = app.a_session().with_places(1).published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let hold = mai.holds(slot.window(), 1).await.expect(StatusCode::CREATED);
        let two = [mai.person(), json!({ "full_name": "Lê An", "birth_date": "2016-02-03" })];
        let (failed, snatched) = tokio::join!(
            async { mai.sends(&mai.request_with(&hold, &two)).await },
            lan.books(&slot)
        );
        failed.is_problem(409, "window-full");
        snatched.is_problem(409, "window-full");
        let booked = mai.sends(&mai.request_with(&hold, &two[..1])).await;
        booked.expect(StatusCode::CREATED);
    }

    // ZMS: two parties that need two slots each lock them one by one, in different order,
    // and wait for each other. Here each moves between two windows, again and again.
    async fn two_parties_on_two_slots_do_not_deadlock(app: TestApp) {
        let slot = app
            .a_session()
            .with_places(40)
            .in_windows(2)
            .under(json!({ "waitlist": { "cooling_seconds_most": 0 } }))
            .published()
            .await;
        let parents: Vec<_> = (0..12).map(|_| app.a_parent()).collect();
        let booked = join_all(parents.iter().enumerate().map(|(n, parent)| {
            let window = slot.windows[n % 2].clone();
            async move { parent.sends(&parent.request(&window)).await }
        }))
        .await;
        for round in 0..6 {
            let moves = parents.iter().zip(&booked).enumerate().map(|(n, (parent, booked))| {
                let to = json!({ "window_id": slot.windows[(n + round + 1) % 2] });
                async move { parent.acts(booked, "move", &to).await }
            });
            for answer in join_all(moves).await {
                assert_eq!(answer.status, 200, "{:#}", answer.body);
            }
        }
        let session = app.get(&format!("/v1/sessions/{}", slot.session)).await;
        assert_eq!((session.number("/booked"), session.number("/open_places")), (12, 28));
    }
}

/// How often PostgreSQL has found two transactions that waited for each other. What a
/// connection has to tell it tells by its end at the latest.
async fn deadlocks(servers: [TestApp; 2]) -> i64 {
    let address = servers[0].database.address.clone();
    for server in &servers {
        server.app.stop().await;
        server.app.store().close().await.expect("closed");
    }
    let db = Database::connect(address).await.expect("a database");
    let sql = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await
        .expect("an answer")
        .expect("a row");
    row.try_get("", "deadlocks").expect("a number")
}

/// The same with two servers, between which nothing but the database decides who goes first.
#[tokio::test(flavor = "multi_thread")]
async fn parties_at_two_servers_on_two_slots_do_not_deadlock() {
    let one = TestApp::start(On::Postgres).await;
    let two = one.another(On::Postgres).await;
    let slot = one
        .a_session()
        .with_places(30)
        .in_windows(2)
        .published()
        .await;
    let parents: Vec<_> = (0..12)
        .map(|n| {
            if n % 4 < 2 {
                one.a_parent()
            } else {
                two.a_parent()
            }
        })
        .collect();
    let booked = join_all(parents.iter().enumerate().map(|(n, parent)| {
        let window = slot.windows[n % 2].clone();
        async move { parent.sends(&parent.request(&window)).await }
    }))
    .await;
    // Some wait for more than there is, so that whatever comes free is looked at.
    for server in [&one, &two, &one] {
        let joined = server
            .a_parent()
            .waits(&slot.campaign, 10, &json!({}))
            .await;
        joined.expect(StatusCode::CREATED);
    }
    for round in 0..8 {
        let moves = parents
            .iter()
            .zip(&booked)
            .enumerate()
            .map(|(n, (parent, booked))| {
                let to = json!({ "window_id": slot.windows[(n + round + 1) % 2] });
                async move { parent.acts(booked, "move", &to).await }
            });
        for answer in join_all(moves).await {
            // It may be full; then the next time round it is there already.
            assert!(matches!(answer.status, 200 | 409), "{:#}", answer.body);
        }
    }
    assert_eq!(deadlocks([one, two]).await, 0);
}
