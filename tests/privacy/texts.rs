//! What people agree to: which words, in which version.

use luot_testkit::{On, TestApp};
use reqwest::header::{ETAG, IF_NONE_MATCH};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::identity::as_who;
use crate::identity::parents::{for_both, signs_in};
use crate::store::golden;

#[tokio::test(flavor = "multi_thread")]
async fn the_texts_are_told_to_everybody_and_stay_as_they_were() {
    let app = TestApp::start(On::Embedded).await;
    let told = app.get("/v1/consent-texts").await.expect(StatusCode::OK);
    let text = serde_json::to_string_pretty(&told.body).expect("text");
    golden("consent-texts.json", &format!("{text}\n"));
    let again = app
        .request(Method::GET, "/v1/consent-texts")
        .header(IF_NONE_MATCH, told.header(ETAG.as_str()));
    app.send(again).await.expect(StatusCode::NOT_MODIFIED);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_agrees_names_a_text_that_there_is_and_can_read_it_afterwards() {
    for_both(async |app, fakes| {
        let slot = app.a_session().published().await;
        let token = signs_in(&app, &fakes, "0901234567").await;
        let person = json!({
            "full_name": "Trần Thị Em", "birth_date": "2018-01-02", "personal_number": "001318000001",
        });
        let contact = json!({ "name": "Trần Thị Phụ Huynh", "phone": "0901234567" });
        let mut child = person.clone();
        child["campaign_id"] = json!(slot.campaign);
        let ways = [
            ("/v1/me/children", child),
            (
                "/v1/waitlist-entries",
                json!({ "campaign_id": slot.campaign, "contact": contact, "persons": [person] }),
            ),
            (
                "/v1/appointments",
                json!({ "window_id": slot.window(), "contact": contact, "persons": [person] }),
            ),
        ];
        let says = async |path: &str, body: &Value, consent: &str| {
            let mut body = body.clone();
            body["consent"] = consent.into();
            let request = app
                .request(Method::POST, path)
                .bearer_auth(&token)
                .header("Idempotency-Key", Uuid::now_v7().simple().to_string());
            app.send(request.json(&body)).await
        };
        for (path, body) in &ways {
            for unknown in ["2026-10/vi", "2026-11/fr", "2026-11"] {
                let refused = says(path, body, unknown).await;
                refused.is_problem(422, "invalid-body");
                assert_eq!(refused.text("/errors/0/pointer"), "/consent");
                assert_eq!(refused.text("/errors/0/code"), "unknown-consent-text");
                let detail = refused.text("/errors/0/detail");
                assert!(detail.contains("2026-11/vi, 2026-11/en"), "{detail}");
            }
        }
        let none = as_who(&app, &token, Method::GET, "/v1/me/children").await;
        assert!(none.items().is_empty(), "{:#}", none.body);
        let (path, body) = &ways[0];
        let added = says(path, body, "2026-11/en").await;
        let id = added.expect(StatusCode::CREATED).text("/id");
        let (path, body) = &ways[2];
        let booked = says(path, body, "2026-11/vi").await;
        booked.expect(StatusCode::CREATED);
        let path = format!("/v1/me/children/{id}/data");
        let data = as_who(&app, &token, Method::GET, &path).await;
        let texts = app.get("/v1/consent-texts").await.items();
        let read = |language: &str| (json!(format!("2026-11/{language}")), texts[0][language].clone());
        let kept = data.expect(StatusCode::OK).body["consents"].clone();
        let kept: Vec<_> = kept
            .as_array()
            .expect("a list")
            .iter()
            .map(|c| (c["text"].clone(), c["words"].clone()))
            .collect();
        assert_eq!(kept, [read("en"), read("vi")]);
    })
    .await;
}
