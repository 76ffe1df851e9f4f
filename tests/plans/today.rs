//! Planning in the course of a day: its shifts that are over are the past.

use chrono::NaiveDate;
use luot_domain::clock::Clock as _;
use luot_testkit::{TestApp, on_both};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// A campaign of a morning and an afternoon a day, with people for both of the first day.
async fn a_campaign(app: &TestApp) -> (String, NaiveDate) {
    let mut instance = app
        .a_session()
        .for_cohort("1A", 10)
        .for_cohort("1B", 10)
        .instance();
    let day = instance["start"]
        .as_str()
        .and_then(|d| d.parse().ok())
        .expect("a date");
    instance["pinned"] = json!({});
    instance["shifts"] = json!([
        { "id": "sang", "start": "08:00", "end": "09:00", "records": 10 },
        { "id": "chieu", "start": "14:00", "end": "15:00", "records": 10 },
    ]);
    let created = app.admin_post("/v1/campaigns", &instance).await;
    (created.expect(StatusCode::CREATED).text("/id"), day)
}

/// At noon of a day in Vietnam.
async fn noon(app: &TestApp, day: NaiveDate) {
    let noon = day.and_hms_opt(5, 0, 0).expect("an hour").and_utc();
    app.after(noon - app.clock.now()).await;
}

fn is_used(plan: &Value, day: NaiveDate, shift: &str) -> bool {
    let rotation = plan["rotation"].as_array().expect("a rotation");
    rotation
        .iter()
        .any(|r| r["date"] == json!(day) && r["shift"] == shift)
}

on_both! {
    async fn nothing_is_planned_into_a_shift_that_is_over(app: TestApp) {
        let (campaign, day) = a_campaign(&app).await;
        let options = json!({ "steps": 500 });
        let before = app.plans(&campaign, &options).await;
        assert!(is_used(&before, day, "sang") && is_used(&before, day, "chieu"));
        noon(&app, day).await;
        let after = app.plans(&campaign, &options).await;
        assert!(!is_used(&after, day, "sang") && is_used(&after, day, "chieu"));

        // What was planned in the morning is not published any more, nor made by hand.
        let path = format!("/v1/plans/{}/publish", before["id"].as_str().expect("an id"));
        app.admin_post(&path, &json!({})).await.is_problem(412, "plan-stale");
        let hand = json!({ "rotation": before["rotation"], "allotments": before["allotments"] });
        let path = format!("/v1/campaigns/{campaign}/plans");
        app.admin_post(&path, &hand).await.is_problem(422, "invalid-plan");
        let path = format!("/v1/plans/{}/publish", after["id"].as_str().expect("an id"));
        app.admin_post(&path, &json!({})).await.expect(StatusCode::OK);
    }

    async fn a_morning_that_is_over_stays_and_may_have_fallen_behind(app: TestApp) {
        let (campaign, day) = a_campaign(&app).await;
        app.plans_and_publishes(&campaign, 500).await;
        let behind = json!({
            "kind": "session-behind", "site_id": "truong", "from": day, "shift": "sang", "people": 3,
        });
        let path = format!("/v1/campaigns/{campaign}/disruptions");
        app.admin_post(&path, &behind).await.is_problem(422, "invalid-body");
        noon(&app, day).await;
        let answer = app.admin_post(&path, &behind).await.expect(StatusCode::CREATED);
        let plan = answer.text("/proposals/0/plan_id");
        let plan = app.admin_get(&format!("/v1/plans/{plan}")).await.body;
        assert!(is_used(&plan, day, "sang"));
        assert_eq!(plan["terms"]["unserved"], 0);
        let path = format!("/v1/plans/{}/publish", plan["id"].as_str().expect("an id"));
        app.admin_post(&path, &json!({})).await.expect(StatusCode::OK);
        let sessions = app.get(&format!("/v1/campaigns/{campaign}/sessions")).await.items();
        let morning = sessions.iter().find(|s| s["date"] == json!(day) && s["shift"] == "sang");
        assert!(morning.is_some(), "{sessions:#?}");
    }
}
