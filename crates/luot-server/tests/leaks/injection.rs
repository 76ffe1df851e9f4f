//! What people write is never a line of the log, nor part of one: a real log is read.

use luot_testkit::{Database, Fakes};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::service::Service;

/// A line of its own, colours of a terminal, and what would be a line of JSON.
const HOSTILE: &[&str] = &[
    "An\nERROR forged line",
    "An\r\n{\"level\":\"ERROR\",\"message\":\"forged\"}",
    "An\u{1b}[31mforged\u{1b}[0m",
    "An\",\"level\":\"ERROR\",\"forged\":\"yes",
    "An\u{2028}forged\u{85}forged",
    "An%0aERROR forged",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_people_write_is_no_line_of_a_log_in_json() {
    let log = written_to("json").await;
    for line in log.lines() {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        let level = event["level"].as_str().expect("a level");
        assert!(
            ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"].contains(&level),
            "{line}"
        );
        assert!(
            event["timestamp"].is_string() && event["forged"].is_null(),
            "{line}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_write_is_no_line_of_a_log_for_people() {
    let log = written_to("human").await;
    for line in log.lines() {
        let plain = line.replace("\u{1b}[2m", "");
        let date = plain.get(..10).unwrap_or_default();
        assert!(
            date.parse::<chrono::NaiveDate>().is_ok(),
            "no event begins so: {line:?}"
        );
    }
}

/// Sends what is hostile wherever something can be written; gives the log.
async fn written_to(format: &str) -> String {
    let fakes = Fakes::start();
    let service = Service::start(Database::sqlite(), &fakes, format, "Quản Trị").await;
    for hostile in HOSTILE {
        for body in bodies(hostile) {
            for path in PATHS {
                for bearer in [None, Some(service.admin.as_str())] {
                    let request = service.request(Method::POST, path, bearer).json(&body);
                    let (status, told) = service.send(request).await;
                    assert!(!status.is_server_error(), "{path}: {told:#}");
                }
            }
        }
        sends_elsewhere(&service, hostile).await;
    }
    let heard = service.stop().await;
    let (_, log) = heard
        .into_iter()
        .find(|(what, _)| *what == "the log")
        .expect("a log");
    // Nothing of it is there at all, in whatever form.
    if let Some(at) = log.find("forged") {
        let from = log.floor_char_boundary(at.saturating_sub(400));
        panic!("it is in the log: {:?}", &log[from..at + 6]);
    }
    log
}

const PATHS: &[&str] = &[
    "/v1/appointments",
    "/v1/holds",
    "/v1/waitlist-entries",
    "/v1/phone-codes",
    "/v1/phone-sign-ins",
    "/v1/sign-ins",
    "/v1/me/children",
    "/v1/campaigns",
    "/v1/staff",
];

fn bodies(hostile: &str) -> Vec<Value> {
    let nil = uuid::Uuid::nil();
    let person = json!({ "full_name": hostile, "birth_date": "2017-05-06" });
    vec![
        json!({
            "window_id": nil, "contact": { "name": hostile, "phone": "0912345678" }, "persons": [person],
            "consent": "2026-11/vi",
        }),
        json!({
            "campaign_id": nil, "contact": { "name": hostile, "phone": "0912345678" }, "persons": [person],
            "consent": "2026-11/vi",
        }),
        json!({ "window_id": nil, "party": 1, "phone": hostile }),
        json!({ "phone": hostile, "code": hostile }),
        json!({ "login": hostile, "password": hostile }),
        json!({ "campaign_id": nil, "full_name": hostile, "birth_date": hostile, "consent": hostile }),
        json!({ "name": hostile, "role": "display", "scopes": [{}] }),
        json!({ "format": hostile, "name": hostile }),
        json!({ hostile: hostile }),
        json!(hostile),
    ]
}

/// In addresses, headers, files, and what is no JSON.
async fn sends_elsewhere(service: &Service, hostile: &str) {
    let escaped: String = hostile.bytes().map(|b| format!("%{b:02X}")).collect();
    let visible: String = hostile
        .chars()
        .filter(|c| c.is_ascii() && !c.is_control())
        .collect();
    let admin = Some(service.admin.as_str());
    for path in [
        format!("/v1/{escaped}"),
        format!("/v1/appointments/{escaped}"),
        format!("/v1/campaigns/{escaped}/cohorts?after={escaped}"),
        format!("/v1/campaigns?{escaped}={escaped}"),
    ] {
        for bearer in [None, admin, Some(visible.as_str())] {
            let request = service.request(Method::GET, &path, bearer);
            let request = request
                .header("X-Request-Id", format!("a {visible}"))
                .header("User-Agent", &visible);
            let request = request
                .header("X-Forwarded-For", &visible)
                .header("Accept-Language", &visible);
            let (status, told) = service.send(request).await;
            assert!(!status.is_server_error(), "{path}: {told:#}");
        }
    }
    let broken = service.request(Method::POST, "/v1/appointments", None);
    let broken = broken.header("Content-Type", "application/json");
    let (status, _) = service.send(broken.body(format!("{{\"{hostile}"))).await;
    assert!(status.is_client_error());
    let file = Part::text(format!("Họ và tên,Ngày sinh\n\"{hostile}\",{hostile}\n"));
    let form = Form::new().text("kind", hostile.to_owned());
    let form = form.part("file", file.file_name(hostile.to_owned()));
    let (status, _) = service.upload(&uuid::Uuid::nil().to_string(), form).await;
    assert!(status.is_client_error());
}
