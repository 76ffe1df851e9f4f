//! Health, readiness, the document and its page.

use luot_api::{operations::CheckState, problem::Code};
use serde_json::Value;

use crate::fixture::{Api, refused, send};

#[actix_web::test]
async fn it_is_alive_even_when_it_is_not_ready() {
    let api = Api::start_with(CheckState::Failed).await;
    assert_eq!(send(api.get("/healthz")).await.status(), 200);
    let refusal = refused(api.get("/readyz"), Code::Unavailable).await;
    assert_eq!(refusal.body["checks"][0]["name"], "database");
    assert!(refusal.response_headers.contains_key("retry-after"));
}

#[actix_web::test]
async fn degraded_is_still_ready() {
    let api = Api::start_with(CheckState::Degraded).await;
    let report: Value = send(api.get("/readyz"))
        .await
        .json()
        .await
        .expect("a report");
    assert_eq!(
        (&report["ready"], &report["checks"][0]["state"]),
        (&true.into(), &"degraded".into())
    );
}

#[actix_web::test]
async fn the_document_is_sent_once() {
    let api = Api::start().await;
    let first = send(api.get("/openapi.json")).await;
    let tag = first.headers()["etag"].clone();
    let document: Value = first.json().await.expect("a document");
    assert!(document["paths"]["/openapi.json"]["get"].is_object());
    let again = send(api.get("/openapi.json").header("if-none-match", tag)).await;
    assert_eq!(again.status(), 304);
}

#[actix_web::test]
async fn the_type_of_a_problem_leads_to_its_explanation() {
    let api = Api::start().await;
    let refusal = refused(api.get("/nowhere"), Code::NotFound).await;
    let kind = refusal.body["type"].as_str().expect("a type").to_owned();
    let explanation: Value = send(api.get(&kind))
        .await
        .json()
        .await
        .expect("an explanation");
    assert_eq!(explanation["code"], "not-found");
    assert!(explanation["advice"]["vi"].is_string());
}

#[actix_web::test]
async fn the_page_loads_everything_from_this_server() {
    let api = Api::start().await;
    let redirect = send(api.get("/docs")).await;
    assert_eq!(
        (
            redirect.status().as_u16(),
            redirect.headers()["location"].to_str().ok()
        ),
        (307, Some("/docs/"))
    );
    let page = send(api.get("/docs/")).await.text().await.expect("a page");
    let quoted = |before: &str| {
        let parts = page
            .split(before)
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        parts.map(str::to_owned).collect::<Vec<_>>()
    };
    let assets = [quoted("src=\""), quoted("href=\"")].concat();
    assert!(assets.len() >= 4, "{assets:?}");
    for asset in &assets {
        assert!(!asset.contains("//"), "{asset} is loaded from elsewhere");
        let asset = asset.trim_start_matches("./");
        let answer = send(api.get(&format!("/docs/{asset}"))).await;
        assert_eq!(answer.status(), 200, "{asset}");
        assert!(!answer.bytes().await.expect("a body").is_empty(), "{asset}");
    }
    let settings = send(api.get("/docs/swagger-initializer.js"))
        .await
        .text()
        .await
        .expect("settings");
    assert!(settings.contains("\"/openapi.json\""), "{settings}");
    assert!(
        settings.contains("\"validatorUrl\": \"none\""),
        "{settings}"
    );
}
