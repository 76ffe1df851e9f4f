//! Looking for places in more windows than are looked at in one go.

use chrono::Days;
use luot_domain::clock::Clock;
use luot_store::waitlist;
use luot_testkit::{TestApp, on_both};
use reqwest::StatusCode;
use serde_json::json;

/// Windows looked at in one go.
const AT_A_TIME: usize = 1_000;
/// Days with two machines of twenty windows each: more than that.
const DAYS: u64 = 26;

on_both! {
    async fn who_wants_a_window_behind_the_first_thousand_is_offered_it(app: TestApp) {
        let day = app.clock.now().date_naive() + Days::new(1);
        let last = day + Days::new(DAYS - 1);
        let mut instance = app.a_session().with_places(20).in_windows(20).instance();
        instance["end"] = json!(last);
        instance["machines"] = json!([
            { "id": "may-1", "services": ["account"] }, { "id": "may-2", "services": ["account"] },
        ]);
        instance["sites"] = json!([{ "id": "truong" }, { "id": "tru-so" }, { "id": "xa" }]);
        let stands = |n: u64| [("may-1", "truong"), ("may-2", "tru-so")].map(|(machine, site)| {
            json!({ "machine": machine, "site": site, "date": day + Days::new(n), "shift": "sang" })
        });
        let rotation: Vec<_> = (0..DAYS).flat_map(stands).collect();
        instance["pinned"] = json!({ "rotation": rotation });
        let created = app.admin_post("/v1/campaigns", &instance).await;
        let campaign = created.expect(StatusCode::CREATED).text("/id");
        app.plans_and_publishes(&campaign, 1).await;
        let windows = app.get(&format!("/v1/campaigns/{campaign}/availability")).await.items();
        assert!(windows.len() > AT_A_TIME);

        // They want to go where no machine comes, and then to the very last windows.
        let mai = app.a_parent();
        let wishes = json!({ "sites": ["xa"], "from": last });
        let joined = mai.waits(&campaign, 1, &wishes).await.expect(StatusCode::CREATED);
        assert_eq!(mai.looks_at(&joined).await.text("/state"), "waiting");
        let id = joined.text("/id").parse().expect("an id");
        let written: Result<(), luot_store::StoreError> = app
            .app
            .store()
            .write(async |tx| {
                let was = waitlist::find(tx, id).await?.expect("an entry");
                let mut row = was.clone();
                row.wishes["sites"] = json!([]);
                waitlist::update(tx, &was, row, app.app.now()).await
            })
            .await;
        written.expect("written");
        app.app.look_again().await.expect("a look");
        let seen = mai.looks_at(&joined).await;
        assert_eq!(seen.text("/state"), "offered");
        assert_eq!(seen.text("/offer/date"), last.to_string());
    }
}
