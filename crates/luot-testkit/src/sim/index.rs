//! Where the line's index is kept in a story, and what befalls it: it is emptied, it cannot
//! be reached for a while, it misses changes, it is of another story.
//!
//! Nobody is to notice any of it. So none of it is told in the story's digest, and the same
//! seed plays the same story wherever the index is.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::Duration;
use luot_line::{Backend, Changed, Entry, InMemory, Key, LineError, Member, Ordered, Seen, Step};
use uuid::Uuid;

use super::world::World;
use super::{Kept, checks::Checks};
use crate::Cuttable;

/// What befalls the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Loss {
    /// All of it is gone.
    Emptied,
    /// It cannot be reached for some time.
    Away,
    /// For some time it says that it took a change, and did not: a copy that lags behind took
    /// its place.
    Lagging,
    /// The store was put back to what it was before: the index knows more than happened.
    Ahead,
}

/// An index that can be away, and that can miss changes.
#[derive(Debug)]
pub(super) struct Shaky {
    inner: Mutex<Arc<dyn Ordered>>,
    away: AtomicBool,
    lagging: AtomicBool,
}

impl Shaky {
    fn over(inner: Arc<dyn Ordered>) -> Arc<Self> {
        Arc::new(Self {
            inner: Mutex::new(inner),
            away: AtomicBool::new(false),
            lagging: AtomicBool::new(false),
        })
    }

    fn there(&self) -> Arc<dyn Ordered> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.clone()
    }

    fn reach(&self) -> Result<Arc<dyn Ordered>, LineError> {
        if self.away.load(SeqCst) {
            return Err(LineError::Away);
        }
        Ok(self.there())
    }
}

#[async_trait]
impl Ordered for Shaky {
    async fn replace(&self, key: &Key, version: i64, entries: &[Entry]) -> Result<(), LineError> {
        let index = self.reach()?;
        if self.lagging.load(SeqCst) {
            return Ok(());
        }
        index.replace(key, version, entries).await
    }

    async fn change(
        &self,
        key: &Key,
        step: Step,
        put: &[Entry],
        remove: &[Member],
    ) -> Result<Changed, LineError> {
        let index = self.reach()?;
        if self.lagging.load(SeqCst) {
            return Ok(Changed::Made);
        }
        index.change(key, step, put, remove).await
    }

    async fn page(
        &self,
        key: &Key,
        from: u64,
        most: u64,
    ) -> Result<Option<Seen<Vec<Entry>>>, LineError> {
        self.reach()?.page(key, from, most).await
    }

    async fn position(
        &self,
        key: &Key,
        member: Member,
    ) -> Result<Option<Seen<Option<u64>>>, LineError> {
        self.reach()?.position(key, member).await
    }

    async fn count(&self, key: &Key) -> Result<Option<Seen<u64>>, LineError> {
        self.reach()?.count(key).await
    }

    async fn forget(&self, key: &Key) -> Result<(), LineError> {
        let index = self.reach()?;
        if self.lagging.load(SeqCst) {
            return Ok(());
        }
        index.forget(key).await
    }
}

/// A Redis of the story's own, and the way there.
struct Remote {
    cuttable: Cuttable,
    backend: Backend,
}

/// All indexes of a story.
pub(super) struct Shelf {
    kept: Kept,
    indexes: Vec<Arc<Shaky>>,
    remote: Option<Remote>,
}

/// Redis has sixteen databases, and the first is everybody's.
static DATABASE: AtomicU8 = AtomicU8::new(0);

impl Shelf {
    pub async fn new(kept: Kept, servers: usize) -> Self {
        let remote = match kept {
            Kept::OnRedis => {
                let database = 1 + DATABASE.fetch_add(1, SeqCst) % 15;
                let cuttable = Cuttable::redis(database).await;
                cuttable.empties().await;
                let backend = Backend::redis(&cuttable.address).expect("an address");
                Some(Remote { cuttable, backend })
            }
            Kept::Apart | Kept::Together => None,
        };
        let index = || match &remote {
            Some(remote) => Shaky::over(remote.backend.ordered()),
            None => Shaky::over(Arc::new(InMemory::default())),
        };
        let one = index();
        let indexes = match kept {
            Kept::Apart => (0..servers).map(|_| index()).collect(),
            Kept::Together | Kept::OnRedis => vec![one; servers],
        };
        Self {
            kept,
            indexes,
            remote,
        }
    }

    /// A server's index.
    pub fn index_of(&self, which: usize) -> Arc<dyn Ordered> {
        self.indexes[which].clone()
    }

    /// A server is gone: what it had in memory, too.
    pub fn dies(&mut self, which: usize) {
        if self.kept == Kept::Apart {
            let gone = &self.indexes[which];
            *gone.inner.lock().unwrap_or_else(PoisonError::into_inner) =
                Arc::new(InMemory::default());
        }
    }

    /// All of it is gone.
    pub async fn is_emptied(&self) {
        match &self.remote {
            Some(remote) => remote.cuttable.empties().await,
            None => {
                for index in &self.indexes {
                    *index.inner.lock().unwrap_or_else(PoisonError::into_inner) =
                        Arc::new(InMemory::default());
                }
            }
        }
    }

    pub fn is_away(&self, away: bool) {
        match &self.remote {
            Some(remote) => remote.cuttable.cut(away),
            None => self.each(|index| index.away.store(away, SeqCst)),
        }
    }

    pub fn lags(&self, lagging: bool) {
        self.each(|index| index.lagging.store(lagging, SeqCst));
    }

    fn each(&self, act: impl Fn(&Shaky)) {
        self.indexes.iter().for_each(|index| act(index));
    }

    /// The indexes know more than has happened, and somebody is missing in what they know.
    pub async fn are_ahead(&self, checks: &Checks, session: Uuid, by: i64) {
        let key = Key::new("line", session);
        let line = checks.line(session).await;
        let mut entries = checks.waiting(session).await;
        if !entries.is_empty() {
            entries.remove(0);
        }
        entries.push(Entry {
            member: Uuid::from_u128(1).into(),
            rank: 0,
        });
        for index in &self.indexes {
            let index = index.there();
            // It may be away.
            drop(index.forget(&key).await);
            drop(index.replace(&key, line.version + by, &entries).await);
        }
    }

    /// Where an index knows more than has happened, it knows nothing from now on.
    async fn is_not_ahead(&self, checks: &Checks, session: Uuid) {
        let key = Key::new("line", session);
        let version = checks.line(session).await.version;
        for index in &self.indexes {
            let index = index.there();
            let seen = index.page(&key, 0, 1).await.ok().flatten();
            if seen.is_some_and(|seen| seen.version > version) {
                drop(index.forget(&key).await);
            }
        }
    }

    /// What each index knows of a line that it says is of that version. An index of a server's
    /// own hears of no change by the other, and may be of another story until it is asked.
    pub async fn known(&self, session: Uuid, version: i64) -> Vec<Vec<Entry>> {
        if self.kept == Kept::Apart {
            return Vec::new();
        }
        self.of_version(&Key::new("line", session), version).await
    }

    /// What each index knows of those who wait in a campaign, if it says it is of that version.
    /// Versions are not only counted: an index of a server's own is right then, too.
    pub async fn order(&self, campaign: Uuid, version: i64) -> Vec<Vec<Entry>> {
        self.of_version(&Key::new("waitlist", campaign), version)
            .await
    }

    async fn of_version(&self, key: &Key, version: i64) -> Vec<Vec<Entry>> {
        let mut known = Vec::new();
        for index in &self.indexes {
            let seen = index.page(key, 0, 1_000).await.ok().flatten();
            known.extend(seen.filter(|s| s.version == version).map(|s| s.value));
        }
        known
    }
}

impl World {
    /// Something befalls the index; what passes is over after a while.
    pub async fn loses(&mut self, loss: Loss) {
        *self.report.losses.entry(format!("{loss:?}")).or_default() += 1;
        match loss {
            Loss::Emptied => self.shelf.is_emptied().await,
            Loss::Away => self.shelf.is_away(true),
            Loss::Lagging => {
                // A copy that lags behind is not ahead: that would be two mishaps at once.
                for hall in &self.halls {
                    self.shelf.is_not_ahead(&self.checks, hall.id).await;
                }
                self.shelf.lags(true);
            }
            Loss::Ahead => {
                let by = 1 + i64::try_from(self.dice.roll(3)).expect("small");
                let now = self.now();
                // Where people come and go: the next change is to find it out. Should a server
                // die in that very change, the next but one does, or nobody: two mishaps at once.
                let busy = self.halls.iter().filter(|hall| {
                    let hours = hall.starts_at..hall.ends_at - Duration::minutes(30);
                    let works = hall.works.iter().any(|works| *works);
                    hall.open && works && hours.contains(&now)
                });
                for session in busy.map(|hall| hall.id) {
                    self.shelf.are_ahead(&self.checks, session, by).await;
                }
            }
        }
    }

    /// What had befallen the index is over.
    pub fn recovers(&mut self) {
        self.shelf.is_away(false);
        self.shelf.lags(false);
    }
}
