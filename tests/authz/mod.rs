//! The authorisation matrix: who is let through to which operation, within what they reach
//! and outside of it. The operations come from the API's document, so that a new one without
//! a row fails.

use std::fmt::Write as _;

use luot_app::Role;
use luot_app::users::ScopeOf;
use luot_testkit::{On, TestApp};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::identity::parents::{signs_in, with_fakes};
use crate::store::golden;

/// What stands for a path parameter: things that are there.
struct There {
    campaign: String,
    session: String,
    plan: String,
    code: String,
    window: String,
    station: String,
    ticket: String,
    call: String,
    hold: String,
    entry: String,
    offer: String,
    staff: String,
    phone: String,
}

impl There {
    async fn new(app: &TestApp) -> Self {
        let slot = app
            .a_session()
            .with_places(6)
            .in_days(0)
            .for_cohort("1A", 2)
            .published()
            .await;
        let parent = app.a_parent();
        let mut child = parent.person();
        child["cohort_id"] = "1A".into();
        let booked = parent
            .sends(&parent.request_for(slot.window(), &[child]))
            .await;
        let plans = app
            .admin_get(&format!("/v1/campaigns/{}/plans", slot.campaign))
            .await;
        let ticket = app.takes_a_ticket(&slot).await.text("/id");
        let station = app.opens_a_station(&slot).await;
        let (call, _) = app.calls(&station).await;
        let held = parent.holds(slot.window(), 1).await;
        let waits = parent
            .waits(&slot.campaign, 1, &serde_json::json!({ "at_once": true }))
            .await;
        Self {
            station,
            ticket,
            call,
            hold: held.text("/id"),
            entry: waits.text("/id"),
            offer: parent.looks_at(&waits).await.text("/offer/id"),
            plan: plans.items()[0]["id"].as_str().expect("an id").to_owned(),
            code: booked.text("/appointments/0/code"),
            window: slot.window().to_owned(),
            staff: app
                .admin_post(
                    "/v1/staff",
                    &json!({ "name": "Bảng", "role": "display", "scopes": [{}] }),
                )
                .await
                .text("/id"),
            phone: parent.phone.clone(),
            campaign: slot.campaign,
            session: slot.session,
        }
    }

    fn fill(&self, path: &str, part: Option<&str>) -> String {
        let mut filled = path
            .replace("{campaign_id}", &self.campaign)
            .replace("{session_id}", &self.session)
            .replace("{plan_id}", &self.plan)
            .replace("{station_id}", &self.station)
            .replace("{ticket_id}", &self.ticket)
            .replace("{call_id}", &self.call)
            .replace("{hold_id}", &self.hold)
            .replace("{entry_id}", &self.entry)
            .replace("{offer_id}", &self.offer)
            .replace("{code}", &self.code)
            .replace("{staff_id}", &self.staff)
            // One's own would be ended, and there is no such child to decide on.
            .replace("{sign_in_id}", &Uuid::nil().to_string())
            .replace("{child_id}", &Uuid::nil().to_string())
            .replace("{request_id}", &Uuid::nil().to_string());
        if let (Some(id), Some(open), Some(close)) = (part, filled.find('{'), filled.find('}')) {
            filled.replace_range(open..=close, id);
        }
        filled
    }
}

/// What somebody in that role reaches of a campaign: as much as such people do.
async fn scope_in(app: &TestApp, campaign: &str, role: Role) -> ScopeOf {
    let first = async |kind: &str| {
        let list = app
            .admin_get(&format!("/v1/campaigns/{campaign}/{kind}"))
            .await;
        let id = list.items()[0]["id"].as_str().expect("an id").to_owned();
        Some(Uuid::parse_str(&id).expect("an id"))
    };
    let scope = ScopeOf {
        campaign: Some(campaign.parse().expect("an id")),
        ..ScopeOf::default()
    };
    match role {
        Role::Admin | Role::Scheduler | Role::Supervisor => scope,
        Role::School | Role::Village => ScopeOf {
            cohort: first("cohorts").await,
            ..scope
        },
        Role::Operator | Role::Display | Role::Kiosk => ScopeOf {
            site: first("sites").await,
            ..scope
        },
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
    let (app, fakes) = with_fakes(On::Embedded).await;
    let document = app.get("/openapi.json").await.body;
    let there = There::new(&app).await;
    let elsewhere = app.a_session().for_cohort("2B", 2).published().await;
    let mut callers = vec![
        ("anonymous", vec![None]),
        ("unknown", vec![Some("luot_nobody".to_owned())]),
        ("root", vec![Some(app.admin.clone())]),
    ];
    for role in Role::ALL {
        let mut tokens = Vec::new();
        for campaign in [&there.campaign, &elsewhere.campaign] {
            let scope = scope_in(&app, campaign, role).await;
            tokens.push(Some(app.token_within(role, scope).await));
        }
        callers.push((role.as_str(), tokens));
    }
    let mut parents = Vec::new();
    for phone in [there.phone.as_str(), "0999999999"] {
        parents.push(Some(signs_in(&app, &fakes, phone).await));
    }
    callers.push(("parent", parents));
    let mut text = String::from("Within what somebody reaches / outside of it.\n\n");
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
            for (name, id) in [
                ("window_id", &there.window),
                ("campaign_id", &there.campaign),
            ] {
                if let Some(named) = body.get_mut(name) {
                    *named = id.clone().into();
                }
            }
            if let Some(code) = body.get_mut("code")
                && path.ends_with("/arrivals")
            {
                *code = there.code.clone().into();
            }
            let uploads = operation["requestBody"]["content"]["multipart/form-data"].is_object();
            write!(
                text,
                "{:<32}",
                operation["operationId"].as_str().expect("an id")
            )
            .unwrap();
            for (_, tokens) in &callers {
                let mut cell = Vec::new();
                for token in tokens {
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
                    cell.push(match answer.status {
                        401 => "401",
                        403 => "403",
                        404 => "404",
                        status if status < 500 => "ok",
                        status => panic!("{method} {path}: {status}: {:#}", answer.body),
                    });
                }
                write!(text, " {:<11}", cell.join("/")).unwrap();
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
