//! Messages to people, from the outbox to whoever brings them.
//!
//! A message is a row of the outbox in the transaction that caused it; who it is for and what
//! it says are sealed there, and forgotten when it is sent or given up. It is handed over once
//! the transaction is over; what is not taken is tried again, each time after a longer while,
//! until it is of no use or was tried too often. A server that stops in between leaves it to
//! the next: it may come twice, never not at all.

use chrono::Duration;
use luot_notify::{Message, What};
use luot_store::audit::Outbox;
use luot_store::audit::deliveries::{self, End};
use luot_store::{Instant, Tx, Work};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::keys::Place;
use crate::{App, limits, new_id};

/// What a message says, as it is sealed.
#[derive(Serialize, Deserialize)]
enum Sealed {
    SignInCode {
        to: String,
        code: String,
        minutes: i64,
    },
}

impl From<&Message> for Sealed {
    fn from(message: &Message) -> Self {
        let What::SignInCode { code, minutes } = &message.what;
        Self::SignInCode {
            to: message.to.clone(),
            code: code.clone(),
            minutes: *minutes,
        }
    }
}

impl From<Sealed> for Message {
    fn from(sealed: Sealed) -> Self {
        let Sealed::SignInCode { to, code, minutes } = sealed;
        Self {
            to,
            what: What::SignInCode { code, minutes },
        }
    }
}

impl App {
    /// Puts a message in the outbox; after `good_until` it is of no use.
    pub(crate) async fn post(&self, tx: &Tx, message: &Message, good_until: Instant) -> Result<()> {
        let id = new_id();
        let text = serde_json::to_string(&Sealed::from(message));
        let text = text.map_err(|e| Error::Bug(e.to_string()))?;
        let now = self.clock.now();
        let row = Outbox {
            id,
            created_at: now,
            campaign_id: None,
            kind: "message".into(),
            payload: json!({}),
            attempts: 0,
            due_at: now,
            sent_at: None,
            message_sealed: Some(self.keys.seal(place(id), &text)),
            good_until: Some(good_until),
            failed_at: None,
        };
        Ok(luot_store::audit::post(tx, vec![row]).await?)
    }

    /// Hands over what is due, if anything is. To be called every second or so, by any server.
    ///
    /// # Errors
    /// Of the store: what was handed over may then be handed over again.
    pub async fn deliver(&self) -> Result<()> {
        let now = self.clock.now();
        let due = self
            .store
            .read(async |tx| deliveries::list_due(tx, now, 1).await);
        match due.await?.is_empty() {
            true => Ok(()),
            false => self.hand_over_due().await,
        }
    }

    /// Hands over what is due.
    pub(crate) async fn hand_over_due(&self) -> Result<()> {
        loop {
            let now = self.clock.now();
            let due = self.store.write_work(&Claim { now }).await?;
            let many = due.len() as u64 == limits::DELIVERIES_AT_A_TIME;
            let mut under_way = JoinSet::new();
            for row in due {
                let app = self.clone();
                under_way.spawn(async move { (row.id, app.hand_over(&row).await) });
            }
            let ends = under_way.join_all().await;
            let of = |how| {
                let these = ends.iter().filter(move |(_, end)| *end == Some(how));
                these.map(|(id, _)| *id).collect::<Vec<_>>()
            };
            let ended = Ended {
                now: self.clock.now(),
                sent: of(End::Sent),
                failed: of(End::Failed),
            };
            if !ended.sent.is_empty() || !ended.failed.is_empty() {
                self.store.write_work(&ended).await?;
            }
            if !many {
                return Ok(());
            }
        }
    }

    /// Hands one over; how it ended, if it did.
    async fn hand_over(&self, row: &Outbox) -> Option<End> {
        let now = self.clock.now();
        if row.good_until.is_some_and(|until| until <= now) {
            return Some(End::Failed);
        }
        let sealed = row.message_sealed.as_ref()?;
        let text = self.keys.open(place(row.id), sealed).ok();
        let read = text.and_then(|text| serde_json::from_str::<Sealed>(&text).ok());
        let Some(sealed) = read else {
            tracing::error!(message.id = %row.id, "a message cannot be read, and is given up");
            return Some(End::Failed);
        };
        let attempt = row.attempts + 1;
        match self.outside.delivery.send(&sealed.into()).await {
            Ok(()) => Some(End::Sent),
            Err(error) if attempt >= limits::DELIVERY_ATTEMPTS => {
                tracing::warn!(%error, attempt, message.id = %row.id, "a message is given up");
                Some(End::Failed)
            }
            Err(error) => {
                tracing::info!(%error, attempt, message.id = %row.id, "a message will be tried again");
                None
            }
        }
    }
}

/// Takes what is due: it is this server's to hand over until it is due again.
struct Claim {
    now: Instant,
}

impl Work for Claim {
    type Done = Vec<Outbox>;
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<Self::Done> {
        let mut mine = Vec::new();
        for row in deliveries::list_due(tx, self.now, limits::DELIVERIES_AT_A_TIME).await? {
            let next = self.now + wait_after(row.attempts + 1);
            if deliveries::claim(tx, &row, next).await? {
                mine.push(row);
            }
        }
        Ok(mine)
    }
}

/// Messages that were sent or given up.
struct Ended {
    now: Instant,
    sent: Vec<Uuid>,
    failed: Vec<Uuid>,
}

impl Work for Ended {
    type Done = ();
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<()> {
        deliveries::end(tx, &self.sent, End::Sent, self.now).await?;
        Ok(deliveries::end(tx, &self.failed, End::Failed, self.now).await?)
    }
}

/// How long after an attempt the next is made: twice as long each time.
fn wait_after(attempt: i32) -> Duration {
    let times = 2_i64.pow(u32::try_from(attempt.clamp(1, 10) - 1).unwrap_or(0));
    Duration::seconds(limits::DELIVERY_SECONDS * times)
}

fn place(row: Uuid) -> Place {
    Place {
        column: "outbox.message",
        row,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_attempt_at_a_code_is_made_while_it_is_good() {
        let waits: Vec<_> = (1..limits::DELIVERY_ATTEMPTS)
            .map(|n| wait_after(n).num_seconds())
            .collect();
        assert_eq!(waits, [5, 10, 20, 40]);
        assert!(waits.iter().sum::<i64>() < 60 * limits::PHONE_CODE_MINUTES);
    }
}
