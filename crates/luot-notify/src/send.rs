//! Messages to people.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use reqwest::Client;
use serde_json::{Value, json};

/// A message to somebody.
#[derive(Clone)]
pub struct Message {
    /// A mobile number, `+84…`.
    pub to: String,
    /// What it says.
    pub what: What,
}

/// What a message says.
#[derive(Clone)]
pub enum What {
    /// A code to sign in with.
    SignInCode {
        /// Six digits.
        code: String,
        /// For how long it is good.
        minutes: i64,
    },
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Message(…)")
    }
}

impl What {
    /// As a text message: without accents, which would halve what fits into one.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::SignInCode { code, minutes } => format!(
                "Luot: ma dang nhap cua ban la {code}, dung trong {minutes} phut. Khong dua ma nay cho bat ky ai."
            ),
        }
    }
}

/// A message was not taken by whoever should bring it. Never says to whom or what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The other side cannot be reached.
    #[error("the gateway cannot be reached")]
    Unreachable,
    /// The other side said no.
    #[error("the gateway said no: {0}")]
    Refused(i64),
}

/// A way to bring messages to people.
pub trait Delivery: Send + Sync {
    /// Hands a message over.
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), NotSent>>;
}

/// Shows messages on the console, for a demo: nobody's phone rings.
#[derive(Debug, Clone, Copy, Default)]
pub struct ToConsole;

impl Delivery for ToConsole {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), NotSent>> {
        let end = message.to.len().saturating_sub(3);
        let last = message.to.get(end..).unwrap_or_default();
        println!(
            "message to the phone ending in {last}: {}",
            message.what.text()
        );
        async { Ok(()) }.boxed()
    }
}

/// Brings nothing: no gateway is set up.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nowhere;

impl Delivery for Nowhere {
    fn send<'a>(&'a self, _: &'a Message) -> BoxFuture<'a, Result<(), NotSent>> {
        async { Err(NotSent::Unreachable) }.boxed()
    }
}

/// An SMS gateway: `POST {to, text}` with a bearer token; any 2xx is a yes.
#[derive(Clone)]
pub struct SmsGateway {
    /// The client.
    pub client: Client,
    /// The gateway's address.
    pub url: String,
    /// Its token.
    pub token: String,
}

impl Delivery for SmsGateway {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), NotSent>> {
        let request = self
            .client
            .post(&self.url)
            .bearer_auth(&self.token)
            .json(&json!({ "to": message.to, "text": message.what.text() }));
        async move {
            let answer = request.send().await.map_err(|_| NotSent::Unreachable)?;
            match answer.status() {
                status if status.is_success() => Ok(()),
                status => Err(NotSent::Refused(status.as_u16().into())),
            }
        }
        .boxed()
    }
}

/// A message of Zalo's by a template that Zalo has approved. An error comes in a `200`.
#[derive(Clone)]
pub struct ZaloMessage {
    /// The client.
    pub client: Client,
    /// `https://business.openapi.zalo.me` but in tests.
    pub base: String,
    /// The official account's access token.
    pub access_token: String,
    /// The template with one parameter, `otp`.
    pub template: String,
}

impl Delivery for ZaloMessage {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), NotSent>> {
        let What::SignInCode { code, .. } = &message.what;
        let request = self
            .client
            .post(format!("{}/message/template", self.base))
            .header("access_token", &self.access_token)
            .json(&json!({
                "phone": message.to.trim_start_matches('+'),
                "template_id": self.template,
                "template_data": { "otp": code },
            }));
        async move {
            let answer = request.send().await.map_err(|_| NotSent::Unreachable)?;
            let body: Value = answer.json().await.map_err(|_| NotSent::Unreachable)?;
            match body["error"].as_i64() {
                Some(0) => Ok(()),
                error => Err(NotSent::Refused(error.unwrap_or(-1))),
            }
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_fits_into_one_text_message_and_nothing_prints_it() {
        let what = What::SignInCode {
            code: "123456".into(),
            minutes: 5,
        };
        assert!(what.text().len() <= 160 && what.text().is_ascii());
        let message = Message {
            to: "+84900000000".into(),
            what,
        };
        assert_eq!(format!("{message:?}"), "Message(…)");
    }
}
