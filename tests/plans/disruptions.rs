//! `POST /v1/campaigns/{id}/disruptions`, what if, plans by hand, the annex.

use chrono::Duration;
use luot_testkit::{Answer, TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A commune under way: two machines, a school and the police office, three classes and a
/// village, planned and published.
async fn a_commune(app: &TestApp) -> String {
    let mut instance = app.a_session().with_places(20).in_windows(2).instance();
    instance["pinned"] = json!({});
    instance["machines"] = json!([
        { "id": "may-1", "services": ["account", "card"] },
        { "id": "may-2", "services": ["account", "card"] },
    ]);
    instance["cohorts"] = json!([
        { "id": "1A", "people": 18, "whole": true, "sites": ["truong", "tru-so"] },
        { "id": "1B", "people": 17, "whole": true, "sites": ["truong"] },
        { "id": "1C", "people": 12, "whole": true, "sites": ["truong"] },
        { "id": "thon", "people": 33, "service": "card", "sites": ["tru-so"] },
    ]);
    instance["names"] = json!({ "truong": "Trường Tiểu học Hoa Mai", "1A": "Lớp 1A", "may-1": "Máy số 1", "may-2": "Máy số 2" });
    let created = app
        .admin_post("/v1/campaigns", &instance)
        .await
        .expect(StatusCode::CREATED);
    let campaign = created.text("/id");
    app.plans_and_publishes(&campaign, 2_000).await;
    campaign
}

async fn published(app: &TestApp, campaign: &str) -> Value {
    let plans = app
        .admin_get(&format!("/v1/campaigns/{campaign}/plans"))
        .await
        .items();
    let plan = plans
        .iter()
        .find(|p| p["state"] == "published")
        .expect("a published plan");
    let path = format!("/v1/plans/{}", plan["id"].as_str().expect("an id"));
    app.admin_get(&path).await.body
}

async fn report(app: &TestApp, campaign: &str, what: &Value) -> Answer {
    app.admin_post(&format!("/v1/campaigns/{campaign}/disruptions"), what)
        .await
}

on_both! {
    async fn a_machine_that_is_out_is_answered_with_drafts_and_nobody_is_dropped(app: TestApp) {
        let campaign = a_commune(&app).await;
        let before = published(&app, &campaign).await;
        let first = before["rotation"][0].clone();
        let row = app.get(&format!("/v1/campaigns/{campaign}/timetable?cohort=1A")).await.items()[0].clone();
        let mut booked = Vec::new();
        for _ in 0..5 {
            let parent = app.a_parent();
            let mut person = parent.person();
            person["cohort_id"] = json!("1A");
            let window = row["window_id"].as_str().expect("an id");
            let answer = parent.sends(&parent.request_for(window, &[person])).await;
            booked.push((parent, answer.expect(StatusCode::CREATED)));
        }
        let what = json!({
            "machine_id": first["machine"], "from": first["date"], "to": first["date"], "reason": "hỏng",
        });
        let answer = report(&app, &campaign, &what).await.expect(StatusCode::CREATED);
        let proposals = answer.body["proposals"].as_array().expect("proposals").clone();
        assert!((1..=3).contains(&proposals.len()), "{:#}", answer.body);
        let plan = proposals[0]["plan_id"].as_str().expect("an id");
        let rotation = app.admin_get(&format!("/v1/plans/{plan}")).await.body["rotation"].clone();
        let still = rotation.as_array().expect("a rotation").iter();
        assert!(
            !still.clone().any(|p| p["machine"] == first["machine"] && p["date"] == first["date"]),
            "the machine does not run that day"
        );
        let done = app.admin_post(&format!("/v1/plans/{plan}/publish"), &json!({})).await;
        let done = done.expect(StatusCode::OK).body;
        let count = |what: &str| done[what].as_i64().expect("a count");
        assert_eq!(count("kept") + count("moved") + count("displaced"), 5);
        for (parent, answer) in &booked {
            let state = parent.looks_up(answer).await.text("/state");
            assert!(state == "booked" || state == "displaced", "{state}");
        }
        // The other drafts were made for a state that is gone.
        for other in &proposals[1..] {
            let path = format!("/v1/plans/{}/publish", other["plan_id"].as_str().expect("an id"));
            app.admin_post(&path, &json!({})).await.is_problem(412, "plan-stale");
        }
    }

    async fn a_cohort_that_grew_gets_places_for_the_others(app: TestApp) {
        let campaign = a_commune(&app).await;
        let what = json!({ "kind": "cohort-grew", "cohort_id": "thon", "people": 4 });
        let answer = report(&app, &campaign, &what).await.expect(StatusCode::CREATED);
        let plan = answer.text("/proposals/0/plan_id");
        let terms = app.admin_get(&format!("/v1/plans/{plan}")).await.body["terms"].clone();
        assert_eq!((&terms["unserved"], &terms["moved"]), (&json!(0), &json!(0)));
        app.admin_post(&format!("/v1/plans/{plan}/publish"), &json!({})).await.expect(StatusCode::OK);
    }

    async fn a_disruption_reported_twice_under_one_key_happens_once(app: TestApp) {
        let campaign = a_commune(&app).await;
        let people = async || {
            let cohorts = app.get(&format!("/v1/campaigns/{campaign}/cohorts")).await.items();
            cohorts.iter().filter_map(|c| c["people"].as_i64()).sum::<i64>()
        };
        let before = people().await;
        let what = json!({ "kind": "cohort-grew", "cohort_id": "thon", "people": 4 });
        let once = async || {
            let request = app
                .request(Method::POST, &format!("/v1/campaigns/{campaign}/disruptions"))
                .bearer_auth(&app.admin)
                .header("Idempotency-Key", "0123456789abcdef0123456789abcdef")
                .json(&what);
            app.send(request).await
        };
        let (a, b) = tokio::join!(once(), once());
        for answer in [&a, &b] {
            assert!(matches!(answer.status, 201 | 409), "{:#}", answer.body);
        }
        let again = once().await.expect(StatusCode::CREATED);
        let first = if a.status == 201 { a } else { b };
        assert_eq!(again.body, first.body);
        assert_eq!(people().await, before + 4);
    }

    async fn what_is_unknown_or_missing_is_told(app: TestApp) {
        let campaign = a_commune(&app).await;
        for (what, pointer) in [
            (json!({ "machine_id": "may-9", "from": "2026-04-10" }), "/machine_id"),
            (json!({ "machine_id": "may-1" }), "/from"),
            (json!({ "kind": "site-closed", "from": "2026-04-10" }), "/site_id"),
            (json!({ "machine_id": "may-1", "from": "tomorrow" }), "/from"),
            // At night there is no shift.
            (json!({ "machine_id": "may-1", "from": "2026-04-14T22:00:00+07:00", "to": "2026-04-15T05:00:00+07:00" }), "/to"),
        ] {
            let answer = report(&app, &campaign, &what).await;
            answer.is_problem(422, "invalid-body");
            assert_eq!(answer.text("/errors/0/pointer"), pointer);
        }
    }

    async fn what_if_leaves_the_campaign_untouched(app: TestApp) {
        let campaign = a_commune(&app).await;
        let path = format!("/v1/campaigns/{campaign}");
        let before = app.get(&path).await.body;
        let plan = app
            .plans(&campaign, &json!({
                "steps": 500, "against": "none",
                "overrides": { "machines": [{ "id": "may-3", "services": ["account", "card"] }], "costs": { "finish": 5000 },
                    "pinned": { "rotation": [{ "machine": "may-3", "date": "2026-04-15", "shift": "sang", "site": "tru-so" }] } },
            }))
            .await;
        let publish = format!("/v1/plans/{}/publish", plan["id"].as_str().expect("an id"));
        app.admin_post(&publish, &json!({})).await.is_problem(409, "state-forbids");
        assert_eq!(app.get(&path).await.body, before);
        // It is looked at as the campaign it was made of.
        let of_plan = |what: &str| format!("/v1/plans/{}/{what}", plan["id"].as_str().expect("an id"));
        assert!(plan["rotation"].as_array().expect("a rotation").iter().any(|r| r["machine"] == "may-3"));
        let diff = app.admin_get(&of_plan("diff")).await.expect(StatusCode::OK);
        let real = published(&app, &campaign).await["cost"].as_i64();
        assert!(diff.body["cost_before"].as_i64() > real, "{:#}", diff.body["cost_before"]);
        let visits = app.admin_get(&of_plan("blocks")).await.expect(StatusCode::OK).items();
        assert!(visits.iter().any(|b| b["machine"] == "may-3"), "{visits:#?}");
        // Sentences call things by their names.
        let told = visits.iter().find(|b| b["site"] == "truong").expect("the school is visited");
        assert!(told["text"].as_str().is_some_and(|t| t.contains("Trường Tiểu học Hoa Mai")), "{told:#}");
        let request = app.request(Method::GET, &of_plan("annex")).bearer_auth(&app.admin);
        assert_eq!(request.send().await.expect("an answer").status().as_u16(), 200);
        let odd = json!({ "overrides": { "weather": "fine" } });
        app.admin_post(&format!("{path}/plans"), &odd).await.is_problem(422, "invalid-body");
    }

    async fn a_plan_by_hand_is_checked_like_any_other(app: TestApp) {
        let campaign = a_commune(&app).await;
        let path = format!("/v1/campaigns/{campaign}/plans");
        let there = published(&app, &campaign).await;
        let mut hand = json!({ "rotation": there["rotation"], "allotments": there["allotments"] });
        let made = app.admin_post(&path, &hand).await.expect(StatusCode::CREATED);
        let made = app.admin_get(&format!("/v1/plans/{}", made.text("/id"))).await;
        assert_eq!((made.text("/origin"), &made.body["cost"]), ("hand".into(), &there["cost"]));
        // It is checked as the campaign is, or not at all.
        let both = json!({ "rotation": [], "overrides": { "costs": { "finish": 1 } } });
        let refused = app.admin_post(&path, &both).await;
        refused.is_problem(422, "invalid-body");
        assert_eq!(refused.text("/errors/0/pointer"), "/overrides");
        hand["rotation"] = json!([]);
        let request = app.request(Method::POST, &path).bearer_auth(&app.admin);
        let refused = app.send(request.header("Accept-Language", "vi").json(&hand)).await;
        refused.is_problem(422, "invalid-plan");
        assert_eq!(refused.text("/errors/0/pointer").rsplit_once('/').map(|p| p.0), Some("/allotments"));
        assert!(refused.text("/errors/0/detail").contains("người cho 0 hồ sơ"), "{:#}", refused.body);
        // A province's plan is larger than other requests may be.
        let nowhere = json!({ "machine": "may-9", "date": "2026-04-15", "shift": "sang", "site": "tru-so" });
        hand["rotation"] = json!(vec![nowhere; 2_000]);
        app.admin_post(&path, &hand).await.is_problem(422, "invalid-plan");
    }

    async fn what_is_pinned_stays(app: TestApp) {
        let campaign = a_commune(&app).await;
        let path = format!("/v1/campaigns/{campaign}");
        let pin = json!({ "machine": "may-1", "date": "2026-04-15", "shift": "sang", "site": "tru-so" });
        let change = async |pinned: &Value| {
            let version = app.get(&path).await.header("etag").to_owned();
            let request = app
                .request(Method::PATCH, &path)
                .bearer_auth(&app.admin)
                .header("If-Match", version)
                .json(&json!({ "pinned": { "rotation": [pinned] } }));
            app.send(request).await
        };
        let mut nowhere = pin.clone();
        nowhere["site"] = json!("cho");
        change(&nowhere).await.is_problem(422, "invalid-instance");
        change(&pin).await.expect(StatusCode::OK);
        let plan = app.plans(&campaign, &json!({ "steps": 500 })).await;
        assert!(plan["rotation"].as_array().expect("a rotation").contains(&pin));
    }

    async fn a_pin_on_a_machine_that_breaks_is_lifted_and_named(app: TestApp) {
        let campaign = a_commune(&app).await;
        let path = format!("/v1/campaigns/{campaign}");
        let there = published(&app, &campaign).await;
        let pin = there["rotation"][0].clone();
        let version = app.get(&path).await.header("etag").to_owned();
        let request = app
            .request(Method::PATCH, &path)
            .bearer_auth(&app.admin)
            .header("If-Match", version)
            .json(&json!({ "pinned": { "rotation": [pin] } }));
        app.send(request).await.expect(StatusCode::OK);
        let what = json!({ "machine_id": pin["machine"], "from": pin["date"], "to": pin["date"] });
        let answer = report(&app, &campaign, &what).await.expect(StatusCode::CREATED);
        assert!(!answer.body["proposals"].as_array().expect("proposals").is_empty());
        assert_eq!(answer.text("/findings/0/code"), "pin-lifted");
        assert!(answer.text("/findings/0/detail").contains(pin["machine"].as_str().expect("an id")));
        app.plans(&campaign, &json!({ "steps": 500 })).await;
    }

    async fn a_class_that_was_served_grows_beside_itself(app: TestApp) {
        let campaign = a_commune(&app).await;
        app.after(Duration::days(20)).await;
        let list = format!("/v1/campaigns/{campaign}/cohorts");
        let class = app.get(&list).await.items()[0].clone();
        assert_eq!((&class["code"], &class["people"]), (&json!("1A"), &json!(18)));
        let path = format!("{list}/{}", class["id"].as_str().expect("an id"));
        let request = app
            .request(Method::PATCH, &path)
            .bearer_auth(&app.admin)
            .header("If-Match", format!("\"{}\"", class["version"]))
            .json(&json!({ "people": 20 }));
        let changed = app.send(request).await.expect(StatusCode::OK);
        assert_eq!(changed.number("/people"), 18);
        let beside = app.get(&list).await.items();
        let beside = beside.iter().find(|c| c["code"] == "1A+1").expect("a cohort beside");
        assert_eq!(beside["people"], 2);
        let plan = app.plans(&campaign, &json!({ "steps": 500 })).await;
        assert_eq!(plan["terms"]["unserved"], 0);
    }

    async fn a_plan_goes_out_as_an_annex(app: TestApp) {
        let campaign = a_commune(&app).await;
        let plan = published(&app, &campaign).await;
        let path = format!("/v1/plans/{}/annex", plan["id"].as_str().expect("an id"));
        let request = app.request(Method::GET, &path).bearer_auth(&app.admin);
        let bytes = request.send().await.expect("an answer").bytes().await.expect("a workbook");
        let table = luot_files::read_table("annex.xlsx", &bytes).expect("a table");
        let read = luot_files::read_rotation(&table, None).expect("a rotation");
        assert_eq!(read.entries.len(), plan["rotation"].as_array().map_or(0, Vec::len));
    }
}
