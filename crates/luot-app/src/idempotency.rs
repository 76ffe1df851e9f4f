//! Answering a retry with the first answer.
//!
//! The first answer is kept in the transaction that changed something; an answer that
//! changed nothing is not kept. Secrets are not in it: they are derived anew.

use chrono::Duration;
use luot_store::answers::{self, FirstAnswer};
use luot_store::{Instant, Tx};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::App;
use crate::authz::Actor;
use crate::error::{Error, Result};
use crate::keys::digest;
use crate::limits;

/// A request that may come again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    id: Uuid,
    request_hash: Vec<u8>,
}

impl Once {
    /// Of the caller, their key, what they asked for (method and path) and the body.
    #[must_use]
    pub fn new(actor: &Actor, key: &str, target: &str, body: &[u8]) -> Self {
        let hash = digest(&[&actor.scope(), key.as_bytes()]);
        let mut id = [0_u8; 16];
        id.copy_from_slice(&hash[..16]);
        Self {
            // Version 8 is for ids made by a rule of one's own (RFC 9562).
            id: uuid::Builder::from_custom_bytes(id).into_uuid(),
            request_hash: digest(&[target.as_bytes(), body])[..16].to_vec(),
        }
    }

    pub(crate) fn id(&self) -> Uuid {
        self.id
    }

    /// The first answer, if it is one to the same request.
    pub(crate) fn replay<T: DeserializeOwned>(&self, first: &FirstAnswer) -> Result<T> {
        if first.request_hash != self.request_hash {
            return Err(Error::KeyReused);
        }
        serde_json::from_value(first.answer.clone())
            .map_err(|e| Error::Bug(format!("a first answer cannot be read: {e}")))
    }

    /// The row that keeps an answer.
    pub(crate) fn row(&self, answer: &impl Serialize, now: Instant) -> Result<FirstAnswer> {
        Ok(FirstAnswer {
            id: self.id,
            created_at: now,
            request_hash: self.request_hash.clone(),
            status: 200,
            answer: serde_json::to_value(answer)
                .map_err(|e| Error::Bug(format!("an answer cannot be kept: {e}")))?,
            expires_at: now + Duration::hours(limits::ANSWER_HOURS),
        })
    }
}

impl App {
    /// Whether a request is a retry that has its answer.
    pub(crate) async fn is_answered(&self, once: Option<&Once>) -> Result<bool> {
        let Some(once) = once else { return Ok(false) };
        let now = self.clock.now();
        let found = self
            .store
            .read(async |tx| answers::find(tx, &[once.id], now).await)
            .await?;
        Ok(found.contains_key(&once.id))
    }
}

/// The first answer to the request, if there is one. Waits for the same request if that is
/// under way: what it has done would be a refusal, and is this one's answer.
pub(crate) async fn replayed<T: DeserializeOwned>(
    tx: &Tx,
    once: Option<&Once>,
    now: Instant,
) -> Result<Option<T>> {
    let Some(once) = once else { return Ok(None) };
    answers::one_at_a_time(tx, once.id).await?;
    let found = answers::find(tx, &[once.id], now).await?;
    found
        .get(&once.id)
        .map(|first| once.replay(first))
        .transpose()
}

/// Keeps the answer for retries.
pub(crate) async fn keep(
    tx: &Tx,
    once: Option<&Once>,
    answer: &impl Serialize,
    now: Instant,
) -> Result<()> {
    match once {
        Some(once) => Ok(answers::insert(tx, vec![once.row(answer, now)?]).await?),
        None => Ok(()),
    }
}
