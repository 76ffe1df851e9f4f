//! Transactions: [`Store::write`] and [`Store::read`].
//!
//! Locking doctrine: places are taken only by the conditional update; where several rows
//! are written they are taken in the order of their ids; nothing is locked to give a place
//! back; the version of the order of those who wait is raised last, just before the commit;
//! nothing but the database is awaited inside; a lock is waited for three seconds at most. A
//! deadlock, a serialization failure or a lost race is tried again a few times.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::{
    AccessMode, DatabaseConnection, DatabaseTransaction, IsolationLevel, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};

use uuid::Uuid;

use crate::Instant;
use crate::audit::Voucher;
use crate::changed::{Listener, Noted};
use crate::connect::Backend;
use crate::error::StoreError;
use crate::known::Known;
use crate::probe::{Point, Probe};
use crate::waitlist;
use crate::writers::{Turn, Writers};

/// How often a transaction is tried.
const TRIES: u32 = 8;
/// For how long: who has waited that long for a lock or a connection waits no second time.
const PATIENCE: Duration = crate::connect::WAIT;

/// The database.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) backend: Backend,
    /// Of batches alone: on PostgreSQL a few connections that stay warm.
    pub(crate) batches: DatabaseConnection,
    pub(crate) write: DatabaseConnection,
    pub(crate) read: DatabaseConnection,
    /// Which process this is, for the audit trail.
    server: Uuid,
    written: Written,
    probe: Probe,
    listener: Listener,
    voucher: Voucher,
    writers: Writers,
    pub(crate) known: Known,
}

/// Rows of the audit trail that this process has written and not chained yet. Some of them
/// may never appear: their transaction failed.
#[derive(Clone, Debug, Default)]
pub struct Written(Arc<Mutex<BTreeMap<Uuid, Instant>>>);

impl Written {
    pub(crate) fn note(&self, rows: impl Iterator<Item = (Uuid, Instant)>) {
        self.rows().extend(rows);
    }

    /// The first of them, in order.
    #[must_use]
    pub fn first(&self, most: usize) -> Vec<Uuid> {
        self.rows().keys().copied().take(most).collect()
    }

    /// Forgets those that are chained, and those of before that never appeared.
    pub fn forget(&self, chained: &[Uuid], before: Instant) {
        let mut rows = self.rows();
        rows.retain(|id, at| !chained.contains(id) && *at >= before);
    }

    fn rows(&self) -> std::sync::MutexGuard<'_, BTreeMap<Uuid, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A transaction under way.
#[derive(Debug)]
pub struct Tx {
    pub(crate) db: DatabaseTransaction,
    pub(crate) backend: Backend,
    pub(crate) server: Uuid,
    pub(crate) written: Written,
    pub(crate) voucher: Voucher,
    pub(crate) changed: Noted,
    pub(crate) known: Known,
    /// Whether it only reads: then nothing can be locked either.
    pub(crate) reads: bool,
    again: bool,
}

impl Tx {
    /// The process that writes: it has a chain of its own in the audit trail.
    #[must_use]
    pub fn server(&self) -> Uuid {
        self.server
    }

    /// Whether the same work was tried before, and lost.
    #[must_use]
    pub fn is_again(&self) -> bool {
        self.again
    }
}

/// An error that may come from the store.
pub trait FromStore: From<StoreError> {
    /// The store's error, if it is one.
    fn store_error(&self) -> Option<&StoreError>;
}

impl FromStore for StoreError {
    fn store_error(&self) -> Option<&StoreError> {
        Some(self)
    }
}

/// What [`Store::write_work`] runs.
pub trait Work: Sync {
    /// What it gives.
    type Done: Send;
    /// How it fails.
    type Error: FromStore + Send;

    /// One attempt.
    fn run(&self, tx: &Tx) -> impl Future<Output = Result<Self::Done, Self::Error>> + Send;
}

/// Tells what changed when it is over, whatever came of it: an error may have come after the
/// commit, and who waited for it may have gone away.
struct Told<'a> {
    listener: &'a Listener,
    changed: Noted,
    /// Whether it is certain.
    committed: bool,
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        self.listener.tell(&self.changed, self.committed);
    }
}

/// Commits, or rolls back after an error.
async fn finish<T, E: FromStore>(
    tx: Tx,
    outcome: Result<T, E>,
    listener: &Listener,
) -> Result<T, E> {
    let outcome = match outcome {
        Ok(done) => waitlist::raise(&tx).await.map(|()| done).map_err(E::from),
        failed => failed,
    };
    match outcome {
        Ok(done) => {
            let Tx { db, changed, .. } = tx;
            let mut told = Told {
                listener,
                changed,
                committed: false,
            };
            db.commit().await.map_err(StoreError::from)?;
            told.committed = true;
            Ok(done)
        }
        Err(error) => {
            // A failed rollback closes the connection, which rolls back too.
            if let Err(failed) = tx.db.rollback().await {
                tracing::debug!(error = %failed, "rollback failed");
            }
            Err(error)
        }
    }
}

/// How often something was tried, and since when.
struct Tries {
    begun: std::time::Instant,
    count: u32,
}

impl Tries {
    fn begin() -> Self {
        Self {
            begun: std::time::Instant::now(),
            count: 0,
        }
    }

    /// Waits a moment after a loss that another try may turn; gives any other error back.
    async fn pause<E: FromStore>(&mut self, error: E) -> Result<(), E> {
        self.count += 1;
        let again = self.count < TRIES && self.begun.elapsed() < PATIENCE;
        match error.store_error() {
            Some(told) if told.is_transient() && again => {
                if matches!(told, StoreError::Busy(_)) {
                    tokio::time::sleep(Duration::from_millis(u64::from(2 * self.count))).await;
                }
                Ok(())
            }
            Some(StoreError::Raced) => Err(StoreError::Busy(None).into()),
            _ => Err(error),
        }
    }
}

impl Store {
    pub(crate) fn over(
        backend: Backend,
        batches: DatabaseConnection,
        write: DatabaseConnection,
        read: DatabaseConnection,
        writers: Writers,
    ) -> Self {
        Self {
            backend,
            batches,
            write,
            read,
            server: Uuid::now_v7(),
            written: Written::default(),
            probe: Probe::default(),
            listener: Listener::default(),
            voucher: Voucher::default(),
            writers,
            known: Known::default(),
        }
    }

    /// With somebody who is told what changed about places.
    #[must_use]
    pub fn with_listener(mut self, listener: Listener) -> Self {
        self.listener = listener;
        self
    }

    /// With what vouches for the rows of the audit trail that are written through it.
    #[must_use]
    pub fn with_voucher(mut self, voucher: Voucher) -> Self {
        self.voucher = voucher;
        self
    }

    /// With room for so many who wait for their turn to write: whoever finds more there is told
    /// so at once.
    #[must_use]
    pub fn with_writers_waiting(mut self, most: usize) -> Self {
        self.writers = self.writers.with_waiting(most);
        self
    }

    /// With so many who may write at once.
    #[must_use]
    pub fn with_writers_at_once(mut self, most: usize) -> Self {
        self.writers = self.writers.with_at_once(most);
        self
    }

    /// With a probe that stops writing transactions, for tests.
    #[must_use]
    pub fn with_probe(mut self, probe: Probe) -> Self {
        self.probe = probe;
        self
    }

    /// What this process has yet to chain.
    #[must_use]
    pub fn written(&self) -> &Written {
        &self.written
    }

    /// Which database this is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// A turn to write, for work that follows on what was let in before: it waits however many
    /// do.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when that takes too long.
    pub async fn turn(&self) -> Result<Turn, StoreError> {
        self.writers.follow().await
    }

    /// Runs `work` in a writing transaction, and again when it lost to another. All of it
    /// is kept, or, on any error, nothing. Only so many write at once, so that the others who
    /// come by here leave connections to who reads and to the intake.
    ///
    /// # Errors
    /// Those of `work`; [`StoreError::Busy`] when it lost too often, or too many wait already.
    pub async fn write<T, E: FromStore>(
        &self,
        work: impl AsyncFn(&Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let _turn = self.writers.enter().await?;
        let mut tries = Tries::begin();
        loop {
            let tx = self.begin(&self.write, tries.count > 0).await?;
            self.probe.pass(Point::Begun).await;
            let outcome = work(&tx).await;
            self.probe.pass(Point::Worked).await;
            match finish(tx, outcome, &self.listener).await {
                Ok(done) => {
                    self.probe.pass(Point::Committed).await;
                    return Ok(done);
                }
                Err(error) => tries.pause(error).await?,
            }
        }
    }

    /// The same for work that runs on a task of its own and so must be `Send`, which an
    /// async closure over borrowed things cannot promise: what is due by itself. It waits for
    /// no turn.
    ///
    /// # Errors
    /// Those of `work`; [`StoreError::Busy`] when it lost too often.
    pub async fn write_work<W: Work>(&self, work: &W) -> Result<W::Done, W::Error> {
        self.work_on(&self.write, work).await
    }

    /// The same for the intake's batches, of which [`crate::BATCH_CONNECTIONS`] are under way at once.
    /// They have connections of their own: nobody else's work keeps them waiting, and what
    /// PostgreSQL has once read and planned for one batch is there for the next.
    ///
    /// # Errors
    /// Those of `work`; [`StoreError::Busy`] when it lost too often.
    pub async fn write_batch<W: Work>(&self, work: &W) -> Result<W::Done, W::Error> {
        self.work_on(&self.batches, work).await
    }

    async fn work_on<W: Work>(
        &self,
        on: &DatabaseConnection,
        work: &W,
    ) -> Result<W::Done, W::Error> {
        let mut tries = Tries::begin();
        loop {
            let tx = self.begin(on, tries.count > 0).await?;
            self.probe.pass_or_die(Point::Begun);
            let outcome = work.run(&tx).await;
            self.probe.pass_or_die(Point::Worked);
            match finish(tx, outcome, &self.listener).await {
                Ok(done) => {
                    self.probe.pass_or_die(Point::Committed);
                    return Ok(done);
                }
                Err(error) => tries.pause(error).await?,
            }
        }
    }

    async fn begin(&self, on: &DatabaseConnection, again: bool) -> Result<Tx, StoreError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Tx {
            db: on.begin_with_options(options).await?,
            backend: self.backend,
            server: self.server,
            written: self.written.clone(),
            voucher: self.voucher.clone(),
            changed: Noted::default(),
            known: self.known.clone(),
            reads: false,
            again,
        })
    }

    /// Runs `work` over one consistent view of the database.
    ///
    /// # Errors
    /// Those of `work`.
    pub async fn read<T, E: FromStore>(
        &self,
        work: impl AsyncFn(&Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let tx = self.begin_read().await?;
        let done = work(&tx).await;
        // Nothing was written: ending it is all there is to do.
        if let Err(failed) = tx.db.rollback().await {
            tracing::debug!(error = %failed, "rollback failed");
        }
        done
    }

    /// The same for work that runs on a task of its own; see [`Store::write_work`].
    ///
    /// # Errors
    /// Those of `work`.
    pub async fn read_work<W: Work>(&self, work: &W) -> Result<W::Done, W::Error> {
        let tx = self.begin_read().await?;
        let done = work.run(&tx).await;
        if let Err(failed) = tx.db.rollback().await {
            tracing::debug!(error = %failed, "rollback failed");
        }
        done
    }

    async fn begin_read(&self) -> Result<Tx, StoreError> {
        let options = match self.backend {
            Backend::Sqlite => TransactionOptions::default(),
            Backend::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
        };
        Ok(Tx {
            db: self.read.begin_with_options(options).await?,
            backend: self.backend,
            server: self.server,
            written: self.written.clone(),
            voucher: self.voucher.clone(),
            changed: Noted::default(),
            known: self.known.clone(),
            reads: true,
            again: false,
        })
    }
}
