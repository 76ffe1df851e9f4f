//! A real server for one test.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use chrono::{DateTime, Utc};
use luot_api::app::{Parts, server};
use luot_api::guards::{Guards, Network};
use luot_api::operations::MetricsPage;
use luot_app::users::{NewUser, ScopeOf};
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
    ready: Arc<Ready>,
    handle: ServerHandle,
}

/// The one page of another origin that may call.
pub const ORIGIN: &str = "https://h5.zdn.vn";
/// Who is believed about addresses: whoever tests.
const PROXY: &str = "127.0.0.1";

/// When tests begin: the morning of a Wednesday in Viet Nam.
pub const BEGINNING: &str = "2026-04-08T00:30:00Z";

impl TestApp {
    /// Starts a server on a database of its own.
    pub async fn start(on: On) -> Self {
        let database = match on {
            On::Embedded => Database::sqlite(),
            On::Postgres => Database::postgres().await,
        };
        Self::over(
            Arc::new(database),
            on,
            TestClock::at(beginning()),
            None,
            &same,
        )
        .await
    }

    /// Starts a server on a database that was made before.
    pub async fn start_over(database: Database, on: On) -> Self {
        let clock = TestClock::at(beginning());
        Self::over(Arc::new(database), on, clock, None, &same).await
    }

    /// Starts a server that was changed before: with rates, with fakes of what is outside.
    pub async fn start_with(on: On, change: &(dyn Fn(App, &Backend) -> App + Sync)) -> Self {
        let database = match on {
            On::Embedded => Database::sqlite(),
            On::Postgres => Database::postgres().await,
        };
        Self::over(
            Arc::new(database),
            on,
            TestClock::at(beginning()),
            None,
            change,
        )
        .await
    }

    /// Starts another server on the same database and clock.
    pub async fn another(&self, on: On) -> Self {
        Self::over(self.database.clone(), on, self.clock.clone(), None, &same).await
    }

    /// Starts another server on the same database and clock, with its line kept elsewhere.
    pub async fn another_with_line(&self, on: On, line: Backend) -> Self {
        Self::over(
            self.database.clone(),
            on,
            self.clock.clone(),
            Some(line),
            &same,
        )
        .await
    }

    /// Starts another server on the same database and clock that was changed before, with its
    /// line kept elsewhere.
    pub async fn another_with(
        &self,
        on: On,
        line: Backend,
        change: &(dyn Fn(App, &Backend) -> App + Sync),
    ) -> Self {
        let (database, clock) = (self.database.clone(), self.clock.clone());
        Self::over(database, on, clock, Some(line), change).await
    }

    async fn over(
        database: Arc<Database>,
        on: On,
        clock: TestClock,
        line: Option<Backend>,
        change: &(dyn Fn(App, &Backend) -> App + Sync),
    ) -> Self {
        let store = database.store().await;
        let keys = Keys::from_secret(&[7; 32]);
        let line = line.unwrap_or_else(|| match on {
            On::Embedded => Backend::Memory,
            On::Postgres => Backend::redis(&from_xtask("LUOT_TEST_REDIS")).expect("an address"),
        });
        let app = App::start(store, Arc::new(clock.clone()), keys).with_line(&line);
        app.check_keys().await.expect("the same keys");
        let app = change(app, &line);
        let ready = Arc::new(Ready::new(app.clone(), line));
        // A test that says where it comes from is believed.
        let proxies = vec![PROXY.parse().expect("a network")];
        let (base, handle) = listen(&app, &ready, proxies, None);
        luot_app::notify::choose_encryption();
        let client = Client::new();
        let admin = app.add_user("test", Role::Admin).await.expect("a token");
        Self {
            app,
            base,
            clock,
            admin,
            database,
            client,
            ready,
            handle,
        }
    }

    /// The same service at another address, where no proxy is believed.
    #[must_use]
    pub fn without_proxies(&self) -> Self {
        let (base, handle) = listen(&self.app, &self.ready, Vec::new(), None);
        Self {
            base,
            handle,
            ..self.clone()
        }
    }

    /// The same service at another address, where clients have only so long to send a request.
    #[must_use]
    pub fn impatient(&self, deadline: Duration) -> Self {
        let proxies = vec![PROXY.parse().expect("a network")];
        let (base, handle) = listen(&self.app, &self.ready, proxies, Some(deadline));
        Self {
            base,
            handle,
            ..self.clone()
        }
    }

    /// Stops the server; what it accepted is finished first.
    pub async fn stop(&self) {
        self.app.stop_following();
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

    /// A token of somebody in a role who reaches only this.
    pub async fn token_within(&self, role: Role, scope: ScopeOf) -> String {
        let console = self.app.operator(Role::Admin);
        let new = NewUser {
            name: role.as_str().into(),
            role,
            scopes: vec![scope],
        };
        let id = self.app.add_staff(&console, &new).await.expect("staff");
        let made = self.app.add_token(&console, id, "test", None).await;
        made.expect("a token").1
    }

    /// Does what is due by itself as time goes on.
    pub async fn sweeps(&self) -> luot_app::line::Swept {
        self.app.sweep().await.expect("a sweep")
    }

    /// Time goes by, and what runs out by then is seen to, as a server does each second.
    pub async fn after(&self, time: chrono::Duration) {
        self.clock.advance(time);
        self.app.sweep().await.expect("a sweep");
    }

    /// A token of somebody in a role.
    pub async fn token_of(&self, role: Role) -> String {
        self.app
            .add_user(role.as_str(), role)
            .await
            .expect("a token")
    }
}

/// Serves on a free port; tells where.
fn listen(
    app: &App,
    ready: &Arc<Ready>,
    proxies: Vec<Network>,
    deadline: Option<Duration>,
) -> (String, ServerHandle) {
    let guards = Guards {
        origins: vec![ORIGIN.into()],
        proxies,
    };
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let metrics = MetricsPage::new(String::new);
    let mut parts = Parts::new(app.clone(), ready.clone(), metrics).guards(guards);
    if let Some(deadline) = deadline {
        parts = parts.deadline(deadline).headers_deadline(deadline);
    }
    let server = server(parts, listener).expect("a server");
    let handle = server.handle();
    tokio::spawn(server);
    (base, handle)
}

/// Changes nothing.
fn same(app: App, _: &Backend) -> App {
    app
}

fn beginning() -> DateTime<Utc> {
    BEGINNING.parse().expect("an instant")
}
