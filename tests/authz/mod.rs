//! The authorisation matrix: what each caller is answered to each operation, on a thing that
//! is there: within what they reach, and outside of it. The operations come from the API's
//! document, so that a new one without a row fails.

mod things;

use std::fmt::Write as _;

use luot_app::Role;
use luot_app::users::ScopeOf;
use luot_testkit::{On, TestApp};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use uuid::Uuid;

use crate::identity::parents::{signs_in, with_fakes};
use crate::store::golden;
use things::Things;

/// Who has nothing but the token that manages a booking: this one, or another.
const HOLDER: &str = "holder";

/// Somebody who asks.
struct Caller {
    name: &'static str,
    token: Option<String>,
    /// Whether what is asked for is within what they reach.
    within: bool,
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

/// Everybody: without a token, with one that nobody has, with one that reaches everything;
/// each role within what it reaches and outside of it; a parent of the child, and another.
async fn callers(
    app: &TestApp,
    things: &Things<'_>,
    phones: [(&str, bool); 2],
    fakes: &luot_testkit::Fakes,
) -> Vec<Caller> {
    let mut callers = Vec::new();
    let mut add = |name, token, within| {
        callers.push(Caller {
            name,
            token,
            within,
        })
    };
    add("anonymous", None, true);
    add("unknown", Some("luot_nobody".to_owned()), true);
    add("root", Some(app.admin.clone()), true);
    let elsewhere = app.a_session().for_cohort("2B", 2).published().await;
    for role in Role::ALL {
        for (campaign, within) in [(&things.slot.campaign, true), (&elsewhere.campaign, false)] {
            let scope = scope_in(app, campaign, role).await;
            add(
                role.as_str(),
                Some(app.token_within(role, scope).await),
                within,
            );
        }
    }
    add(HOLDER, None, true);
    add(HOLDER, None, false);
    for (phone, within) in phones {
        add("parent", Some(signs_in(app, fakes, phone).await), within);
    }
    callers
}

/// A small file, tried dry.
fn upload(kind: &str) -> Form {
    let text = match kind {
        "targets" => "STT,Xã,Chỉ tiêu\n1,Hồng Thái,860\n",
        _ => {
            "STT,Họ và tên,Ngày sinh,Số định danh cá nhân,Lớp,SĐT phụ huynh\n1,Trần Văn Mẫu,06/05/2017,,1A,\n"
        }
    };
    let file = Part::text(text).file_name("file.csv");
    Form::new()
        .text("kind", kind.to_owned())
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

/// An operation as it is tried.
struct Tried<'a> {
    name: &'a str,
    method: &'a str,
    path: &'a str,
    body: Value,
    /// What kind of file is sent, where one is.
    file: Option<&'static str>,
    /// Whether it says which version it changes.
    versioned: bool,
}

impl<'a> Tried<'a> {
    /// An operation of the document: once, or for each kind of file.
    fn of(document: &Value, path: &'a str, method: &'a str, operation: &'a Value) -> Vec<Self> {
        let uploads = operation["requestBody"]["content"]["multipart/form-data"].is_object();
        let files = match uploads {
            true => vec![Some("targets"), Some("roster")],
            false => vec![None],
        };
        let parameters = operation["parameters"].as_array();
        let versioned = parameters.is_some_and(|all| all.iter().any(|p| p["name"] == "If-Match"));
        let one = |file| Self {
            versioned,
            name: operation["operationId"].as_str().expect("an id"),
            method,
            path,
            body: resolve(document, operation),
            file,
        };
        files.into_iter().map(one).collect()
    }

    fn title(&self) -> String {
        match self.file {
            Some(kind) => format!("{} ({kind})", self.name),
            None => self.name.to_owned(),
        }
    }

    /// What a caller is answered. What was made ready for it is used again if it is still as
    /// it was.
    async fn by(
        &self,
        app: &TestApp,
        things: &Things<'_>,
        caller: &Caller,
        ready: &mut Option<(String, Value)>,
    ) -> u16 {
        let (path, mut body) = match ready.take() {
            // Whose sign-in it is depends on who asks.
            Some(as_it_was) if !self.path.contains("{sign_in_id}") => as_it_was,
            _ => (
                things.fill(self.method, self.path, caller).await,
                things.body(self.name, self.body.clone()).await,
            ),
        };
        let verb: Method = self.method.to_uppercase().parse().expect("a method");
        let mut request = app
            .request(verb, &path)
            .header("Idempotency-Key", Uuid::now_v7().simple().to_string());
        if self.versioned {
            request = request.header("If-Match", things.version(&path).await);
        }
        let mut held = (caller.name == HOLDER).then(|| things.manager(caller.within));
        if let Some((token, said)) = things.in_person(self.name, caller).await {
            held = Some(token);
            body = said.unwrap_or(body);
        }
        if let Some(token) = held.as_ref().or(caller.token.as_ref()) {
            request = request.bearer_auth(token);
        }
        if let Some(kind) = self.file {
            request = request.multipart(upload(kind));
        } else if !body.is_null() {
            request = request.json(&body);
        }
        let answer = app.send(request).await;
        let status = answer.status;
        assert!(
            status < 500,
            "{} {path}: {status}: {:#}",
            self.method,
            answer.body
        );
        if self.method == "get" || status >= 400 {
            *ready = Some((path, body));
        }
        status
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_matrix_is_the_golden_one() {
    let (app, fakes) = with_fakes(On::Embedded).await;
    let document = app.get("/openapi.json").await.body;
    let things = Things::new(&app, &fakes).await;
    let phones = [(things.parent.phone.as_str(), true), ("0999999999", false)];
    let callers = callers(&app, &things, phones, &fakes).await;
    let mut text = String::from(
        "What each is answered, on things that are there: within what somebody reaches / outside of it.\n\n",
    );
    write!(text, "{:<32}", "operation").unwrap();
    for caller in callers.iter().filter(|c| c.within) {
        write!(text, " {:<11}", caller.name).unwrap();
    }
    text.push('\n');
    let paths = document["paths"].as_object().expect("paths");
    for (path, item) in paths.iter().filter(|(path, _)| path.starts_with("/v1/")) {
        for method in ["get", "post", "patch", "put", "delete"] {
            let Some(operation) = item.get(method) else {
                continue;
            };
            for tried in Tried::of(&document, path, method, operation) {
                write!(text, "{:<32}", tried.title()).unwrap();
                let mut ready = None;
                let mut done = false;
                for caller in &callers {
                    let status = tried.by(&app, &things, caller, &mut ready).await;
                    done |= status < 300;
                    match caller.within {
                        true => write!(text, " {status}").unwrap(),
                        false => write!(text, "/{status}    ").unwrap(),
                    }
                    if ["anonymous", "unknown", "root"].contains(&caller.name) {
                        text.push_str("        ");
                    }
                }
                // What nobody can do says nothing about who may.
                assert!(done, "{} is refused to everybody", tried.title());
                text.push('\n');
            }
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
