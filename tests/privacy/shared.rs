//! Requests that one parent alone, or nobody but staff, decides: of a child of two parents, of
//! what a legal hold keeps; and that there is one of each.

use chrono::Duration;
use luot_app::Role;
use luot_testkit::{CONSENT, TestApp};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::identity::parents::{for_both, sends_list, signs_in};
use crate::identity::{as_who, post_as};

const CHILD: &str = "1,Trần Văn Mẫu,06/05/2017,001217000001,1A,0901234567\n";

async fn children(app: &TestApp, token: &str) -> Vec<Value> {
    let answer = as_who(app, token, Method::GET, "/v1/me/children").await;
    answer.expect(StatusCode::OK).items()
}

/// Asks something about the parent's one child; gives the request's id and state.
async fn asks(app: &TestApp, token: &str, what: &Value) -> (String, String) {
    let all = children(app, token).await;
    let child = all[0]["id"].as_str().expect("an id");
    let path = format!("/v1/me/children/{child}/requests");
    let asked = post_as(app, token, &path, what).await;
    let asked = asked.expect(StatusCode::CREATED);
    (asked.text("/id"), asked.text("/state"))
}

async fn open(app: &TestApp, campaign: &str) -> Vec<Value> {
    let path = format!("/v1/campaigns/{campaign}/data-requests");
    app.admin_get(&path).await.expect(StatusCode::OK).items()
}

fn corrects(name: &str) -> Value {
    json!({ "kind": "correct", "full_name": name })
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_parents_neither_erases_nor_corrects_a_child_alone() {
    for_both(async |app, fakes| {
        let slot = app.a_session().published().await;
        let own = json!({
            "campaign_id": slot.campaign, "full_name": "Trần Thị Em", "birth_date": "2018-01-02",
            "personal_number": "001318000001", "consent": "2026-11/vi",
        });
        let mother = signs_in(&app, &fakes, "0901234567").await;
        let father = signs_in(&app, &fakes, "0907654321").await;
        for token in [&mother, &father] {
            let added = post_as(&app, token, "/v1/me/children", &own).await;
            assert_eq!(added.text("/state"), "linked");
        }
        let (_, state) = asks(&app, &mother, &corrects("Trần Thị Út")).await;
        assert_eq!(state, "open");
        let (withdrawal, state) = asks(&app, &mother, &json!({ "kind": "withdraw" })).await;
        assert_eq!(state, "open");
        assert_eq!(children(&app, &father).await[0]["full_name"], "Trần Thị Em");
        assert_eq!(open(&app, &slot.campaign).await.len(), 2);
        // Once somebody has decided that it goes, nothing is left to be answered.
        let decide = format!("/v1/data-requests/{withdrawal}/decide");
        let done = app.admin_post(&decide, &json!({ "grant": true })).await;
        done.expect(StatusCode::NO_CONTENT);
        assert!(children(&app, &father).await.is_empty());
        assert_eq!(open(&app, &slot.campaign).await, Vec::<Value>::new());
    })
    .await;
}

/// How much of what was agreed to for the parent's one child stands, and how much does not.
async fn agreed(app: &TestApp, token: &str) -> (usize, usize) {
    let all = children(app, token).await;
    let path = format!(
        "/v1/me/children/{}/data",
        all[0]["id"].as_str().expect("an id")
    );
    let data = as_who(app, token, Method::GET, &path).await;
    let consents = data.expect(StatusCode::OK).body["consents"].clone();
    let consents = consents.as_array().expect("a list");
    let gone = consents.iter().filter(|c| c["withdrawn_at"].is_string());
    let gone = gone.count();
    (consents.len() - gone, gone)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_withdraws_ends_their_own_waiting_and_not_the_other_parent_s() {
    for_both(async |app, fakes| {
        let slot = app.a_session().with_places(1).published().await;
        app.a_parent()
            .books(&slot)
            .await
            .expect(StatusCode::CREATED);
        let person = json!({
            "full_name": "Trần Thị Em", "birth_date": "2018-01-02", "personal_number": "001318000001",
        });
        let mut own = person.clone();
        own["campaign_id"] = json!(slot.campaign);
        own["consent"] = json!(CONSENT);
        let mother = signs_in(&app, &fakes, "0901234567").await;
        let father = signs_in(&app, &fakes, "0907654321").await;
        for token in [&mother, &father] {
            let added = post_as(&app, token, "/v1/me/children", &own).await;
            assert_eq!(added.text("/state"), "linked");
        }
        let withdraw = json!({ "kind": "withdraw" });
        // By the father's phone, or by his sign-in with the mother's phone.
        for (token, phone) in [(None, "0907654321"), (Some(&father), "0901234567")] {
            app.clock.advance(Duration::seconds(1));
            let body = json!({
                "campaign_id": slot.campaign, "persons": [person], "consent": CONSENT,
                "contact": { "name": "Trần Văn Bố", "phone": phone },
            });
            let mut request = app
                .request(Method::POST, "/v1/waitlist-entries")
                .header("Idempotency-Key", Uuid::now_v7().simple().to_string())
                .json(&body);
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            let joined = app.send(request).await.expect(StatusCode::CREATED);
            let state = async || {
                let path = format!("/v1/waitlist-entries/{}", joined.text("/id"));
                app.admin_get(&path).await.text("/state")
            };
            let before = agreed(&app, &father).await;
            asks(&app, &mother, &withdraw).await;
            assert_eq!(state().await, "waiting");
            // What she agreed to when she added the child, once.
            let gone = usize::from(token.is_none());
            assert_eq!(agreed(&app, &father).await, (before.0 - gone, before.1 + gone));
            asks(&app, &father, &withdraw).await;
            assert_eq!(state().await, "left");
            assert_eq!(agreed(&app, &father).await.0, 0);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_the_same_again_has_one_request() {
    for_both(async |app, fakes| {
        let slot = app.a_session().for_cohort("1A", 2).published().await;
        sends_list(&app, &slot.campaign, CHILD).await;
        let token = signs_in(&app, &fakes, "0901234567").await;
        let (first, _) = asks(&app, &token, &corrects("Trần Thị Út")).await;
        for name in ["Trần Thị Em", "Trần Thị Ba"] {
            assert_eq!(asks(&app, &token, &corrects(name)).await.0, first);
        }
        let all = open(&app, &slot.campaign).await;
        assert_eq!(
            (all.len(), &all[0]["full_name"]),
            (1, &json!("Trần Thị Ba"))
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_legal_hold_keeps_is_not_written_over() {
    for_both(async |app, fakes| {
        let slot = app.a_session().for_cohort("1A", 2).published().await;
        let own = json!({
            "campaign_id": slot.campaign, "full_name": "Trần Văn Mẫu", "birth_date": "2017-05-06",
            "personal_number": "001217000001", "consent": "2026-11/vi",
        });
        let token = signs_in(&app, &fakes, "0901234567").await;
        let added = post_as(&app, &token, "/v1/me/children", &own).await;
        added.expect(StatusCode::CREATED);
        let console = app.app.operator(Role::Admin);
        let campaign = slot.campaign.parse().expect("an id");
        let held = app
            .app
            .place_hold(&console, campaign, None, "12/2026")
            .await;
        held.expect("held");
        let (request, state) = asks(&app, &token, &corrects("Trần Văn Khác")).await;
        assert_eq!(state, "open");
        let decide = format!("/v1/data-requests/{request}/decide");
        let refused = app.admin_post(&decide, &json!({ "grant": true })).await;
        refused.is_problem(409, "campaign-conflict");
        // Nor by a list.
        let answer = sends(
            &app,
            &slot.campaign,
            "1,Lê Văn Thử,07/05/2017,001217000001,1A,\n",
        )
        .await;
        let findings = answer["findings"].as_array().expect("findings");
        assert!(
            findings.iter().any(|f| f["code"] == "kept-as-it-is"),
            "{answer:#}"
        );
        assert_eq!(children(&app, &token).await[0]["full_name"], "Trần Văn Mẫu");
    })
    .await;
}

/// Sends a list of class 1A; gives the answer whatever it is.
async fn sends(app: &TestApp, campaign: &str, rows: &str) -> Value {
    let text = format!("STT,Họ và tên,Ngày sinh,Số định danh cá nhân,Lớp,SĐT phụ huynh\n{rows}");
    let form = Form::new()
        .text("kind", "roster")
        .part("file", Part::text(text).file_name("1A.csv"));
    let request = app
        .request(Method::POST, &format!("/v1/campaigns/{campaign}/imports"))
        .bearer_auth(&app.admin)
        .multipart(form);
    app.send(request).await.body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_has_names_that_one_could_book_with() {
    for_both(async |app, _| {
        let slot = app.a_session().for_cohort("1A", 2).published().await;
        for name in ["123", &"Mẫu ".repeat(100)] {
            let rows = format!("1,{name},06/05/2017,,1A,\n");
            let refused = sends(&app, &slot.campaign, &rows).await;
            assert_eq!(refused["errors"][0]["code"], "invalid-name", "{refused:#}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_parents_wait_for_comes_in_pages_the_most_urgent_first() {
    for_both(async |app, fakes| {
        let slot = app.a_session().for_cohort("1A", 5).published().await;
        let names = ["Một", "Hai", "Ba", "Tư", "Năm"];
        let row = |name| format!("1,Trần Văn {name},06/05/2017,,1A,0901234567\n");
        let rows: String = names.into_iter().map(row).collect();
        sends_list(&app, &slot.campaign, &rows).await;
        let token = signs_in(&app, &fakes, "0901234567").await;
        let mut asked = Vec::new();
        for (i, child) in children(&app, &token).await.iter().enumerate() {
            let path = format!(
                "/v1/me/children/{}/requests",
                child["id"].as_str().expect("an id")
            );
            let one = post_as(&app, &token, &path, &corrects("Trần Thị Út")).await;
            asked.push(one.expect(StatusCode::CREATED).body["id"].clone());
            // The second and the third are due at the same time.
            if i != 1 {
                app.clock.advance(Duration::seconds(1));
            }
        }
        let path = format!("/v1/campaigns/{}/data-requests?limit=2", slot.campaign);
        let (mut seen, mut next) = (Vec::new(), path.clone());
        loop {
            let page = app.admin_get(&next).await.expect(StatusCode::OK);
            assert!(page.items().len() <= 2);
            seen.extend(page.items().iter().map(|r| r["id"].clone()));
            match page.body["next"].as_str() {
                Some(after) => next = format!("{path}&after={after}"),
                None => break,
            }
        }
        assert_eq!(seen, asked);
        // Of no campaign there is nothing to be read, or told of.
        let nowhere = format!("/v1/campaigns/{}/data-requests", Uuid::nil());
        app.admin_get(&nowhere).await.is_problem(404, "not-found");
    })
    .await;
}
