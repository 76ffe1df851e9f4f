//! What handlers get, and what they never see.

use luot_api::problem::Code;
use serde_json::{Value, json};

use crate::fixture::{Api, refused, send};

#[actix_web::test]
async fn a_query_parameter_that_is_wrong_is_named() {
    let api = Api::start().await;
    let missing = refused(api.get("/test/range"), Code::InvalidQuery).await;
    assert_eq!(missing.body["errors"][0]["pointer"], "/from");
    let wrong = refused(api.get("/test/range?from=x"), Code::InvalidQuery).await;
    assert_eq!(wrong.body["errors"][0]["pointer"], "/from");
    refused(api.get("/test/range?from=1&from=2"), Code::InvalidQuery).await;
    assert_eq!(
        send(api.get("/test/range?from=4&other=%FF")).await.status(),
        200
    );
}

#[actix_web::test]
async fn a_list_is_walked_page_by_page() {
    let api = Api::start().await;
    let first: Value = send(api.get("/test/page?limit=3"))
        .await
        .json()
        .await
        .expect("a page");
    assert_eq!(first["items"], json!([0, 1, 2]));
    let next = first["next"].as_str().expect("more");
    let second: Value = send(api.get(&format!("/test/page?limit=2&after={next}")))
        .await
        .json()
        .await
        .expect("a page");
    assert_eq!(second["items"], json!([3, 4]));
    for query in [
        "limit=0",
        "limit=501",
        "limit=x",
        "after=x",
        "after=%F0%9F%98%80",
        "after=",
    ] {
        refused(api.get(&format!("/test/page?{query}")), Code::InvalidQuery).await;
    }
}

#[actix_web::test]
async fn a_key_is_asked_for_where_it_is_needed() {
    let api = Api::start().await;
    let with = |path: &str, key: &str| api.post(path).header("idempotency-key", key);
    refused(api.post("/test/key"), Code::IdempotencyKeyRequired).await;
    refused(with("/test/key", "two words"), Code::IdempotencyKeyInvalid).await;
    refused(with("/test/key", "short"), Code::IdempotencyKeyInvalid).await;
    refused(with("/test/optional-key", ""), Code::IdempotencyKeyInvalid).await;
    assert_eq!(
        send(with("/test/key", "b7Jp0w4Qd3xkUeYz9sLmNf"))
            .await
            .status(),
        200
    );
    assert_eq!(
        send(api.post("/test/optional-key"))
            .await
            .text()
            .await
            .expect("a body"),
        "false"
    );
}

#[actix_web::test]
async fn a_change_needs_the_version_that_was_seen() {
    let api = Api::start().await;
    let put = |tag: &str| api.request("PUT", "/test/version").header("if-match", tag);
    refused(
        api.request("PUT", "/test/version"),
        Code::PreconditionRequired,
    )
    .await;
    refused(put("7"), Code::InvalidHeader).await;
    refused(put("\"6\""), Code::Stale).await;
    for tag in ["\"7\"", "W/\"7\"", "*"] {
        assert_eq!(send(put(tag)).await.status(), 200, "{tag}");
    }
}

#[actix_web::test]
async fn a_token_is_asked_for_where_it_is_needed() {
    let api = Api::start().await;
    let nobody = refused(api.get("/test/bearer"), Code::Unauthorized).await;
    assert_eq!(
        nobody.response_headers["www-authenticate"],
        "Bearer realm=\"luot\""
    );
    for header in ["Basic abc", "Bearer", "Bearer a b", "\u{1f600}"] {
        refused(
            api.get("/test/bearer").header("authorization", header),
            Code::Unauthorized,
        )
        .await;
    }
    assert_eq!(
        send(api.get("/test/bearer").bearer_auth("abc"))
            .await
            .text()
            .await
            .expect("a body"),
        "abc"
    );
}

#[actix_web::test]
async fn a_form_is_read_whole_or_refused() {
    let api = Api::start().await;
    let part = |name: &str, more: &str, body: &str| {
        format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"{more}\r\n\r\n{body}\r\n")
    };
    let post = |parts: Vec<String>| {
        let kind = "multipart/form-data; boundary=b";
        api.post("/test/form")
            .header("content-type", kind)
            .body(format!("{}--b--\r\n", parts.concat()))
    };
    let kind = part("kind", "", "roster");
    let file = part("file", "; filename=\"a.csv\"", &"x".repeat(100_000));
    let answer = send(post(vec![
        kind.clone(),
        file.clone(),
        part("dry_run", "", "true"),
    ]))
    .await;
    assert_eq!(
        answer.text().await.expect("a body"),
        "roster true a.csv 100000"
    );

    let missing = refused(post(vec![file.clone()]), Code::MalformedForm).await;
    assert_eq!(missing.body["errors"][0]["pointer"], "/kind");
    refused(post(vec![kind.clone()]), Code::MalformedForm).await;
    refused(
        post(vec![kind.clone(), kind.clone(), file.clone()]),
        Code::MalformedForm,
    )
    .await;
    refused(
        post(vec![kind.clone(), file, part("dry_run", "", "maybe")]),
        Code::MalformedForm,
    )
    .await;
    refused(
        post(vec![part("kind", "", &"x".repeat(5000))]),
        Code::MalformedForm,
    )
    .await;
    let unended = api
        .post("/test/form")
        .header("content-type", "multipart/form-data; boundary=b")
        .body(kind);
    refused(unended, Code::MalformedForm).await;
    let unbounded = api
        .post("/test/form")
        .header("content-type", "multipart/form-data")
        .body("x");
    refused(unbounded, Code::MalformedForm).await;
    let huge = part(
        "file",
        "; filename=\"a.csv\"",
        &"x".repeat(40 * 1024 * 1024),
    );
    refused(post(vec![huge]), Code::PayloadTooLarge).await;
}

#[actix_web::test]
async fn an_endpoint_made_of_these_works() {
    let api = Api::start().await;
    let book = |party: u32| {
        let post = api
            .post("/v1/samples")
            .header("idempotency-key", "b7Jp0w4Qd3xkUeYz9sLmNf");
        post.json(&json!({"window_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "party": party}))
    };
    assert_eq!(send(book(2)).await.status(), 201);
    let full = refused(book(9), Code::WindowFull).await;
    assert_eq!(
        full.body["alternatives"],
        json!(["0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e"])
    );
    refused(book(300), Code::InvalidBody).await;
}
