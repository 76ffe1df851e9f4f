//! Following a line: every change, in order, none left out.
//!
//! A line that is followed on this server has one task that reads what is new from the store,
//! woken by changes made here and by the other servers' word of theirs ([`Word`]), and each
//! second anyway, for words are lost. It hands the same text to all followers. Who connects,
//! or falls behind, first reads from the store what it missed.
//!
//! The hazard: a gap between what is read from the store and what the task hands on. So a
//! follower first listens, then reads; what comes twice is left out by its version.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use luot_line::{Backend, Word};
use luot_store::lines::{self, Event};
use luot_store::{Store, StoreError, Tx, Work};
use tokio::sync::{Notify, broadcast};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::call::version;
use super::day::Day;
use crate::App;
use crate::error::{Error, Result};
use crate::limits;
use crate::rates::network;

/// The channel of [`Word`]: a word is the id of a session whose line has changed.
const CHANNEL: &str = "luot:lines";

/// How lines are followed on a server.
#[derive(Debug, Clone, Copy)]
pub struct Following {
    /// At most so many follow.
    pub most: usize,
    /// Of them from one address (or network, where that is whose it is).
    pub most_of_one: usize,
    /// How often a followed line is read although nobody told of a change.
    pub look_every: Duration,
}

impl Default for Following {
    fn default() -> Self {
        Self {
            most: limits::FOLLOWERS_MOST,
            most_of_one: limits::FOLLOWERS_OF_ONE_MOST,
            look_every: Duration::from_secs(1),
        }
    }
}

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

#[derive(Default)]
struct Inner {
    by_session: Mutex<HashMap<Uuid, Arc<Hub>>>,
    stopped: AtomicBool,
    followers: Mutex<Followers>,
    following: Mutex<Following>,
    word: Option<Word>,
    listening: Mutex<Option<JoinHandle<()>>>,
}

/// How many follow, and from where.
#[derive(Debug, Default)]
struct Followers {
    all: usize,
    by_network: HashMap<String, usize>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        let listening = self.listening.get_mut();
        if let Some(task) = listening.unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hubs").finish_non_exhaustive()
    }
}

/// A place among a server's followers; free again when it is dropped.
#[derive(Debug)]
struct Seat {
    hubs: Hubs,
    network: String,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut followers = self.hubs.followers();
        followers.all = followers.all.saturating_sub(1);
        if let Some(theirs) = followers.by_network.get_mut(&self.network) {
            *theirs = theirs.saturating_sub(1);
            if *theirs == 0 {
                followers.by_network.remove(&self.network);
            }
        }
    }
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

    /// Followers of this server, who hear of the other servers' changes on that backend.
    pub fn over(backend: &Backend) -> Self {
        let mut inner = Inner::default();
        inner.word = backend.word(CHANNEL);
        let hubs = Self(Arc::new(inner));
        if let Some(word) = hubs.0.word.clone() {
            let inner = Arc::downgrade(&hubs.0);
            let listening = tokio::spawn(async move {
                word.listen(|said| {
                    if let Some(inner) = inner.upgrade() {
                        Self(inner).hear(said);
                    }
                })
                .await;
            });
            *hubs.listening() = Some(listening);
        }
        hubs
    }

    fn listening(&self) -> std::sync::MutexGuard<'_, Option<JoinHandle<()>>> {
        self.0
            .listening
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn following(&self) -> std::sync::MutexGuard<'_, Following> {
        self.0
            .following
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn followers(&self) -> std::sync::MutexGuard<'_, Followers> {
        self.0
            .followers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more follower from there, if there is one.
    fn seat(&self, network: String) -> Result<Seat> {
        let Following {
            most, most_of_one, ..
        } = *self.following();
        let mut followers = self.followers();
        if followers.all >= most {
            return Err(Error::Crowded);
        }
        let theirs = followers.by_network.entry(network.clone()).or_default();
        if *theirs >= most_of_one {
            return Err(Error::Limited(limits::FOLLOWERS_AGAIN_SECONDS));
        }
        *theirs += 1;
        followers.all += 1;
        Ok(Seat {
            hubs: self.clone(),
            network,
        })
    }

    /// Another server's word; `None` when some may have been missed.
    fn hear(&self, said: Option<&str>) {
        match said {
            Some(said) => {
                if let Ok(session) = Uuid::parse_str(said) {
                    self.wake(session);
                }
            }
            None => self.map().values().for_each(|hub| hub.wake.notify_one()),
        }
    }

    /// Tells the other servers that a line has changed, and waits for no answer. A word that
    /// does not get there costs their followers a second.
    pub fn tell(&self, session: Uuid) {
        let Some(word) = self.0.word.clone() else {
            return;
        };
        tokio::spawn(async move {
            if let Err(error) = word.say(&session.to_string()).await {
                tracing::debug!(error = %error, "other servers were not told of a line");
            }
        });
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
        if let Some(listening) = self.listening().take() {
            listening.abort();
        }
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
        let look_every = hubs.following().look_every;
        let woken = tokio::time::timeout(look_every, hub.wake.notified());
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
    _seat: Seat,
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
    /// Follows a session's line from an address: after the version that was seen last, or
    /// from now on.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Crowded`] when as many follow on this server as may;
    /// [`Error::Limited`] when as many do from that address; [`Error::Busy`] when it is
    /// stopping.
    pub async fn follow(
        &self,
        session: Uuid,
        after: Option<i64>,
        address: IpAddr,
    ) -> Result<Follower> {
        let seat = self.line.hubs.seat(network(address))?;
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
            _seat: seat,
        })
    }

    /// With lines followed in that way.
    #[must_use]
    pub fn with_following(self, following: Following) -> Self {
        *self.line.hubs.following() = following;
        self
    }
}
