//! `POST /v1/campaigns/{id}/plans`

use luot_testkit::{TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

on_both! {
    async fn a_plan_is_made_in_the_background_and_says_what_it_costs(app: TestApp) {
        let slot = app.a_session().for_cohort("1A", 6).for_cohort("1B", 30).published().await;
        let plan = app.plans(&slot.campaign, &json!({ "steps": 200, "against": "none" })).await;
        assert!(plan["cost"].is_i64() && plan["terms"]["unserved"].is_i64(), "{plan:#}");
        assert!(!plan["rotation"].as_array().expect("a rotation").is_empty());
        assert_eq!(plan["progress"]["cost"], plan["cost"]);
    }

    async fn the_seed_and_the_steps_decide_what_comes_out(app: TestApp) {
        let slot = app.a_session().for_cohort("1A", 6).published().await;
        let options = json!({ "steps": 300, "seed": 7, "against": "none" });
        let (a, b) = (app.plans(&slot.campaign, &options).await, app.plans(&slot.campaign, &options).await);
        assert_eq!((&a["rotation"], &a["allotments"]), (&b["rotation"], &b["allotments"]));
    }

    async fn a_plan_can_be_cancelled_while_it_is_made(app: TestApp) {
        let slot = app.a_session().for_cohort("1A", 6).published().await;
        let path = format!("/v1/campaigns/{}/plans", slot.campaign);
        let started = app.admin_post(&path, &json!({ "seconds": 600 })).await.expect(StatusCode::ACCEPTED);
        let path = format!("/v1/plans/{}", started.text("/id"));
        let cancel = app.request(Method::DELETE, &path).bearer_auth(&app.admin);
        let answer = app.send(cancel).await;
        assert!(matches!(answer.status, 200 | 204), "{:#}", answer.body);
        assert_eq!(app.admin_get(&path).await.text("/state"), "cancelled");
        // The planner is free again.
        app.plans(&slot.campaign, &json!({ "steps": 10 })).await;
    }

    async fn options_out_of_bounds_are_told(app: TestApp) {
        let slot = app.a_session().published().await;
        let path = format!("/v1/campaigns/{}/plans", slot.campaign);
        for body in [json!({ "seconds": 0 }), json!({ "seconds": 100_000 })] {
            app.admin_post(&path, &body).await.is_problem(422, "invalid-body");
        }
    }

    async fn nothing_published_is_nothing_to_plan_against(app: TestApp) {
        let created = app.admin_post("/v1/campaigns", &app.a_session().instance()).await;
        let path = format!("/v1/campaigns/{}/plans", created.text("/id"));
        let answer = app.admin_post(&path, &json!({ "against": "published" })).await;
        assert_eq!(answer.status, 409, "{:#}", answer.body);
    }

    async fn who_does_not_plan_sees_no_plans(app: TestApp) {
        let slot = app.a_session().published().await;
        let path = format!("/v1/campaigns/{}/plans", slot.campaign);
        app.get(&path).await.is_problem(401, "unauthorized");
        let plans: Vec<Value> = app.admin_get(&path).await.expect(StatusCode::OK).items();
        assert_eq!(plans.len(), 1);
        assert_eq!(plans[0]["state"], "published");
    }
}
