//! A marked family from the list to the officer's table, by way of everything that takes a
//! name, a number or a phone; and what others are told meanwhile.

use luot_testkit::Fakes;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::LOGIN;
use super::service::Service;

const PHONE: &str = "0987650001";
const NUMBER: &str = "001217654321";
const NAME: &str = "Dấuvết Văn An";
const BIRTH: &str = "1917-03-04";

/// The day; gives what was answered to others, and what was refused.
pub async fn a_day(service: &Service, fakes: &Fakes) -> String {
    let mut day = Day::begin(service).await;
    day.sends_lists().await;
    let manage = day.books().await;
    day.waits().await;
    let token = day.signs_in(fakes).await;
    day.asks_about_data(&token).await;
    day.is_served(&manage).await;
    day.staff().await;
    day.what_others_see().await;
    day.told
}

struct Day<'a> {
    service: &'a Service,
    campaign: String,
    windows: Vec<String>,
    session: String,
    cohort: String,
    /// What is told to others, or refused.
    told: String,
}

fn text(of: &Value, pointer: &str) -> String {
    let found = of.pointer(pointer).and_then(Value::as_str);
    found
        .unwrap_or_else(|| panic!("{pointer} of {of:#}"))
        .to_owned()
}

fn person(name: &str, number: Option<&str>) -> Value {
    let mut person = json!({ "full_name": name, "birth_date": BIRTH });
    if let Some(number) = number {
        person["personal_number"] = number.into();
    }
    person
}

fn contact() -> Value {
    json!({ "name": "Dấuvết Thị Bình", "phone": PHONE })
}

impl<'a> Day<'a> {
    /// A campaign of the past, whose day does not pass: a rehearsal.
    async fn begin(service: &'a Service) -> Self {
        let day = (chrono::Utc::now() - chrono::Duration::days(30)).date_naive();
        let instance = json!({
            "format": "luot-plan/1", "name": "test", "timezone": "Asia/Ho_Chi_Minh",
            "start": day, "end": day,
            "shifts": [{ "id": "sang", "start": "00:00", "end": "23:59", "records": 800 }],
            "sites": [{ "id": "truong" }], "machines": [{ "id": "may-1", "services": ["account"] }],
            "cohorts": [{ "id": "1A", "people": 2, "sites": ["truong"], "service": "account" }],
            "costs": {
                "unserved": 1000, "late": 10, "moved": 30, "relocation": 120, "session": 60, "split": 20,
                "finish": 100,
            },
            "published": {
                "format": "luot-plan/1",
                "rotation": [{ "machine": "may-1", "date": day, "shift": "sang", "site": "truong" }],
                "allotments": [{ "cohort": "1A", "date": day, "shift": "sang", "site": "truong", "people": 2 }],
            },
        });
        let admin = Some(service.admin.as_str());
        let campaign = text(
            &service.post("/v1/campaigns", &instance, admin).await,
            "/id",
        );
        let path = |what: &str| format!("/v1/campaigns/{campaign}/{what}");
        let windows = service.get(&path("availability"), None).await;
        let windows = windows["items"].as_array().expect("windows").iter();
        // The last of the day are still to come, whatever the hour is.
        let windows = windows.rev().map(|w| text(w, "/window_id")).collect();
        Self {
            windows,
            session: text(&service.get(&path("sessions"), None).await, "/items/0/id"),
            cohort: text(&service.get(&path("cohorts"), None).await, "/items/0/id"),
            campaign,
            service,
            told: String::new(),
        }
    }

    fn admin(&self) -> Option<&'a str> {
        Some(self.service.admin.as_str())
    }

    /// Does what is refused with that status, and keeps what is said.
    async fn refused(&mut self, path: &str, body: &Value, bearer: Option<&str>, status: u16) {
        let request = self.service.request(Method::POST, path, bearer).json(body);
        let (told, body) = self.service.send(request).await;
        assert_eq!(told.as_u16(), status, "{path}: {body:#}");
        self.told.push_str(&body.to_string());
    }

    /// The number was claimed under another name before; the list says whose it is, and is sent
    /// again, wrong and dry.
    async fn sends_lists(&mut self) {
        let heading = "STT,Họ và tên,Ngày sinh,Số định danh cá nhân,Lớp,SĐT phụ huynh";
        let claimed = json!({
            "window_id": self.windows[0], "contact": contact(), "consent": "2026-11/vi",
            "persons": [person("Dấuvết Khác", Some(NUMBER))],
        });
        self.service.post("/v1/appointments", &claimed, None).await;
        let right = format!("{heading}\n1,{NAME},04/03/1917,{NUMBER},1A,{PHONE}\n");
        for (list, kind, dry, status) in [
            (right.clone(), "roster", true, 200),
            (right.clone(), "roster", false, 200),
            (right.clone(), "targets", false, 422),
            (right.replace(",1A,", ",Dấuvết,"), "roster", false, 422),
            (right.replace(NUMBER, "00121765432x"), "roster", true, 200),
            (
                right.replace("04/03/1917", "04/03/19x7"),
                "roster",
                false,
                422,
            ),
        ] {
            let form = Form::new()
                .text("kind", kind)
                .text("dry_run", dry.to_string());
            let file = Part::text(list).file_name("Dauvet.csv");
            let (told, body) = self
                .service
                .upload(&self.campaign, form.part("file", file))
                .await;
            assert_eq!(told.as_u16(), status, "{body:#}");
        }
        let path = format!(
            "/v1/campaigns/{}/cohorts/{}/roster",
            self.campaign, self.cohort
        );
        let listed = self.service.get(&path, self.admin()).await;
        // It is the marked one, so there is something to be found.
        assert_eq!(listed["items"][0]["full_name"], NAME);
        self.service
            .get(&format!("{path}/file"), self.admin())
            .await;
    }

    /// Places are held, booked, looked up, moved and given up; gives what manages the last.
    async fn books(&mut self) -> (String, String) {
        let (first, second) = (self.windows[0].clone(), self.windows[1].clone());
        let hold = json!({ "window_id": first, "party": 1, "phone": PHONE });
        let held = self.service.post("/v1/holds", &hold, None).await;
        let booking = |wanted: &str, id: &str, name: &str| {
            json!({
                wanted: id, "contact": contact(), "consent": "2026-11/vi", "persons": [person(name, None)],
            })
        };
        let booked = booking("hold_id", &text(&held, "/id"), "Dấuvết Văn Bình");
        let booked = self.service.post("/v1/appointments", &booked, None).await;
        let (code, manage) = (
            text(&booked, "/appointments/0/code"),
            text(&booked, "/manage_token"),
        );
        let path = format!("/v1/appointments/{code}");
        let seen = self.service.get(&path, Some(&manage)).await;
        assert_eq!(seen["full_name"], "Dấuvết Văn Bình");
        let to = json!({ "window_id": second });
        self.service
            .post(&format!("{path}/move"), &to, Some(&manage))
            .await;
        let again = booking("window_id", &second, "Dấuvết Văn Bình");
        self.refused("/v1/appointments", &again, None, 409).await;
        let wrong = json!({
            "window_id": second, "contact": contact(), "consent": "2026-11/vi",
            "persons": [person("Dấuvết Sai", Some(NUMBER))],
        });
        self.refused("/v1/appointments", &wrong, None, 422).await;
        self.refused(&format!("{path}/cancel"), &json!({}), Some("Dauvet"), 404)
            .await;
        let gone = booking("window_id", &first, "Dấuvết Văn Chi");
        let gone = self.service.post("/v1/appointments", &gone, None).await;
        let path = format!(
            "/v1/appointments/{}/cancel",
            text(&gone, "/appointments/0/code")
        );
        let manager = text(&gone, "/manage_token");
        self.service.post(&path, &json!({}), Some(&manager)).await;
        (code, manage)
    }

    /// Others wait, are offered places, take them, decline them, and leave.
    async fn waits(&mut self) {
        for (name, does) in [("Dấuvết Văn Dũng", "accept"), ("Dấuvết Văn Em", "decline")]
        {
            let entry = json!({
                "campaign_id": self.campaign, "contact": contact(), "consent": "2026-11/vi",
                "persons": [person(name, None)], "at_once": true,
            });
            let joined = self
                .service
                .post("/v1/waitlist-entries", &entry, None)
                .await;
            self.refused("/v1/waitlist-entries", &entry, None, 409)
                .await;
            let (id, token) = (text(&joined, "/id"), text(&joined, "/manage_token"));
            let path = format!("/v1/waitlist-entries/{id}");
            let seen = self.service.get(&path, Some(&token)).await;
            self.told.push_str(&seen.to_string());
            let offer = format!("/v1/offers/{}/{does}", text(&seen, "/offer/id"));
            self.service.post(&offer, &json!({}), Some(&token)).await;
            let leave = self.service.request(Method::DELETE, &path, Some(&token));
            self.service.send(leave).await;
        }
    }

    /// The mother signs in by her phone; somebody else says that the child is theirs.
    async fn signs_in(&mut self, fakes: &Fakes) -> String {
        let phone = json!({ "phone": PHONE });
        self.service.post("/v1/phone-codes", &phone, None).await;
        let code = fakes.code_sent_to("+84987650001").await;
        let wrong = json!({ "phone": PHONE, "code": "Dấuvết" });
        self.refused("/v1/phone-sign-ins", &wrong, None, 401).await;
        let right = json!({ "phone": PHONE, "code": code, "as": "token" });
        let token = text(
            &self.service.post("/v1/phone-sign-ins", &right, None).await,
            "/token",
        );
        let me = Some(token.as_str());
        for path in [
            "/v1/me",
            "/v1/me/children",
            "/v1/me/appointments",
            "/v1/sign-ins",
        ] {
            self.service.get(path, me).await;
        }
        let mine = self.service.get("/v1/me/children", me).await;
        assert!(mine.to_string().contains(NAME), "{mine:#}");
        let mut asked = person(NAME, None);
        asked["cohort_id"] = self.cohort.clone().into();
        for (name, value) in [
            ("campaign_id", self.campaign.as_str()),
            ("consent", "2026-11/vi"),
        ] {
            asked[name] = value.into();
        }
        self.service
            .post("/v1/phone-codes", &json!({ "phone": "0900000001" }), None)
            .await;
        let code = fakes.code_sent_to("+84900000001").await;
        let other = json!({ "phone": "0900000001", "code": code, "as": "token" });
        let other = text(
            &self.service.post("/v1/phone-sign-ins", &other, None).await,
            "/token",
        );
        let added = self
            .service
            .post("/v1/me/children", &asked, Some(&other))
            .await;
        assert_eq!(added["state"], "asked");
        // Who asks is shown nothing.
        let shown = self.service.get("/v1/me/children", Some(&other)).await;
        self.told.push_str(&shown.to_string());
        let path = format!("/v1/campaigns/{}/asked-children", self.campaign);
        let seen = self.service.get(&path, self.admin()).await;
        let confirmed = seen["items"].as_array().expect("children").iter();
        for child in confirmed {
            let decide = format!("/v1/children/{}/decide", text(child, "/id"));
            let refuse = json!({ "decision": "refuse" });
            self.service.post(&decide, &refuse, self.admin()).await;
        }
        let zalo = json!({ "access_token": "Dauvet", "phone_token": "Dauvet", "as": "token" });
        self.refused("/v1/zalo-sign-ins", &zalo, None, 404).await;
        token
    }

    /// The mother corrects, takes along, and withdraws.
    async fn asks_about_data(&mut self, token: &str) {
        let me = Some(token);
        let mine = self.service.get("/v1/me/children", me).await;
        let of = mine["items"].as_array().expect("children").iter();
        let child = of
            .clone()
            .find(|c| c["full_name"] == NAME)
            .expect("the marked one");
        let path = format!("/v1/me/children/{}", text(child, "/id"));
        let data = self.service.get(&format!("{path}/data"), me).await;
        for held in [NAME, NUMBER, BIRTH, "+84987650001", "Dấuvết Thị Bình"] {
            assert!(data.to_string().contains(held), "{held}: {data:#}");
        }
        let correct = json!({ "kind": "correct", "full_name": "Dấuvết Văn Ân" });
        self.service
            .post(&format!("{path}/requests"), &correct, me)
            .await;
        let nothing = json!({ "kind": "correct", "full_name": "098765" });
        self.refused(&format!("{path}/requests"), &nothing, me, 422)
            .await;
        let list = format!("/v1/campaigns/{}/data-requests", self.campaign);
        let due = self.service.get(&list, self.admin()).await;
        assert_eq!(due["items"][0]["full_name"], "Dấuvết Văn Ân");
        let decide = format!("/v1/data-requests/{}/decide", text(&due, "/items/0/id"));
        self.service
            .post(&decide, &json!({ "grant": true }), self.admin())
            .await;
        let withdraw = json!({ "kind": "withdraw" });
        self.service
            .post(&format!("{path}/requests"), &withdraw, me)
            .await;
    }

    /// The child comes, is called, and served.
    async fn is_served(&mut self, (code, _): &(String, String)) {
        let of = format!("/v1/sessions/{}", self.session);
        let arrived = json!({ "code": code });
        self.service
            .post(&format!("{of}/arrivals"), &arrived, self.admin())
            .await;
        let ticket = self
            .service
            .post(&format!("{of}/tickets"), &json!({}), None)
            .await;
        let station = self
            .service
            .post(&format!("{of}/stations"), &json!({}), self.admin())
            .await;
        let station = format!("/v1/stations/{}", text(&station, "/id"));
        let mut names = Vec::new();
        for _ in 0..2 {
            let call = self
                .service
                .post(&format!("{station}/calls"), &json!({}), self.admin())
                .await;
            names.push(call["full_name"].clone());
            let call = format!("/v1/calls/{}", text(&call, "/id"));
            self.service.get(&call, self.admin()).await;
            let line = self.service.get(&format!("{of}/line"), None).await;
            self.told.push_str(&line.to_string());
            for does in ["recall", "serve"] {
                self.service
                    .post(&format!("{call}/{does}"), &json!({}), self.admin())
                    .await;
            }
            let done =
                json!({ "outcome": "missing_papers", "reason": "Dấuvết Văn Bình quên giấy" });
            self.service
                .post(&format!("{call}/finish"), &done, self.admin())
                .await;
        }
        assert!(names.contains(&json!("Dấuvết Văn Bình")), "{names:?}");
        let path = format!("/v1/tickets/{}", text(&ticket, "/id"));
        let seen = self.service.get(&path, None).await;
        self.told.push_str(&seen.to_string());
        self.service
            .post(&format!("{station}/close"), &json!({}), self.admin())
            .await;
    }

    /// Staff are added, given a password, and refused with another.
    async fn staff(&mut self) {
        let new = json!({ "name": "Dấuvết Quản Trị", "role": "scheduler", "scopes": [{}] });
        let staff = self.service.post("/v1/staff", &new, self.admin()).await;
        let path = format!("/v1/staff/{}/password", text(&staff, "/id"));
        let given = self
            .service
            .post(&path, &json!({ "login": LOGIN }), self.admin())
            .await;
        let wrong = json!({ "login": LOGIN, "password": "Dấuvết Dấuvết Dấuvết" });
        self.refused("/v1/sign-ins", &wrong, None, 401).await;
        let right = json!({
            "login": LOGIN, "password": text(&given, "/password"),
            "new_password": "Dấuvết cái cánh cái cánh", "as": "token",
        });
        self.service.post("/v1/sign-ins", &right, None).await;
    }

    /// What anybody may read of all that; and the trail, which names nobody.
    async fn what_others_see(&mut self) {
        for what in ["sessions", "availability", "timetable", "cohorts", "sites"] {
            let path = format!("/v1/campaigns/{}/{what}", self.campaign);
            let seen = self.service.get(&path, None).await;
            self.told.push_str(&seen.to_string());
        }
        let path = format!("/v1/campaigns/{}/trail?limit=500", self.campaign);
        let trail = self.service.get(&path, self.admin()).await;
        let rows = trail["items"].as_array().expect("rows").len();
        assert!(rows > 30, "{rows} rows");
        self.told.push_str(&trail.to_string());
        let path = format!("/v1/campaigns/{}/trail", self.campaign);
        let (status, _) = self
            .service
            .send(self.service.request(Method::GET, &path, None))
            .await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
}
