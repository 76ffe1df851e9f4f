//! Following a line: every change, in order, none left out.
//!
//! A line that is followed on this server has one task that reads what is new from the store,
//! woken by changes made here, and each second for those made elsewhere. It hands the same
//! text to all followers. Who connects, or falls behind, first reads from the store what it
//! missed.
//!
//! The hazard: a gap between what is read from the store and what the task hands on. So a
//! follower first listens, then reads; what comes twice is left out by its version.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use luot_store::lines::{self, Event};
use luot_store::{Store, StoreError, Tx, Work};
use tokio::sync::{Notify, broadcast};
use uuid::Uuid;

use super::call::version;
use super::day::Day;
use crate::App;
use crate::error::{Error, Result};
use crate::limits;

/// How often a followed line is read for changes made on other servers.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Something followers are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The line's version after it.
    pub version: i64,
    /// What changed, as JSON.
    pub payload: String,
}

impl From<Event> for Told {
    fn from(event: Event) -> Self {
        Self {
            version: event.version,
            payload: event.payload.to_string(),
        }
    }
}

/// The lines that are followed on this server.
#[derive(Debug, Clone, Default)]
pub(super) struct Hubs(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    by_session: Mutex<HashMap<Uuid, Arc<Hub>>>,
    stopped: AtomicBool,
}

#[derive(Debug)]
struct Hub {
    wake: Notify,
    out: broadcast::Sender<Arc<Told>>,
}

impl Hubs {
    fn map(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, Arc<Hub>>> {
        self.0
            .by_session
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the task of a line that there is something new.
    pub fn wake(&self, session: Uuid) {
        if let Some(hub) = self.map().get(&session) {
            hub.wake.notify_one();
        }
    }

    /// Ends everything.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::SeqCst);
        // Dropping the senders ends the followers; the tasks see it when they wake.
        for (_, hub) in self.map().drain() {
            hub.wake.notify_one();
        }
    }

    /// Listens to a line; its task begins with what comes after that version.
    fn listen(
        &self,
        store: &Store,
        session: Uuid,
        version: i64,
    ) -> Option<broadcast::Receiver<Arc<Told>>> {
        let mut map = self.map();
        if self.0.stopped.load(Ordering::SeqCst) {
            return None;
        }
        if let Some(hub) = map.get(&session) {
            return Some(hub.out.subscribe());
        }
        let (out, receiver) = broadcast::channel(limits::EVENTS_KEPT);
        let hub = Arc::new(Hub {
            wake: Notify::new(),
            out,
        });
        map.insert(session, hub.clone());
        drop(map);
        tokio::spawn(run(self.clone(), store.clone(), session, hub, version));
        Some(receiver)
    }

    /// Takes a line off the list if nobody follows it any more.
    fn is_left(&self, session: Uuid, hub: &Arc<Hub>) -> bool {
        let mut map = self.map();
        if hub.out.receiver_count() > 0 && !self.0.stopped.load(Ordering::SeqCst) {
            return false;
        }
        if map.get(&session).is_some_and(|h| Arc::ptr_eq(h, hub)) {
            map.remove(&session);
        }
        true
    }
}

/// What is told after a version, a page of it.
struct After {
    session: Uuid,
    version: i64,
}

impl Work for After {
    type Done = Vec<Event>;
    type Error = StoreError;

    async fn run(&self, tx: &Tx) -> std::result::Result<Vec<Event>, StoreError> {
        lines::told_after(tx, self.session, self.version, limits::EVENTS_PAGE).await
    }
}

async fn run(hubs: Hubs, store: Store, session: Uuid, hub: Arc<Hub>, mut version: i64) {
    loop {
        let woken = tokio::time::timeout(LOOK_EVERY, hub.wake.notified());
        // Either way it is time to look.
        let _ = woken.await;
        if hubs.is_left(session, &hub) {
            return;
        }
        loop {
            let events = match store.read_work(&After { session, version }).await {
                Ok(events) => events,
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "a line cannot be followed at the moment"
                    );
                    break;
                }
            };
            let Some(last) = events.last() else { break };
            version = last.version;
            for event in events {
                // Nobody listening is no fault: the next look ends the task.
                drop(hub.out.send(Arc::new(event.into())));
            }
        }
    }
}

/// Somebody who follows a line.
#[derive(Debug)]
pub struct Follower {
    store: Store,
    session: Uuid,
    version: i64,
    receiver: broadcast::Receiver<Arc<Told>>,
    missed: VecDeque<Arc<Told>>,
    behind: bool,
}

impl Follower {
    /// The version from which it follows.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.version
    }

    /// What is told next; `None` when the server stops, or the store cannot be read (then
    /// whoever follows comes again with the last version they know).
    pub async fn next(&mut self) -> Option<Arc<Told>> {
        loop {
            if let Some(told) = self.missed.pop_front() {
                self.version = told.version;
                return Some(told);
            }
            if self.behind {
                let after = After {
                    session: self.session,
                    version: self.version,
                };
                let events = self.store.read_work(&after).await.ok()?;
                self.behind = !events.is_empty();
                self.missed
                    .extend(events.into_iter().map(|e| Arc::new(e.into())));
                continue;
            }
            match self.receiver.recv().await {
                Ok(told) if told.version > self.version => {
                    self.version = told.version;
                    return Some(told);
                }
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(_)) => self.behind = true,
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

impl App {
    /// Follows a session's line: after the version that was seen last, or from now on.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Busy`] when the server is stopping.
    pub async fn follow(&self, session: Uuid, after: Option<i64>) -> Result<Follower> {
        let now = self
            .store
            .read(async |tx| {
                Day::load(self, tx, session).await?;
                version(tx, session).await
            })
            .await?;
        let receiver = self
            .line
            .hubs
            .listen(&self.store, session, now)
            .ok_or(Error::Busy)?;
        Ok(Follower {
            store: self.store.clone(),
            session,
            // Nobody can have seen what has not been: then it is another database's version.
            version: after.filter(|v| (0..=now).contains(v)).unwrap_or(now),
            receiver,
            missed: VecDeque::new(),
            behind: true,
        })
    }
}
