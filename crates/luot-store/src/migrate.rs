//! Migrations: under a lock, and known to be pending without touching anything.

use luot_migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbErr};

use crate::connect::{Backend, single};
use crate::error::StoreError;
use crate::transaction::Store;

/// Any number that nobody else uses for an advisory lock: "luot" in ASCII.
const LOCK: i64 = 0x6c75_6f74;

impl Store {
    /// Applies what is pending; of several at once, one does and the others wait. Tells
    /// the names of what was applied.
    ///
    /// # Errors
    /// When a step fails; it leaves nothing behind.
    pub async fn migrate(&self, address: &str) -> Result<Vec<String>, StoreError> {
        match self.backend {
            Backend::Sqlite => {
                let before = self.pending().await?;
                let done = Migrator::up(&self.write, None).await;
                match done {
                    Ok(()) => Ok(before),
                    // Another process may have been faster.
                    Err(_) if self.pending().await?.is_empty() => Ok(Vec::new()),
                    Err(error) => Err(error.into()),
                }
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
        self.write.clone().close().await?;
        self.read.clone().close().await.map_err(StoreError::from)
    }
}
