//! The authorisation matrix: who is let through to which operation. The operations come
//! from the API's document, so that a new one without a row fails.

use std::fmt::Write as _;

use luot_app::Role;
use luot_testkit::{On, TestApp};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use uuid::Uuid;

use crate::store::golden;

/// What stands for a path parameter: things that are there.
struct There {
    campaign: String,
    session: String,
    plan: String,
    code: String,
    window: String,
}

impl There {
    async fn new(app: &TestApp) -> Self {
        let slot = app.a_session().for_cohort("1A", 2).published().await;
        let booked = app.a_parent().books(&slot).await;
        let plans = app
            .admin_get(&format!("/v1/campaigns/{}/plans", slot.campaign))
            .await;
        Self {
            plan: plans.items()[0]["id"].as_str().expect("an id").to_owned(),
            code: booked.text("/appointments/0/code"),
            window: slot.window().to_owned(),
            campaign: slot.campaign,
            session: slot.session,
        }
    }

    fn fill(&self, path: &str, part: Option<&str>) -> String {
        let mut filled = path
            .replace("{campaign_id}", &self.campaign)
            .replace("{session_id}", &self.session)
            .replace("{plan_id}", &self.plan)
            .replace("{code}", &self.code);
        if let (Some(id), Some(open), Some(close)) = (part, filled.find('{'), filled.find('}')) {
            filled.replace_range(open..=close, id);
        }
        filled
    }
}

/// The first of a part of the campaign, for paths that name one.
async fn part_of(app: &TestApp, there: &There, path: &str) -> Option<String> {
    let kind = ["sites", "machines", "shifts", "cohorts"]
        .into_iter()
        .find(|k| path.contains(*k))?;
    let list = app
        .admin_get(&format!("/v1/campaigns/{}/{kind}", there.campaign))
        .await;
    list.items()[0]["id"].as_str().map(str::to_owned)
}

/// A small table of targets, tried dry.
fn upload() -> Form {
    let file = Part::text("STT,Xã,Chỉ tiêu\n1,Hồng Thái,860\n").file_name("targets.csv");
    Form::new()
        .text("kind", "targets")
        .text("dry_run", "true")
        .part("file", file)
}

fn example(operation: &Value) -> Value {
    let content = &operation["requestBody"]["content"]["application/json"];
    let mut example = content["example"].clone();
    if example.is_null() {
        example = content["schema"]["example"].clone();
    }
    example
}

#[tokio::test(flavor = "multi_thread")]
async fn the_matrix_is_the_golden_one() {
    let app = TestApp::start(On::Embedded).await;
    let document = app.get("/openapi.json").await.body;
    let there = There::new(&app).await;
    let mut callers = vec![
        ("anonymous", None),
        ("unknown", Some("luot_nobody".to_owned())),
    ];
    for role in Role::ALL {
        callers.push((role.as_str(), Some(app.token_of(role).await)));
    }
    let mut text = String::new();
    write!(text, "{:<32}", "operation").unwrap();
    for (name, _) in &callers {
        write!(text, " {name:<11}").unwrap();
    }
    text.push('\n');
    let paths = document["paths"].as_object().expect("paths");
    for (path, item) in paths.iter().filter(|(path, _)| path.starts_with("/v1/")) {
        for method in ["get", "post", "patch", "put", "delete"] {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let mut body = resolve(&document, operation);
            if let Some(window) = body.get_mut("window_id") {
                *window = there.window.clone().into();
            }
            let uploads = operation["requestBody"]["content"]["multipart/form-data"].is_object();
            write!(
                text,
                "{:<32}",
                operation["operationId"].as_str().expect("an id")
            )
            .unwrap();
            for (_, token) in &callers {
                let part = part_of(&app, &there, path).await;
                let verb: Method = method.to_uppercase().parse().expect("a method");
                let mut request = app
                    .request(verb, &there.fill(path, part.as_deref()))
                    .header("Idempotency-Key", Uuid::now_v7().simple().to_string())
                    // A version that is never the present one: nothing changes.
                    .header("If-Match", "\"1000000\"");
                if let Some(token) = token {
                    request = request.bearer_auth(token);
                }
                if uploads {
                    request = request.multipart(upload());
                } else if !body.is_null() {
                    request = request.json(&body);
                }
                let answer = app.send(request).await;
                let verdict = match answer.status {
                    401 => "401",
                    403 => "403",
                    404 => "404",
                    status if status < 500 => "through",
                    status => panic!("{method} {path}: {status}: {:#}", answer.body),
                };
                write!(text, " {verdict:<11}").unwrap();
            }
            text.push('\n');
        }
    }
    let text: String = text
        .lines()
        .map(|l| l.trim_end().to_owned() + "\n")
        .collect();
    golden("authorisation.txt", &text);
}

/// The example of an operation's body, through a reference to its schema.
fn resolve(document: &Value, operation: &Value) -> Value {
    let found = example(operation);
    if !found.is_null() {
        return found;
    }
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let Some(name) = schema["$ref"].as_str().and_then(|r| r.rsplit('/').next()) else {
        return Value::Null;
    };
    let schema = &document["components"]["schemas"][name];
    if schema["example"].is_null() {
        schema["examples"][0].clone()
    } else {
        schema["example"].clone()
    }
}
