//! The line's index and its followers: what is brought up to date after a commit.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use luot_line::{Backend, Changed, Entry, Key, Ordered, Seen, Step};
use luot_store::tickets;
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use super::call::version;
use super::follow::Hubs;
use super::held::Moved;
use crate::App;
use crate::error::{Error, Result};
use crate::limits;

/// The index of all lines, and those who follow them.
#[derive(Clone, Debug)]
pub struct Desk {
    index: Arc<dyn Ordered>,
    pub(super) hubs: Hubs,
    turns: Arc<Mutex<HashMap<Uuid, Arc<tokio::sync::Mutex<()>>>>>,
}

/// Lines whose changes wait for each other in this process, before those nobody waits for
/// are let go.
const TURNS_MOST: usize = 1_000;

impl Default for Desk {
    fn default() -> Self {
        Self::over(&Backend::Memory)
    }
}

fn key(session: Uuid) -> Key {
    Key::new("line", session)
}

impl Desk {
    pub(crate) fn over(backend: &Backend) -> Self {
        Self {
            index: backend.ordered(),
            hubs: Hubs::over(backend),
            turns: Arc::default(),
        }
    }

    /// The same with the index in another place.
    pub(crate) fn on(self, index: Arc<dyn Ordered>) -> Self {
        Self { index, ..self }
    }

    /// Where the index is kept.
    pub(crate) fn index(&self) -> Arc<dyn Ordered> {
        self.index.clone()
    }

    /// Waits until no other change of that line is under way in this process. The row in the
    /// store does the same for all processes, but holds a connection for each that waits.
    pub(super) async fn turn(&self, session: Uuid) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            if turns.len() >= TURNS_MOST {
                turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            }
            turns.entry(session).or_default().clone()
        };
        turn.lock_owned().await
    }

    /// The first of a line, if the index knows them.
    pub(super) async fn head(&self, session: Uuid) -> Option<Seen<Vec<Entry>>> {
        match self.index.page(&key(session), 0, limits::HEAD).await {
            Ok(seen) => seen,
            Err(error) => {
                away(&error);
                None
            }
        }
    }
}

/// The store goes on without the index: this is no error, only slower.
fn away(error: &luot_line::LineError) {
    metrics::counter!("line_index_away_total").increment(1);
    tracing::debug!(
        error = error as &dyn std::error::Error,
        "the line's index cannot be used"
    );
}

impl App {
    /// Brings the index up to date with a committed change, and wakes those who follow.
    pub(super) async fn moved(&self, moved: Moved) {
        self.line.hubs.wake(moved.session);
        self.line.hubs.tell(moved.session);
        let step = Step {
            from: moved.version - 1,
            to: moved.version,
        };
        let key = key(moved.session);
        match self
            .line
            .index
            .change(&key, step, &moved.put, &moved.remove)
            .await
        {
            Ok(Changed::Made) => {}
            Ok(Changed::Known) => self.doubt(moved.session).await,
            Ok(Changed::Behind) => self.rebuild(moved.session).await,
            Err(error) => away(&error),
        }
    }

    /// The index knows of a change already. Somebody was faster; or the store is older than
    /// the index, because it was restored or a copy took its place: then the index is of
    /// another story, and would be believed as soon as the store has counted as far. Where it
    /// is not plainly the same as the store it is built anew.
    async fn doubt(&self, session: Uuid) {
        let key = key(session);
        let seen = match self.line.index.page(&key, 0, u64::MAX).await {
            Ok(Some(seen)) => seen,
            Ok(None) => return,
            Err(error) => return away(&error),
        };
        // Read after the index: what the index rightly knows is in the store by then.
        match self.stored(session).await {
            Some((version, entries)) if version == seen.version && entries == seen.value => {}
            // Others have gone on since: nothing odd, but nobody can tell any more.
            Some((version, _)) if version > seen.version => self.build_anew_quietly(session).await,
            _ => self.build_anew(session).await,
        }
    }

    /// Throws away an index of a line that is not the store's, and builds it.
    pub(super) async fn build_anew(&self, session: Uuid) {
        tracing::warn!(session.id = %session, "a line's index is not the store's and is built anew");
        self.build_anew_quietly(session).await;
    }

    async fn build_anew_quietly(&self, session: Uuid) {
        if let Err(error) = self.line.index.forget(&key(session)).await {
            return away(&error);
        }
        self.rebuild(session).await;
    }

    /// Builds the index of a line from the store.
    pub(super) async fn rebuild(&self, session: Uuid) {
        metrics::counter!("line_index_rebuilt_total").increment(1);
        let Some((version, entries)) = self.stored(session).await else {
            return;
        };
        let key = key(session);
        if let Err(error) = self.line.index.replace(&key, version, &entries).await {
            away(&error);
        }
    }

    /// A line as the index is to know it: its version, and who waits, in order.
    async fn stored(&self, session: Uuid) -> Option<(i64, Vec<Entry>)> {
        let read = self.store.read(async |tx| {
            let version = version(tx, session).await?;
            Ok::<_, Error>((version, tickets::list_waiting(tx, session).await?))
        });
        match read.await {
            Ok((version, waiting)) => {
                let entries = waiting.into_iter();
                let entries = entries.map(|(ticket, rank, _)| Entry {
                    member: ticket.into(),
                    rank,
                });
                Some((version, entries.collect()))
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a line's index could not be built"
                );
                None
            }
        }
    }

    /// Ends whatever follows a line, so that the server can stop.
    pub fn stop_following(&self) {
        self.line.hubs.stop();
    }

    /// How many of a line the index knows, and of which version: for those who look after
    /// the service, and for tests.
    ///
    /// # Errors
    /// Of the index.
    pub async fn line_index(&self, session: Uuid) -> Result<Option<(i64, u64)>> {
        let seen = self
            .line
            .index
            .count(&key(session))
            .await
            .map_err(|e| Error::Bug(e.to_string()))?;
        Ok(seen.map(|s| (s.version, s.value)))
    }
}
