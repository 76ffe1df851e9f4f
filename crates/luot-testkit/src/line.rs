//! What happens on the day: arrivals, tickets, stations, calls.

use chrono::Duration;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Answer, Slot, TestApp};

impl TestApp {
    /// Lets so many minutes pass.
    pub fn minutes_pass(&self, minutes: i64) {
        self.clock.advance(Duration::minutes(minutes));
    }

    /// Checks in the first appointment of a booking.
    pub async fn checks_in(&self, slot: &Slot, booked: &Answer) -> Answer {
        let code = booked.text("/appointments/0/code");
        let path = format!("/v1/sessions/{}/arrivals", slot.session);
        self.admin_post(&path, &json!({ "code": code })).await
    }

    /// Takes a ticket, as anybody, under a key.
    pub async fn takes_a_ticket_under(&self, key: &str, slot: &Slot, body: &Value) -> Answer {
        let path = format!("/v1/sessions/{}/tickets", slot.session);
        let request = self
            .request(Method::POST, &path)
            .header("Idempotency-Key", key)
            .json(body);
        self.send(request).await
    }

    /// Takes a ticket for one, as anybody.
    pub async fn takes_a_ticket(&self, slot: &Slot) -> Answer {
        let key = Uuid::now_v7().simple().to_string();
        self.takes_a_ticket_under(&key, slot, &json!({})).await
    }

    /// Opens a station at a session; its id.
    pub async fn opens_a_station(&self, slot: &Slot) -> String {
        let path = format!("/v1/sessions/{}/stations", slot.session);
        let opened = self.admin_post(&path, &json!({})).await;
        opened.expect(StatusCode::CREATED).text("/id")
    }

    /// Asks for the next at a station.
    pub async fn calls_next(&self, station: &str) -> Answer {
        let path = format!("/v1/stations/{station}/calls");
        let request = self.request(Method::POST, &path).bearer_auth(&self.admin);
        self.send(request).await
    }

    /// Calls the next at a station, who must be there; the call's id and the ticket's number.
    pub async fn calls(&self, station: &str) -> (String, i64) {
        let called = self.calls_next(station).await.expect(StatusCode::OK);
        (called.text("/id"), called.number("/ticket/number"))
    }

    /// Does something with a call: `serve`, `miss`, `recall`, `park`, `finish`.
    pub async fn does(&self, call: &str, what: &str, body: &Value) -> Answer {
        self.admin_post(&format!("/v1/calls/{call}/{what}"), body)
            .await
    }

    /// Finishes a call: enrolled.
    pub async fn finishes(&self, call: &str) -> Answer {
        self.does(call, "finish", &json!({ "outcome": "enrolled" }))
            .await
            .expect(StatusCode::OK)
    }

    /// The line of a session, as anybody sees it.
    pub async fn line(&self, slot: &Slot) -> Answer {
        self.get(&format!("/v1/sessions/{}/line", slot.session))
            .await
            .expect(StatusCode::OK)
    }

    /// The numbers of those who wait, in order.
    pub async fn waiting(&self, slot: &Slot) -> Vec<i64> {
        self.line(slot).await.body["tickets"]
            .as_array()
            .expect("tickets")
            .iter()
            .filter(|t| t["state"] == "waiting")
            .map(|t| t["number"].as_i64().expect("a number"))
            .collect()
    }
}
