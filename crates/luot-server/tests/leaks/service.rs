//! A whole server as it is run, and all that comes out of it.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};

use luot_testkit::{Database, Fakes};
use reqwest::multipart::Form;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_luot");

/// A server that logs all it can.
pub struct Service {
    pub client: Client,
    pub base: String,
    /// An administrator's token.
    pub admin: String,
    database: Database,
    folder: TempDir,
    server: Child,
    said: String,
    /// What Redis was told, where there is one.
    redis: Option<Told>,
}

/// Everything that Redis is told, as it tells it on.
struct Told {
    listening: std::thread::JoinHandle<Vec<u8>>,
    connection: TcpStream,
}

impl Told {
    fn by(address: &str) -> Self {
        let address = address.trim_start_matches("redis://");
        let address = address.split('/').next().expect("an address");
        let mut connection = TcpStream::connect(address).expect("Redis");
        connection.write_all(b"MONITOR\r\n").expect("Redis");
        let mut answer = [0; 5];
        connection.read_exact(&mut answer).expect("Redis");
        assert_eq!(&answer, b"+OK\r\n");
        let mut reads = connection.try_clone().expect("the connection");
        let listening = std::thread::spawn(move || {
            let mut all = Vec::new();
            drop(reads.read_to_end(&mut all));
            all
        });
        Self {
            listening,
            connection,
        }
    }

    /// What it was told, with bytes that it shows as `\xe1` as they are.
    fn all(self) -> String {
        self.connection.shutdown(Shutdown::Both).expect("hung up");
        let told = self.listening.join().expect("what it said");
        let told = String::from_utf8_lossy(&told).into_owned();
        let mut parts = told.split("\\x");
        let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
        for part in parts {
            match part.get(..2).map(|hex| u8::from_str_radix(hex, 16)) {
                Some(Ok(byte)) => {
                    bytes.push(byte);
                    bytes.extend(&part.as_bytes()[2..]);
                }
                _ => bytes.extend(part.as_bytes()),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// What came out, by what it came out of.
pub type Heard = Vec<(&'static str, String)>;

impl Service {
    /// Starts one; its administrator is called that.
    pub async fn start(database: Database, fakes: &Fakes, format: &str, admin: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        let key = folder.path().join("luot.key");
        let at = |command: &mut Command| {
            command.args(["--database", &database.address, "--key-file"]);
            command.arg(&key);
        };
        let run = |args: &[&str]| {
            let mut command = Command::new(PROGRAM);
            command.args(args);
            match args[0] {
                "migrate" => drop(command.args(["--database", &database.address])),
                _ => at(&mut command),
            }
            let done = command.output().expect("luot");
            let told = String::from_utf8_lossy(&done.stderr);
            assert!(done.status.success(), "{args:?}: {told}");
            String::from_utf8_lossy(&done.stdout).trim().to_owned()
        };
        run(&["migrate"]);
        run(&["keys", "new"]);
        let admin = run(&["user", "add", "--name", admin, "--role", "admin"]);
        let mut command = Command::new(PROGRAM);
        command.args(["serve", "--listen", "127.0.0.1:0", "--log", "trace"]);
        command.args(["--log-format", format, "--second-factor-of", "none"]);
        command.args(["--rate-address", "100000", "--rate-token", "100000"]);
        command.args(["--sms-url", &format!("{}/sms", fakes.base)]);
        command.args(["--sms-token", "fake-gateway-token"]);
        let mut told = None;
        if database.address.starts_with("postgres") {
            let redis = std::env::var("LUOT_TEST_REDIS").expect("run by `cargo xtask test`");
            command.args(["--redis", &redis]);
            told = Some(Told::by(&redis));
        }
        at(&mut command);
        let log = std::fs::File::create(folder.path().join("log")).expect("a file");
        command.stdout(Stdio::piped()).stderr(Stdio::from(log));
        let mut server = command.spawn().expect("luot");
        let out = server.stdout.as_mut().expect("its output");
        let mut said = String::new();
        while !said.contains('\n') {
            let mut byte = [0];
            assert_eq!(out.read(&mut byte).expect("a line"), 1);
            said.push(char::from(byte[0]));
        }
        luot_app::notify::choose_encryption();
        Self {
            // A connection each: one that the server closes just then cannot be used again.
            client: Client::builder()
                .pool_max_idle_per_host(0)
                .build()
                .expect("a client"),
            base: said.trim().trim_start_matches("listening on ").to_owned(),
            admin,
            database,
            folder,
            server,
            said,
            redis: told,
        }
    }

    /// A request, as whoever has that token.
    pub fn request(&self, method: Method, path: &str, bearer: Option<&str>) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        let key = uuid::Uuid::now_v7().simple().to_string();
        let request = request.header("Idempotency-Key", key);
        match bearer {
            Some(bearer) => request.bearer_auth(bearer),
            None => request,
        }
    }

    /// Sends it; gives status and body.
    pub async fn send(&self, request: RequestBuilder) -> (StatusCode, Value) {
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        let text = answer.text().await.expect("text");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        (status, body)
    }

    /// Does what must not be refused.
    pub async fn post(&self, path: &str, body: &Value, bearer: Option<&str>) -> Value {
        let request = self.request(Method::POST, path, bearer).json(body);
        let (status, body) = self.send(request).await;
        assert!(status.is_success(), "{path}: {status} {body:#}");
        body
    }

    /// Reads what must not be refused.
    pub async fn get(&self, path: &str, bearer: Option<&str>) -> Value {
        let request = self.request(Method::GET, path, bearer);
        let (status, body) = self.send(request).await;
        assert!(status.is_success(), "{path}: {status} {body:#}");
        body
    }

    /// Sends a file as the administrator.
    pub async fn upload(&self, campaign: &str, form: Form) -> (StatusCode, Value) {
        let path = format!("/v1/campaigns/{campaign}/imports");
        let request = self.request(Method::POST, &path, Some(&self.admin));
        self.send(request.multipart(form)).await
    }

    /// Stops the server, and gives what it logged, printed, counted and stored.
    pub async fn stop(mut self) -> Heard {
        let metrics = self.client.get(format!("{}/metrics", self.base));
        let metrics = metrics.send().await.expect("metrics").text().await;
        let stored = self.database.as_text().await;
        self.server.kill().expect("killed");
        self.server.wait().expect("gone");
        let mut out = self.server.stdout.take().expect("its output");
        out.read_to_string(&mut self.said).expect("its output");
        let log = std::fs::read_to_string(self.folder.path().join("log")).expect("a log");
        assert!(log.lines().count() > 50, "it logged as told to");
        let redis = self.redis.take().map(Told::all);
        assert!(redis.as_ref().is_none_or(|told| told.contains("luot:")));
        vec![
            ("the log", log),
            ("what it printed", self.said.clone()),
            ("the metrics", metrics.expect("text")),
            ("the database", stored),
            ("Redis", redis.unwrap_or_default()),
        ]
    }
}

/// A test that fails leaves no server behind.
impl Drop for Service {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}
