//! From an instance to a place in a window, over HTTP and by nothing but the document.

use luot_api::{openapi, problem::Code};
use luot_app::Role;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

use crate::fixture::{Api, refused, send};

/// A server with somebody who plans.
struct Walk {
    api: Api,
    token: String,
}

impl Walk {
    async fn start() -> Self {
        let api = Api::start().await;
        let token = api
            .service
            .add_user("Lý Thị Hoa", Role::Scheduler)
            .await
            .expect("a user");
        Self { api, token }
    }

    fn staff(&self, method: &str, path: &str) -> RequestBuilder {
        self.api.request(method, path).bearer_auth(&self.token)
    }

    /// Creates the campaign of the document's example; gives its address.
    async fn campaign(&self) -> String {
        let mut example = example();
        // What is given back is open at once.
        example["policies"]["waitlist"] = json!({ "cooling_seconds_most": 0 });
        let created = send(self.staff("POST", "/v1/campaigns").json(&example)).await;
        let address = created.headers()["location"].to_str().expect("an address");
        let address = address.to_owned();
        assert_eq!(body(created, 201).await["findings"], json!([]));
        address
    }

    /// Plans for a few steps, and waits for the draft; gives its address.
    async fn draft(&self, campaign: &str) -> String {
        let how = json!({"steps": 50, "seed": 7});
        let started = send(self.staff("POST", &format!("{campaign}/plans")).json(&how)).await;
        let address = started.headers()["location"].to_str().expect("an address");
        let address = address.to_owned();
        assert_eq!(body(started, 202).await["state"], "running");
        loop {
            let plan = body(send(self.staff("GET", &address)).await, 200).await;
            match plan["state"].as_str() {
                Some("running") => {}
                Some("draft") => return address,
                _ => panic!("{plan}"),
            }
        }
    }

    /// A campaign with a plan in force.
    async fn published(&self) -> String {
        let campaign = self.campaign().await;
        let draft = self.draft(&campaign).await;
        let done = send(self.staff("POST", &format!("{draft}/publish"))).await;
        assert!(body(done, 200).await["sessions"].as_u64() > Some(0));
        campaign
    }

    async fn windows(&self, campaign: &str, question: &str) -> Vec<Value> {
        let path = format!("{campaign}/availability?{question}");
        let found = body(send(self.api.get(&path)).await, 200).await;
        found["items"].as_array().expect("windows").clone()
    }

    fn book(&self, window: &Value, persons: &Value, key: &str) -> RequestBuilder {
        let contact = json!({"phone": "0912345678", "name": "Bùi Thị Mai"});
        self.api
            .post("/v1/appointments")
            .header("idempotency-key", format!("a-random-key-of-a-parent-{key}"))
            .json(&json!({"window_id": window, "contact": contact, "persons": persons}))
    }
}

/// What the document shows as a campaign to be created.
fn example() -> Value {
    let document = serde_json::to_value(&openapi::document().openapi).expect("a document");
    document["components"]["schemas"]["NewCampaign"]["example"].clone()
}

async fn body(response: Response, status: u16) -> Value {
    let got = response.status().as_u16();
    let text = response.text().await.expect("a body");
    assert_eq!(got, status, "{text}");
    serde_json::from_str(&text).expect("JSON")
}

fn person(name: &str) -> Value {
    json!({"full_name": name, "birth_date": "1988-04-12"})
}

#[actix_web::test]
async fn a_place_is_found_booked_moved_and_given_up() {
    let walk = Walk::start().await;
    let campaign = walk.published().await;
    let windows = walk.windows(&campaign, "").await;
    let (here, there) = (&windows[0]["window_id"], &windows[1]["window_id"]);
    let persons = json!([person("Bùi Thị Mai")]);

    let booked = body(send(walk.book(here, &persons, "1")).await, 201).await;
    let again = body(send(walk.book(here, &persons, "1")).await, 201).await;
    assert_eq!(booked, again, "a retry has the first answer");
    let second = refused(walk.book(there, &persons, "2"), Code::AlreadyBooked).await;
    assert_eq!(second.body["errors"][0]["pointer"], "/persons/0");
    refused(walk.book(there, &persons, "1"), Code::IdempotencyKeyReused).await;

    let code = booked["appointments"][0]["code"].as_str().expect("a code");
    let token = booked["manage_token"].as_str().expect("a token");
    let address = format!("/v1/appointments/{code}");
    refused(walk.api.get(&address), Code::Unauthorized).await;
    refused(
        walk.api.get(&address).bearer_auth("somebody-elses"),
        Code::NotFound,
    )
    .await;
    let link = format!("{address}?manage_token={token}");
    let seen = body(send(walk.api.get(&link)).await, 200).await;
    assert_eq!(seen["full_name"], "Bùi Thị Mai");
    assert_eq!(&seen["window_id"], here);
    let by_staff = body(send(walk.staff("GET", &address)).await, 200).await;
    assert_eq!(by_staff, seen);

    let relocate = |to: &Value| {
        let post = walk.api.post(&format!("{address}/move")).bearer_auth(token);
        post.json(&json!({"window_id": to}))
    };
    let moved = body(send(relocate(there)).await, 200).await;
    assert_eq!(&moved["window_id"], there);
    let before = walk.windows(&campaign, "").await;
    assert_eq!(before[0]["places_left"], windows[0]["places_left"]);

    let cancel = || {
        walk.api
            .post(&format!("{address}/cancel"))
            .bearer_auth(token)
    };
    for _ in 0..2 {
        assert_eq!(body(send(cancel()).await, 200).await["state"], "cancelled");
    }
    refused(relocate(here), Code::StateForbids).await;
    assert_eq!(walk.windows(&campaign, "").await, windows);
}

#[actix_web::test]
async fn a_full_window_names_others_and_the_young_are_told_why() {
    let walk = Walk::start().await;
    let campaign = walk.published().await;
    let windows = walk.windows(&campaign, "").await;
    let window = &windows[0]["window_id"];
    let places = windows[0]["places_left"].as_u64().expect("places");
    for n in 0..places {
        let one = json!([person(&format!("Người {}", letters(n)))]);
        body(send(walk.book(window, &one, &n.to_string())).await, 201).await;
    }
    let late = json!([person("Người Muộn")]);
    let full = refused(walk.book(window, &late, "late"), Code::WindowFull).await;
    let others = full.body["alternatives"].as_array().expect("others");
    assert!(!others.is_empty() && others.len() <= 3);
    for member in ["window_id", "site_id", "starts_at", "places_left"] {
        assert!(!others[0][member].is_null(), "{member}");
    }

    let child = json!([{"full_name": "Lý Minh Khôi", "birth_date": "2025-01-01"}]);
    let refusal = refused(
        walk.book(&others[0]["window_id"], &child, "child"),
        Code::NotEligible,
    )
    .await;
    assert_eq!(refusal.body["errors"][0]["code"], "too-young");
    let with_hold = walk
        .api
        .post("/v1/appointments")
        .header("idempotency-key", "a-random-key-of-a-parent-x")
        .json(&json!({"hold_id": window, "contact": {"phone": "0912345678", "name": "A"}, "persons": late}));
    // What is no hold is none.
    refused(with_hold, Code::NotFound).await;
}

fn letters(n: u64) -> String {
    let letter = |n: u64| char::from(b'a' + u8::try_from(n % 26).unwrap_or(0));
    format!("{}{}", letter(n / 26), letter(n))
}

#[actix_web::test]
async fn a_cohort_has_its_places_and_its_times() {
    let walk = Walk::start().await;
    let campaign = walk.published().await;
    let with = walk.windows(&campaign, "cohort=5a").await;
    let kept: i64 = with
        .iter()
        .filter_map(|it| it["cohort_places_left"].as_i64())
        .sum();
    assert_eq!(kept, 38);
    let times = body(
        send(
            walk.api
                .get(&format!("{campaign}/timetable?cohort=5a&limit=1")),
        )
        .await,
        200,
    )
    .await;
    assert_eq!(times["items"][0]["cohort_name"], "Lớp 5A");
    let next = times["next"].as_str().expect("more");
    let rest = format!("{campaign}/timetable?cohort=5a&after={next}");
    let rest = body(send(walk.api.get(&rest)).await, 200).await;
    assert!(rest["next"].is_null());
    let none = walk.api.get(&format!("{campaign}/availability?cohort=9z"));
    refused(none, Code::NotFound).await;
    let many = walk.api.get(&format!("{campaign}/availability?party=51"));
    refused(many, Code::InvalidQuery).await;

    let sessions = send(walk.api.get(&format!("{campaign}/sessions?limit=2"))).await;
    let sessions = body(sessions, 200).await;
    let first = &sessions["items"][0];
    let id = first["id"].as_str().expect("an id");
    let one = body(send(walk.api.get(&format!("/v1/sessions/{id}"))).await, 200).await;
    assert_eq!(&one, first);

    let path = format!("{campaign}/availability");
    let seen = send(walk.api.get(&path)).await;
    let tag = seen.headers()["etag"].clone();
    let same = send(walk.api.get(&path).header("if-none-match", tag)).await;
    assert_eq!(same.status(), 304);
}

#[actix_web::test]
async fn an_instance_with_faults_says_each_of_them() {
    let walk = Walk::start().await;
    let mut instance = example();
    instance["cohorts"][0]["sites"][0] = "nowhere".into();
    instance["sites"][0]["machines_at_once"] = 0.into();
    instance["policies"]["window_minutes"] = 1.into();
    instance["name"] = "a\u{7}".into();
    instance["start"] = "0003-01-01".into();
    instance["end"] = "0003-01-02".into();
    let post = walk
        .staff("POST", "/v1/campaigns")
        .header("accept-language", "vi")
        .json(&instance);
    let refusal = refused(post, Code::InvalidInstance).await;
    let pointers: Vec<_> = refusal.body["errors"]
        .as_array()
        .expect("faults")
        .iter()
        .filter_map(|it| it["pointer"].as_str())
        .collect();
    for pointer in ["/cohorts/0/sites/0", "/policies/window_minutes", "/name"] {
        assert!(pointers.contains(&pointer), "{pointers:?}");
    }
    instance["cohorts"][0]["sites"][0] = "th-le-loi".into();
    let post = walk.staff("POST", "/v1/campaigns").json(&instance);
    let refusal = refused(post, Code::InvalidInstance).await;
    let text = refusal.body["errors"].to_string();
    for pointer in ["/sites/0/machines_at_once", "/start"] {
        assert!(text.contains(pointer), "{text}");
    }
}

#[actix_web::test]
async fn a_plan_that_is_published_cannot_be_thrown_away() {
    let walk = Walk::start().await;
    let campaign = walk.published().await;
    let plans = body(
        send(walk.staff("GET", &format!("{campaign}/plans"))).await,
        200,
    )
    .await;
    let id = plans["items"][0]["id"].as_str().expect("a plan");
    let plan = format!("/v1/plans/{id}");
    refused(walk.staff("DELETE", &plan), Code::PlanNotCancellable).await;
    refused(
        walk.staff("POST", &format!("{plan}/publish")),
        Code::PlanNotReady,
    )
    .await;
    let draft = walk.draft(&campaign).await;
    let diff = send(walk.staff("GET", &format!("{draft}/diff?against=published"))).await;
    assert!(body(diff, 200).await["kept"].is_u64());
    let stale = walk
        .staff("POST", &format!("{draft}/publish"))
        .header("if-match", "\"99\"");
    refused(stale, Code::Stale).await;
    assert_eq!(send(walk.staff("DELETE", &draft)).await.status(), 204);
    refused(walk.staff("DELETE", &draft), Code::PlanNotCancellable).await;
    let absurd = walk
        .staff("POST", &format!("{campaign}/plans"))
        .json(&json!({"seconds": 4_000_000_000_u32, "seed": u64::MAX, "steps": u64::MAX}));
    let absurd = refused(absurd, Code::InvalidBody).await;
    assert_eq!(absurd.body["errors"].as_array().map(Vec::len), Some(3));
}

#[actix_web::test]
async fn whoever_is_nobody_plans_nothing() {
    let api = Api::start().await;
    let document = serde_json::to_value(&openapi::document().openapi).expect("a document");
    let id = "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e";
    let mut asked = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            if operation["security"] != json!([{"bearer": []}]) {
                continue;
            }
            asked += 1;
            let path = path
                .split('/')
                .map(|part| if part.starts_with('{') { id } else { part })
                .collect::<Vec<_>>()
                .join("/");
            let request = || {
                api.request(&method.to_uppercase(), &path)
                    .header("if-match", "*")
                    .json(&json!({}))
            };
            refused(request(), Code::Unauthorized).await;
            refused(request().bearer_auth("luot_nobodys"), Code::Unauthorized).await;
        }
    }
    assert!(asked > 15, "{asked}");
}
