//! What is logged and counted, and what must never be.

use luot_api::problem::Code;

use crate::fixture::{Api, logged, observe, refused, send};

fn lines_of(id: &str) -> Vec<String> {
    let mine = format!("\"request_id\":\"{id}\"");
    logged()
        .lines()
        .filter(|line| line.contains(&mine))
        .map(str::to_owned)
        .collect()
}

#[actix_web::test]
async fn a_sane_request_id_is_kept_and_another_is_replaced() {
    let api = Api::start().await;
    let ask = async |id: &str| {
        let answer = send(api.get("/healthz").header("x-request-id", id)).await;
        answer.headers()["x-request-id"]
            .to_str()
            .expect("an id")
            .to_owned()
    };
    for id in [
        "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
        "0199c0f26a2e7c319d0e3f4b5a6c7d8e",
    ] {
        assert_eq!(ask(id).await, id);
    }
    for strange in [
        "",
        "two words",
        "a\"b",
        "gateway-1:7f3a",
        "tel-0912345678",
        "NguyenVanAn",
        "{0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e}",
        &"x".repeat(65),
    ] {
        let made = ask(strange).await;
        assert!(
            made != strange && made.len() == 36,
            "{strange} became {made}"
        );
    }
}

#[actix_web::test]
async fn a_request_is_one_line_without_anything_personal() {
    observe();
    let api = Api::start().await;
    let request = api
        .get("/test/names/tran-van-binh?phone=0912345678")
        .header("x-request-id", "0199c0f2-6a2e-7c31-9d0e-000000000001");
    send(request.bearer_auth("secret-token")).await;
    let lines = lines_of("0199c0f2-6a2e-7c31-9d0e-000000000001");
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = lines.concat();
    for part in [
        "\"method\":\"GET\"",
        "\"route\":\"/test/names/{name}\"",
        "\"status\":200",
        "latency_ms",
    ] {
        assert!(line.contains(part), "{part} in {line}");
    }
    for part in ["tran-van-binh", "0912345678", "secret-token"] {
        assert!(!logged().contains(part), "{part} was logged");
    }
}

#[actix_web::test]
async fn what_was_read_and_that_a_window_was_full_is_only_for_who_looks_closely() {
    observe();
    let api = Api::start().await;
    for (n, path, level) in [
        (
            3,
            "/test/items/0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
            "DEBUG",
        ),
        (4, "/test/full", "DEBUG"),
        (5, "/test/nothing", "INFO"),
    ] {
        let id = format!("0199c0f2-6a2e-7c31-9d0e-00000000000{n}");
        send(api.get(path).header("x-request-id", &id)).await;
        let line = lines_of(&id).concat();
        assert!(line.contains(&format!("\"level\":\"{level}\"")), "{line}");
    }
}

#[actix_web::test]
async fn a_fault_of_ours_is_logged_once_with_its_causes_and_not_shown() {
    observe();
    let api = Api::start().await;
    let refusal = refused(
        api.get("/test/broken")
            .header("x-request-id", "0199c0f2-6a2e-7c31-9d0e-000000000002"),
        Code::Internal,
    )
    .await;
    assert!(!refusal.body.to_string().contains("disk"));
    let lines = lines_of("0199c0f2-6a2e-7c31-9d0e-000000000002");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines.concat().contains("the disk is full"));
}

#[actix_web::test]
async fn a_panic_is_logged_with_its_place_and_without_its_data() {
    observe();
    let api = Api::start().await;
    let request = api
        .get("/test/formatted-panic?name=hoang-thi-lan")
        .header("x-request-id", "0199c0f2-6a2e-7c31-9d0e-000000000003");
    refused(request, Code::Internal).await;
    let panics: Vec<_> = lines_of("0199c0f2-6a2e-7c31-9d0e-000000000003")
        .into_iter()
        .filter(|line| line.contains("panicked"))
        .collect();
    assert_eq!(panics.len(), 1, "{panics:?}");
    assert!(panics.concat().contains("fixture.rs:"));
    assert!(!logged().contains("hoang-thi-lan"));
}

#[actix_web::test]
async fn requests_are_counted_by_pattern_and_made_up_ones_together() {
    observe();
    let api = Api::start().await;
    send(api.get("/test/items/0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e")).await;
    send(api.request("BREW", "/coffee/1")).await;
    let page = send(api.get("/metrics")).await;
    assert_eq!(
        page.headers()["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let text = page.text().await.expect("a page");
    for part in [
        "http_requests_total{method=\"GET\",route=\"/test/items/{id}\",status=\"200\"}",
        "http_requests_total{method=\"OTHER\",route=\"unmatched\",status=\"404\"}",
        "http_request_seconds",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    assert!(!text.contains("coffee"));
}
