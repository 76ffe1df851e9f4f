//! What happens by itself as time goes on.

use luot_app::line::Swept;
use luot_testkit::{TestApp, on_both};
use reqwest::StatusCode;
use sea_orm::ConnectionTrait;
use serde_json::json;

on_both! {
    async fn who_does_not_come_is_marked_after_the_window_and_the_grace(app: TestApp) {
        let slot = app.a_session().in_days(0).with_places(4).in_windows(2).published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let first = mai.books(&slot).await.expect(StatusCode::CREATED);
        let second = lan.sends(&lan.request(&slot.windows[1])).await.expect(StatusCode::CREATED);
        // The first window ends at 08:30.
        app.minutes_pass(60 + 20);
        assert_eq!(app.sweeps().await, Swept::default());
        app.minutes_pass(1);
        assert_eq!(app.sweeps().await.noshow, 1);
        assert_eq!(app.sweeps().await, Swept::default());
        assert_eq!(mai.looks_up(&first).await.text("/state"), "noshow");
        assert_eq!(lan.looks_up(&second).await.text("/state"), "booked");
    }

    async fn unclaimed_places_of_a_class_open_to_everybody_before_the_session(app: TestApp) {
        let slot = app.a_session().in_days(1).with_places(10).for_cohort("1A", 9).published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        app.a_parent().books(&slot).await.expect(StatusCode::CREATED);
        let mut person = mai.person();
        person["cohort_id"] = json!("1A");
        mai.sends(&mai.request_for(slot.window(), &[person])).await.expect(StatusCode::CREATED);
        let full = lan.books(&slot).await;
        full.is_problem(409, "window-full");
        // At 05:59 of the day it is too early, at 06:00 it is time.
        app.minutes_pass(22 * 60 + 29);
        assert_eq!(app.sweeps().await.opened, 0);
        app.minutes_pass(1);
        assert_eq!(app.sweeps().await.opened, 8);
        assert_eq!(app.sweeps().await.opened, 0);
        lan.books(&slot).await.expect(StatusCode::CREATED);
        let session = app.get(&format!("/v1/sessions/{}", slot.session)).await;
        assert_eq!((session.number("/booked"), session.number("/open_places")), (3, 7));
    }

    async fn a_campaign_may_keep_its_classes_places_to_the_end(app: TestApp) {
        let policies = json!({ "line": { "allotments_open_hours": null } });
        let slot = app.a_session().in_days(0).with_places(10).for_cohort("1A", 10).under(policies);
        slot.published().await;
        assert_eq!(app.sweeps().await.opened, 0);
    }

    async fn a_sweep_touches_nothing_of_a_rehearsal_that_is_not_due(app: TestApp) {
        let mut instance = app.a_session().in_days(0).with_places(20).instance();
        instance["start"] = json!("2026-03-02");
        instance["end"] = json!("2026-03-02");
        instance["pinned"]["rotation"][0]["date"] = json!("2026-03-02");
        let created = app.admin_post("/v1/campaigns", &instance).await.expect(StatusCode::CREATED);
        app.plans_and_publishes(&created.text("/id"), 200).await;
        let slot = app.slot_of(&created.text("/id")).await;
        for _ in 0..2 {
            app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
        }
        let station = app.opens_a_station(&slot).await;
        let (aside, _) = app.calls(&station).await;
        app.does(&aside, "park", &json!({ "minutes": 10 })).await.expect(StatusCode::OK);
        app.calls(&station).await;
        let version = app.line(&slot).await.number("/version");
        for _ in 0..4 {
            assert_eq!(app.sweeps().await, Swept::default());
            app.minutes_pass(1);
        }
        assert_eq!(app.line(&slot).await.number("/version"), version);
        app.minutes_pass(1);
        assert_eq!(app.sweeps().await, Swept { lapsed: 1, ..Swept::default() });
        app.minutes_pass(5);
        assert_eq!(app.sweeps().await, Swept { back: 1, ..Swept::default() });
        assert_eq!(app.line(&slot).await.number("/version"), version + 2);
    }

    async fn one_campaign_that_fails_keeps_no_other_from_its_sweep(app: TestApp) {
        let broken = app.a_session().in_days(0).published().await;
        let slot = app.a_session().in_days(0).published().await;
        for slot in [&broken, &slot] {
            let hers = app.a_parent().books(slot).await.expect(StatusCode::CREATED);
            app.checks_in(slot, &hers).await.expect(StatusCode::CREATED);
            app.a_parent().books(slot).await.expect(StatusCode::CREATED);
            let station = app.opens_a_station(slot).await;
            app.calls(&station).await;
        }
        let beside = app.database.beside().await;
        // The first campaign comes first.
        let first = "(SELECT id FROM campaign ORDER BY id LIMIT 1)";
        let sql = format!("UPDATE campaign SET policies = '{{\"line\": 7}}' WHERE id = {first}");
        beside.execute_unprepared(&sql).await.expect("broken");
        app.minutes_pass(60 + 21);
        assert!(app.app.sweep().await.is_err());
        let states = |state| format!("SELECT count(*) FROM appointment WHERE state = '{state}'");
        assert_eq!(app.database.number(&states("noshow")).await, 1);
        assert_eq!(app.waiting(&slot).await, [1]);
    }

    async fn a_line_stays_open_while_somebody_is_served(app: TestApp) {
        let slot = app.a_session().in_days(0).with_places(4).published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let (hers, other) = (
            mai.books(&slot).await.expect(StatusCode::CREATED),
            lan.books(&slot).await.expect(StatusCode::CREATED),
        );
        for booked in [&hers, &other] {
            app.checks_in(&slot, booked).await.expect(StatusCode::CREATED);
        }
        let station = app.opens_a_station(&slot).await;
        app.minutes_pass(60 + 170);
        let (call, _) = app.calls(&station).await;
        app.does(&call, "serve", &json!({})).await.expect(StatusCode::OK);
        app.minutes_pass(11);
        let version = app.line(&slot).await.number("/version");
        assert_eq!(app.sweeps().await, Swept::default());
        assert_eq!(app.line(&slot).await.number("/version"), version);
        app.finishes(&call).await;
        assert_eq!(app.sweeps().await.closed, 1);
        assert_eq!(mai.looks_up(&hers).await.text("/state"), "fulfilled");
        assert_eq!(lan.looks_up(&other).await.text("/state"), "displaced");
        let session = slot.session.parse().expect("an id");
        let (_, count) = app.app.line_index(session).await.expect("an index").expect("whole");
        assert_eq!(count, 0);
    }

    async fn who_came_and_was_not_served_keeps_a_claim(app: TestApp) {
        let slot = app.a_session().in_days(0).with_places(4).published().await;
        let mai = app.a_parent();
        let hers = mai.books(&slot).await.expect(StatusCode::CREATED);
        app.checks_in(&slot, &hers).await.expect(StatusCode::CREATED);
        let walk_in = app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
        let station = app.opens_a_station(&slot).await;
        app.calls(&station).await;
        // The session ends at 08:30, the line three hours later.
        app.minutes_pass(60 + 180);
        let swept = app.sweeps().await;
        assert_eq!((swept.closed, swept.lapsed), (0, 1));
        app.minutes_pass(1);
        assert_eq!(app.sweeps().await.closed, 1);
        assert_eq!(app.sweeps().await, Swept::default());
        assert_eq!(mai.looks_up(&hers).await.text("/state"), "displaced");
        let ticket = app.get(&format!("/v1/tickets/{}", walk_in.text("/id"))).await;
        assert_eq!(ticket.text("/state"), "closed");
        assert_eq!(app.waiting(&slot).await, Vec::<i64>::new());
        app.takes_a_ticket(&slot).await.is_problem(409, "state-forbids");
    }
}
