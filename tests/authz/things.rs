//! What the operations of the matrix are tried on: things that are there, and fresh ones for
//! what uses them up.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use luot_app::Role;
use luot_app::users::{NewUser, ScopeOf};
use luot_domain::clock::Clock as _;
use luot_testkit::{Answer, Fakes, Parent, Slot, TestApp};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Caller, scope_in};
use crate::identity::parents::{sends_list, signs_in};
use crate::identity::staff::totp;
use crate::identity::{PASSWORD, as_who, post, post_as};

/// The ways to sign in.
const SIGN_INS: [&str; 3] = [
    "create_sign_in",
    "create_phone_sign_in",
    "create_zalo_sign_in",
];

/// A campaign on its first day, and who has to do with it.
pub(super) struct Things<'a> {
    app: &'a TestApp,
    fakes: &'a Fakes,
    pub slot: Slot,
    /// The parent whose appointments they are, and who has a child on the list.
    pub parent: Parent,
    /// The first of each part, by the name of its list.
    parts: HashMap<&'static str, String>,
    plan: String,
    next: AtomicU32,
    /// What manages the booking that was made last.
    manages: Mutex<String>,
    /// What manages another.
    manages_another: String,
}

impl<'a> Things<'a> {
    pub async fn new(app: &'a TestApp, fakes: &'a Fakes) -> Self {
        let slot = app
            .a_session()
            .with_places(2_000)
            .in_windows(2)
            .in_days(0)
            .for_cohort("1A", 300)
            .published()
            .await;
        let parent = app.a_parent();
        let row = format!("1,Lê Thị Thử,07/05/2017,,1A,{}\n", parent.phone);
        sends_list(app, &slot.campaign, &row).await;
        let mut parts = HashMap::new();
        for kind in ["sites", "machines", "shifts", "cohorts"] {
            let path = format!("/v1/campaigns/{}/{kind}", slot.campaign);
            parts.insert(kind, id(&app.admin_get(&path).await.items()[0]));
        }
        let plans = format!("/v1/campaigns/{}/plans", slot.campaign);
        let another = app.a_parent().books(&slot).await.text("/manage_token");
        Self {
            manages: Mutex::new(another.clone()),
            manages_another: another,
            plan: id(&app.admin_get(&plans).await.items()[0]),
            app,
            fakes,
            slot,
            parent,
            parts,
            next: AtomicU32::new(1),
        }
    }

    /// A number that nobody has had.
    pub fn number(&self) -> u32 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// A person that nobody has heard of.
    pub fn person(&self) -> Value {
        let mut child = self.app.a_parent().person();
        let letters = format!("{:b}", self.number())
            .replace('0', "A")
            .replace('1', "B");
        child["full_name"] = format!("Trần Văn Mới {letters}").into();
        child
    }

    /// A phone that nobody has.
    pub fn phone(&self) -> String {
        format!("08{:08}", self.number())
    }

    /// The path of an operation, with everything that it names.
    pub async fn fill(&self, method: &str, path: &str, caller: &Caller) -> String {
        let mut filled = path
            .replace("{campaign_id}", &self.slot.campaign)
            .replace("{session_id}", &self.slot.session);
        for (kind, part) in &self.parts {
            let name = format!("{{{}_id}}", kind.trim_end_matches('s'));
            if filled.contains(&name) {
                // Everything else needs those that are there.
                let part = match method {
                    "patch" | "delete" => self.part(kind).await,
                    _ => part.clone(),
                };
                filled = filled.replace(&name, &part);
            }
        }
        while let Some((before, rest)) = filled.split_once('{') {
            let (name, after) = rest.split_once('}').expect("a name in braces");
            let thing = self.thing(method, before, name, caller).await;
            filled = format!("{before}{thing}{after}");
        }
        filled
    }

    async fn thing(&self, method: &str, before: &str, name: &str, caller: &Caller) -> String {
        let reads = method == "get";
        match name {
            "code" => self.code().await,
            "plan_id" if reads => self.plan.clone(),
            "plan_id" => id(&self
                .app
                .plans(&self.slot.campaign, &json!({ "steps": 1 }))
                .await),
            "hold_id" => self.parent.holds(self.slot.window(), 1).await.text("/id"),
            "entry_id" => self.waits().await.text("/id"),
            "offer_id" => {
                let joined = self.waits().await;
                self.parent.looks_at(&joined).await.text("/offer/id")
            }
            "call_id" => self.call().await.text("/id"),
            "ticket_id" if reads => self.app.takes_a_ticket(&self.slot).await.text("/id"),
            "ticket_id" => self.parked().await,
            "station_id" if before.contains("stations") => self.station().await,
            "staff_id" => self.somebody().await.to_string(),
            "token_id" => self.token_of(before).await,
            "sign_in_id" => self.sign_in_of(caller).await,
            "child_id" if before.contains("/me/") => self.child().await,
            "child_id" => self.asked().await,
            "request_id" => self.request().await,
            other => panic!("{other} of {before}: what stands for it?"),
        }
    }

    /// A part that nothing needs, to be changed or retired.
    async fn part(&self, kind: &str) -> String {
        let like = match kind {
            "cohorts" => json!({ "people": 1 }),
            "shifts" => json!({ "start": "17:30", "end": "20:30", "records": 60 }),
            _ => json!({}),
        };
        let operation = format!("create_{}", kind.trim_end_matches('s'));
        let body = self.body(&operation, like).await;
        let path = format!("/v1/campaigns/{}/{kind}", self.slot.campaign);
        let made = self.app.admin_post(&path, &body).await;
        made.expect(StatusCode::CREATED).text("/id")
    }

    /// The present version of what a request would change.
    pub async fn version(&self, path: &str) -> String {
        let thing = path.trim_end_matches("/publish");
        let read = self.app.admin_get(thing).await.expect(StatusCode::OK);
        read.header("etag").to_owned()
    }

    /// Where somebody deals with their own password and authenticator, a token is not enough:
    /// one in their role who has just signed in, and what they say.
    pub async fn in_person(
        &self,
        operation: &str,
        caller: &Caller,
    ) -> Option<(String, Option<Value>)> {
        if caller.name == "parent" && SIGN_INS.contains(&operation) {
            // Whoever signs in is signed out where they were.
            return Some((signs_in(self.app, self.fakes, &self.phone()).await, None));
        }
        if !["change_password", "create_totp", "confirm_totp"].contains(&operation) {
            return None;
        }
        let role: Role = match caller.name {
            "root" => Role::Admin,
            name => name.parse().ok()?,
        };
        let scope = scope_in(self.app, &self.slot.campaign, role).await;
        let token = self.signs_in(role, scope, &self.login()).await;
        let body = match operation {
            "change_password" => {
                json!({ "password": PASSWORD, "new_password": "nó kêu rằng quác quác quác" })
            }
            "create_totp" => Value::Null,
            _ => {
                let begun = post_as(self.app, &token, "/v1/me/totp", &json!({})).await;
                let secret = begun.expect(StatusCode::CREATED).text("/secret");
                json!({ "code": totp(&secret, self.app.clock.now().timestamp()) })
            }
        };
        Some((token, Some(body)))
    }

    /// A member of staff with a password of their own; gives the token of their sign-in.
    async fn signs_in(&self, role: Role, scope: ScopeOf, login: &str) -> String {
        let (app, console) = (&self.app.app, self.app.app.operator(Role::Admin));
        let new = NewUser {
            name: "Cán bộ".into(),
            role,
            scopes: vec![scope],
        };
        let id = app.add_staff(&console, &new).await.expect("staff");
        let given = app.give_password(&console, id, login).await;
        let first = json!({
            "login": login, "password": given.expect("a password"), "new_password": PASSWORD,
            "as": "token",
        });
        let signed_in = post(self.app, "/v1/sign-ins", &first).await;
        signed_in.expect(StatusCode::CREATED).text("/token")
    }

    /// A login that nobody has.
    fn login(&self) -> String {
        format!("can-bo.{}", self.number())
    }

    /// What signs somebody in.
    async fn credentials(&self, operation: &str) -> Value {
        let phone = self.phone();
        let international = format!("+84{}", &phone[1..]);
        match operation {
            "create_sign_in" => {
                let login = self.login();
                let everywhere = ScopeOf::default();
                self.signs_in(Role::Scheduler, everywhere, &login).await;
                json!({ "login": login, "password": PASSWORD, "as": "token" })
            }
            "create_phone_sign_in" => {
                let asked = post(self.app, "/v1/phone-codes", &json!({ "phone": phone })).await;
                asked.expect(StatusCode::ACCEPTED);
                let code = self.fakes.code_sent_to(&international).await;
                json!({ "phone": phone, "code": code, "as": "token" })
            }
            _ => {
                let (access, token) = self.fakes.a_zalo_user(&phone, &international);
                json!({ "access_token": access, "phone_token": token, "as": "token" })
            }
        }
    }

    /// The code of an appointment that staff made for the parent's class.
    pub async fn code(&self) -> String {
        let mut person = self.person();
        person["cohort_id"] = "1A".into();
        let request = self.parent.request_for(self.slot.window(), &[person]);
        let booked = self.app.admin_post("/v1/appointments", &request).await;
        // Signing in finds whose child it is.
        signs_in(self.app, self.fakes, &self.parent.phone).await;
        let booked = booked.expect(StatusCode::CREATED);
        self.note_manager(&booked);
        booked.text("/appointments/0/code")
    }

    fn note_manager(&self, of: &Answer) {
        *self.manages.lock().expect("unharmed") = of.text("/manage_token");
    }

    /// The token that manages what was booked last, or waits since; or another's.
    pub fn manager(&self, within: bool) -> String {
        match within {
            true => self.manages.lock().expect("unharmed").clone(),
            false => self.manages_another.clone(),
        }
    }

    async fn waits(&self) -> Answer {
        let mut waiting = self.parent.clone();
        waiting.child = self.person()["full_name"]
            .as_str()
            .expect("a name")
            .to_owned();
        let wishes = json!({ "at_once": true });
        let joined = waiting.waits(&self.slot.campaign, 1, &wishes).await;
        self.note_manager(&joined);
        joined
    }

    /// The station that is open, if one is: there is one machine.
    async fn open_station(&self) -> Option<String> {
        let path = format!("/v1/sessions/{}/stations", self.slot.session);
        let all = self.app.admin_get(&path).await.items();
        all.iter().find(|s| s["closed_at"].is_null()).map(id)
    }

    /// Closes it, so that another can be opened.
    async fn closes_the_station(&self) {
        if let Some(open) = self.open_station().await {
            let path = format!("/v1/stations/{open}/close");
            self.app
                .admin_post(&path, &json!({}))
                .await
                .expect(StatusCode::OK);
        }
    }

    /// A call that has just been made.
    async fn call(&self) -> Answer {
        let station = match self.open_station().await {
            Some(open) => open,
            None => self.app.opens_a_station(&self.slot).await,
        };
        // Whoever is there, or waits from before, goes first.
        let open = self.app.calls_next(&station).await;
        if open.status == 200 {
            self.app.finishes(&open.text("/id")).await;
        }
        self.app
            .takes_a_ticket(&self.slot)
            .await
            .expect(StatusCode::CREATED);
        let called = self.app.calls_next(&station).await;
        called.expect(StatusCode::OK)
    }

    async fn parked(&self) -> String {
        let call = self.call().await;
        let parked = self.app.does(&call.text("/id"), "park", &json!({})).await;
        parked.expect(StatusCode::OK).text("/ticket/id")
    }

    /// A station that has just been opened, for which somebody waits.
    async fn station(&self) -> String {
        self.closes_the_station().await;
        self.app
            .takes_a_ticket(&self.slot)
            .await
            .expect(StatusCode::CREATED);
        self.app.opens_a_station(&self.slot).await
    }

    async fn somebody(&self) -> Uuid {
        let new = json!({ "name": "Bảng", "role": "display", "scopes": [{}] });
        let made = self.app.admin_post("/v1/staff", &new).await;
        made.text("/id").parse().expect("an id")
    }

    /// A token of the member of staff whom the path names before it.
    async fn token_of(&self, before: &str) -> String {
        let mut parts = before.rsplit('/');
        let staff = parts
            .find_map(|part| part.parse().ok())
            .expect("a member of staff");
        self.another_token(staff).await
    }

    async fn another_token(&self, staff: Uuid) -> String {
        let console = self.app.app.operator(Role::Admin);
        let made = self
            .app
            .app
            .add_token(&console, staff, "another", None)
            .await;
        made.expect("a token").0.to_string()
    }

    /// Another sign-in of who asks within what they reach, or of a stranger.
    async fn sign_in_of(&self, caller: &Caller) -> String {
        let me = match (&caller.token, caller.within) {
            (Some(token), true) => as_who(self.app, token, Method::GET, "/v1/me").await,
            _ => return self.another_token(self.somebody().await).await,
        };
        if me.status != 200 {
            return self.another_token(self.somebody().await).await;
        }
        if caller.name != "parent" {
            return self
                .another_token(me.text("/id").parse().expect("an id"))
                .await;
        }
        let again = signs_in(self.app, self.fakes, &self.parent.phone).await;
        let all = as_who(self.app, &again, Method::GET, "/v1/sign-ins")
            .await
            .items();
        id(all
            .iter()
            .find(|s| s["present"] == true)
            .expect("the newest"))
    }

    /// The parent's child that is on the list.
    async fn child(&self) -> String {
        let token = signs_in(self.app, self.fakes, &self.parent.phone).await;
        let all = as_who(self.app, &token, Method::GET, "/v1/me/children")
            .await
            .items();
        id(all.iter().find(|c| c["by_law"] == true).expect("a child"))
    }

    /// A child of whom somebody says that it is theirs, which nobody has decided.
    async fn asked(&self) -> String {
        let token = signs_in(self.app, self.fakes, &self.phone()).await;
        let child = json!({
            "campaign_id": self.slot.campaign, "cohort_id": self.parts["cohorts"],
            "full_name": "Lê Thị Thử", "birth_date": "2017-05-07", "consent": "2026-11/vi",
        });
        let asked = post_as(self.app, &token, "/v1/me/children", &child).await;
        assert_eq!(asked.text("/state"), "asked");
        asked.text("/id")
    }

    /// What the parent asks about the child's data, and nobody has decided.
    async fn request(&self) -> String {
        let path = format!("/v1/campaigns/{}/data-requests", self.slot.campaign);
        if let Some(open) = self.app.admin_get(&path).await.items().first() {
            return id(open);
        }
        let child = self.child().await;
        let token = signs_in(self.app, self.fakes, &self.parent.phone).await;
        let ask = json!({ "kind": "correct", "full_name": "Lê Thị Thử" });
        let path = format!("/v1/me/children/{child}/requests");
        post_as(self.app, &token, &path, &ask).await.text("/id")
    }

    /// An operation's body, about what is there, and new where it makes something.
    pub async fn body(&self, operation: &str, mut body: Value) -> Value {
        let windows = &self.slot.windows;
        let said = [
            (
                "window_id",
                windows[usize::from(operation == "move_appointment")].clone(),
            ),
            ("campaign_id", self.slot.campaign.clone()),
            ("cohort_id", self.parts["cohorts"].clone()),
            ("login", format!("bang.{}", self.number())),
        ];
        for (name, value) in said {
            if let Some(named) = body.get_mut(name) {
                *named = value.into();
            }
        }
        match operation {
            "create_arrival" => body["code"] = self.code().await.into(),
            "create_appointment" | "create_waitlist_entry" => {
                body["persons"] = json!([self.person()]);
                body["contact"]["phone"] = self.phone().into();
            }
            "create_hold" => body["cards"] = json!(0),
            "create_cohort" => {
                body["sites"] = json!(["truong"]);
                body["service"] = "account".into();
            }
            "create_machine" => {
                body["home"] = "truong".into();
                body["services"] = json!(["account"]);
            }
            "create_station" => {
                self.closes_the_station().await;
                body = json!({});
            }
            "create_child" => body["full_name"] = self.person()["full_name"].clone(),
            _ if SIGN_INS.contains(&operation) => {
                body = self.credentials(operation).await;
            }
            "change_cohort" | "change_machine" | "change_shift" | "change_site" => {
                body = json!({ "name": format!("Tên mới {}", self.number()) });
            }
            "create_staff" => body["scopes"] = json!([{ "campaign_id": self.slot.campaign }]),
            _ => {}
        }
        if [
            "create_cohort",
            "create_machine",
            "create_shift",
            "create_site",
        ]
        .contains(&operation)
        {
            body["code"] = format!("moi-{}", self.number()).into();
        }
        body
    }
}

fn id(of: &Value) -> String {
    of["id"].as_str().expect("an id").to_owned()
}
