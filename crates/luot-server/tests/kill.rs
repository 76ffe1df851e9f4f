//! `kill -9` in the middle of a rush, then start again: what was acknowledged is there,
//! what was not is whole or absent. And `luot keys rotate` beside a running server: nobody
//! notices.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "in a test, what must not happen may panic"
)]

mod process;

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use luot_testkit::Database;
use process::{LUOT, Process};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

/// Acknowledged bookings after which the server is killed.
const ENOUGH: usize = 60;
const CONNECTIONS: usize = 16;

/// A server on a database.
fn serves(database: &Database, key: &str) -> Process {
    let more = ["--key-watch-seconds", "1", "--without-budgets"];
    Process::start(&database.address, key, &more).expect("it listens")
}

fn luot(args: &[&str]) -> String {
    let done = Command::new(LUOT).args(args).output().expect("luot");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8(done.stdout)
        .expect("text")
        .trim()
        .to_owned()
}

fn instance() -> Value {
    let day = chrono::Utc::now().date_naive() + chrono::Days::new(2);
    json!({
        "format": "luot-plan/1", "name": "rush", "timezone": "Asia/Ho_Chi_Minh",
        "start": day, "end": day,
        "shifts": [{ "id": "ngay", "start": "07:00", "end": "15:00", "records": 1600 }],
        "sites": [{ "id": "cax" }],
        "machines": [{ "id": "may-1" }],
        "cohorts": [],
        "costs": { "unserved": 1000, "late": 10, "moved": 30, "relocation": 120, "session": 60, "split": 20, "finish": 100 },
        "pinned": { "rotation": [{ "machine": "may-1", "date": day, "shift": "ngay", "site": "cax" }] },
    })
}

async fn post(client: &Client, url: &str, token: &str, body: &Value) -> Value {
    let answer = client
        .post(url)
        .bearer_auth(token)
        .json(body)
        .send()
        .await
        .expect("an answer");
    let status = answer.status();
    let body: Value = answer.json().await.expect("JSON");
    assert!(status.is_success(), "{status}: {body:#}");
    body
}

async fn get(client: &Client, url: &str, token: &str) -> Value {
    client
        .get(url)
        .bearer_auth(token)
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON")
}

/// A campaign with one session of 1,600 places; gives its id and its windows.
async fn campaign(client: &Client, base: &str, token: &str) -> (String, Vec<String>) {
    let made = post(client, &format!("{base}/v1/campaigns"), token, &instance()).await;
    let id = made["id"].as_str().expect("an id").to_owned();
    let url = format!("{base}/v1/campaigns/{id}");
    let plan = post(
        client,
        &format!("{url}/plans"),
        token,
        &json!({ "steps": 10 }),
    )
    .await;
    let plan = format!("{base}/v1/plans/{}", plan["id"].as_str().expect("an id"));
    while get(client, &plan, token).await["state"] == "running" {
        tokio::task::yield_now().await;
    }
    post(client, &format!("{plan}/publish"), token, &json!({})).await;
    let windows = get(client, &format!("{url}/availability"), token).await;
    let windows = windows["items"].as_array().expect("windows").iter();
    (
        id,
        windows
            .map(|w| w["window_id"].as_str().expect("an id").to_owned())
            .collect(),
    )
}

fn letters(n: usize) -> String {
    n.to_string()
        .bytes()
        .map(|b| char::from(b - b'0' + b'A'))
        .collect()
}

/// A party of two, whom nobody else is.
fn party(n: usize, window: &str) -> Value {
    let child = |which: &str| json!({ "full_name": format!("Trần {which} {}", letters(n)), "birth_date": "2017-05-06" });
    json!({
        "window_id": window,
        "contact": { "name": "Trần Thị Phụ Huynh", "phone": format!("09{n:08}") },
        "persons": [child("An"), child("Bình")],
    })
}

/// What a parent knows of their booking.
struct Sent {
    key: String,
    body: Value,
    acknowledged: Option<Value>,
}

async fn rush(client: &Client, process: &mut Process, windows: &[String]) -> Vec<Sent> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let enough = tokio::sync::Notify::new();
    let base = process.base.clone();
    let books = async || {
        let mut sent = Vec::new();
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let (key, body) = (
                Uuid::now_v7().simple().to_string(),
                party(n, &windows[n % windows.len()]),
            );
            let request = client
                .post(format!("{base}/v1/appointments"))
                .header("Idempotency-Key", &key)
                .json(&body);
            let answer = match request.send().await {
                Ok(answer) if answer.status() == StatusCode::CREATED => answer.json().await.ok(),
                Ok(answer) => panic!("{}", answer.status()),
                Err(_) => None,
            };
            let lost = answer.is_none();
            sent.push(Sent {
                key,
                body,
                acknowledged: answer,
            });
            if lost {
                return sent;
            }
            if done.fetch_add(1, Ordering::Relaxed) + 1 == ENOUGH {
                enough.notify_one();
            }
        }
    };
    let all = futures_util::future::join_all((0..CONNECTIONS).map(|_| books()));
    let killer = async {
        enough.notified().await;
        process.kill().expect("killed");
    };
    let (all, ()) = tokio::join!(all, killer);
    all.into_iter().flatten().collect()
}

async fn survives(database: Database) {
    let folder = tempfile::TempDir::new().expect("a folder");
    let key = folder.path().join("luot.key").display().to_string();
    let at = ["--database", &database.address, "--key-file", &key];
    luot(&[&["migrate"], &at[..2]].concat());
    luot(&[&["keys", "new"], &at[..]].concat());
    let token = luot(
        &[
            &["user", "add", "--name", "test", "--role", "admin"],
            &at[..],
        ]
        .concat(),
    );
    luot_app::notify::choose_encryption();
    let client = Client::new();

    let mut first = serves(&database, &key);
    let (id, windows) = campaign(&client, &first.base, &token).await;
    let sent = rush(&client, &mut first, &windows).await;
    let acknowledged = sent.iter().filter(|s| s.acknowledged.is_some()).count();
    assert!(acknowledged >= ENOUGH);

    let second = serves(&database, &key);
    let mut people = 0;
    for Sent {
        key,
        body,
        acknowledged,
    } in sent
    {
        if let Some(booked) = &acknowledged {
            for one in booked["appointments"].as_array().expect("appointments") {
                let url = format!(
                    "{}/v1/appointments/{}",
                    second.base,
                    one["code"].as_str().expect("a code")
                );
                let seen = get(
                    &client,
                    &url,
                    booked["manage_token"].as_str().expect("a token"),
                )
                .await;
                assert_eq!(
                    seen["state"], "booked",
                    "an acknowledged appointment is there"
                );
            }
        }
        // Whoever asks again under their key has both places: those they had, or now.
        let again = client
            .post(format!("{}/v1/appointments", second.base))
            .header("Idempotency-Key", &key)
            .json(&body)
            .send()
            .await
            .expect("an answer");
        assert_eq!(again.status(), StatusCode::CREATED);
        let again: Value = again.json().await.expect("JSON");
        people += again["appointments"].as_array().map_or(0, Vec::len);
        if let Some(first) = acknowledged {
            assert_eq!(first, again, "the first answer again");
        }
    }
    let sessions = get(
        &client,
        &format!("{}/v1/campaigns/{id}/sessions", second.base),
        &token,
    )
    .await;
    let session = &sessions["items"][0];
    assert_eq!(
        session["booked"],
        json!(people),
        "nothing is there by halves"
    );
    assert_eq!(session["open_places"], json!(1600 - people));
}

async fn rotates(database: Database) {
    let folder = tempfile::TempDir::new().expect("a folder");
    let key = folder.path().join("luot.key").display().to_string();
    let at = ["--database", &database.address, "--key-file", &key];
    let run = |what: &[&str]| luot(&[what, &at[..]].concat());
    luot(&[&["migrate"], &at[..2]].concat());
    let refused = Command::new(LUOT)
        .args(["serve", "--listen", "127.0.0.1:0"])
        .args(at)
        .output()
        .expect("luot");
    assert!(!refused.status.success(), "no key, no start");
    run(&["keys", "new"]);
    let token = run(&["user", "add", "--name", "test", "--role", "admin"]);
    luot_app::notify::choose_encryption();
    let client = Client::new();
    let server = serves(&database, &key);
    let (_, windows) = campaign(&client, &server.base, &token).await;

    let rotating = {
        let at = at.map(str::to_owned);
        tokio::task::spawn_blocking(move || {
            let at: Vec<&str> = at.iter().map(String::as_str).collect();
            luot(&[&["keys", "rotate", "--wait-seconds", "3"], &at[..]].concat())
        })
    };
    let mut n = 0;
    let mut booked = Vec::new();
    while !rotating.is_finished() {
        let answer = client
            .post(format!("{}/v1/appointments", server.base))
            .header("Idempotency-Key", Uuid::now_v7().simple().to_string())
            .json(&party(n, &windows[n % windows.len()]))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), StatusCode::CREATED);
        booked.push(answer.json::<Value>().await.expect("JSON"));
        // As many as the campaign has places for, and then some looking up.
        if n < 400 {
            n += 1;
        } else {
            break;
        }
    }
    let told = rotating.await.expect("rotated");
    assert!(told.contains("k2 is current"), "{told}");
    let again = run(&["keys", "reseal"]);
    assert!(
        again.lines().all(|line| line.contains(" 0 sealed anew")),
        "nothing was left behind:\n{again}"
    );
    for booking in &booked {
        let code = booking["appointments"][0]["code"].as_str().expect("a code");
        let url = format!("{}/v1/appointments/{code}", server.base);
        let seen = get(
            &client,
            &url,
            booking["manage_token"].as_str().expect("a token"),
        )
        .await;
        let name = seen["full_name"].as_str().expect("a name");
        assert!(name.starts_with("Trần An "), "{name}");
    }
    assert!(run(&["keys", "list"]).ends_with("k1\nk2 current"));
    assert!(run(&["audit", "verify"]).contains("links in"));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate_beside_a_running_server() {
    rotates(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_survives_kill_9() {
    survives(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_survives_kill_9() {
    survives(Database::postgres().await).await;
}
