//! A server with a few handlers made to go wrong, and what a refusal has to look like.

use std::{
    io::Write,
    net::TcpListener,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    dev::ServiceResponse,
    get, post, put, rt,
    web::{self, ServiceConfig},
};
use luot_api::{
    app::{self, Parts},
    extract::{
        Bearer, Form, IdempotencyKey, IfMatch, Items, Json, LargeJson, OptionalIdempotencyKey,
        Page, Path, Query,
    },
    operations::{Check, CheckState, MetricsPage, Readiness, ReadyReport},
    problem::{Code, Problem},
};
use luot_app::{App, Keys, Store};
use luot_domain::clock::SystemClock;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use reqwest::{RequestBuilder, Response};
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

/// A running server, with a database of its own.
pub struct Api {
    address: String,
    client: reqwest::Client,
    /// The service behind it.
    pub service: App,
    _folder: TempDir,
}

/// An error as it arrived.
pub struct Refusal {
    pub response_headers: reqwest::header::HeaderMap,
    pub status: u16,
    pub body: Value,
}

impl Api {
    pub async fn start() -> Self {
        Self::start_with(CheckState::Ok).await
    }

    pub async fn start_with(database: CheckState) -> Self {
        let (service, folder) = service().await;
        let parts = Parts::new(service, Arc::new(Database(database)), metrics_page());
        Self::serve(parts, folder)
    }

    pub async fn impatient() -> Self {
        let (service, folder) = service().await;
        let database = Arc::new(Database(CheckState::Ok));
        let parts = Parts::new(service, database, metrics_page());
        Self::serve(parts.deadline(Duration::from_millis(50)), folder)
    }

    fn serve(parts: Parts, folder: TempDir) -> Self {
        let service = parts.service.clone();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        rt::spawn(app::server(parts.besides(handlers), listener).expect("a server"));
        luot_app::notify::choose_encryption();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Self {
            address,
            client,
            service,
            _folder: folder,
        }
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request("GET", path)
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request("POST", path)
    }

    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().expect("a method");
        self.client
            .request(method, format!("{}{path}", self.address))
    }

    pub fn address(&self) -> &str {
        self.address.trim_start_matches("http://")
    }
}

/// The service over an empty database in a folder that goes with it.
async fn service() -> (App, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("luot.db").display());
    let store = Store::connect(&url, None).await.expect("a database");
    store.migrate(&url).await.expect("migrations");
    let keys = Keys::from_secret(&[7; 32]);
    let service = App::start(store, Arc::new(SystemClock), keys);
    service.check_keys().await.expect("the keys");
    (service, folder)
}

pub async fn send(request: RequestBuilder) -> Response {
    request.send().await.expect("an answer")
}

/// Sends a request that must be refused with this code, in the form that every refusal has.
pub async fn refused(request: RequestBuilder, code: Code) -> Refusal {
    let response = send(request).await;
    let status = response.status().as_u16();
    let path = response.url().path().to_owned();
    let response_headers = response.headers().clone();
    let header = |name: &str| {
        let value = response_headers
            .get(name)
            .and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let text = response.text().await.expect("a body");
    let body: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status}: {text}"));
    assert_eq!(body["code"], code.slug(), "{body}");
    assert_eq!(status, code.entry().status, "{body}");
    assert_eq!(body["status"], status);
    assert_eq!(header("content-type"), "application/problem+json");
    assert_eq!(body["type"], format!("/problems/{}", code.slug()));
    assert_eq!(body["title"], code.entry().title);
    assert_eq!(body["instance"], path);
    assert_eq!(body["request_id"], header("x-request-id"));
    assert!(!header("x-request-id").is_empty());
    assert!(
        body["detail"]
            .as_str()
            .is_some_and(|detail| !detail.is_empty())
    );
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("content-encoding"), "");
    Refusal {
        response_headers,
        status,
        body,
    }
}

/// What has been logged so far by everybody.
pub fn logged() -> String {
    String::from_utf8_lossy(&lines().lock().expect("the log")).into_owned()
}

fn lines() -> &'static Mutex<Vec<u8>> {
    static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    &LINES
}

/// Sets up, once, what a process has one of: the recorder, the log, the panic hook.
fn recorder() -> &'static PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER.get_or_init(|| {
        struct Log;
        impl Write for Log {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                lines().lock().expect("the log").write(bytes)
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        tracing_subscriber::fmt()
            .json()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(|| Log)
            .init();
        luot_api::middleware::install_panic_hook();
        PrometheusBuilder::new()
            .install_recorder()
            .expect("the only recorder")
    })
}

fn metrics_page() -> MetricsPage {
    MetricsPage::new(|| recorder().render())
}

/// The log and the metrics, from before the first request on.
pub fn observe() {
    recorder();
}

struct Database(CheckState);

impl Readiness for Database {
    fn ready(&self) -> futures_util::future::BoxFuture<'_, ReadyReport> {
        let check = Check {
            name: "database",
            state: self.0,
            detail: None,
        };
        Box::pin(async { ReadyReport::of(vec![check]) })
    }
}

#[derive(Deserialize)]
struct Person {
    name: String,
    age: u8,
}

#[derive(Deserialize)]
struct Range {
    from: u32,
}

fn handlers(config: &mut ServiceConfig) {
    config
        .service(json)
        .service(stock_json)
        .service(large)
        .service(form)
        .service(item)
        .service(named)
        .service(range)
        .service(page)
        .service(key)
        .service(optional_key)
        .service(version)
        .service(bearer)
        .service(panics)
        .service(formatted_panic)
        .service(slow)
        .service(broken)
        .service(full)
        .service(bare)
        .service(crate::sample::create)
        .service(long)
        .service(web::scope("/test/layer").wrap_fn(|_, _| async {
            Err::<ServiceResponse, _>(Problem::new(Code::TooManyRequests).into())
        }));
}

#[post("/test/json")]
async fn json(body: Json<Person>) -> String {
    format!("{} {}", body.value.name, body.value.age)
}

#[post("/test/stock-json")]
async fn stock_json(body: web::Json<Person>) -> String {
    format!("{} {}", body.name, body.age)
}

#[post("/test/large")]
async fn large(body: LargeJson<Vec<String>>) -> String {
    body.value.len().to_string()
}

#[post("/test/form")]
async fn form(mut form: Form) -> Result<String, Problem> {
    let file = form.file("file")?;
    Ok(format!(
        "{} {} {} {}",
        form.required("kind")?,
        form.flag("dry_run")?,
        file.name,
        file.bytes.len()
    ))
}

#[get("/test/items/{id}")]
async fn item(id: Path<Uuid>) -> String {
    id.to_string()
}

#[get("/test/names/{name}")]
async fn named(name: Path<String>) -> String {
    name.into_inner()
}

#[get("/test/range")]
async fn range(range: Query<Range>) -> String {
    range.0.from.to_string()
}

#[get("/test/page")]
async fn page(page: Page) -> Result<web::Json<Items<u32>>, Problem> {
    let from = page.after::<u32>()?.map_or(0, |last| last + 1);
    Ok(web::Json(
        page.items((from..=from + page.limit).collect(), |last| *last),
    ))
}

#[post("/test/key")]
async fn key(key: IdempotencyKey) -> Result<String, Problem> {
    Ok(key.hard_to_guess()?.as_str().to_owned())
}

#[post("/test/optional-key")]
async fn optional_key(given: OptionalIdempotencyKey) -> String {
    given.0.is_some().to_string()
}

#[put("/test/version")]
async fn version(seen: IfMatch) -> Result<String, Problem> {
    if seen.allows(7) {
        Ok("changed".to_owned())
    } else {
        Err(Code::Stale.into())
    }
}

#[get("/test/bearer")]
async fn bearer(bearer: Bearer) -> Result<String, Problem> {
    Ok(bearer.required()?.reveal().to_owned())
}

#[get("/test/panic")]
#[allow(clippy::panic, unreachable_code, reason = "that is the test")]
async fn panics() -> &'static str {
    panic!("a literal message")
}

#[get("/test/formatted-panic")]
#[allow(clippy::panic, unreachable_code, reason = "that is the test")]
async fn formatted_panic(request: HttpRequest) -> &'static str {
    panic!("about {}", request.query_string())
}

#[get("/test/slow")]
async fn slow() -> &'static str {
    std::future::pending().await
}

#[get("/test/broken")]
async fn broken() -> Result<String, Problem> {
    Err(Problem::internal(std::io::Error::other("the disk is full")))
}

#[get("/test/full")]
async fn full() -> Result<String, Problem> {
    Err(Problem::new(Code::WindowFull)
        .detail("Two places are left.", "Còn hai chỗ.")
        .error(
            "/persons",
            "too-many",
            "Three is too many.",
            "Ba người là quá nhiều.",
        )
        .with("alternatives", ["a", "b"]))
}

#[get("/test/bare")]
async fn bare() -> impl Responder {
    HttpResponse::BadRequest()
        .insert_header(("X-Kept", "yes"))
        .body("plain words")
}

#[get("/test/long")]
async fn long() -> String {
    "lượt ".repeat(1000)
}
