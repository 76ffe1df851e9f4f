//! A queue and its one worker, who takes all that waits at once.

use std::sync::{Mutex, PoisonError};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::Waiting;
use crate::limits;

/// What arrives while a batch is served becomes the next batch.
pub(super) struct Lane {
    queue: mpsc::Sender<Waiting>,
    closing: watch::Sender<bool>,
    worker: Mutex<Option<JoinHandle<()>>>,
}

impl Lane {
    /// A lane whose batches are served by this, one after the other.
    pub(super) fn start<F, S>(serve: S) -> Self
    where
        S: Fn(Vec<Waiting>) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let (queue, waiting) = mpsc::channel(limits::INTAKE_QUEUE);
        let (closing, closed) = watch::channel(false);
        Self {
            queue,
            closing,
            worker: Mutex::new(Some(tokio::spawn(work(serve, waiting, closed)))),
        }
    }

    /// Lines up, or gives back who finds too many waiting.
    pub(super) fn push(&self, waiting: Waiting) -> Result<(), Waiting> {
        self.queue.try_send(waiting).map_err(|e| match e {
            mpsc::error::TrySendError::Full(w) | mpsc::error::TrySendError::Closed(w) => w,
        })
    }

    /// Takes nobody more, and waits until everybody who was taken is served.
    pub(super) async fn stop(&self) {
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

async fn work<F, S>(serve: S, mut queue: mpsc::Receiver<Waiting>, mut closed: watch::Receiver<bool>)
where
    S: Fn(Vec<Waiting>) -> F,
    F: Future<Output = ()> + Send + 'static,
{
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
        if let Err(failed) = tokio::spawn(serve(waiting)).await {
            tracing::error!(error = %failed, "a batch of bookings failed");
        }
    }
}
