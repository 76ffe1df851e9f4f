//! `POST /v1/stations/{id}/calls`, `POST /v1/calls/{id}/…`

use std::collections::BTreeSet;

use futures_util::future::join_all;
use luot_app::Role;
use luot_testkit::{On, Slot, TestApp, on_both};
use reqwest::StatusCode;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement, TransactionTrait};
use serde_json::json;

/// A session today, with so many walk-ins waiting.
async fn a_line(app: &TestApp, people: usize) -> Slot {
    let slot = app
        .a_session()
        .in_days(0)
        .with_places(60)
        .in_windows(2)
        .published()
        .await;
    for _ in 0..people {
        app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
    }
    slot
}

on_both! {
    async fn the_least_effective_time_is_next_and_says_why(app: TestApp) {
        let slot = a_line(&app, 1).await;
        let mai = app.a_parent();
        let hers = mai.books(&slot).await.expect(StatusCode::CREATED);
        app.minutes_pass(5);
        app.checks_in(&slot, &hers).await.expect(StatusCode::CREATED);
        let station = app.opens_a_station(&slot).await;
        // 07:30 and half an hour are 08:00, as is the window: the earlier arrival is first.
        let called = app.calls_next(&station).await.expect(StatusCode::OK);
        assert_eq!(called.number("/ticket/number"), 1);
        assert_eq!(
            called.text("/reason/en"),
            "The earliest of 2 who wait. Counts from 08:00: without an appointment, came at 07:30."
        );
        app.finishes(&called.text("/id")).await;
        let called = app.calls_next(&station).await.expect(StatusCode::OK);
        assert_eq!(called.text("/full_name"), mai.child);
        assert_eq!(
            called.text("/reason/vi"),
            "Không còn ai khác đang chờ. Tính từ 08:00: lịch hẹn 08:00–08:30, đến lúc 07:35."
        );
        assert_eq!(mai.looks_up(&hers).await.text("/state"), "called");
        app.does(&called.text("/id"), "serve", &json!({})).await.expect(StatusCode::OK);
        app.finishes(&called.text("/id")).await;
        assert_eq!(mai.looks_up(&hers).await.text("/state"), "fulfilled");
        let nobody = app.calls_next(&station).await;
        assert_eq!(nobody.status, 204);
    }

    async fn a_station_that_asks_again_gets_the_same_call(app: TestApp) {
        let slot = a_line(&app, 3).await;
        let station = app.opens_a_station(&slot).await;
        let (a, b) = tokio::join!(app.calls(&station), app.calls(&station));
        assert_eq!(a, b);
        assert_eq!(app.calls(&station).await, a);
        assert_eq!(app.waiting(&slot).await, [2, 3]);
    }

    async fn who_misses_goes_behind_three_and_is_out_after_three_calls(app: TestApp) {
        let slot = a_line(&app, 1).await;
        for _ in 0..4 {
            app.minutes_pass(1);
            app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
        }
        let station = app.opens_a_station(&slot).await;
        let (call, number) = app.calls(&station).await;
        assert_eq!(number, 1);
        app.does(&call, "recall", &json!({})).await.expect(StatusCode::OK);
        app.does(&call, "miss", &json!({})).await.expect(StatusCode::OK);
        let again = app.does(&call, "miss", &json!({})).await.expect(StatusCode::OK);
        assert_eq!((again.text("/state"), again.number("/ticket/misses")), ("missed".into(), 1));
        assert_eq!(app.waiting(&slot).await, [2, 3, 4, 1, 5]);
        for round in 2..=3 {
            loop {
                let (call, number) = app.calls(&station).await;
                if number == 1 {
                    let missed = app.does(&call, "miss", &json!({})).await.expect(StatusCode::OK);
                    assert_eq!(missed.number("/ticket/misses"), round);
                    break;
                }
                app.finishes(&call).await;
            }
        }
        assert_eq!(app.waiting(&slot).await, Vec::<i64>::new());
        let ticket = app.admin_get(&format!("/v1/calls/{call}")).await.text("/ticket/id");
        assert_eq!(app.get(&format!("/v1/tickets/{ticket}")).await.text("/state"), "out");
    }

    async fn who_is_set_aside_comes_back_by_themselves_or_when_told(app: TestApp) {
        let slot = a_line(&app, 2).await;
        let station = app.opens_a_station(&slot).await;
        let (first, _) = app.calls(&station).await;
        app.does(&first, "serve", &json!({})).await.expect(StatusCode::OK);
        let parked = app.does(&first, "park", &json!({ "minutes": 10 })).await.expect(StatusCode::OK);
        assert_eq!(parked.text("/ticket/state"), "parked");
        let (second, _) = app.calls(&station).await;
        app.does(&second, "park", &json!({})).await.expect(StatusCode::OK);
        assert_eq!(app.calls_next(&station).await.status, 204);
        assert_eq!(app.sweeps().await.back, 0);
        app.minutes_pass(10);
        assert_eq!(app.sweeps().await.back, 1);
        assert_eq!(app.waiting(&slot).await, [1]);
        let ticket = app.admin_get(&format!("/v1/calls/{second}")).await.text("/ticket/id");
        let path = format!("/v1/tickets/{ticket}/resume");
        app.admin_post(&path, &json!({})).await.expect(StatusCode::OK);
        app.admin_post(&path, &json!({})).await.expect(StatusCode::OK);
        assert_eq!(app.waiting(&slot).await, [1, 2]);
    }

    async fn a_silent_station_gives_its_call_back_and_may_still_finish_it(app: TestApp) {
        let slot = a_line(&app, 2).await;
        let station = app.opens_a_station(&slot).await;
        let (call, number) = app.calls(&station).await;
        app.minutes_pass(4);
        app.does(&call, "recall", &json!({})).await.expect(StatusCode::OK);
        app.minutes_pass(4);
        assert_eq!(app.sweeps().await.lapsed, 0);
        app.minutes_pass(1);
        assert_eq!(app.sweeps().await.lapsed, 1);
        // In the line again, where they were.
        assert_eq!(app.waiting(&slot).await, [number, 2]);
        // It was only slow: nobody else has called them.
        app.finishes(&call).await;
        assert_eq!(app.waiting(&slot).await, [2]);
        // When it was done in truth nobody knows: the pace is still the plan's.
        assert_eq!(app.line(&slot).await.body["people_per_hour"], 60.0);
        let (second, _) = app.calls(&station).await;
        app.minutes_pass(6);
        assert_eq!(app.sweeps().await.lapsed, 1);
        let (third, again) = app.calls(&station).await;
        assert_eq!(again, 2);
        let late = app.does(&second, "finish", &json!({ "outcome": "enrolled" })).await;
        late.is_problem(409, "state-forbids");
        app.finishes(&third).await;
    }

    async fn finishing_twice_counts_once_and_teaches_the_pace(app: TestApp) {
        // Planned: a minute each.
        let slot = a_line(&app, 9).await;
        let station = app.opens_a_station(&slot).await;
        assert_eq!(app.line(&slot).await.body["people_per_hour"], 60.0);
        for _ in 0..8 {
            let (call, _) = app.calls(&station).await;
            app.does(&call, "serve", &json!({})).await.expect(StatusCode::OK);
            app.minutes_pass(3);
            app.finishes(&call).await;
            app.finishes(&call).await;
            let other = app.does(&call, "finish", &json!({ "outcome": "refused" })).await;
            other.is_problem(409, "state-forbids");
        }
        // Eight of a minute by plan and eight of three: two minutes.
        assert_eq!(app.line(&slot).await.body["people_per_hour"], 30.0);
    }

    async fn closing_a_station_gives_its_call_back(app: TestApp) {
        let slot = a_line(&app, 1).await;
        let station = app.opens_a_station(&slot).await;
        app.calls(&station).await;
        let path = format!("/v1/stations/{station}/close");
        app.admin_post(&path, &json!({})).await.expect(StatusCode::OK);
        let closed = app.admin_post(&path, &json!({})).await.expect(StatusCode::OK);
        assert_eq!(closed.text("/state"), "closed");
        assert_eq!(app.waiting(&slot).await, [1]);
        app.calls_next(&station).await.is_problem(409, "state-forbids");
        let other = app.opens_a_station(&slot).await;
        assert_eq!(app.calls(&other).await.1, 1);
    }

    async fn who_needs_a_card_is_not_taken_where_no_machine_issues_them(app: TestApp) {
        let slot = a_line(&app, 0).await;
        let body = json!({ "needs_card": true });
        let key = "a-key-of-sufficient-length-1";
        app.takes_a_ticket_under(key, &slot, &body).await.is_problem(409, "no-card-machine");
        app.opens_a_station(&slot).await;
        app.takes_a_ticket_under(key, &slot, &body).await.is_problem(409, "no-card-machine");
        // A machine that issues cards is brought, against the plan.
        let machine = json!({ "code": "may-the", "services": ["account", "card"] });
        let path = format!("/v1/campaigns/{}/machines", slot.campaign);
        app.admin_post(&path, &machine).await.expect(StatusCode::CREATED);
        let path = format!("/v1/sessions/{}/stations", slot.session);
        let opened = app.admin_post(&path, &json!({ "machine": "may-the" })).await;
        let cards = opened.expect(StatusCode::CREATED).text("/id");
        let taken = app.takes_a_ticket_under(key, &slot, &body).await.expect(StatusCode::CREATED);
        assert_eq!(app.calls(&cards).await.1, taken.number("/number"));
    }

    async fn a_machine_without_cards_passes_those_who_need_one_and_says_so(app: TestApp) {
        let slot = app.a_session().in_days(0).with_places(60).with_cards().published().await;
        let path = format!("/v1/campaigns/{}/machines", slot.campaign);
        app.admin_post(&path, &json!({ "code": "may-2" })).await.expect(StatusCode::CREATED);
        let path = format!("/v1/sessions/{}/stations", slot.session);
        let opened = app.admin_post(&path, &json!({ "machine": "may-2" })).await;
        let station = opened.expect(StatusCode::CREATED).text("/id");
        // The planned machine is not at work yet: it is counted on.
        let body = json!({ "needs_card": true });
        let key = "a-key-of-sufficient-length-1";
        let card = app.takes_a_ticket_under(key, &slot, &body).await.expect(StatusCode::CREATED);
        assert_eq!(card.number("/wait_p50_seconds"), 30 * 60);
        for _ in 0..2 {
            app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
        }
        let called = app.calls_next(&station).await.expect(StatusCode::OK);
        assert_eq!(called.number("/ticket/number"), 2);
        assert_eq!(
            called.text("/reason/en"),
            "The earliest whom this station can serve: 1 before need a card and wait for another; 1 wait behind. \
             Counts from 08:00: without an appointment, came at 07:30."
        );
        // A quarter of an hour into the session it has not come: that is told, and no time.
        app.minutes_pass(30 + 15);
        let waits = app.get(&format!("/v1/tickets/{}", card.text("/id"))).await;
        assert_eq!(waits.body["wait_p50_seconds"], json!(null));
        assert!(waits.text("/why/en").ends_with("No machine that issues cards is at work."));
        let key = "a-key-of-sufficient-length-2";
        app.takes_a_ticket_under(key, &slot, &body).await.is_problem(409, "no-card-machine");
        app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
    }

    async fn who_misses_a_call_of_a_machine_without_cards_goes_behind_those_it_can_serve(app: TestApp) {
        let slot = app.a_session().in_days(0).with_places(60).with_cards().published().await;
        let path = format!("/v1/campaigns/{}/machines", slot.campaign);
        app.admin_post(&path, &json!({ "code": "may-2" })).await.expect(StatusCode::CREATED);
        let path = format!("/v1/sessions/{}/stations", slot.session);
        let opened = app.admin_post(&path, &json!({ "machine": "may-2" })).await;
        let station = opened.expect(StatusCode::CREATED).text("/id");
        for number in 1..=5 {
            let body = json!({ "needs_card": (2..=4).contains(&number) });
            // Not in one second: behind the fourth is not behind the fifth.
            app.minutes_pass(i64::from(number == 5));
            let key = format!("a-key-of-sufficient-length-{number}");
            app.takes_a_ticket_under(&key, &slot, &body).await.expect(StatusCode::CREATED);
        }
        let (call, number) = app.calls(&station).await;
        assert_eq!(number, 1);
        app.does(&call, "miss", &json!({})).await.expect(StatusCode::OK);
        assert_eq!(app.waiting(&slot).await, [2, 3, 4, 5, 1]);
        assert_eq!(app.calls(&station).await.1, 5);
    }

    async fn a_machine_that_never_comes_is_counted_on_for_a_quarter_of_an_hour(app: TestApp) {
        let slot = a_line(&app, 1).await;
        app.minutes_pass(30 + 14);
        let line = app.line(&slot).await;
        assert!(line.body["tickets"][0]["wait_p50_seconds"].is_number() && line.number("/room") > 0);
        app.minutes_pass(1);
        let line = app.line(&slot).await;
        assert_eq!((&line.body["tickets"][0]["wait_p50_seconds"], line.number("/room")), (&json!(null), 0));
        app.takes_a_ticket(&slot).await.is_problem(409, "session-full");
        app.opens_a_station(&slot).await;
        app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
        assert!(app.line(&slot).await.body["tickets"][1]["wait_p50_seconds"].is_number());
    }

    async fn a_station_where_nobody_is_shortens_no_wait(app: TestApp) {
        // A minute each.
        let slot = a_line(&app, 6).await;
        let station = app.opens_a_station(&slot).await;
        // The session has begun, and the planned machines are no longer counted on.
        app.minutes_pass(30 + 16);
        let line = app.line(&slot).await;
        assert_eq!((&line.body["tickets"][5]["wait_p50_seconds"], line.number("/room")), (&json!(null), 0));
        let (call, _) = app.calls(&station).await;
        let line = app.line(&slot).await;
        assert!(line.number("/tickets/5/wait_p50_seconds") > 200, "{:#}", line.body);
        assert!(line.number("/room") > 0);
        app.finishes(&call).await;
        assert!(app.line(&slot).await.number("/room") > 0);
        app.minutes_pass(5);
        assert_eq!(app.line(&slot).await.number("/room"), 0);
    }

    async fn a_board_may_not_call(app: TestApp) {
        let slot = a_line(&app, 1).await;
        let station = app.opens_a_station(&slot).await;
        let board = app.token_of(Role::Display).await;
        let path = format!("/v1/stations/{station}/calls");
        let request = app.request(reqwest::Method::POST, &path).bearer_auth(&board);
        app.send(request).await.is_problem(403, "forbidden");
    }
}

/// A station closes while its call waits for the line: nobody is called to where nobody is.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_called_to_a_station_that_closes_meanwhile() {
    let app = TestApp::start(On::Postgres).await;
    let slot = a_line(&app, 1).await;
    let station = app.opens_a_station(&slot).await;
    let beside = app.database.beside().await;
    let other = beside.begin().await.expect("a transaction");
    let hold = "UPDATE day_line SET version = version";
    other.execute_unprepared(hold).await.expect("held");
    let closes = async {
        let waits = "SELECT count(*) FROM pg_stat_activity \
                     WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while app.database.number(waits).await == 0 {
            tokio::task::yield_now().await;
        }
        let close = "UPDATE station SET closed_at = now()";
        other.execute_unprepared(close).await.expect("closed");
        other.commit().await.expect("committed");
    };
    let (called, ()) = tokio::join!(app.calls_next(&station), closes);
    called.is_problem(409, "state-forbids");
    assert_eq!(app.waiting(&slot).await, [1]);
}

/// Stations of two servers call at the same time: everybody is called once.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_called_twice_by_two_servers() {
    let one = TestApp::start(On::Postgres).await;
    let two = one.another(On::Postgres).await;
    let slot = a_line(&one, 30).await;
    let campaign = format!("/v1/campaigns/{}/machines", slot.campaign);
    let mut stations = vec![one.opens_a_station(&slot).await];
    for n in 2..=6 {
        let machine = json!({ "code": format!("may-{n}") });
        one.admin_post(&campaign, &machine)
            .await
            .expect(StatusCode::CREATED);
        let path = format!("/v1/sessions/{}/stations", slot.session);
        let opened = one
            .admin_post(&path, &json!({ "machine": format!("may-{n}") }))
            .await;
        stations.push(opened.expect(StatusCode::CREATED).text("/id"));
    }
    let mut seen = BTreeSet::new();
    for round in 0..5 {
        let calls = join_all(stations.iter().enumerate().map(|(n, station)| {
            let app = if n % 2 == 0 { &one } else { &two };
            async move { app.calls(station).await }
        }))
        .await;
        for (call, number) in calls {
            assert!(seen.insert(number), "{number} was called twice");
            // With six at a time, nobody is passed by more than the others of a round.
            assert!((round * 6..=round * 6 + 6).contains(&number), "{number}");
            two.finishes(&call).await;
        }
    }
    assert_eq!(seen.len(), 30);
    assert_eq!(one.waiting(&slot).await, Vec::<i64>::new());
}

/// The control of the test above: who looks for the next without holding the line finds whom
/// another is calling.
#[tokio::test(flavor = "multi_thread")]
async fn without_holding_the_line_two_servers_call_the_same() {
    let app = TestApp::start(On::Postgres).await;
    let slot = a_line(&app, 2).await;
    let next = async |tx: &DatabaseTransaction| {
        let sql = "SELECT number FROM ticket WHERE state = 'waiting' ORDER BY rank LIMIT 1";
        let asked = Statement::from_string(DbBackend::Postgres, sql);
        let row = tx.query_one_raw(asked).await.expect("an answer");
        let number: i32 = row
            .expect("somebody")
            .try_get_by_index(0)
            .expect("a number");
        number
    };
    let (one, two) = (app.database.beside().await, app.database.beside().await);
    let one = one.begin().await.expect("a transaction");
    let two = two.begin().await.expect("a transaction");
    let first = next(&one).await;
    let calls = format!("UPDATE ticket SET state = 'called' WHERE number = {first}");
    one.execute_unprepared(&calls).await.expect("called");
    assert_eq!(next(&two).await, first);
    one.rollback().await.expect("undone");
    // The line, which both would hold, makes the second wait for the first.
    let station = app.opens_a_station(&slot).await;
    assert_eq!(app.calls(&station).await.1, i64::from(first));
    assert_ne!(next(&two).await, first);
}
