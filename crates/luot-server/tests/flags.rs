//! What a server does that is told nothing else, and what it does not: the guards are on.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "in a test, what must not happen may panic"
)]

mod process;

use std::process::Command;

use chrono::{DateTime, Duration, Utc};
use luot_testkit::Database;
use process::{LUOT, Process};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

const PASSWORD: &str = "một con vịt xòe ra hai cái cánh";

/// A database with its keys.
struct Place {
    database: Database,
    folder: TempDir,
}

/// A server, and who asks it.
struct Server {
    process: Process,
    client: Client,
}

impl Place {
    fn new() -> Self {
        let place = Self {
            database: Database::sqlite(),
            folder: TempDir::new().expect("a folder"),
        };
        let address = ["migrate", "--database", &place.database.address];
        let done = Command::new(LUOT).args(address).status().expect("luot");
        assert!(done.success());
        place.run(&["keys", "new"]);
        place
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(LUOT);
        command.args(args);
        command.args(["--database", &self.database.address, "--key-file"]);
        command.arg(self.key());
        command
    }

    fn key(&self) -> String {
        self.folder.path().join("luot.key").display().to_string()
    }

    /// Runs a command; gives what it printed.
    fn run(&self, args: &[&str]) -> String {
        let done = self.command(args).output().expect("luot");
        let told = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{args:?}: {told}");
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    fn serves(&self, args: &[&str]) -> Server {
        let started = Process::start(&self.database.address, &self.key(), args);
        luot_app::notify::choose_encryption();
        Server {
            process: started.expect("it listens"),
            client: Client::new(),
        }
    }

    /// Somebody with a password of their own.
    async fn signs_in(&self, server: &Server, role: &str) -> String {
        let login = format!("{role}.mau");
        let args = ["user", "add", "--name", "Mẫu", "--role", role];
        let given = self.run(&[&args[..], &["--login", &login]].concat());
        let sign_in = json!({
            "login": login, "password": given, "new_password": PASSWORD, "as": "token",
        });
        let request = server.request(Method::POST, "/v1/sign-ins");
        let (status, body) = server.send(request.json(&sign_in)).await;
        assert_eq!(status, StatusCode::CREATED, "{body:#}");
        body["token"].as_str().expect("a token").to_owned()
    }
}

impl Server {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.process.base))
    }

    async fn send(&self, request: RequestBuilder) -> (StatusCode, Value) {
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        (status, answer.json().await.expect("JSON"))
    }

    async fn reads(&self, path: &str, token: &str) -> (StatusCode, Value) {
        let request = self.request(Method::GET, path).bearer_auth(token);
        self.send(request).await
    }
}

#[tokio::test]
async fn requests_are_counted_unless_a_load_test_asks_otherwise() {
    let place = Place::new();
    let answers = async |args: &[&str]| {
        let server = place.serves(args);
        let mut answers = Vec::new();
        for _ in 0..6 {
            let request = server.request(Method::GET, "/v1/campaigns");
            answers.push(server.send(request).await.0);
        }
        answers
    };
    let counted = answers(&["--rate-address", "3"]).await;
    assert_eq!(counted[0], StatusCode::OK);
    assert_eq!(counted[5], StatusCode::TOO_MANY_REQUESTS, "{counted:?}");
    let all = answers(&["--rate-address", "3", "--without-budgets"]).await;
    assert_eq!(all, [StatusCode::OK; 6]);
}

#[tokio::test]
async fn administrators_and_schedulers_need_an_authenticator_unless_told_otherwise() {
    let place = Place::new();
    let server = place.serves(&[]);
    let mut admin = String::new();
    for (role, needs) in [("admin", true), ("scheduler", true), ("operator", false)] {
        let token = place.signs_in(&server, role).await;
        let (_, me) = server.reads("/v1/me", &token).await;
        assert_eq!(me["second_factor_missing"], needs, "{role}");
        let nothing = format!("/v1/calls/{}", uuid::Uuid::nil());
        let (status, body) = server.reads(&nothing, &token).await;
        match needs {
            true => assert_eq!(body["code"], "second-factor-setup-required", "{role}"),
            false => assert_eq!(status, StatusCode::NOT_FOUND, "{role}: {body:#}"),
        }
        if role == "admin" {
            admin = token;
        }
    }
    // One server at a time on a file.
    drop(server);
    let lenient = place.serves(&["--second-factor-of", "none"]);
    let (status, body) = lenient.reads("/v1/staff", &admin).await;
    assert_eq!(status, StatusCode::OK, "{body:#}");
}

#[tokio::test]
async fn a_token_of_the_command_line_ends_after_a_year_unless_it_is_sooner() {
    let place = Place::new();
    let server = place.serves(&[]);
    let add = ["user", "add", "--name", "Mẫu", "--role", "admin"];
    for (more, days) in [(vec![], 365), (vec!["--days", "7"], 7)] {
        let token = place.run(&[&add[..], &more].concat());
        let (_, me) = server.reads("/v1/me", &token).await;
        let path = format!("/v1/staff/{}/tokens", me["id"].as_str().expect("an id"));
        let (status, all) = server.reads(&path, &token).await;
        assert_eq!(status, StatusCode::OK, "{all:#}");
        let ends = all["items"][0]["expires_at"].as_str().expect("an end");
        let ends: DateTime<Utc> = ends.parse().expect("an instant");
        let left = ends - Utc::now();
        let off = Duration::days(days) - left;
        assert!(
            off >= Duration::zero() && off < Duration::hours(1),
            "{left}"
        );
    }
    for days in ["0", "3651"] {
        let refused = place
            .command(&[&add[..], &["--days", days]].concat())
            .output();
        assert!(!refused.expect("luot").status.success(), "{days}");
    }
}
