//! A machine breaks while people are on their way.

use luot_domain::clock::Clock as _;
use luot_testkit::{TestApp, on_both};
use reqwest::StatusCode;
use serde_json::json;

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
        let path = format!("/v1/campaigns/{}/disruptions", slot.campaign);
        let now = app.clock.now();
        let out = json!({ "machine_id": "may-1", "from": now, "to": now, "reason": "hỏng" });
        app.admin_post(&path, &out).await.expect(StatusCode::CREATED);
        app.plans_and_publishes(&slot.campaign, 200).await;
        let seen = late.looks_up(&hers).await;
        assert_eq!(seen.text("/state"), "displaced", "{:#}", seen.body);
        assert!(seen.body["waitlist_entry_id"].is_string(), "{:#}", seen.body);
        assert_eq!(missed.looks_up(&gone).await.text("/state"), "noshow");
        // Who is in the line stays in it.
        assert_eq!(there.looks_up(&came).await.text("/state"), "arrived");
        assert_eq!(app.waiting(&slot).await, [1]);
        // Nobody is expected any more, so nobody is marked as not come.
        app.minutes_pass(30);
        assert_eq!(app.sweeps().await.noshow, 0);
    }
}
