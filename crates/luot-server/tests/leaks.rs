//! Nothing personal comes out: a whole server is run with marked names, numbers and phones,
//! and everything it printed, logged and counted is searched for them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "in a test, what must not happen may panic"
)]

use std::io::Read as _;
use std::process::{Command, Stdio};

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

/// What must not come out: in this form, and as it is stored or sent.
const MARKS: &[&str] = &[
    "Dấuvết",
    "DAUVET",
    "dauvet",
    "0987650001",
    "84987650001",
    "987650001",
    "001217654321",
    "1917-03-04",
    "04/03/1917",
];

#[tokio::test(flavor = "multi_thread")]
async fn marked_names_numbers_and_phones_come_out_nowhere() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let folder = folder.path();
    let database = format!("sqlite:{}", folder.join("luot.db").display());
    let program = env!("CARGO_BIN_EXE_luot");
    let run = |args: &[&str]| {
        let done = Command::new(program)
            .args(args)
            .args(["--database", &database])
            .output()
            .expect("luot");
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    };
    run(&["keys", "new"]);
    let token = run(&[
        "user",
        "add",
        "--name",
        "Dấuvết Quản Trị",
        "--role",
        "admin",
    ]);
    let mut server = Command::new(program)
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--log",
            "trace",
            "--log-format",
            "json",
        ])
        .args(["--database", &database])
        .stdout(Stdio::piped())
        .stderr(Stdio::from(
            std::fs::File::create(folder.join("log")).expect("a file"),
        ))
        .spawn()
        .expect("luot");
    let mut out = server.stdout.take().expect("its output");
    let mut said = String::new();
    while !said.contains('\n') {
        let mut byte = [0];
        assert_eq!(out.read(&mut byte).expect("a line"), 1);
        said.push(char::from(byte[0]));
    }
    let base = said.trim().trim_start_matches("listening on ").to_owned();
    luot_app::notify::choose_encryption();
    let client = Client::new();
    let mut heard = everything(&client, &base, &token).await;
    heard.push_str(&a_day(&client, &base, &token).await);
    let metrics = client
        .get(format!("{base}/metrics"))
        .send()
        .await
        .expect("metrics");
    let metrics = metrics.text().await.expect("text");

    server.kill().expect("killed");
    server.wait().expect("gone");
    out.read_to_string(&mut said).expect("its output");
    let log = std::fs::read_to_string(folder.join("log")).expect("a log");
    assert!(log.lines().count() > 50, "it logged as told to");
    let bytes = std::fs::read(folder.join("luot.db")).expect("the database");
    let wal = std::fs::read(folder.join("luot.db-wal")).unwrap_or_default();
    let stored = String::from_utf8_lossy(&[bytes, wal].concat()).into_owned();
    for (what, text) in [
        ("the log", &log),
        ("what it printed", &said),
        ("the metrics", &metrics),
        ("its refusals", &heard),
        ("the database", &stored),
    ] {
        for mark in MARKS {
            // The name of a member of staff is theirs to be seen by administrators.
            let allowed = what == "the database" && *mark == "Dấuvết";
            if let Some(at) = text.find(mark).filter(|_| !allowed) {
                let from = text.floor_char_boundary(at.saturating_sub(300));
                let to = text.floor_char_boundary((at + 100).min(text.len()));
                panic!("{mark} is in {what}: {}", &text[from..to]);
            }
        }
    }
    let names = stored.matches("Dấuvết").count();
    let of_staff = stored.matches("Dấuvết Quản Trị").count();
    assert_eq!(names, of_staff, "a name lies in the database as it is");
}

/// Sends every operation of the document something marked; gives all that was refused, as it
/// was told.
async fn everything(client: &Client, base: &str, token: &str) -> String {
    let mut heard = String::new();
    let document: Value = get(client, &format!("{base}/openapi.json")).await;
    let person = json!({
        "full_name": "Dấuvết Văn An", "birth_date": "1917-03-04", "personal_number": "001217654321",
        "cohort_id": "Dấuvết",
    });
    let marked = json!({
        "window_id": uuid::Uuid::nil(), "contact": { "name": "Dấuvết Thị Bình", "phone": "0987650001" },
        "persons": [person], "phone": "0987650001", "code": "0987650001", "login": "dauvet",
        "password": "dauvet dauvet dauvet", "full_name": "Dấuvết", "name": "Dấuvết", "consent": "Dấuvết",
    });
    let paths = document["paths"].as_object().expect("paths");
    for (path, item) in paths.iter().filter(|(path, _)| path.starts_with("/v1/")) {
        for (method, operation) in item.as_object().expect("operations") {
            let Ok(verb) = method.to_uppercase().parse::<Method>() else {
                continue;
            };
            let filled = fill(path);
            let mut bodies = vec![marked.clone()];
            bodies.extend(example(&document, operation));
            for body in bodies {
                for with_token in [true, false] {
                    let mut request = client
                        .request(
                            verb.clone(),
                            format!("{base}{filled}?q=0987650001&after=Dauvet"),
                        )
                        .header(
                            "Idempotency-Key",
                            format!("0987650001{}", uuid::Uuid::now_v7().simple()),
                        )
                        .header("User-Agent", "DAUVET")
                        .header("X-Request-Id", "a b DAUVET");
                    if with_token {
                        request = request.bearer_auth(token);
                    }
                    if verb != Method::GET && verb != Method::DELETE {
                        request = request.json(&body);
                    }
                    let answer = request.send().await.expect("an answer");
                    assert!(
                        answer.status() != StatusCode::INTERNAL_SERVER_ERROR,
                        "{method} {path}"
                    );
                    if !answer.status().is_success() {
                        let mut told: Value = answer.json().await.unwrap_or_default();
                        // The address is the caller's own.
                        told["instance"] = Value::Null;
                        heard.push_str(&told.to_string());
                    }
                }
            }
        }
    }
    heard
}

/// Does with marked people what is not refused: a list is sent, somebody books, is looked up,
/// moves their wishes to the waitlist, and asks for a code. Gives what was answered to others.
async fn a_day(client: &Client, base: &str, token: &str) -> String {
    let post = async |path: &str, body: Value, bearer: Option<&str>| {
        let mut request = client
            .post(format!("{base}{path}"))
            .header("Idempotency-Key", uuid::Uuid::now_v7().simple().to_string())
            .json(&body);
        if let Some(bearer) = bearer {
            request = request.bearer_auth(bearer);
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        let body: Value = answer.json().await.unwrap_or_default();
        assert!(status.is_success(), "{path}: {status} {body:#}");
        body
    };
    let read = async |path: &str, bearer: &str| {
        let request = client.get(format!("{base}{path}")).bearer_auth(bearer);
        let answer = request.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json::<Value>().await.unwrap_or_default()
    };
    let day = (chrono::Utc::now() + chrono::Duration::days(2)).date_naive();
    let instance = json!({
        "format": "luot-plan/1", "name": "test", "timezone": "Asia/Ho_Chi_Minh",
        "start": day, "end": day,
        "shifts": [{ "id": "sang", "start": "08:00", "end": "08:30", "records": 2 }],
        "sites": [{ "id": "truong" }], "machines": [{ "id": "may-1", "services": ["account"] }],
        "cohorts": [{ "id": "1A", "people": 1, "sites": ["truong"], "service": "account" }],
        "costs": {
            "unserved": 1000, "late": 10, "moved": 30, "relocation": 120, "session": 60, "split": 20, "finish": 100,
        },
        "published": {
            "format": "luot-plan/1",
            "rotation": [{ "machine": "may-1", "date": day, "shift": "sang", "site": "truong" }],
            "allotments": [{ "cohort": "1A", "date": day, "shift": "sang", "site": "truong", "people": 1 }],
        },
    });
    let campaign = post("/v1/campaigns", instance, Some(token)).await;
    let campaign = campaign["id"].as_str().expect("an id").to_owned();
    let list = "STT,Họ và tên,Ngày sinh,Số định danh cá nhân,Lớp,SĐT phụ huynh\n\
        1,Dấuvết Văn An,04/03/1917,001217654321,1A,0987650001\n";
    let form = reqwest::multipart::Form::new().text("kind", "roster").part(
        "file",
        reqwest::multipart::Part::text(list).file_name("Dauvet.csv"),
    );
    let sent = client
        .post(format!("{base}/v1/campaigns/{campaign}/imports"))
        .bearer_auth(token)
        .multipart(form);
    let sent = sent.send().await.expect("an answer");
    assert_eq!(sent.status(), StatusCode::OK);
    let windows = read(&format!("/v1/campaigns/{campaign}/availability"), token).await;
    let contact = json!({ "name": "Dấuvết Thị Bình", "phone": "0987650001" });
    let person = json!({
        "full_name": "Dấuvết Văn An", "birth_date": "1917-03-04", "personal_number": "001217654321", "cohort_id": "1A",
    });
    let booking = json!({
        "window_id": windows["items"][0]["window_id"], "contact": contact, "persons": [person], "consent": "2026-11/vi",
    });
    let booked = post("/v1/appointments", booking, None).await;
    let code = booked["appointments"][0]["code"].as_str().expect("a code");
    let manage = booked["manage_token"].as_str().expect("a token");
    let seen = read(&format!("/v1/appointments/{code}"), manage).await;
    assert_eq!(seen["full_name"], "Dấuvết Văn An", "it is the marked one");
    let cohorts = read(&format!("/v1/campaigns/{campaign}/cohorts"), token).await;
    let cohort = cohorts["items"][0]["id"].as_str().expect("an id");
    read(
        &format!("/v1/campaigns/{campaign}/cohorts/{cohort}/roster"),
        token,
    )
    .await;
    let entry = json!({
        "campaign_id": campaign, "contact": contact, "consent": "2026-11/vi",
        "persons": [{ "full_name": "Dấuvết Văn Bình", "birth_date": "1917-03-04" }],
    });
    let waits = post("/v1/waitlist-entries", entry, None).await;
    post(
        &format!("/v1/appointments/{code}/cancel"),
        json!({}),
        Some(manage),
    )
    .await;
    post("/v1/phone-codes", json!({ "phone": "0987650001" }), None).await;
    // What anybody may read of all that.
    let mut told = String::new();
    for path in ["sessions", "availability", "timetable", "cohorts"] {
        let public = client.get(format!("{base}/v1/campaigns/{campaign}/{path}"));
        told.push_str(
            &public
                .send()
                .await
                .expect("an answer")
                .text()
                .await
                .expect("text"),
        );
    }
    told + &waits.to_string()
}

fn fill(path: &str) -> String {
    let mut filled = String::new();
    for (i, part) in path.split('/').enumerate() {
        if i > 0 {
            filled.push('/');
        }
        match part {
            "{code}" => filled.push_str("0987650001"),
            part if part.starts_with('{') => filled.push_str(&uuid::Uuid::nil().to_string()),
            part => filled.push_str(part),
        }
    }
    filled
}

fn example(document: &Value, operation: &Value) -> Option<Value> {
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let name = schema["$ref"].as_str()?.rsplit('/').next()?;
    let mut example = document["components"]["schemas"][name]["example"].clone();
    mark(&mut example);
    (!example.is_null()).then_some(example)
}

/// Puts marks where people are.
fn mark(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match name.as_str() {
                    "full_name" | "contact_name" => *value = "Dấuvết Văn An".into(),
                    "phone" => *value = "0987650001".into(),
                    "birth_date" => *value = "1917-03-04".into(),
                    "personal_number" => *value = "001217654321".into(),
                    _ => mark(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mark),
        _ => {}
    }
}

async fn get(client: &Client, url: &str) -> Value {
    let answer = client.get(url).send().await.expect("an answer");
    answer.json().await.expect("JSON")
}
