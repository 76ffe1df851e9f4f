//! The audit trail: its rows, the rows of the outbox, and readings that leave a row.
//!
//! Neither ever holds a name, a phone, a birth date or a number: only ids, and reasons from
//! a closed list. A change is told in the transaction that made it; a reading is told before
//! its answer goes out (`Readings`), many in one transaction.

use std::sync::{Arc, Mutex, PoisonError};

use luot_store::audit::{Audit, Outbox};
use luot_store::{Instant, Store, Tx, Work};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::authz::Actor;
use crate::error::{Error, Result};
use crate::{App, limits, new_id};

tokio::task_local! {
    /// The id of the request that is being answered.
    static REQUEST: String;
}

/// Answers a request: rows of the trail that are made meanwhile bear its id.
pub async fn during<T>(request_id: String, answer: impl Future<Output = T>) -> T {
    REQUEST.scope(request_id, answer).await
}

fn request() -> Option<String> {
    REQUEST.try_with(Clone::clone).ok()
}

/// Who did something, as the trail tells it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Doer {
    kind: Option<&'static str>,
    staff_id: Option<Uuid>,
    parent_id: Option<Uuid>,
}

impl Doer {
    pub(crate) fn of(actor: &Actor) -> Self {
        let (kind, parent_id) = match actor {
            Actor::Anonymous => ("anonymous", None),
            Actor::Holder(_) => ("holder", None),
            Actor::Parent { id } => ("parent", Some(*id)),
            Actor::Staff { id: Some(_), .. } => ("staff", None),
            Actor::Staff { id: None, .. } => ("console", None),
        };
        Self {
            kind: Some(kind),
            staff_id: actor.staff_id(),
            parent_id,
        }
    }

    /// The parent, if it is one.
    pub(crate) fn parent_id(&self) -> Option<Uuid> {
        self.parent_id
    }
}

/// Who asks for something that others do later, with many at once: the trail's row is theirs,
/// and names their request.
#[derive(Debug, Clone)]
pub(crate) struct Asker {
    pub doer: Doer,
    pub request: Option<String>,
}

impl Asker {
    pub(crate) fn of(actor: &Actor) -> Self {
        Self {
            doer: Doer::of(actor),
            request: request(),
        }
    }
}

fn row(
    now: Instant,
    campaign: Option<Uuid>,
    doer: Doer,
    action: impl Into<String>,
    subject: Value,
) -> Audit {
    Audit {
        id: new_id(),
        created_at: now,
        campaign_id: campaign,
        staff_id: doer.staff_id,
        action: action.into(),
        subject,
        server: None,
        actor: doer.kind.map(str::to_owned),
        parent_id: doer.parent_id,
        reason: None,
        request: request(),
        mac: None,
    }
}

/// That somebody (nobody in particular, for a parent) did something in a campaign.
pub(crate) fn did(
    now: Instant,
    campaign: Uuid,
    staff_id: Option<Uuid>,
    action: impl Into<String>,
    subject: Value,
) -> Audit {
    let doer = Doer {
        kind: staff_id.map(|_| "staff"),
        staff_id,
        parent_id: None,
    };
    row(now, Some(campaign), doer, action, subject)
}

/// What was done, and for which request.
pub(crate) type Done = (Uuid, Option<String>);

/// That somebody did the same for several requests, each of which is named.
pub(crate) fn did_together(
    now: Instant,
    campaign: Uuid,
    doer: Doer,
    action: &str,
    done: &[Done],
) -> Audit {
    let (ids, requests): (Vec<_>, Vec<_>) = done.iter().cloned().unzip();
    let subject = json!({ "ids": ids, "requests": requests });
    row(now, Some(campaign), doer, action, subject)
}

/// The same, where it matters who exactly: a parent, the holder of a booking's token.
pub(crate) fn did_by(
    now: Instant,
    campaign: Option<Uuid>,
    actor: &Actor,
    action: impl Into<String>,
    subject: Value,
) -> Audit {
    row(now, campaign, Doer::of(actor), action, subject)
}

/// The same for what belongs to no campaign.
pub(crate) fn did_anywhere(
    now: Instant,
    actor: &Actor,
    action: impl Into<String>,
    subject: Value,
) -> Audit {
    did_by(now, None, actor, action, subject)
}

/// A message to be sent as soon as may be.
pub(crate) fn message(now: Instant, campaign: Uuid, kind: &str, payload: Value) -> Outbox {
    Outbox {
        id: new_id(),
        created_at: now,
        campaign_id: Some(campaign),
        kind: kind.into(),
        payload,
        attempts: 0,
        due_at: now,
        sent_at: None,
        message_sealed: None,
        good_until: None,
        failed_at: None,
    }
}

struct Waiting {
    row: Audit,
    reply: oneshot::Sender<Result<()>>,
}

/// Where readings of personal data are told. Those that arrive while a transaction is under
/// way wait together and share the next.
#[derive(Clone)]
pub(crate) struct Readings {
    queue: Arc<Mutex<Option<mpsc::Sender<Waiting>>>>,
    worker: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Readings {
    pub(crate) fn start(store: Store) -> Self {
        let (queue, waiting) = mpsc::channel(limits::READINGS_QUEUE);
        Self {
            queue: Arc::new(Mutex::new(Some(queue))),
            worker: Arc::new(Mutex::new(Some(tokio::spawn(work(store, waiting))))),
        }
    }

    async fn tell(&self, row: Audit) -> Result<()> {
        let (reply, told) = oneshot::channel();
        let queue = {
            let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.clone().ok_or(Error::Busy)?
        };
        queue
            .try_send(Waiting { row, reply })
            .map_err(|_| Error::Busy)?;
        told.await.map_err(|_| Error::Busy)?
    }

    /// Takes no more, and waits until each that was taken is told.
    pub(crate) async fn stop(&self) {
        let queue = self
            .queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        drop(queue);
        let worker = self
            .worker
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(worker) = worker
            && let Err(failed) = worker.await
        {
            tracing::error!(error = %failed, "the trail of readings ended badly");
        }
    }
}

struct Rows(Vec<Audit>);

impl Work for Rows {
    type Done = ();
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<()> {
        Ok(luot_store::audit::record(tx, self.0.clone()).await?)
    }
}

async fn work(store: Store, mut queue: mpsc::Receiver<Waiting>) {
    loop {
        let mut waiting = Vec::new();
        if queue.recv_many(&mut waiting, limits::INTAKE_BATCH).await == 0 {
            return;
        }
        let (rows, replies): (Vec<_>, Vec<_>) =
            waiting.into_iter().map(|w| (w.row, w.reply)).unzip();
        let told = store.write_work(&Rows(rows)).await;
        if let Err(error) = &told {
            tracing::warn!(
                error = error as &dyn std::error::Error,
                "readings could not be told, and are refused"
            );
        }
        for reply in replies {
            let answer = if told.is_ok() {
                Ok(())
            } else {
                Err(Error::Busy)
            };
            // Who has gone away in the meantime is told of all the same.
            drop(reply.send(answer));
        }
    }
}

impl App {
    /// Tells the trail that somebody reads personal data. What is read may be answered only
    /// once this has come back.
    pub(crate) async fn note_reading(
        &self,
        actor: &Actor,
        campaign: Option<Uuid>,
        action: &'static str,
        subject: Value,
        reason: Option<&'static str>,
    ) -> Result<()> {
        let mut row = did_by(self.clock.now(), campaign, actor, action, subject);
        row.reason = reason.map(str::to_owned);
        self.readings.tell(row).await
    }
}
