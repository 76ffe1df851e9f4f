//! `POST`, `GET` and `PATCH /v1/campaigns`

use luot_app::Role;
use luot_testkit::{Answer, TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

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

    async fn only_an_administrator_decides_on_data_and_on_whom_a_campaign_is_opened_to(app: TestApp) {
        let campaign = app.admin_post("/v1/campaigns", &app.a_session().instance()).await.text("/id");
        let path = format!("/v1/campaigns/{campaign}");
        let scheduler = app.token_of(Role::Scheduler).await;
        let asks_more = [
            json!({ "policies": { "keep_days": 0 } }),
            json!({ "policies": { "consent_required": true } }),
            json!({ "area": "20/06001" }),
        ];
        for change in &asks_more {
            changes(&app, &scheduler, &path, change).await.is_problem(403, "forbidden");
            // Nothing of it was done, whatever else the request said.
            let mut with_title = change.clone();
            with_title["title"] = json!("Đợt khác");
            changes(&app, &scheduler, &path, &with_title).await.is_problem(403, "forbidden");
            assert_ne!(app.get(&path).await.text("/title"), "Đợt khác");
        }
        let plain = json!({ "title": "Đợt mới", "policies": { "party_most": 4 } });
        changes(&app, &scheduler, &path, &plain).await.expect(StatusCode::OK);
        for change in &asks_more {
            changes(&app, &app.admin, &path, change).await.expect(StatusCode::OK);
        }
        // What stands may be said again; leaving it out would set it back.
        changes(&app, &app.admin, &path, &json!({ "policies": { "keep_days": 30 } })).await.expect(StatusCode::OK);
        let same = json!({ "area": "20/06001", "policies": { "keep_days": 30, "party_most": 5 } });
        changes(&app, &scheduler, &path, &same).await.expect(StatusCode::OK);
        changes(&app, &scheduler, &path, &plain).await.is_problem(403, "forbidden");
        // A campaign is not created otherwise either.
        let mut instance = app.a_session().instance();
        creates(&app, &scheduler, &instance).await.expect(StatusCode::CREATED);
        instance["policies"]["keep_days"] = json!(0);
        creates(&app, &scheduler, &instance).await.is_problem(403, "forbidden");
        creates(&app, &app.admin, &instance).await.expect(StatusCode::CREATED);
        for role in [Role::Supervisor, Role::Operator, Role::Display, Role::Kiosk] {
            let token = app.token_of(role).await;
            changes(&app, &token, &path, &plain).await.is_problem(403, "forbidden");
        }
    }
}

/// Changes a campaign, whichever its version is.
async fn changes(app: &TestApp, token: &str, path: &str, change: &Value) -> Answer {
    let version = app.get(path).await.header("etag").to_owned();
    let request = app.request(Method::PATCH, path).header("If-Match", version);
    app.send(request.bearer_auth(token).json(change)).await
}

async fn creates(app: &TestApp, token: &str, instance: &Value) -> Answer {
    let key = Uuid::now_v7().simple().to_string();
    let request = app
        .request(Method::POST, "/v1/campaigns")
        .header("Idempotency-Key", key);
    app.send(request.bearer_auth(token).json(instance)).await
}
