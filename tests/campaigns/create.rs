//! `POST`, `GET` and `PATCH /v1/campaigns`

use luot_testkit::{TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::json;

on_both! {
    async fn every_fault_of_an_instance_is_told_with_its_pointer(app: TestApp) {
        let mut instance = app.a_session().for_cohort("1A", 5).instance();
        instance["end"] = json!("2020-01-01");
        instance["cohorts"][0]["people"] = json!(-1);
        instance["timezone"] = json!("Asia/Nowhere");
        instance["policies"] = json!({ "window_minutes": 0 });
        let answer = app.admin_post("/v1/campaigns", &instance).await;
        answer.is_problem(422, "invalid-instance");
        let pointers: Vec<&str> = answer.body["errors"]
            .as_array()
            .expect("errors")
            .iter()
            .filter_map(|e| e["pointer"].as_str())
            .collect();
        for pointer in ["/cohorts/0/people", "/policies/window_minutes"] {
            assert!(pointers.contains(&pointer), "{pointer} in {pointers:?}");
        }
        assert!(app.get("/v1/campaigns").await.items().is_empty());
    }

    async fn a_campaign_is_changed_under_its_version(app: TestApp) {
        let created = app.admin_post("/v1/campaigns", &app.a_session().instance()).await;
        let path = format!("/v1/campaigns/{}", created.expect(StatusCode::CREATED).text("/id"));
        let change = async |if_match: Option<&str>| {
            let mut request = app
                .request(Method::PATCH, &path)
                .bearer_auth(&app.admin)
                .json(&json!({ "title": "Đợt mới" }));
            if let Some(tag) = if_match {
                request = request.header("If-Match", tag);
            }
            app.send(request).await
        };
        change(None).await.is_problem(428, "precondition-required");
        change(Some("\"1\"")).await.expect(StatusCode::OK);
        change(Some("\"1\"")).await.is_problem(412, "stale");
        let seen = app.get(&path).await;
        assert_eq!((seen.text("/title").as_str(), seen.header("etag")), ("Đợt mới", "\"2\""));
    }

    async fn a_campaign_that_is_over_is_a_rehearsal_and_says_so(app: TestApp) {
        let mut instance = app.a_session().instance();
        for key in ["start", "end"] {
            instance[key] = json!("2023-04-11");
        }
        instance["pinned"]["rotation"][0]["date"] = json!("2023-04-11");
        let created = app.admin_post("/v1/campaigns", &instance).await.expect(StatusCode::CREATED);
        assert!(created.body["findings"].to_string().contains("campaign-over"), "{:#}", created.body);
        let campaign = created.text("/id");
        app.plans_and_publishes(&campaign, 100).await;
        let slot = app.slot_of(&campaign).await;
        app.a_parent().books(&slot).await.expect(StatusCode::CREATED);
    }
}
