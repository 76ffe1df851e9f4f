//! The parts of a campaign, as people edit them.

use luot_api::problem::Code;
use luot_app::Role;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::fixture::{Api, refused, send};

struct Desk {
    api: Api,
    token: String,
    campaign: String,
}

impl Desk {
    async fn open() -> Self {
        let api = Api::start().await;
        let token = api
            .service
            .add_user("Lý Thị Hoa", Role::Scheduler)
            .await
            .expect("a user");
        let instance = json!({
            "timezone": "Asia/Ho_Chi_Minh", "start": "2027-01-04", "end": "2027-01-08",
            "shifts": [{"id": "sang", "start": "07:30", "end": "11:30", "records": 80}],
            "sites": [{"id": "a"}, {"id": "b", "name": "Điểm B"}], "machines": [{"id": "m", "home": "a", "rate": 0.8}],
            "cohorts": [{"id": "c", "people": 9, "sites": ["a"]}],
            "costs": {"unserved": 1, "late": 1, "moved": 1, "relocation": 1, "session": 1, "split": 1, "finish": 1}
        });
        let created = api
            .post("/v1/campaigns")
            .bearer_auth(&token)
            .json(&instance);
        let created = send(created).await;
        let campaign = created.headers()["location"].to_str().expect("an address");
        let campaign = campaign.to_owned();
        Self {
            api,
            token,
            campaign,
        }
    }

    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let path = format!("{}/{path}", self.campaign);
        self.api.request(method, &path).bearer_auth(&self.token)
    }

    async fn list(&self, kind: &str) -> Vec<Value> {
        let found = ok(self.request("GET", kind), 200).await;
        found["items"].as_array().expect("items").clone()
    }

    async fn codes(&self, kind: &str) -> Vec<String> {
        let all = self.list(kind).await;
        let code = |it: &Value| it["code"].as_str().unwrap_or_default().to_owned();
        all.iter().map(code).collect()
    }
}

async fn ok(request: RequestBuilder, status: u16) -> Value {
    let response = send(request).await;
    let got = response.status().as_u16();
    let text = response.text().await.expect("a body");
    assert_eq!(got, status, "{text}");
    serde_json::from_str(&text).expect("JSON")
}

fn at(kind: &str, part: &Value) -> String {
    format!("{kind}/{}", part["id"].as_str().expect("an id"))
}

#[actix_web::test]
async fn a_site_is_added_changed_and_retired() {
    let desk = Desk::open().await;
    let new =
        json!({"code": "d", "machines_at_once": 2, "weekdays": [1, 5], "closed": ["2027-01-05"]});
    let post = || {
        let post = desk.request("POST", "sites").json(&new);
        post.header("idempotency-key", "k")
    };
    let site = ok(post(), 201).await;
    assert_eq!(
        (
            &site["code"],
            &site["name"],
            &site["version"],
            &site["retired"]
        ),
        (&"d".into(), &"d".into(), &1.into(), &false.into())
    );
    assert_eq!(site["weekdays"], json!([1, 5]));
    assert_eq!(ok(post(), 201).await, site, "a retry has the first answer");
    let twice = desk.request("POST", "sites").json(&json!({"code": "d"}));
    let twice = refused(twice, Code::CampaignConflict).await;
    assert_eq!(twice.body["errors"][0]["pointer"], "/code");

    let path = at("sites", &site);
    let patch = |tag: &str, change: &Value| {
        let patch = desk.request("PATCH", &path).json(change);
        patch.header("if-match", tag.to_owned())
    };
    let change = json!({"name": " Nhà văn hóa  thôn 3 ", "weekdays": null, "closed": []});
    refused(
        desk.request("PATCH", &path).json(&change),
        Code::PreconditionRequired,
    )
    .await;
    refused(patch("\"7\"", &change), Code::Stale).await;
    let changed = ok(patch("\"1\"", &change), 200).await;
    assert_eq!(changed["name"], "Nhà văn hóa thôn 3");
    assert_eq!(
        (
            &changed["weekdays"],
            &changed["closed"],
            &changed["version"]
        ),
        (&Value::Null, &json!([]), &2.into())
    );
    assert_eq!(changed["machines_at_once"], 2);
    assert_eq!(ok(desk.request("GET", &path), 200).await, changed);

    refused(desk.request("DELETE", &path), Code::PreconditionRequired).await;
    let retire = || desk.request("DELETE", &path).header("if-match", "*");
    let retired = ok(retire(), 200).await;
    assert_eq!(
        (&retired["retired"], &retired["version"]),
        (&true.into(), &3.into())
    );
    assert_eq!(ok(retire(), 200).await, retired);
    assert_eq!(desk.codes("sites").await, ["a", "b", "d"]);
}

#[actix_web::test]
async fn what_the_planner_would_not_take_is_pointed_at() {
    let desk = Desk::open().await;
    let check = async |kind: &str, part: Value, pointer: &str, code: &str| {
        let refusal = refused(desk.request("POST", kind).json(&part), Code::InvalidBody).await;
        let fault = &refusal.body["errors"][0];
        assert_eq!(
            (fault["pointer"].as_str(), fault["code"].as_str()),
            (Some(pointer), Some(code)),
            "{part}: {}",
            refusal.body
        );
    };
    let cohort = |change: Value| {
        let mut cohort = json!({"code": "n", "people": 1, "sites": ["a"]});
        for (member, value) in change.as_object().expect("members") {
            cohort[member] = value.clone();
        }
        cohort
    };
    check(
        "cohorts",
        cohort(json!({"sites": ["a", "z"]})),
        "/sites/1",
        "unknown-site",
    )
    .await;
    check(
        "cohorts",
        cohort(json!({"people": 1_000_001})),
        "/people",
        "out-of-range",
    )
    .await;
    check(
        "cohorts",
        cohort(json!({"weight": 1001})),
        "/weight",
        "out-of-range",
    )
    .await;
    check(
        "cohorts",
        cohort(json!({"shifts": ["dem"]})),
        "/shifts/0",
        "unknown-shift",
    )
    .await;
    check(
        "cohorts",
        cohort(json!({"due": "0000-01-01"})),
        "/due",
        "invalid-value",
    )
    .await;
    check("cohorts", cohort(json!({"code": ""})), "/code", "empty").await;
    check(
        "cohorts",
        cohort(json!({"code": "a\u{1}"})),
        "/code",
        "control-character",
    )
    .await;
    check(
        "cohorts",
        cohort(json!({"name": "\u{1}"})),
        "/name",
        "invalid-name",
    )
    .await;
    check(
        "cohorts",
        cohort(json!({"hat": 1})),
        "/hat",
        "unknown-member",
    )
    .await;
    let backwards = cohort(json!({"from": "2027-01-05", "to": "2027-01-04"}));
    check("cohorts", backwards, "/to", "dates-reversed").await;
    check(
        "sites",
        json!({"code": "n", "machines_at_once": 0}),
        "/machines_at_once",
        "out-of-range",
    )
    .await;
    check(
        "sites",
        json!({"code": "n", "weekdays": [0]}),
        "/weekdays/0",
        "out-of-range",
    )
    .await;
    check(
        "machines",
        json!({"code": "n", "home": "z"}),
        "/home",
        "unknown-site",
    )
    .await;
    check(
        "machines",
        json!({"code": "n", "rate": 0}),
        "/rate",
        "invalid-value",
    )
    .await;
    check(
        "machines",
        json!({"code": "n", "out": [["2027-01-04", "dem"]]}),
        "/out/0/1",
        "unknown-shift",
    )
    .await;
    let shift = json!({"code": "n", "start": "12:00", "end": "11:00", "records": 1});
    check("shifts", shift, "/end", "times-reversed").await;
    for kind in ["sites", "machines", "shifts", "cohorts"] {
        assert!(!desk.codes(kind).await.contains(&"n".to_owned()));
    }
}

#[actix_web::test]
async fn shifts_stand_in_the_order_of_the_day() {
    let desk = Desk::open().await;
    let add = |code: &str, start: &str, end: &str| {
        let shift = json!({"code": code, "start": start, "end": end, "records": 60});
        desk.request("POST", "shifts").json(&shift)
    };
    ok(add("toi", "18:00", "20:00"), 201).await;
    let early = ok(add("som", "05:00", "07:00"), 201).await;
    assert_eq!(desk.codes("shifts").await, ["som", "sang", "toi"]);
    let later = desk
        .request("PATCH", &at("shifts", &early))
        .header("if-match", "\"1\"")
        .json(&json!({"start": "13:00", "end": "17:00"}));
    assert_eq!(ok(later, 200).await["version"], 2);
    assert_eq!(desk.codes("shifts").await, ["sang", "som", "toi"]);
}

#[actix_web::test]
async fn machines_are_the_planners_and_the_rest_is_everybodys() {
    let desk = Desk::open().await;
    for kind in ["sites", "shifts", "cohorts"] {
        let path = format!("{}/{kind}", desk.campaign);
        assert_eq!(send(desk.api.get(&path)).await.status(), 200, "{kind}");
    }
    let path = format!("{}/machines", desk.campaign);
    refused(desk.api.get(&path), Code::Unauthorized).await;
    let machine = &desk.list("machines").await[0];
    assert_eq!(
        (&machine["rate"], &machine["home"]),
        (&json!(0.8), &"a".into())
    );
    let school = desk
        .api
        .service
        .add_user("Cô Lan", Role::School)
        .await
        .expect("a user");
    refused(desk.api.get(&path).bearer_auth(&school), Code::Forbidden).await;
    let none = format!(
        "{}/sites/{}",
        desk.campaign,
        machine["id"].as_str().unwrap_or_default()
    );
    refused(desk.api.get(&none), Code::NotFound).await;
}

#[actix_web::test]
async fn a_draft_made_before_a_change_is_not_published() {
    let desk = Desk::open().await;
    let started = desk.request("POST", "plans").json(&json!({"steps": 10}));
    let id = ok(started, 202).await["id"].clone();
    let plan = format!("/v1/plans/{}", id.as_str().expect("an id"));
    let get = || desk.api.get(&plan).bearer_auth(&desk.token);
    while ok(get(), 200).await["state"] == "running" {}
    ok(
        desk.request("POST", "sites").json(&json!({"code": "z"})),
        201,
    )
    .await;
    let publish = desk.api.post(&format!("{plan}/publish"));
    refused(publish.bearer_auth(&desk.token), Code::PlanStale).await;
}

#[actix_web::test]
async fn a_campaign_is_changed_under_its_version() {
    let desk = Desk::open().await;
    let path = &desk.campaign;
    let patch = |tag: &str, change: Value| {
        let patch = desk.api.request("PATCH", path).bearer_auth(&desk.token);
        patch.header("if-match", tag.to_owned()).json(&change)
    };
    let changed = ok(
        patch(
            "\"1\"",
            json!({"title": "Đợt 1", "policies": {"age_from": 6}}),
        ),
        200,
    )
    .await;
    assert_eq!(
        (&changed["title"], &changed["version"]),
        (&"Đợt 1".into(), &2.into())
    );
    assert_eq!(changed["policies"]["party_most"], 10);
    refused(patch("\"1\"", json!({"title": "Đợt 2"})), Code::Stale).await;
    let refusal = refused(
        patch("*", json!({"title": "", "policies": {"party_most": 0}})),
        Code::InvalidBody,
    )
    .await;
    assert_eq!(refusal.body["errors"].as_array().map(Vec::len), Some(2));
    let all = ok(desk.api.get("/v1/campaigns"), 200).await;
    assert_eq!(all["items"], json!([changed]));
}

#[actix_web::test]
async fn a_list_of_people_is_read_dry_before_it_is_taken() {
    let desk = Desk::open().await;
    let form = |kind: &str, csv: &str| {
        let part = |name: &str, more: &str, text: &str| {
            format!(
                "--b\r\ncontent-disposition: form-data; name=\"{name}\"{more}\r\n\r\n{text}\r\n"
            )
        };
        let body = [
            part("kind", "", kind),
            part("dry_run", "", "true"),
            part("file", "; filename=\"a.csv\"", csv),
            "--b--\r\n".to_owned(),
        ];
        desk.request("POST", "imports")
            .header("content-type", "multipart/form-data; boundary=b")
            .body(body.concat())
    };
    refused(form("poem", "x"), Code::MalformedForm).await;
    let refusal = refused(form("roster", "x\n1\n"), Code::ImportRefused).await;
    assert!(refusal.body["errors"][0]["detail"].is_string());
}
