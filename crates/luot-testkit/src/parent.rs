//! A parent with a phone and a child, who book as parents do: without an account.

use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Answer, Slot, TestApp};

/// The text that parents agree to.
pub const CONSENT: &str = "2026-11/vi";

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A parent, and their child's name.
#[derive(Debug, Clone)]
pub struct Parent {
    app: TestApp,
    /// The phone.
    pub phone: String,
    /// The child's name.
    pub child: String,
    /// The child's birth date.
    pub birth_date: String,
}

impl TestApp {
    /// A parent whom nobody knows yet.
    #[must_use]
    pub fn a_parent(&self) -> Parent {
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        Parent {
            app: self.clone(),
            phone: format!("09{n:08}"),
            child: format!("Trần Văn Mẫu {}", letters(n)),
            birth_date: "2017-05-06".into(),
        }
    }
}

/// A number in letters, since names have no digits.
fn letters(mut n: u32) -> String {
    let mut text = String::new();
    loop {
        // Below 26, so it fits.
        text.push(char::from(b'A' + u8::try_from(n % 26).unwrap_or(0)));
        n /= 26;
        if n == 0 {
            return text;
        }
    }
}

impl Parent {
    /// The child as a person of a request.
    #[must_use]
    pub fn person(&self) -> Value {
        json!({ "full_name": self.child, "birth_date": self.birth_date })
    }

    /// The request for a place in a window.
    #[must_use]
    pub fn request(&self, window: &str) -> Value {
        self.request_for(window, &[self.person()])
    }

    /// The request for places for several.
    #[must_use]
    pub fn request_for(&self, window: &str, persons: &[Value]) -> Value {
        json!({
            "window_id": window,
            "contact": { "name": "Trần Thị Phụ Huynh", "phone": self.phone },
            "persons": persons,
            "consent": CONSENT,
        })
    }

    /// Books the first window of a session.
    pub async fn books(&self, slot: &Slot) -> Answer {
        self.sends(&self.request(slot.window())).await
    }

    /// Sends a booking under a key of its own.
    pub async fn sends(&self, body: &Value) -> Answer {
        self.sends_under(&Uuid::now_v7().simple().to_string(), body)
            .await
    }

    /// Sends a booking under a key.
    pub async fn sends_under(&self, key: &str, body: &Value) -> Answer {
        let request = self
            .app
            .request(Method::POST, "/v1/appointments")
            .header("Idempotency-Key", key)
            .json(body);
        self.app.send(request).await
    }

    /// Does something with a booked appointment: `move`, `cancel`.
    pub async fn acts(&self, booked: &Answer, what: &str, body: &Value) -> Answer {
        let code = booked.text("/appointments/0/code");
        let request = self
            .app
            .request(Method::POST, &format!("/v1/appointments/{code}/{what}"))
            .bearer_auth(booked.text("/manage_token"))
            .header("Idempotency-Key", Uuid::now_v7().simple().to_string())
            .json(body);
        self.app.send(request).await
    }

    /// Looks a booked appointment up.
    pub async fn looks_up(&self, booked: &Answer) -> Answer {
        let code = booked.text("/appointments/0/code");
        let request = self
            .app
            .request(Method::GET, &format!("/v1/appointments/{code}"))
            .bearer_auth(booked.text("/manage_token"));
        self.app.send(request).await
    }

    /// Asks for places in a window to be held, without a key.
    pub async fn holds(&self, window: &str, party: u32) -> Answer {
        self.holds_as(&json!({ "window_id": window, "party": party }))
            .await
    }

    /// Asks for a hold.
    pub async fn holds_as(&self, body: &Value) -> Answer {
        let request = self.app.request(Method::POST, "/v1/holds").json(body);
        self.app.send(request).await
    }

    /// The request for the places of a hold, for several.
    #[must_use]
    pub fn request_with(&self, hold: &Answer, persons: &[Value]) -> Value {
        let mut request = self.request_for("", persons);
        if let Some(request) = request.as_object_mut() {
            request.remove("window_id");
            request.insert("hold_id".into(), hold.text("/id").into());
        }
        request
    }

    /// Joins a campaign's waitlist with that many children, with more said in `wishes`.
    pub async fn waits(&self, campaign: &str, children: u32, wishes: &Value) -> Answer {
        let key = Uuid::now_v7().simple().to_string();
        self.waits_under(&key, campaign, children, wishes).await
    }

    /// The same under a given key.
    pub async fn waits_under(
        &self,
        key: &str,
        campaign: &str,
        children: u32,
        wishes: &Value,
    ) -> Answer {
        let persons: Vec<Value> = (0..children)
            .map(|n| {
                json!({
                    "full_name": format!("{} {}", self.child, letters(n)),
                    "birth_date": self.birth_date,
                })
            })
            .collect();
        let mut body = json!({
            "campaign_id": campaign,
            "contact": { "name": "Trần Thị Phụ Huynh", "phone": self.phone },
            "persons": persons,
            "consent": CONSENT,
        });
        for (name, value) in wishes.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let request = self
            .app
            .request(Method::POST, "/v1/waitlist-entries")
            .header("Idempotency-Key", key)
            .json(&body);
        self.app.send(request).await
    }

    /// Looks at an entry of the waitlist.
    pub async fn looks_at(&self, joined: &Answer) -> Answer {
        let path = format!("/v1/waitlist-entries/{}", joined.text("/id"));
        let request = self.app.request(Method::GET, &path);
        self.app
            .send(request.bearer_auth(joined.text("/manage_token")))
            .await
    }

    /// Changes an entry of the waitlist.
    pub async fn changes(&self, joined: &Answer, what: &Value) -> Answer {
        let path = format!("/v1/waitlist-entries/{}", joined.text("/id"));
        let request = self.app.request(Method::PATCH, &path);
        let request = request.bearer_auth(joined.text("/manage_token"));
        self.app.send(request.json(what)).await
    }

    /// Leaves the waitlist.
    pub async fn leaves(&self, joined: &Answer) -> Answer {
        let path = format!("/v1/waitlist-entries/{}", joined.text("/id"));
        let request = self.app.request(Method::DELETE, &path);
        self.app
            .send(request.bearer_auth(joined.text("/manage_token")))
            .await
    }

    /// Answers what an entry is offered: `accept`, `decline`.
    pub async fn answers(&self, joined: &Answer, what: &str) -> Answer {
        let entry = self.looks_at(joined).await;
        self.answers_offer(
            &entry.text("/offer/id"),
            &joined.text("/manage_token"),
            what,
        )
        .await
    }

    /// Answers an offer under a token.
    pub async fn answers_offer(&self, offer: &str, token: &str, what: &str) -> Answer {
        let request = self
            .app
            .request(Method::POST, &format!("/v1/offers/{offer}/{what}"))
            .bearer_auth(token)
            .header("Idempotency-Key", Uuid::now_v7().simple().to_string());
        self.app.send(request).await
    }
}
