//! Every way to be refused ends in a problem.

use luot_api::problem::Code;
use serde_json::json;

use crate::{
    fixture::{Api, refused, send},
    requests::raw,
};

const JSON: (&str, &str) = ("content-type", "application/json");

#[actix_web::test]
async fn a_body_that_is_not_json_is_400_and_one_that_does_not_fit_is_422() {
    let api = Api::start().await;
    for path in ["/test/json", "/test/stock-json"] {
        let post = |body: &'static str| api.post(path).header(JSON.0, JSON.1).body(body);
        refused(post("{"), Code::MalformedJson).await;
        refused(post(""), Code::MalformedJson).await;
        refused(post("{\"name\": \"\\ud800\"}"), Code::MalformedJson).await;
        refused(
            post("{\"name\": \"Mai\", \"age\": \"x\"}"),
            Code::InvalidBody,
        )
        .await;
        refused(post("{\"name\": \"Mai\", \"age\": 4.5}"), Code::InvalidBody).await;
        refused(post("null"), Code::InvalidBody).await;
    }
    let not_utf8 = api
        .post("/test/json")
        .header(JSON.0, JSON.1)
        .body(b"{\"name\": \"\xff\"}".to_vec());
    refused(not_utf8, Code::MalformedJson).await;
}

#[actix_web::test]
async fn what_is_wrong_with_a_body_is_pointed_at_in_both_languages() {
    let api = Api::start().await;
    let post = || api.post("/test/json").json(&json!({"name": "Mai"}));
    let english = refused(post(), Code::InvalidBody).await.body;
    assert_eq!(
        english["errors"],
        json!([{"pointer": "/age", "code": "required", "detail": "Missing field `age`."}])
    );
    let vietnamese = refused(
        post().header("accept-language", "vi-VN,vi;q=0.9,en;q=0.8"),
        Code::InvalidBody,
    )
    .await;
    assert_eq!(vietnamese.body["errors"][0]["detail"], "Thiếu trường này.");
    assert_eq!(
        vietnamese.body["detail"],
        "Hãy sửa những chỗ nêu trong `errors`."
    );
    assert_eq!(vietnamese.response_headers["content-language"], "vi");
}

#[actix_web::test]
async fn a_nul_in_a_text_is_refused_before_a_database_chokes_on_it() {
    let api = Api::start().await;
    let body = api
        .post("/test/json")
        .header(JSON.0, JSON.1)
        .body(r#"{"name": "a\u0000b", "age": 1}"#);
    refused(body, Code::InvalidBody).await;
    refused(api.get("/test/names/a%00b"), Code::NotFound).await;
    refused(api.get("/test/range?from=%00"), Code::InvalidQuery).await;
}

#[actix_web::test]
async fn another_media_type_is_415() {
    let api = Api::start().await;
    for path in ["/test/json", "/test/stock-json"] {
        refused(api.post(path).body("{}"), Code::UnsupportedMediaType).await;
        refused(
            api.post(path).header(JSON.0, "text/plain").body("{}"),
            Code::UnsupportedMediaType,
        )
        .await;
        refused(
            api.post(path).header(JSON.0, "nonsense").body("{}"),
            Code::UnsupportedMediaType,
        )
        .await;
    }
    let zipped = api
        .post("/test/json")
        .header(JSON.0, JSON.1)
        .header("content-encoding", "gzip")
        .body("{}");
    refused(zipped, Code::UnsupportedMediaType).await;
    refused(
        api.post("/test/form").json(&json!({})),
        Code::UnsupportedMediaType,
    )
    .await;
    let charset = api
        .post("/test/json")
        .header(JSON.0, "application/json; charset=utf-8");
    assert_eq!(
        send(charset.body(r#"{"name": "Mai", "age": 9}"#))
            .await
            .status(),
        200
    );
}

#[actix_web::test]
async fn a_body_over_its_limit_is_413_and_the_client_hears_it() {
    let api = Api::start().await;
    let long = "x".repeat(70 * 1024);
    for path in ["/test/json", "/test/stock-json"] {
        refused(
            api.post(path).json(&json!({"name": long, "age": 1})),
            Code::PayloadTooLarge,
        )
        .await;
    }
    let huge = vec!["x".repeat(1024); 20 * 1024];
    let refusal = refused(api.post("/test/large").json(&huge), Code::PayloadTooLarge).await;
    assert_eq!(refusal.body["limit_bytes"], 16 * 1024 * 1024);
    let right = vec!["x".repeat(1024); 10 * 1024];
    assert_eq!(
        send(api.post("/test/large").json(&right)).await.status(),
        200
    );
}

#[actix_web::test]
async fn a_body_without_a_length_is_limited_too() {
    let api = Api::start().await;
    let mut request = b"POST /test/json HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
        transfer-encoding: chunked\r\n\r\n"
        .to_vec();
    for _ in 0..20 {
        request.extend(b"2000\r\n");
        request.extend([b' '; 0x2000]);
        request.extend(b"\r\n");
    }
    request.extend(b"0\r\n\r\n");
    let answer = raw(&api, &request).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(
        answer.contains("\"code\":\"payload-too-large\""),
        "{answer}"
    );
}

#[actix_web::test]
async fn an_unknown_path_is_404() {
    let api = Api::start().await;
    for path in [
        "/",
        "/nowhere",
        "/v1/nowhere",
        "/v1/campaigns/",
        "/healthz/",
        "/%ff",
        "/Đi",
        "/docs/nothing.js",
        "//",
    ] {
        refused(api.get(path), Code::NotFound).await;
    }
    refused(api.get("/test/items/not-a-uuid"), Code::NotFound).await;
    refused(api.get("/test/items/%F0%9F"), Code::NotFound).await;
    refused(api.get("/problems/nothing"), Code::NotFound).await;
}

#[actix_web::test]
async fn a_wrong_method_is_405_and_says_which_are_right() {
    let api = Api::start().await;
    for method in [
        "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE",
    ] {
        let refusal = refused(api.request(method, "/healthz"), Code::MethodNotAllowed).await;
        assert_eq!(refusal.response_headers["allow"], "GET", "{method}");
    }
    let templated = refused(api.post("/problems/window-full"), Code::MethodNotAllowed).await;
    assert_eq!(templated.response_headers["allow"], "GET");
    let head = send(api.request("HEAD", "/healthz")).await;
    assert_eq!(
        (head.status().as_u16(), &head.headers()["allow"]),
        (405, &"GET".parse().expect("a header"))
    );
    assert_eq!(head.text().await.expect("no body"), "");
}

#[actix_web::test]
async fn a_panic_is_500_and_the_server_goes_on() {
    let api = Api::start().await;
    for _ in 0..5 {
        refused(api.get("/test/panic"), Code::Internal).await;
    }
    assert_eq!(send(api.get("/healthz")).await.status(), 200);
}

#[actix_web::test]
async fn what_takes_too_long_is_503_with_a_time_to_try_again() {
    let api = Api::impatient().await;
    let refusal = refused(api.get("/test/slow"), Code::Timeout).await;
    assert_eq!(refusal.response_headers["retry-after"], "5");
}

#[actix_web::test]
async fn a_refusal_by_a_layer_further_in_is_finished_too() {
    let api = Api::start().await;
    let refusal = refused(
        api.get("/test/layer/x").header("accept-language", "vi"),
        Code::TooManyRequests,
    )
    .await;
    assert_eq!(refusal.response_headers["retry-after"], "10");
    assert_eq!(
        refusal.body["detail"],
        "Hãy chờ số giây nêu trong `Retry-After`."
    );
}

#[actix_web::test]
async fn an_error_that_is_not_ours_becomes_a_problem_and_keeps_its_headers() {
    let api = Api::start().await;
    let refusal = refused(api.get("/test/bare"), Code::BadRequest).await;
    assert_eq!(refusal.response_headers["x-kept"], "yes");
}

#[actix_web::test]
async fn a_problem_has_what_its_maker_gave_it() {
    let api = Api::start().await;
    let english = refused(api.get("/test/full"), Code::WindowFull).await;
    assert_eq!(english.status, 409);
    assert_eq!(english.body["detail"], "Two places are left.");
    assert_eq!(english.body["alternatives"], json!(["a", "b"]));
    let vietnamese = refused(
        api.get("/test/full").header("accept-language", "vi"),
        Code::WindowFull,
    )
    .await;
    assert_eq!(vietnamese.body["detail"], "Còn hai chỗ.");
    assert_eq!(
        vietnamese.body["errors"][0]["detail"],
        "Ba người là quá nhiều."
    );
    assert_eq!(vietnamese.body["title"], "This window is full");
}

#[actix_web::test]
async fn an_encoding_we_do_not_have_is_no_reason_to_refuse() {
    let api = Api::start().await;
    for coding in [
        "br",
        "identity;q=0",
        "*;q=0",
        "gzip;q=0",
        ";;;,",
        "gzip, br",
    ] {
        assert_eq!(
            send(api.get("/test/long").header("accept-encoding", coding))
                .await
                .status(),
            200,
            "{coding}"
        );
        refused(
            api.get("/nowhere").header("accept-encoding", coding),
            Code::NotFound,
        )
        .await;
    }
    let zipped = send(api.get("/test/long").header("accept-encoding", "gzip")).await;
    assert_eq!(zipped.headers()["content-encoding"], "gzip");
}
