//! The lines that are followed on this server, and the task of each.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use luot_line::{Backend, Word};
use luot_store::lines::{self, Event};
use luot_store::{StoreError, Tx, Work};
use tokio::sync::{Notify, broadcast};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::{Following, News, Tickets};
use crate::App;
use crate::error::{Error, Result};
use crate::limits;
use crate::line::view::AllTickets;

/// The channel of [`Word`]: a word is the id of a session whose line has changed.
const CHANNEL: &str = "luot:lines";

/// The lines that are followed on this server.
#[derive(Debug, Clone, Default)]
pub(in crate::line) struct Hubs(Arc<Inner>);

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
pub(super) struct Seat {
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

/// A line that is followed.
#[derive(Debug)]
pub(super) struct Hub {
    wake: Notify,
    out: broadcast::Sender<News>,
    /// How many of its followers have a ticket.
    holders: Arc<AtomicUsize>,
}

/// Somebody with a ticket among a line's followers. It keeps no hub: that ends with its task,
/// and so do those who listen to it.
#[derive(Debug)]
pub(super) struct Holder(Arc<AtomicUsize>);

impl Holder {
    pub fn of(hub: &Hub) -> Self {
        hub.holders.fetch_add(1, Ordering::SeqCst);
        Self(hub.holders.clone())
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
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

    pub fn following(&self) -> std::sync::MutexGuard<'_, Following> {
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
    pub(super) fn seat(&self, network: String) -> Result<Seat> {
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
    pub(super) fn listen(
        &self,
        app: &App,
        session: Uuid,
        version: i64,
    ) -> Option<(Arc<Hub>, broadcast::Receiver<News>)> {
        let mut map = self.map();
        if self.0.stopped.load(Ordering::SeqCst) {
            return None;
        }
        if let Some(hub) = map.get(&session) {
            return Some((hub.clone(), hub.out.subscribe()));
        }
        let (out, receiver) = broadcast::channel(limits::EVENTS_KEPT);
        let hub = Arc::new(Hub {
            wake: Notify::new(),
            out,
            holders: Arc::default(),
        });
        map.insert(session, hub.clone());
        drop(map);
        let task = Task {
            hubs: self.clone(),
            app: app.clone(),
            session,
            hub: hub.clone(),
            version,
            tickets_due: false,
            tickets_told: Instant::now(),
        };
        tokio::spawn(task.run());
        Some((hub, receiver))
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
pub(super) struct After {
    pub session: Uuid,
    pub version: i64,
}

impl Work for After {
    type Done = Vec<Event>;
    type Error = StoreError;

    async fn run(&self, tx: &Tx) -> std::result::Result<Vec<Event>, StoreError> {
        lines::told_after(tx, self.session, self.version, limits::EVENTS_PAGE).await
    }
}

/// The task of a line that is followed.
struct Task {
    hubs: Hubs,
    app: App,
    session: Uuid,
    hub: Arc<Hub>,
    /// The last version that was handed on.
    version: i64,
    /// Whether the line has changed since tickets were told last, and when that was.
    tickets_due: bool,
    tickets_told: Instant,
}

impl Task {
    async fn run(mut self) {
        loop {
            let Following {
                look_every,
                tickets_every,
                ..
            } = *self.hubs.following();
            let patience = if self.tickets_due {
                tickets_every.saturating_sub(self.tickets_told.elapsed())
            } else {
                look_every
            };
            // Either way it is time to look.
            let _ = timeout(patience, self.hub.wake.notified()).await;
            if self.hubs.is_left(self.session, &self.hub) {
                return;
            }
            self.hand_on().await;
            let quiet = self.tickets_told.elapsed();
            let due = self.tickets_due || quiet >= limits::TICKETS_TOLD_AGAIN;
            if self.hub.holders.load(Ordering::SeqCst) == 0 {
                self.tickets_due = false;
            } else if due && quiet >= tickets_every {
                self.tell_tickets().await;
            }
        }
    }

    /// Hands on what the store has and followers have not.
    async fn hand_on(&mut self) {
        loop {
            let after = After {
                session: self.session,
                version: self.version,
            };
            let events = match self.app.store.read_work(&after).await {
                Ok(events) => events,
                Err(error) => return cannot(&error),
            };
            let Some(last) = events.last() else { return };
            self.version = last.version;
            self.tickets_due = true;
            for event in events {
                // Nobody listening is no fault: the next look ends the task.
                drop(self.hub.out.send(News::Change(Arc::new(event.into()))));
            }
        }
    }

    /// Tells all who hold a ticket where they stand now: the line is read once for all.
    async fn tell_tickets(&mut self) {
        let all = AllTickets {
            app: &self.app,
            session: self.session,
        };
        match self.app.store.read_work(&all).await {
            Ok(tickets) => {
                self.tickets_due = false;
                let tickets: Tickets = tickets.into_iter().map(|t| (t.id, t)).collect();
                drop(self.hub.out.send(News::Tickets(Arc::new(tickets))));
            }
            Err(error) => cannot(&error),
        }
        self.tickets_told = Instant::now();
    }
}

fn cannot(error: &(dyn std::error::Error + 'static)) {
    tracing::warn!(error, "a line cannot be followed at the moment");
}
