//! A queue and its one worker, who takes all that waits at once.
//!
//! A batch is loaded and decided in its *turn*, which it passes on before it writes: the next
//! is decided while this one is written and committed. What is decided on facts that the one
//! before has not committed yet is no danger, for places are taken by a conditional update:
//! whoever loses is decided again.
//!
//! Where nothing is under way, a batch begins with the first request.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use luot_store::{Backend, Store};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::error::{Error, Result};
use crate::limits;

/// A batch's turn to decide. It ends when it is passed on, or dropped.
pub(crate) struct Turn(Mutex<Option<oneshot::Sender<()>>>);

impl Turn {
    /// Of a batch that nobody waits behind.
    pub(super) fn none() -> Self {
        Self(Mutex::default())
    }

    /// Lets the next batch begin.
    pub(crate) fn pass(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// An order, and who waits for what comes of it.
pub(crate) struct Waiting<O, T> {
    pub order: O,
    pub reply: oneshot::Sender<Result<T>>,
}

/// What arrives while a batch is served becomes the next batch.
pub(crate) struct Lane<O, T> {
    queue: mpsc::Sender<Waiting<O, T>>,
    closing: watch::Sender<bool>,
    worker: Mutex<Option<JoinHandle<()>>>,
}

impl<O: Send + 'static, T: Send + 'static> Lane<O, T> {
    /// A lane in which so many may wait, and whose batches are served by this: they begin one
    /// after the other, each in its turn, and at most so many are under way.
    pub(crate) fn start<F, S>(queue: usize, under_way: usize, serve: S) -> Self
    where
        S: Fn(Vec<Waiting<O, T>>, Turn) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let (queue, waiting) = mpsc::channel(queue);
        let (closing, closed) = watch::channel(false);
        Self {
            queue,
            closing,
            worker: Mutex::new(Some(tokio::spawn(work(under_way, serve, waiting, closed)))),
        }
    }

    /// Lines up and waits.
    pub(crate) async fn ask(&self, order: O) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        self.push(Waiting { order, reply });
        answer.await.map_err(|_| Error::Busy)?
    }

    /// Lines up. Who finds too many waiting is told so at once.
    fn push(&self, waiting: Waiting<O, T>) {
        if let Err(TrySendError::Full(back) | TrySendError::Closed(back)) =
            self.queue.try_send(waiting)
        {
            drop(back.reply.send(Err(Error::Busy)));
        }
    }

    /// Takes nobody more, and waits until everybody who was taken is served.
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

/// Batches that may be under way at once: so many on PostgreSQL. SQLite has one writer.
pub(crate) fn under_way(store: &Store, on_postgres: usize) -> usize {
    match store.backend() {
        Backend::Postgres => on_postgres,
        Backend::Sqlite => 1,
    }
}

async fn work<O, T, F, S>(
    under_way: usize,
    serve: S,
    mut queue: mpsc::Receiver<Waiting<O, T>>,
    mut closed: watch::Receiver<bool>,
) where
    S: Fn(Vec<Waiting<O, T>>, Turn) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(under_way));
    let mut ended: Option<Instant> = None;
    loop {
        // Never closed. While there is no room, what arrives makes the next batch larger.
        let Ok(place) = room.clone().acquire_owned().await else {
            return;
        };
        let mut waiting = Vec::new();
        tokio::select! {
            biased;
            received = queue.recv_many(&mut waiting, limits::INTAKE_BATCH) => {
                if received == 0 {
                    break;
                }
            }
            _ = closed.wait_for(|closed| *closed) => {
                // What is in the queue is still served; then `recv_many` tells the end.
                queue.close();
                continue;
            }
        }
        // This one is not among those that are free.
        let beside = room.available_permits() + 1 < under_way;
        if beside || ended.is_some_and(|at| at.elapsed() < limits::INTAKE_GATHERS) {
            gather(&mut queue, &mut waiting).await;
        }
        metrics::histogram!("intake_batch_size").record(waiting.len() as f64);
        let (turn, passed) = oneshot::channel();
        let batch = serve(waiting, Turn(Mutex::new(Some(turn))));
        // A task of its own, so that a panic takes a batch down and not the intake.
        tokio::spawn(async move {
            if let Err(failed) = tokio::spawn(batch).await {
                tracing::error!(error = %failed, "a batch of bookings failed");
            }
            drop(place);
        });
        // Nothing is ever sent: it ends when the turn is passed on.
        drop(passed.await);
        ended = Some(Instant::now());
    }
    // Those that are under way are served to the end. The place of this round was given up.
    let all = u32::try_from(under_way).unwrap_or(u32::MAX);
    drop(room.acquire_many(all).await);
}

/// Lets a batch that follows close on another grow for a moment: answers go out one after the
/// other, and whoever comes with the first of them would else be a batch of two or three, which
/// costs as many statements as a full one.
async fn gather<T>(queue: &mut mpsc::Receiver<T>, waiting: &mut Vec<T>) {
    let moment = tokio::time::sleep(limits::INTAKE_GATHERS);
    tokio::pin!(moment);
    while waiting.len() < limits::INTAKE_COMPANY {
        let room = limits::INTAKE_BATCH - waiting.len();
        tokio::select! {
            biased;
            received = queue.recv_many(waiting, room) => {
                if received == 0 {
                    return;
                }
            }
            () = &mut moment => return,
        }
    }
}

#[cfg(test)]
#[allow(
    clippy::expect_used,
    reason = "in a test, what must not happen may panic"
)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::{Semaphore, mpsc, oneshot};
    use uuid::Uuid;

    use super::*;
    use crate::intake::{HoldOrder, Order, Served};

    fn an_order() -> Order {
        Order::Hold(HoldOrder {
            once: None,
            vouched: false,
            hold_id: Uuid::nil(),
            window_id: Uuid::nil(),
            people: 1,
            cards: 0,
            cohort_id: None,
            phone: None,
            address: None,
        })
    }

    #[tokio::test]
    async fn who_finds_too_many_waiting_is_told_at_once_and_all_others_are_served() {
        let gate = Arc::new(Semaphore::new(0));
        let (begun, mut batches) = mpsc::unbounded_channel();
        let (door, told) = (gate.clone(), begun.clone());
        let lane = Lane::start(
            limits::INTAKE_QUEUE,
            1,
            move |waiting: Vec<Waiting<Order, Served>>, turn| {
                let (door, told) = (door.clone(), told.clone());
                async move {
                    let _turn = turn;
                    told.send(waiting.len()).expect("a test");
                    door.acquire().await.expect("a gate").forget();
                    for one in waiting {
                        drop(one.reply.send(Err(Error::NotFound("hold"))));
                    }
                }
            },
        );
        let push = || {
            let (reply, answer) = oneshot::channel();
            let order = an_order();
            lane.push(Waiting { order, reply });
            answer
        };
        let mut answers = vec![push()];
        assert_eq!(batches.recv().await, Some(1));
        // The first batch is stuck: the queue fills up, and not a request more is taken.
        answers.extend((0..limits::INTAKE_QUEUE).map(|_| push()));
        for _ in 0..2 {
            let refused = push().try_recv().expect("an answer at once");
            assert!(matches!(refused, Err(Error::Busy)));
        }
        assert!(answers.iter_mut().all(|a| a.try_recv().is_err()));
        gate.add_permits(limits::INTAKE_QUEUE);
        assert_eq!(batches.recv().await, Some(limits::INTAKE_BATCH));
        lane.stop().await;
        for answer in answers {
            let served = answer.await.expect("an answer");
            assert!(matches!(served, Err(Error::NotFound("hold"))));
        }
        push()
            .try_recv()
            .expect("an answer at once")
            .expect_err("closed");
    }

    #[tokio::test]
    async fn a_batch_waits_for_company_and_no_longer_than_for_enough_of_it() {
        for (come, are_served) in [
            (0, 1),
            (3, 4),
            (limits::INTAKE_COMPANY, limits::INTAKE_COMPANY + 1),
            (limits::INTAKE_BATCH + 9, limits::INTAKE_BATCH),
        ] {
            let (push, mut queue) = mpsc::channel(limits::INTAKE_QUEUE);
            let mut waiting = vec![0];
            for n in 1..=come {
                push.send(n).await.expect("room");
            }
            gather(&mut queue, &mut waiting).await;
            assert_eq!(waiting, (0..are_served).collect::<Vec<_>>());
        }
        // Whoever is there is enough: nobody else is waited for, who would never come.
        let (push, mut queue) = mpsc::channel(1);
        let mut waiting = vec![0; limits::INTAKE_COMPANY];
        push.send(0).await.expect("room");
        gather(&mut queue, &mut waiting).await;
        assert_eq!(waiting.len(), limits::INTAKE_COMPANY);
    }

    #[tokio::test]
    async fn the_next_batch_begins_when_the_turn_is_passed_on_and_no_third_is_under_way() {
        let gate = Arc::new(Semaphore::new(0));
        let (begun, mut batches) = mpsc::unbounded_channel();
        let door = gate.clone();
        let lane = Lane::start(
            limits::INTAKE_QUEUE,
            2,
            move |waiting: Vec<Waiting<Order, Served>>, turn: Turn| {
                let (door, begun) = (door.clone(), begun.clone());
                async move {
                    let (passes, passed) = oneshot::channel::<()>();
                    begun.send(passes).expect("a test");
                    drop(passed.await);
                    turn.pass();
                    door.acquire().await.expect("a gate").forget();
                    drop(waiting);
                }
            },
        );
        let push = || {
            let (reply, answer) = oneshot::channel();
            let order = an_order();
            lane.push(Waiting { order, reply });
            answer
        };
        let _first = push();
        let decides = batches.recv().await.expect("the first begins");
        let _second = push();
        tokio::task::yield_now().await;
        assert!(batches.try_recv().is_err(), "the first is still deciding");
        decides.send(()).expect("it waits for this");
        let decides = batches.recv().await.expect("the second, beside the first");
        decides.send(()).expect("it waits for this");
        let _third = push();
        tokio::task::yield_now().await;
        assert!(batches.try_recv().is_err(), "two are under way");
        gate.add_permits(1);
        let decides = batches.recv().await.expect("the third, in place of one");
        decides.send(()).expect("it waits for this");
        gate.add_permits(2);
        lane.stop().await;
    }
}
