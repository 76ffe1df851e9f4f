//! Who somebody is, by the word of Zalo's Graph endpoint: a mini-app hands its access token
//! and a phone token over, and the server exchanges them.
//!
//! What Zalo documents and people run into: an error comes in a `200`; `appsecret_proof` is
//! the HMAC-SHA-256 of the access token under the app's secret; a phone token is good once,
//! for two minutes; and nothing personal is given to requests from outside Viet Nam (−501).

use hmac::{Hmac, KeyInit, Mac};
use reqwest::Client;
use serde::Deserialize;
use sha2::Sha256;

/// Outside Viet Nam.
const ABROAD: i64 = -501;

/// Zalo, as one app of its knows it.
#[derive(Clone)]
pub struct Zalo {
    /// The client.
    pub client: Client,
    /// `https://graph.zalo.me` but in tests.
    pub base: String,
    /// The app's secret.
    pub app_secret: String,
}

/// Somebody whom Zalo knows.
#[derive(Clone, PartialEq, Eq)]
pub struct ZaloUser {
    /// Their id, for this app alone.
    pub id: String,
    /// Their phone, as Zalo writes it: `84…`.
    pub phone: String,
}

impl std::fmt::Debug for ZaloUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ZaloUser(…)")
    }
}

/// Zalo does not say who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ZaloError {
    /// A token is wrong, too old, or was used before.
    #[error("Zalo said no: {0}")]
    Refused(i64),
    /// This server, or the person, is outside Viet Nam.
    #[error("Zalo tells nothing to requests from outside Viet Nam")]
    Abroad,
    /// Zalo does not answer, or not as documented.
    #[error("Zalo does not answer")]
    Unreachable,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    error: i64,
    id: Option<String>,
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    number: Option<String>,
}

impl Zalo {
    /// Exchanges the two tokens of a mini-app.
    ///
    /// # Errors
    /// When Zalo says no, or nothing.
    pub async fn exchange(
        &self,
        access_token: &str,
        phone_token: &str,
    ) -> Result<ZaloUser, ZaloError> {
        // The id first: a phone token is used up by asking.
        let me = self.ask("/v2.0/me?fields=id", access_token, None).await?;
        let id = me.id.ok_or(ZaloError::Unreachable)?;
        let info = self
            .ask("/v2.0/me/info", access_token, Some(phone_token))
            .await?;
        let phone = info
            .data
            .and_then(|d| d.number)
            .ok_or(ZaloError::Unreachable)?;
        Ok(ZaloUser { id, phone })
    }

    async fn ask(
        &self,
        path: &str,
        access_token: &str,
        phone_token: Option<&str>,
    ) -> Result<Answer, ZaloError> {
        let mut request = self
            .client
            .get(format!("{}{path}", self.base))
            .header("access_token", access_token)
            .header("appsecret_proof", self.proof(access_token));
        if let Some(code) = phone_token {
            request = request
                .header("code", code)
                .header("secret_key", &self.app_secret);
        }
        let answer = request.send().await.map_err(|_| ZaloError::Unreachable)?;
        let answer: Answer = answer.json().await.map_err(|_| ZaloError::Unreachable)?;
        match answer.error {
            0 => Ok(answer),
            ABROAD => Err(ZaloError::Abroad),
            other => Err(ZaloError::Refused(other)),
        }
    }

    /// Shows that whoever holds the access token knows the app's secret.
    fn proof(&self, access_token: &str) -> String {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(self.app_secret.as_bytes()).expect("key");
        mac.update(access_token.as_bytes());
        let proof = mac.finalize().into_bytes();
        proof.iter().map(|b| format!("{b:02x}")).collect()
    }
}
