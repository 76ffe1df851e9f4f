//! The first key that `luot keys new` made is followed by another while a server runs and
//! people book: nobody is refused for it, and in the end all that is sealed, and every blind
//! index, is made with the new one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "in a test, what must not happen may panic"
)]

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use luot_app::Keys;
use luot_app::secrets::Secrets;
use luot_store::{Store, parents, people, sealed};
use reqwest::multipart::{Form, Part};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

const PROGRAM: &str = env!("CARGO_BIN_EXE_luot");

fn run(args: &[&str], database: &str) -> String {
    let done = Command::new(PROGRAM)
        .args(args)
        .args(["--database", database])
        .output()
        .expect("luot");
    let told = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{args:?}: {told}");
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

/// Starts a server; tells where it listens.
fn serve(database: &str) -> (Child, String) {
    let mut server = Command::new(PROGRAM)
        .args(["serve", "--listen", "127.0.0.1:0", "--log", "warn"])
        .args(["--key-watch-seconds", "1", "--without-budgets"])
        .args(["--database", database])
        .stdout(Stdio::piped())
        .spawn()
        .expect("luot");
    let out = server.stdout.as_mut().expect("its output");
    let mut said = String::new();
    while !said.contains('\n') {
        let mut byte = [0];
        assert_eq!(out.read(&mut byte).expect("a line"), 1);
        said.push(char::from(byte[0]));
    }
    let base = said.trim().trim_start_matches("listening on ").to_owned();
    (server, base)
}

struct Caller {
    client: Client,
    base: String,
    token: String,
}

impl Caller {
    async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = self
            .client
            .post(format!("{}{path}", self.base))
            .bearer_auth(&self.token)
            .header("Idempotency-Key", Uuid::now_v7().simple().to_string())
            .json(body);
        let answer = request.send().await.expect("an answer");
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    /// A campaign with 2,000 places in one window, and a list of one child; its window.
    async fn a_campaign(&self) -> (Uuid, String) {
        let day = (chrono::Utc::now() + chrono::Duration::days(2)).date_naive();
        let instance = json!({
            "format": "luot-plan/1", "name": "test", "timezone": "Asia/Ho_Chi_Minh",
            "start": day, "end": day,
            "shifts": [{ "id": "sang", "start": "08:00", "end": "08:30", "records": 2000 }],
            "sites": [{ "id": "truong" }], "machines": [{ "id": "may-1", "services": ["account"] }],
            "cohorts": [{ "id": "1A", "people": 1, "sites": ["truong"], "service": "account" }],
            "costs": {
                "unserved": 1000, "late": 10, "moved": 30, "relocation": 120, "session": 60, "split": 20, "finish": 100,
            },
            "published": {
                "rotation": [{ "machine": "may-1", "date": day, "shift": "sang", "site": "truong" }],
                "allotments": [],
            },
        });
        let (status, made) = self.post("/v1/campaigns", &instance).await;
        assert_eq!(status, StatusCode::CREATED, "{made:#}");
        let campaign: Uuid = made["id"].as_str().expect("an id").parse().expect("an id");
        let list = "STT,Họ và tên,Ngày sinh,Số định danh cá nhân,Lớp,SĐT phụ huynh\n\
            1,Trần Văn Mẫu,06/05/2017,001217000001,1A,0901234567\n";
        let form = Form::new()
            .text("kind", "roster")
            .part("file", Part::text(list).file_name("1A.csv"));
        let sent = self
            .client
            .post(format!("{}/v1/campaigns/{campaign}/imports", self.base))
            .bearer_auth(&self.token)
            .multipart(form);
        let sent = sent.send().await.expect("an answer");
        assert_eq!(sent.status(), StatusCode::OK);
        let open = self.client.get(format!(
            "{}/v1/campaigns/{campaign}/availability",
            self.base
        ));
        let open: Value = open
            .send()
            .await
            .expect("an answer")
            .json()
            .await
            .expect("JSON");
        let window = open["items"][0]["window_id"]
            .as_str()
            .expect("an id")
            .to_owned();
        (campaign, window)
    }

    async fn books(&self, window: &str, name: &str) -> StatusCode {
        let body = json!({
            "window_id": window,
            "contact": { "name": "Mẹ", "phone": "0901234567" },
            "persons": [{ "full_name": name, "birth_date": "2017-05-06" }],
        });
        self.post("/v1/appointments", &body).await.0
    }
}

/// A number in letters, since names have no digits.
fn letters(mut n: u32) -> String {
    let mut text = String::new();
    loop {
        text.push(char::from(b'A' + u8::try_from(n % 26).expect("small")));
        n /= 26;
        if n == 0 {
            return text;
        }
    }
}

/// What a key file holds.
fn keys_of(folder: &Path) -> Keys {
    let text = std::fs::read_to_string(folder.join("luot.key")).expect("a key file");
    Keys::new(&Secrets::read(&text).expect("keys"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_key_is_followed_by_another_while_people_book() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let database = format!("sqlite:{}", folder.path().join("luot.db").display());
    run(&["keys", "new"], &database);
    let before = keys_of(folder.path());
    let token = run(
        &["user", "add", "--name", "Quản trị", "--role", "admin"],
        &database,
    );
    let (mut server, base) = serve(&database);
    luot_app::notify::choose_encryption();
    let caller = Caller {
        client: Client::new(),
        base,
        token,
    };
    let (campaign, window) = caller.a_campaign().await;
    assert_eq!(
        caller.books(&window, "Lê Thị Đầu").await,
        StatusCode::CREATED
    );

    let done = AtomicBool::new(false);
    let rotating = async {
        let database = database.clone();
        let rotate = move || run(&["keys", "rotate", "--wait-seconds", "3"], &database);
        let told = tokio::task::spawn_blocking(rotate).await.expect("rotated");
        done.store(true, Ordering::Relaxed);
        told
    };
    let booking = async {
        let mut booked = 0_u32;
        while !done.load(Ordering::Relaxed) {
            let status = caller
                .books(&window, &format!("Lê Thị {}", letters(booked)))
                .await;
            assert_eq!(status, StatusCode::CREATED, "after {booked}");
            booked += 1;
        }
        booked
    };
    let (told, booked) = tokio::join!(rotating, booking);
    assert!(told.contains("k2 is current"), "{told}");
    assert!(booked > 10, "{booked} while the key was changed");
    // Who booked before is the same person after.
    assert_eq!(
        caller.books(&window, "Lê Thị Đầu").await,
        StatusCode::CONFLICT
    );
    assert_eq!(run(&["keys", "list"], &database), "k1\nk2 current");
    server.kill().expect("killed");
    server.wait().expect("gone");

    let after = keys_of(folder.path());
    let store = Store::connect(&database, None).await.expect("the database");
    let read = store.read(async |tx| {
        for column in sealed::SEALED {
            let left = sealed::list_other(tx, *column, &[1, 0, 2], Uuid::nil(), 10).await?;
            assert!(
                left.is_empty(),
                "{} {} is under the first key",
                column.table,
                column.column
            );
        }
        for (keys, found) in [(&before, 0), (&after, 1)] {
            let number = [keys.blind_index("personal_number", "001217000001")];
            let person = people::find_by_number(tx, campaign, &number).await?;
            let phone = [keys.blind_index("phone", "+84901234567")];
            let children = people::list_by_guardian(tx, &phone).await?;
            let booked_by = parents::list_booked_by(tx, &phone).await?.len();
            assert_eq!((person.iter().count(), children.len()), (found, found));
            assert_eq!(booked_by > 10, found > 0, "{booked_by}");
        }
        Ok::<_, luot_store::StoreError>(())
    });
    read.await.expect("read");
}
