//! Connecting: one writer and many readers on SQLite, one pool on PostgreSQL.

use std::path::Path;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};

use crate::error::StoreError;
use crate::transaction::Store;
use crate::writers::Writers;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// The embedded default.
    Sqlite,
    /// What a province runs.
    Postgres,
}

/// Why no connection could be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Neither `sqlite:` nor `postgres://`.
    #[error("the database must be sqlite:PATH or postgres://USER@HOST/NAME, not {0:?}")]
    Scheme(String),
    /// The folder of the database cannot be made.
    #[error("cannot make the folder of {path:?}")]
    Folder {
        /// Of the database file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Another server is at work on an SQLite file.
    #[error(
        "another server is at work on {0:?}: one process at a time serves an SQLite file; stop it first, or let several work on PostgreSQL"
    )]
    Served(String),
    /// The database said no.
    #[error("cannot connect to the database")]
    Database(#[from] DbErr),
}

/// How long a request waits for a connection, or for somebody's lock. The request's own
/// deadline is longer, so that it can still be told that the database is busy.
pub(crate) const WAIT: Duration = Duration::from_secs(3);
/// How often a new SQLite file is tried again.
const AGAIN: Duration = Duration::from_millis(20);
/// Readers of an SQLite file.
const SQLITE_READERS: u32 = 4;
/// Connections to PostgreSQL, unless said otherwise.
const POSTGRES_POOL: u32 = 16;
/// Of them, those for batches: as many as may be under way, where that leaves more for others.
pub const BATCH_CONNECTIONS: u32 = 3;

impl Store {
    /// Connects to `sqlite:PATH` (made if it is not there) or `postgres://…`.
    ///
    /// # Errors
    /// When the address cannot be read or nothing answers there.
    pub async fn connect(address: &str, pool: Option<u32>) -> Result<Self, ConnectError> {
        if let Some(path) = sqlite_path(address) {
            make_folder(path)?;
            let write = first(path).await?;
            let read = Database::connect(sqlite(path, SQLITE_READERS, true)).await?;
            // One writes at a time: the others wait here, and not for its connection, where
            // they would keep the intake waiting.
            let writers = Writers::new(1, WAIT * 3);
            return Ok(Self::over(
                Backend::Sqlite,
                write.clone(),
                write,
                read,
                writers,
            ));
        }
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            let pool = pool.unwrap_or(POSTGRES_POOL);
            let others = pool.saturating_sub(BATCH_CONNECTIONS);
            let (others, both, batches) = if others > BATCH_CONNECTIONS {
                let batches = postgres(address, BATCH_CONNECTIONS, 0);
                let both = Database::connect(postgres(address, others, 1)).await?;
                (others, both, Database::connect(batches).await?)
            } else {
                let both = Database::connect(postgres(address, pool, 1)).await?;
                (pool, both.clone(), both)
            };
            // The rest of the others stays for reading, and for what is due by itself.
            let writers = usize::try_from(others.div_ceil(2)).unwrap_or(1);
            let writers = Writers::new(writers, WAIT);
            return Ok(Self::over(
                Backend::Postgres,
                batches,
                both.clone(),
                both,
                writers,
            ));
        }
        // Only the scheme: the rest may hold a password.
        let scheme = address.split(':').next().unwrap_or_default();
        Err(ConnectError::Scheme(format!("{scheme}:…")))
    }
}

/// The writer's connection. The first ever turns the write-ahead log on, for which SQLite
/// does not wait when another process is at it.
async fn first(path: &str) -> Result<DatabaseConnection, DbErr> {
    let mut waited = Duration::ZERO;
    loop {
        match Database::connect(sqlite(path, 1, false)).await {
            Err(error) if waited < WAIT && StoreError::from(error.clone()).is_transient() => {
                tokio::time::sleep(AGAIN).await;
                waited += AGAIN;
            }
            other => return other,
        }
    }
}

/// The file of an address of SQLite.
pub(crate) fn sqlite_path(address: &str) -> Option<&str> {
    let path = address
        .strip_prefix("sqlite://")
        .or_else(|| address.strip_prefix("sqlite:"))?;
    path.split('?').next()
}

pub(crate) fn make_folder(path: &str) -> Result<(), ConnectError> {
    match Path::new(path).parent() {
        Some(folder) if !folder.as_os_str().is_empty() => {
            std::fs::create_dir_all(folder).map_err(|source| ConnectError::Folder {
                path: path.into(),
                source,
            })
        }
        _ => Ok(()),
    }
}

fn quiet(mut options: ConnectOptions) -> ConnectOptions {
    // Statements can carry personal data.
    options
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .test_before_acquire_if_idle_for(Duration::from_secs(10));
    options
}

fn sqlite(path: &str, connections: u32, read_only: bool) -> ConnectOptions {
    let mut options = quiet(ConnectOptions::new(format!("sqlite://{path}?mode=rwc")));
    options
        .max_connections(connections)
        .min_connections(1)
        // Longer than the busy timeout, so that waiting is told apart from a fault.
        .acquire_timeout(WAIT * 3)
        .idle_timeout(None::<Duration>)
        .map_sqlx_sqlite_opts(move |o| {
            o.journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(WAIT)
                .foreign_keys(true)
                .pragma("query_only", if read_only { "ON" } else { "OFF" })
        });
    options
}

fn postgres(address: &str, connections: u32, at_once: u32) -> ConnectOptions {
    let mut options = quiet(ConnectOptions::new(address));
    options
        .max_connections(connections)
        .min_connections(at_once)
        .acquire_timeout(WAIT)
        .map_sqlx_postgres_opts(|o| {
            o.application_name("luot").options([
                // What is answered is on disk, whatever a role or the server says by default.
                ("synchronous_commit", "on"),
                ("lock_timeout", "3s"),
                ("statement_timeout", "20s"),
                ("idle_in_transaction_session_timeout", "30s"),
                // Statements and checks of references are planned once, perhaps while a table is
                // empty, and kept: on the first day of a service they would read whole tables.
                ("enable_seqscan", "off"),
                // What has to read a whole table after all looks so dear then that PostgreSQL would compile
                // it first, which takes longer than to read it.
                ("jit", "off"),
            ])
        });
    options
}

/// A connection of its own, for work that holds a session lock.
pub(crate) async fn single(
    backend: Backend,
    read: &DatabaseConnection,
    address: &str,
) -> Result<DatabaseConnection, DbErr> {
    match backend {
        Backend::Sqlite => Ok(read.clone()),
        Backend::Postgres => {
            let mut options = quiet(ConnectOptions::new(address));
            options.max_connections(1).min_connections(1);
            Database::connect(options).await
        }
    }
}
