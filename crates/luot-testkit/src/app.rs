//! A real server for one test.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use chrono::{DateTime, Utc};
use luot_api::app::{Parts, server};
use luot_api::operations::MetricsPage;
use luot_app::{App, Keys, Role};
use luot_line::Backend;
use luot_server::ready::Ready;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use uuid::Uuid;

use crate::databases::from_xtask;
use crate::{Answer, Database, TestClock};

/// On what a test runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// SQLite, and the line in memory.
    Embedded,
    /// PostgreSQL, and the line on Redis.
    Postgres,
}

/// A server with its database, a clock, and an administrator's token.
#[derive(Clone)]
pub struct TestApp {
    /// The service behind the server.
    pub app: App,
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub base: String,
    /// Its clock.
    pub clock: TestClock,
    /// An administrator's token.
    pub admin: String,
    /// Its database.
    pub database: Arc<Database>,
    client: Client,
    handle: ServerHandle,
}

/// When tests begin: the morning of a Wednesday in Viet Nam.
pub const BEGINNING: &str = "2026-04-08T00:30:00Z";

impl TestApp {
    /// Starts a server on a database of its own.
    pub async fn start(on: On) -> Self {
        let database = match on {
            On::Embedded => Database::sqlite(),
            On::Postgres => Database::postgres().await,
        };
        Self::over(Arc::new(database), on, TestClock::at(beginning())).await
    }

    /// Starts another server on the same database and clock.
    pub async fn another(&self, on: On) -> Self {
        Self::over(self.database.clone(), on, self.clock.clone()).await
    }

    async fn over(database: Arc<Database>, on: On, clock: TestClock) -> Self {
        let store = database.store().await;
        let keys = Keys::from_secret(&[7; 32]);
        let app = App::start(store, Arc::new(clock.clone()), keys);
        app.check_keys().await.expect("the same keys");
        let line = match on {
            On::Embedded => Backend::Memory,
            On::Postgres => Backend::redis(&from_xtask("LUOT_TEST_REDIS")).expect("an address"),
        };
        let ready = Arc::new(Ready::new(app.clone(), line));
        let metrics = MetricsPage::new(String::new);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let server = server(Parts::new(app.clone(), ready, metrics), listener).expect("a server");
        let handle = server.handle();
        tokio::spawn(server);
        let admin = app.add_user("test", Role::Admin).await.expect("a token");
        Self {
            app,
            base,
            clock,
            admin,
            database,
            client: Client::new(),
            handle,
        }
    }

    /// Stops the server; what it accepted is finished first.
    pub async fn stop(&self) {
        self.handle.stop(true).await;
        self.app.stop().await;
    }

    /// A request to a path.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// Sends a request and reads the answer.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::of(request.send().await.expect("an answer")).await
    }

    /// Reads something as anybody.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// Reads something as the administrator.
    pub async fn admin_get(&self, path: &str) -> Answer {
        let request = self.request(Method::GET, path).bearer_auth(&self.admin);
        self.send(request).await
    }

    /// Posts as the administrator, under a key of its own.
    pub async fn admin_post(&self, path: &str, body: &Value) -> Answer {
        let request = self
            .request(Method::POST, path)
            .bearer_auth(&self.admin)
            .header("Idempotency-Key", Uuid::now_v7().simple().to_string())
            .json(body);
        self.send(request).await
    }

    /// A token of somebody in a role.
    pub async fn token_of(&self, role: Role) -> String {
        self.app
            .add_user(role.as_str(), role)
            .await
            .expect("a token")
    }
}

fn beginning() -> DateTime<Utc> {
    BEGINNING.parse().expect("an instant")
}
