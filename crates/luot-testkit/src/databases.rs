//! A database for one test.

use luot_store::Store;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database as Connection, DatabaseConnection, QueryResult,
    Statement,
};
use tempfile::TempDir;
use uuid::Uuid;

/// A database that nobody else uses.
#[derive(Debug)]
pub struct Database {
    /// Its address.
    pub address: String,
    _folder: Option<TempDir>,
}

impl Database {
    /// An SQLite file in a folder of its own.
    #[must_use]
    pub fn sqlite() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        Self {
            address: format!("sqlite:{}", folder.path().join("luot.db").display()),
            _folder: Some(folder),
        }
    }

    /// The same in memory, where the machine has a folder there: a commit waits for no disk.
    #[must_use]
    pub fn sqlite_in_memory() -> Self {
        match TempDir::new_in("/dev/shm") {
            Ok(folder) => Self {
                address: format!("sqlite:{}", folder.path().join("luot.db").display()),
                _folder: Some(folder),
            },
            Err(_) => Self::sqlite(),
        }
    }

    /// A database on the throw-away PostgreSQL.
    pub async fn postgres() -> Self {
        let server = from_xtask("LUOT_TEST_POSTGRES");
        let name = format!("test_{}", Uuid::now_v7().simple());
        let connection = Connection::connect(&server).await.expect("PostgreSQL");
        connection
            .execute_unprepared(&format!("CREATE DATABASE {name}"))
            .await
            .expect("a database for the test");
        connection.close().await.expect("closing");
        let (before, _) = server.rsplit_once('/').expect("a name in the address");
        Self {
            address: format!("{before}/{name}"),
            _folder: None,
        }
    }

    /// A connection to it beside the service's.
    pub async fn beside(&self) -> DatabaseConnection {
        let address = self.address.replacen("sqlite:", "sqlite://", 1);
        Connection::connect(&address).await.expect("a database")
    }

    /// Does something to it behind the service's back.
    pub async fn does(&self, sql: &str) {
        let beside = self.beside().await;
        beside.execute_unprepared(sql).await.expect("a statement");
    }

    /// The number that a question to it is answered with, beside the service.
    pub async fn number(&self, sql: &str) -> i64 {
        let beside = self.beside().await;
        let question = Statement::from_string(beside.get_database_backend(), sql);
        let row = beside.query_one_raw(question).await.expect("a database");
        row.expect("a row").try_get_by_index(0).expect("a number")
    }

    /// Every row there is, as text, bytes in hexadecimal; of SQLite, the file as it lies there.
    pub async fn as_text(&self) -> String {
        if let Some(path) = self.address.strip_prefix("sqlite:") {
            let files = [path.to_owned(), format!("{path}-wal")];
            let bytes = files.map(|file| std::fs::read(file).unwrap_or_default());
            return String::from_utf8_lossy(&bytes.concat()).into_owned();
        }
        let beside = self.beside().await;
        let all = async |sql: &str| -> Vec<String> {
            let question = Statement::from_string(beside.get_database_backend(), sql);
            let rows = beside.query_all_raw(question).await.expect("rows");
            let text = |row: &QueryResult| row.try_get_by_index(0).expect("text");
            rows.iter().map(text).collect()
        };
        let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
        let mut stored = Vec::new();
        for table in all(tables).await {
            stored.extend(all(&format!("SELECT t::text FROM \"{table}\" t")).await);
        }
        stored.join("\n")
    }

    /// The store over it, as another process opens it.
    pub async fn connects(&self) -> Store {
        let store = Store::connect(&self.address, Some(8)).await;
        store.expect("a database")
    }

    /// One connection to it beside the service's, which notices whatever the service writes.
    pub async fn watched(&self) -> DatabaseConnection {
        let address = self.address.replacen("sqlite:", "sqlite://", 1);
        let mut options = ConnectOptions::new(address);
        options
            .max_connections(1)
            .sqlx_logging(false)
            .idle_timeout(None::<std::time::Duration>)
            .test_before_acquire(false);
        Connection::connect(options).await.expect("a database")
    }

    /// The store over it, migrated.
    pub async fn store(&self) -> Store {
        let store = self.connects().await;
        store.migrate(&self.address).await.expect("migrations");
        store
    }
}

/// What `cargo xtask test` says in the environment.
pub(crate) fn from_xtask(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run the tests by `cargo xtask test`"))
}
