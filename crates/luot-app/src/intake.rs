//! The intake: the one path by which places are taken.
//!
//! Requests that arrive while a transaction is under way wait together and become the next
//! (group commit, without a timer). A batch of one is the same code. Each request is decided
//! by the pure rules over facts loaded for the whole batch; what was decided is written in
//! the same transaction, with one audit row and one message a campaign. Whoever loses to
//! another process is decided again, with the batch, on fresh facts.
//!
//! The hazard: anything slow here is slow for everybody. Sealing, hashing and looking things
//! up by name happen before a request gets here.

mod batch;
mod kept;
mod orders;

use std::sync::{Arc, Mutex, PoisonError};

use luot_domain::clock::Clock;
use luot_store::Store;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

pub(crate) use batch::{birth_of, mover};
pub(crate) use orders::{BookOrder, ClaimOrder, HoldOrder, MoveOrder, NewPerson, Order, Wanted};

use crate::appointments::Booked;
use crate::error::{Error, Result};
use crate::holds::Held;
use crate::keys::Keys;
use crate::limits;

/// What an order is answered.
#[derive(Debug, Clone)]
pub(crate) enum Served {
    Booked(Booked),
    Held(Held),
}

struct Waiting {
    order: Order,
    reply: oneshot::Sender<Result<Served>>,
}

/// The way to the intake.
#[derive(Clone)]
pub(crate) struct Intake {
    queue: mpsc::Sender<Waiting>,
    closing: Arc<watch::Sender<bool>>,
    worker: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Intake {
    pub(crate) fn start(store: Store, clock: Arc<dyn Clock>, keys: Arc<Keys>) -> Self {
        let (queue, waiting) = mpsc::channel(limits::INTAKE_QUEUE);
        let (closing, closed) = watch::channel(false);
        let desk = Desk { store, clock, keys };
        let worker = tokio::spawn(work(desk, waiting, closed));
        Self {
            queue,
            closing: Arc::new(closing),
            worker: Arc::new(Mutex::new(Some(worker))),
        }
    }

    /// Hands a request for appointments in and waits for its answer.
    pub(crate) async fn book(&self, order: Order) -> Result<Booked> {
        match self.order(order).await? {
            Served::Booked(booked) => Ok(booked),
            Served::Held(_) => Err(Error::Bug("a hold for an answer".into())),
        }
    }

    /// Hands a request for a hold in and waits for its answer.
    pub(crate) async fn hold(&self, order: HoldOrder) -> Result<Held> {
        match self.order(Order::Hold(order)).await? {
            Served::Held(held) => Ok(held),
            Served::Booked(_) => Err(Error::Bug("a booking for an answer".into())),
        }
    }

    async fn order(&self, order: Order) -> Result<Served> {
        let (reply, answer) = oneshot::channel();
        self.queue
            .try_send(Waiting { order, reply })
            .map_err(|_| Error::Busy)?;
        answer.await.map_err(|_| Error::Busy)?
    }

    /// Takes no more requests, and waits until each that was taken has its answer.
    pub(crate) async fn stop(&self) {
        self.closing.send_replace(true);
        let worker = self
            .worker
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(worker) = worker
            && let Err(failed) = worker.await
        {
            tracing::error!(error = %failed, "the intake ended badly");
        }
    }
}

/// What the worker works with.
#[derive(Clone)]
struct Desk {
    store: Store,
    clock: Arc<dyn Clock>,
    keys: Arc<Keys>,
}

async fn work(desk: Desk, mut queue: mpsc::Receiver<Waiting>, mut closed: watch::Receiver<bool>) {
    loop {
        let mut waiting = Vec::new();
        tokio::select! {
            biased;
            received = queue.recv_many(&mut waiting, limits::INTAKE_BATCH) => {
                if received == 0 {
                    return;
                }
            }
            _ = closed.wait_for(|closed| *closed) => {
                // What is in the queue is still served; then `recv_many` tells the end.
                queue.close();
                continue;
            }
        }
        metrics::histogram!("intake_batch_size").record(waiting.len() as f64);
        // A task of its own, so that a panic takes a batch down and not the intake.
        let served = tokio::spawn(serve(desk.clone(), waiting)).await;
        if let Err(failed) = served {
            tracing::error!(error = %failed, "a batch of bookings failed");
        }
    }
}

/// Serves a batch; if it cannot be served as one, each on its own, so that one request that
/// fails does not take others along.
async fn serve(desk: Desk, waiting: Vec<Waiting>) {
    let (orders, replies): (Vec<_>, Vec<_>) =
        waiting.into_iter().map(|w| (w.order, w.reply)).unzip();
    match batch::run(&desk, &orders).await {
        Ok(answers) => {
            for (reply, answer) in replies.into_iter().zip(answers) {
                // Who has gone away in the meantime finds the answer under their key.
                drop(reply.send(answer));
            }
        }
        Err(error) if orders.len() == 1 => {
            if let Some(reply) = replies.into_iter().next() {
                drop(reply.send(Err(error)));
            }
        }
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a batch failed and is taken apart"
            );
            for (order, reply) in orders.into_iter().zip(replies) {
                let alone = batch::run(&desk, std::slice::from_ref(&order)).await;
                let answer = alone.and_then(|mut all| {
                    all.pop()
                        .unwrap_or_else(|| Err(Error::Bug("no answer".into())))
                });
                drop(reply.send(answer));
            }
        }
    }
}
