//! Machines that stop in the middle of a shift without a report, and what is asked after that.

use chrono::Duration;
use luot_domain::clock::Clock as _;
use luot_testkit::{TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{CLASSES, School, given};

/// Takes a class out of use.
async fn retires(app: &TestApp, school: &School<'_>, class: &str) {
    let cohorts = format!("/v1/campaigns/{}/cohorts", school.slot.campaign);
    let all = app.admin_get(&cohorts).await.items();
    let class = all.iter().find(|c| c["code"] == class).expect("a class");
    let path = format!("{cohorts}/{}", class["id"].as_str().expect("an id"));
    let request = app
        .request(Method::DELETE, &path)
        .bearer_auth(&app.admin)
        .header("If-Match", format!("\"{}\"", class["version"]));
    app.send(request).await.expect(StatusCode::OK);
}

/// Of 1B those who were served stay, and nobody else is planned.
async fn nobody_of_1b_is_left(app: &TestApp, school: &School<'_>) {
    let plan = app
        .plans(&school.slot.campaign, &json!({ "steps": 200 }))
        .await;
    let expected = [
        ("1A", (3, 0)),
        ("1A+1", (0, 37)),
        ("1B", (2, 0)),
        ("1C", (0, 40)),
        ("1D", (0, 40)),
    ];
    assert_eq!(school.given(&plan["id"]).await, given(expected));
    assert_eq!(plan["terms"]["unserved"], 0);
    school.publishes(&plan["id"]).await;
}

on_both! {
    async fn a_plan_made_after_a_machine_was_said_to_be_out_leaves_the_served_alone_too(app: TestApp) {
        let school = School::with_machines(&app, 1).await;
        school.until_ten().await;
        let today = json!((app.clock.now() + Duration::hours(7)).date_naive());
        school.says_out(&json!([[today, "sang"]])).await;
        let plan = app.plans(&school.slot.campaign, &json!({ "steps": 200 })).await;
        let expected = [
            ("1A", (3, 0)), ("1A+1", (0, 37)), ("1B", (2, 0)), ("1B+1", (0, 38)),
            ("1C", (0, 40)), ("1D", (0, 40)),
        ];
        assert_eq!(school.given(&plan["id"]).await, given(expected));
        let done = school.publishes(&plan["id"]).await;
        assert_eq!((&done["moved"], &done["displaced"]), (&json!(9), &json!(0)), "{done:#}");
    }

    async fn a_class_that_is_out_of_use_leaves_nobody_to_be_planned(app: TestApp) {
        let school = School::with_machines(&app, 1).await;
        school.until_ten().await;
        retires(&app, &school, "1B").await;
        school.breaks_down("may-1").await;
        nobody_of_1b_is_left(&app, &school).await;
    }

    async fn who_is_left_over_of_a_class_goes_out_of_use_with_it(app: TestApp) {
        let school = School::with_machines(&app, 1).await;
        school.until_ten().await;
        school.breaks_down("may-1").await;
        retires(&app, &school, "1B").await;
        nobody_of_1b_is_left(&app, &school).await;
    }

    async fn a_request_that_comes_again_changes_nothing_when_a_machine_has_stopped_since(app: TestApp) {
        let school = School::with_machines(&app, 1).await;
        school.until_ten().await;
        let once = async || {
            let path = format!("/v1/campaigns/{}/plans", school.slot.campaign);
            let request = app
                .request(Method::POST, &path)
                .bearer_auth(&app.admin)
                .header("Idempotency-Key", "0123456789abcdef0123456789abcdef")
                .json(&json!({ "steps": 200 }));
            app.send(request).await
        };
        let first = once().await;
        let today = json!((app.clock.now() + Duration::hours(7)).date_naive());
        school.says_out(&json!([[today, "sang"]])).await;
        let people = school.people().await;
        let again = once().await;
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert_eq!(school.people().await, people);
    }

    async fn one_of_two_machines_that_is_said_to_be_out_takes_its_share_of_the_room(app: TestApp) {
        let school = School::with_machines(&app, 2).await;
        school.until_ten().await;
        let today = json!((app.clock.now() + Duration::hours(7)).date_naive());
        school.says_out(&json!([[today, "sang"]])).await;
        let expected = [
            ("1A", (40, 0)), ("1B", (3, 0)), ("1B+1", (0, 37)), ("1C", (0, 40)), ("1D", (0, 40)),
        ];
        // As it would be had it been reported, and once only: the next plan finds nothing more to take.
        for _ in 0..2 {
            let plan = app.plans(&school.slot.campaign, &json!({ "steps": 200 })).await;
            assert_eq!(school.given(&plan["id"]).await, given(expected));
            school.publishes(&plan["id"]).await;
            let session = school.session().await;
            assert_eq!((&session["state"], &session["capacity"]), (&json!("open"), &json!(80)), "{session:#}");
            app.minutes_pass(20);
        }
    }

    async fn a_session_that_has_stopped_is_in_no_way_of_a_plan_that_leaves_it_alone(app: TestApp) {
        let school = School::with(&app, 1, 1).await;
        school.until_ten().await;
        let today = (app.clock.now() + Duration::hours(7)).date_naive();
        school.says_out(&json!([[today, "sang"]])).await;
        let stands = |machine: &str, site: &str| {
            json!({ "machine": machine, "date": today, "shift": "sang", "site": site })
        };
        let here = |class: &str| {
            json!({ "cohort": class, "date": today, "shift": "sang", "site": "truong", "people": 40 })
        };
        let mut plan = json!({
            "rotation": [stands("may-1", "truong"), stands("may-2", "thon")],
            "allotments": CLASSES.map(here),
        });
        let path = format!("/v1/campaigns/{}/plans", school.slot.campaign);
        app.admin_post(&path, &plan).await.expect(StatusCode::CREATED);
        // Whoever changes that session must do without the machine.
        plan["allotments"].as_array_mut().expect("a list").pop();
        app.admin_post(&path, &plan).await.is_problem(422, "invalid-plan");
    }
}
