//! What a server answered, with assertions that show it when they fail.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body: JSON, or text as a JSON string, or null.
    pub body: Value,
}

impl Answer {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let kind = headers.get("content-type").and_then(|v| v.to_str().ok());
        // A stream of events has no end.
        let text = if kind.is_some_and(|k| k.starts_with("text/event-stream")) {
            String::new()
        } else {
            response.text().await.expect("a body")
        };
        let body = serde_json::from_str(&text).unwrap_or(if text.is_empty() {
            Value::Null
        } else {
            Value::String(text)
        });
        Self {
            status,
            headers,
            body,
        }
    }

    /// Asserts the status, and gives the answer on.
    #[allow(clippy::must_use_candidate, reason = "asserting is use enough")]
    #[track_caller]
    pub fn expect(self, status: StatusCode) -> Self {
        assert_eq!(self.status, status.as_u16(), "{:#}", self.body);
        self
    }

    /// Asserts a problem of that code.
    #[track_caller]
    pub fn is_problem(&self, status: u16, code: &str) {
        assert_eq!(
            (self.status, self.body["code"].as_str()),
            (status, Some(code)),
            "{:#}",
            self.body
        );
        let kind = self.header("content-type");
        assert!(kind.starts_with("application/problem+json"), "{kind}");
    }

    /// A header; empty when it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default()
    }

    /// A text of the body by JSON pointer.
    #[track_caller]
    #[must_use]
    pub fn text(&self, pointer: &str) -> String {
        self.body
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("no text at {pointer} in {:#}", self.body))
            .to_owned()
    }

    /// A whole number of the body by JSON pointer.
    #[track_caller]
    #[must_use]
    pub fn number(&self, pointer: &str) -> i64 {
        self.body
            .pointer(pointer)
            .and_then(Value::as_i64)
            .unwrap_or_else(|| panic!("no number at {pointer} in {:#}", self.body))
    }

    /// The items of a list.
    #[track_caller]
    #[must_use]
    pub fn items(&self) -> Vec<Value> {
        self.body["items"]
            .as_array()
            .unwrap_or_else(|| panic!("no items in {:#}", self.body))
            .clone()
    }
}
