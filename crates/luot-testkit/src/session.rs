//! A published session, made through the API.

use chrono::{Days, NaiveDate};
use luot_domain::clock::Clock;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::TestApp;

/// A session under construction.
#[derive(Debug)]
pub struct ASession<'a> {
    app: &'a TestApp,
    day: NaiveDate,
    places: u32,
    windows: u32,
    cards: bool,
    policies: Value,
    cohorts: Vec<Value>,
}

impl std::fmt::Debug for TestApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestApp")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

/// A published session and its windows.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Its campaign.
    pub campaign: String,
    /// The session.
    pub session: String,
    /// Its windows in order of time.
    pub windows: Vec<String>,
}

impl Slot {
    /// The first window.
    #[must_use]
    pub fn window(&self) -> &str {
        &self.windows[0]
    }
}

impl TestApp {
    /// A session to be published: tomorrow, one window, ten places, open to everybody.
    #[must_use]
    pub fn a_session(&self) -> ASession<'_> {
        ASession {
            app: self,
            day: self.clock.now().date_naive() + Days::new(1),
            places: 10,
            windows: 1,
            cards: false,
            policies: json!({}),
            cohorts: Vec::new(),
        }
    }

    /// Plans a campaign from scratch for so many steps, and publishes the plan.
    pub async fn plans_and_publishes(&self, campaign: &str, steps: u64) -> Value {
        let plan = self.plans(campaign, &json!({ "steps": steps })).await;
        let path = format!("/v1/plans/{}/publish", plan["id"].as_str().expect("an id"));
        let answer = self.admin_post(&path, &json!({})).await;
        answer.expect(StatusCode::OK).body
    }

    /// Publishes a plan made by hand.
    pub async fn publishes_by_hand(&self, campaign: &str, plan: &Value) -> Value {
        let path = format!("/v1/campaigns/{campaign}/plans");
        let made = self.admin_post(&path, plan).await;
        let made = made.expect(StatusCode::CREATED).text("/id");
        let path = format!("/v1/plans/{made}/publish");
        let answer = self.admin_post(&path, &json!({})).await;
        answer.expect(StatusCode::OK).body
    }

    /// Plans a campaign, and waits until the plan is done.
    pub async fn plans(&self, campaign: &str, options: &Value) -> Value {
        let path = format!("/v1/campaigns/{campaign}/plans");
        let started = self
            .admin_post(&path, options)
            .await
            .expect(StatusCode::ACCEPTED);
        let path = format!("/v1/plans/{}", started.text("/id"));
        loop {
            let plan = self.admin_get(&path).await.expect(StatusCode::OK);
            if plan.body["state"] != "running" {
                assert_eq!(plan.body["state"], "draft", "{:#}", plan.body);
                return plan.body;
            }
            tokio::task::yield_now().await;
        }
    }
}

impl ASession<'_> {
    /// So many days from now.
    #[must_use]
    pub fn in_days(mut self, days: u64) -> Self {
        self.day = self.app.clock.now().date_naive() + Days::new(days);
        self
    }

    /// So many places.
    #[must_use]
    pub fn with_places(mut self, places: u32) -> Self {
        self.places = places;
        self
    }

    /// So many windows of half an hour, from eight in the morning.
    #[must_use]
    pub fn in_windows(mut self, windows: u32) -> Self {
        self.windows = windows;
        self
    }

    /// At a machine that issues cards.
    #[must_use]
    pub fn with_cards(mut self) -> Self {
        self.cards = true;
        self
    }

    /// Under these policies.
    #[must_use]
    pub fn under(mut self, policies: Value) -> Self {
        self.policies = policies;
        self
    }

    /// With so many of its places given to a cohort of that code.
    #[must_use]
    pub fn for_cohort(mut self, code: &str, people: u32) -> Self {
        self.cohorts.push(json!({
            "id": code,
            "people": people,
            "sites": ["truong"],
            "service": if self.cards { "card" } else { "account" },
        }));
        self
    }

    /// The instance it is made of.
    #[must_use]
    pub fn instance(&self) -> Value {
        let minutes = 8 * 60 + 30 * self.windows;
        json!({
            "format": "luot-plan/1",
            "name": "test",
            "title": "Đợt thử",
            "timezone": "Asia/Ho_Chi_Minh",
            "start": self.day,
            "end": self.day + Days::new(20),
            "shifts": [{
                "id": "sang",
                "start": "08:00",
                "end": format!("{:02}:{:02}", minutes / 60, minutes % 60),
                "records": self.places,
            }],
            "sites": [{ "id": "truong" }, { "id": "tru-so" }],
            "machines": [{
                "id": "may-1",
                "services": if self.cards { json!(["account", "card"]) } else { json!(["account"]) },
            }],
            "cohorts": self.cohorts,
            "costs": {
                "unserved": 1000, "late": 10, "moved": 30, "relocation": 120,
                "session": 60, "split": 20, "finish": 100,
            },
            "pinned": {
                "rotation": [
                    { "machine": "may-1", "date": self.day, "shift": "sang", "site": "truong" },
                ],
            },
            "policies": self.policies,
        })
    }

    /// Creates the campaign, plans and publishes.
    pub async fn published(self) -> Slot {
        let created = self
            .app
            .admin_post("/v1/campaigns", &self.instance())
            .await
            .expect(StatusCode::CREATED);
        let campaign = created.text("/id");
        self.app.plans_and_publishes(&campaign, 200).await;
        self.app.slot_of(&campaign).await
    }
}

impl TestApp {
    /// The first session of a campaign.
    pub async fn slot_of(&self, campaign: &str) -> Slot {
        let sessions = self
            .get(&format!("/v1/campaigns/{campaign}/sessions"))
            .await
            .expect(StatusCode::OK)
            .items();
        let session = sessions[0]["id"].as_str().expect("an id").to_owned();
        let windows = self
            .get(&format!("/v1/campaigns/{campaign}/availability"))
            .await
            .expect(StatusCode::OK)
            .items()
            .iter()
            .filter(|w| w["session_id"] == session.as_str())
            .map(|w| w["window_id"].as_str().expect("an id").to_owned())
            .collect();
        Slot {
            campaign: campaign.to_owned(),
            session,
            windows,
        }
    }
}
