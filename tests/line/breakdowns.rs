//! A machine breaks while people are on their way.

use luot_app::line::Swept;
use luot_domain::clock::Clock as _;
use luot_testkit::{Slot, TestApp, on_both};
use reqwest::StatusCode;
use serde_json::json;

/// The only machine is out from now on, and the session withdrawn.
async fn breaks_down(app: &TestApp, slot: &Slot) {
    let path = format!("/v1/campaigns/{}/disruptions", slot.campaign);
    let now = app.clock.now();
    let out = json!({ "machine_id": "may-1", "from": now, "to": now, "reason": "hỏng" });
    app.admin_post(&path, &out)
        .await
        .expect(StatusCode::CREATED);
    app.plans_and_publishes(&slot.campaign, 200).await;
}

on_both! {
    async fn who_is_only_late_keeps_a_claim_where_nothing_is_held_any_more(app: TestApp) {
        let slot = app.a_session().in_days(0).with_places(8).in_windows(4).published().await;
        let (late, missed, there) = (app.a_parent(), app.a_parent(), app.a_parent());
        let hers = late.sends(&late.request(&slot.windows[1])).await.expect(StatusCode::CREATED);
        let gone = missed.books(&slot).await.expect(StatusCode::CREATED);
        let came = there.books(&slot).await.expect(StatusCode::CREATED);
        app.checks_in(&slot, &came).await.expect(StatusCode::CREATED);
        // 09:05: the second window is over for five minutes, the first for more than twenty.
        app.minutes_pass(30 + 60 + 5);
        app.sweeps().await;
        breaks_down(&app, &slot).await;
        let seen = late.looks_up(&hers).await;
        assert_eq!(seen.text("/state"), "displaced", "{:#}", seen.body);
        assert!(seen.body["waitlist_entry_id"].is_string(), "{:#}", seen.body);
        assert_eq!(missed.looks_up(&gone).await.text("/state"), "noshow");
        // Who is in the line stays in it until it is seen that nobody serves there.
        assert_eq!(there.looks_up(&came).await.text("/state"), "arrived");
        assert_eq!(app.waiting(&slot).await, [1]);
        // Nobody is expected any more, so nobody is marked as not come.
        app.minutes_pass(30);
        assert_eq!(app.sweeps().await.noshow, 0);
        assert_eq!(there.looks_up(&came).await.text("/state"), "displaced");
    }

    async fn who_stands_in_the_line_of_a_session_that_is_withdrawn_keeps_a_claim(app: TestApp) {
        let slot = app.a_session().in_days(0).with_places(8).in_windows(4).published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let served = mai.books(&slot).await.expect(StatusCode::CREATED);
        let stands = lan.books(&slot).await.expect(StatusCode::CREATED);
        for booked in [&served, &stands] {
            app.checks_in(&slot, booked).await.expect(StatusCode::CREATED);
        }
        let walk_in = app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
        let station = app.opens_a_station(&slot).await;
        let (call, _) = app.calls(&station).await;
        app.minutes_pass(35);
        app.does(&call, "serve", &json!({})).await.expect(StatusCode::OK);
        breaks_down(&app, &slot).await;
        // While somebody is served, and while the station calls on, everybody stays.
        assert_eq!(app.sweeps().await.closed, 0);
        app.finishes(&call).await;
        assert_eq!(app.sweeps().await.closed, 0);
        assert_eq!(app.waiting(&slot).await, [2, 3]);
        app.admin_post(&format!("/v1/stations/{station}/close"), &json!({})).await.expect(StatusCode::OK);
        assert_eq!(app.sweeps().await.closed, 1);
        assert_eq!(app.sweeps().await, Swept::default());
        assert_eq!(mai.looks_up(&served).await.text("/state"), "fulfilled");
        let seen = lan.looks_up(&stands).await;
        assert_eq!(seen.text("/state"), "displaced", "{:#}", seen.body);
        assert!(seen.body["waitlist_entry_id"].is_string(), "{:#}", seen.body);
        let ticket = app.get(&format!("/v1/tickets/{}", walk_in.text("/id"))).await;
        assert_eq!(ticket.text("/state"), "closed");
        let told = "SELECT count(*) FROM outbox WHERE kind = 'appointment.displaced'";
        assert_eq!(app.database.number(told).await, 1);
        // The line itself is not closed: a plan may take the session up again.
        let open = "SELECT count(*) FROM day_line WHERE closed_at IS NULL";
        assert_eq!(app.database.number(open).await, 1);
    }

    async fn a_station_that_fell_silent_keeps_nobody_in_a_withdrawn_session(app: TestApp) {
        let slot = app.a_session().in_days(0).with_places(8).in_windows(4).published().await;
        let mai = app.a_parent();
        let hers = mai.books(&slot).await.expect(StatusCode::CREATED);
        app.opens_a_station(&slot).await;
        app.checks_in(&slot, &hers).await.expect(StatusCode::CREATED);
        app.minutes_pass(30 + 4);
        breaks_down(&app, &slot).await;
        assert_eq!(app.sweeps().await.closed, 0);
        app.minutes_pass(1);
        assert_eq!(app.sweeps().await.closed, 1);
        assert_eq!(mai.looks_up(&hers).await.text("/state"), "displaced");
    }
}
