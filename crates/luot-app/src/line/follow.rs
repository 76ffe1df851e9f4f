//! Following a line: every change, in order, none left out, and one's own place in it.
//!
//! A line that is followed on this server has one task that reads what is new from the store,
//! woken by changes made here and by the other servers' word of theirs
//! ([`luot_line::Word`]), and each second anyway, for words are lost. It hands the same text to
//! all followers. Who connects, or falls behind, first reads from the store what it missed.
//! Who follows with a ticket hears, besides, where it stands: for all of them the line is read
//! once, and no more than once a second.
//!
//! The hazard: a gap between what is read from the store and what the task hands on. So a
//! follower first listens, then reads; what comes twice is left out by its version.

mod hubs;

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use luot_store::lines::Event;
use luot_store::tickets;
use tokio::sync::broadcast::{self, error::RecvError};
use uuid::Uuid;

use super::call::version;
use super::day::Day;
use super::view::TicketView;
use crate::App;
use crate::error::{Error, Result};
use crate::limits;
use crate::rates::network;

pub(super) use hubs::Hubs;
use hubs::{After, Holder, Seat};

/// How lines are followed on a server.
#[derive(Debug, Clone, Copy)]
pub struct Following {
    /// At most so many follow.
    pub most: usize,
    /// Of them from one address (or network, where that is whose it is).
    pub most_of_one: usize,
    /// How often a followed line is read although nobody told of a change.
    pub look_every: Duration,
    /// How often at most those who hold a ticket are told where it stands.
    pub tickets_every: Duration,
}

impl Default for Following {
    fn default() -> Self {
        Self {
            most: limits::FOLLOWERS_MOST,
            most_of_one: limits::FOLLOWERS_OF_ONE_MOST,
            look_every: Duration::from_secs(1),
            tickets_every: Duration::from_secs(1),
        }
    }
}

/// Something followers are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The line has changed.
    Change(Arc<Change>),
    /// The follower's own ticket stands elsewhere, or waits for another time.
    Ticket(Box<TicketView>),
}

/// A change of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The line's version after it.
    pub version: i64,
    /// What changed, as JSON.
    pub payload: String,
}

impl From<Event> for Change {
    fn from(event: Event) -> Self {
        Self {
            version: event.version,
            payload: event.payload.to_string(),
        }
    }
}

/// The tickets of a line that wait, are called or set aside.
type Tickets = HashMap<Uuid, TicketView>;

/// What a line's task hands on.
#[derive(Debug, Clone)]
enum News {
    Change(Arc<Change>),
    Tickets(Arc<Tickets>),
}

/// Somebody who follows a line.
pub struct Follower {
    app: App,
    session: Uuid,
    version: i64,
    receiver: broadcast::Receiver<News>,
    missed: VecDeque<Arc<Change>>,
    behind: bool,
    own: Option<Own>,
    _seat: Seat,
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follower")
            .field("session", &self.session)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// A follower's own ticket.
struct Own {
    id: Uuid,
    /// As it was told last.
    told: Option<TicketView>,
    /// Whether it is to be read from the store.
    unread: bool,
    _holder: Holder,
}

impl Own {
    /// The ticket, if it is not what was told last.
    fn tell(&mut self, now: TicketView) -> Option<Told> {
        if self.told.as_ref() == Some(&now) {
            return None;
        }
        self.told = Some(now.clone());
        Some(Told::Ticket(Box::new(now)))
    }

    /// What those say of it. Who is not among them any more was served, or is out: the store
    /// knows, and it is asked once.
    fn hear(&mut self, tickets: &Tickets) -> Option<Told> {
        match tickets.get(&self.id) {
            Some(now) => self.tell(now.clone()),
            None => {
                self.unread = self.told.as_ref().is_some_and(TicketView::is_live);
                None
            }
        }
    }
}

impl Follower {
    /// The version from which it follows.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.version
    }

    /// What is told next; `None` when the server stops, or the store cannot be read (then
    /// whoever follows comes again with the last version they know).
    pub async fn next(&mut self) -> Option<Told> {
        loop {
            if let Some(change) = self.missed.pop_front() {
                self.version = change.version;
                return Some(Told::Change(change));
            }
            if self.behind {
                let after = After {
                    session: self.session,
                    version: self.version,
                };
                let events = self.app.store.read_work(&after).await.ok()?;
                self.behind = !events.is_empty();
                self.missed
                    .extend(events.into_iter().map(|e| Arc::new(e.into())));
                continue;
            }
            if let Some(own) = self.own.as_mut().filter(|own| own.unread) {
                let now = self.app.get_ticket(own.id).await.ok()?;
                own.unread = false;
                if let Some(told) = own.tell(now) {
                    return Some(told);
                }
            }
            match self.receiver.recv().await {
                Ok(News::Change(change)) if change.version > self.version => {
                    self.version = change.version;
                    return Some(Told::Change(change));
                }
                Ok(News::Change(_)) => {}
                Ok(News::Tickets(tickets)) => {
                    let told = self.own.as_mut().and_then(|own| own.hear(&tickets));
                    if told.is_some() {
                        return told;
                    }
                }
                Err(RecvError::Lagged(_)) => {
                    self.behind = true;
                    self.own.iter_mut().for_each(|own| own.unread = true);
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

impl App {
    /// Follows a session's line from an address: after the version that was seen last, or
    /// from now on; with a ticket of it, that is told as well, at first and whenever it stands
    /// elsewhere.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for a ticket of another session; [`Error::Crowded`] when as
    /// many follow on this server as may; [`Error::Limited`] when as many do from that
    /// address; [`Error::Busy`] when it is stopping.
    pub async fn follow(
        &self,
        session: Uuid,
        after: Option<i64>,
        ticket: Option<Uuid>,
        address: IpAddr,
    ) -> Result<Follower> {
        let seat = self.line.hubs.seat(network(address))?;
        let now = self
            .store
            .read(async |tx| {
                Day::load(self, tx, session).await?;
                if let Some(id) = ticket {
                    let found = tickets::find(tx, id).await?;
                    found
                        .filter(|t| t.session_id == session)
                        .ok_or(Error::NotFound("ticket"))?;
                }
                version(tx, session).await
            })
            .await?;
        let (hub, receiver) = self
            .line
            .hubs
            .listen(self, session, now)
            .ok_or(Error::Busy)?;
        Ok(Follower {
            app: self.clone(),
            session,
            // Nobody can have seen what has not been: then it is another database's version.
            version: after.filter(|v| (0..=now).contains(v)).unwrap_or(now),
            receiver,
            missed: VecDeque::new(),
            behind: true,
            own: ticket.map(|id| Own {
                id,
                told: None,
                unread: true,
                _holder: Holder::of(&hub),
            }),
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
