//! Migrations: under a lock, and known to be pending without touching anything.

use std::fs::{File, TryLockError};
use std::time::Duration;

use luot_migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbErr};

use crate::connect::{Backend, single};
use crate::error::StoreError;
use crate::transaction::Store;

/// Any number that nobody else uses for an advisory lock: "luot" in ASCII.
const LOCK: i64 = 0x6c75_6f74;

/// How often a lock is asked for again.
const AGAIN: Duration = Duration::from_millis(20);

/// A lock on a file beside an SQLite database, until it is dropped; other processes wait.
/// Where no such file can be made, there is nobody else either.
async fn lock_beside(address: &str) -> Option<File> {
    let path = address
        .trim_start_matches("sqlite:")
        .trim_start_matches("//")
        .split('?')
        .next()?;
    let file = File::create(format!("{path}.migrating")).ok()?;
    while let Err(TryLockError::WouldBlock) = file.try_lock() {
        tokio::time::sleep(AGAIN).await;
    }
    Some(file)
}

impl Store {
    /// Applies what is pending; of several at once, one does and the others wait. Tells
    /// the names of what was applied.
    ///
    /// # Errors
    /// When a step fails; it leaves nothing behind.
    pub async fn migrate(&self, address: &str) -> Result<Vec<String>, StoreError> {
        match self.backend {
            Backend::Sqlite => {
                let _lock = lock_beside(address).await;
                let before = self.pending().await?;
                Migrator::up(&self.write, None).await?;
                Ok(before)
            }
            Backend::Postgres => {
                let own = single(self.backend, &self.read, address).await?;
                let lock = |what: &str| format!("SELECT {what}({LOCK})");
                own.execute_unprepared(&lock("pg_advisory_lock")).await?;
                let before = self.pending().await;
                let done = Migrator::up(&own, None).await;
                // The lock goes with the connection, should this fail.
                let unlocked = own.execute_unprepared(&lock("pg_advisory_unlock")).await;
                done?;
                unlocked?;
                own.close().await?;
                before
            }
        }
    }

    /// The names of the migrations that are not applied. Reads only.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn pending(&self) -> Result<Vec<String>, StoreError> {
        let pending = Migrator::get_pending_migrations_read_only(&self.read)
            .await
            .map_err(|error: DbErr| StoreError::from(error))?;
        Ok(pending.iter().map(|m| m.name().to_owned()).collect())
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.read.ping().await.map_err(StoreError::from)
    }

    /// Ends all connections.
    ///
    /// # Errors
    /// When one cannot be ended.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.batches.clone().close().await?;
        self.write.clone().close().await?;
        self.read.clone().close().await.map_err(StoreError::from)
    }
}
