//! Fakes of what is outside: an SMS gateway, and Zalo's endpoints with the answers they
//! document. Real servers on free ports, so that the real clients are tried.

use std::collections::{HashMap, HashSet};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use luot_app::notify::{SmsGateway, Zalo, client};
use luot_app::{Outside, keys};
use serde_json::{Value, json};
use tokio::sync::Notify;

/// What the fakes know and what they were told.
#[derive(Default)]
struct Told {
    /// Text messages: to whom, and what.
    messages: Vec<(String, String)>,
    /// People of Zalo's: id and phone by access token.
    people: HashMap<String, (String, String)>,
    /// Phone tokens that are still good, and to whom they belong.
    phone_tokens: HashMap<String, String>,
    used: HashSet<String>,
    abroad: bool,
    /// So many messages are refused from now on, and so many were.
    to_refuse: u32,
    refused: u32,
}

/// A fake SMS gateway and a fake Zalo.
#[derive(Clone)]
pub struct Fakes {
    /// Where they listen.
    pub base: String,
    told: Arc<Mutex<Told>>,
    arrived: Arc<Notify>,
}

/// The secret of the app that the fake Zalo knows.
const APP_SECRET: &str = "fake-app-secret";
const GATEWAY_TOKEN: &str = "fake-gateway-token";

impl Fakes {
    /// Starts them.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let fakes = Self {
            base: format!("http://{}", listener.local_addr().expect("an address")),
            told: Arc::default(),
            arrived: Arc::default(),
        };
        let data = Data::new(fakes.clone());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .service(web::resource("/sms").to(sms))
                .service(web::resource("/v2.0/me").to(me))
                .service(web::resource("/v2.0/me/info").to(info))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)
        .expect("a server")
        .run();
        tokio::spawn(server);
        fakes
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The way to them.
    #[must_use]
    pub fn outside(&self) -> Outside {
        let client = client().expect("a client");
        Outside {
            delivery: Arc::new(SmsGateway {
                client: client.clone(),
                url: format!("{}/sms", self.base),
                token: GATEWAY_TOKEN.into(),
            }),
            zalo: Some(Zalo {
                client,
                base: self.base.clone(),
                app_secret: APP_SECRET.into(),
            }),
        }
    }

    /// The code that was last sent to a phone; waits for it, since the answer does not.
    pub async fn code_sent_to(&self, phone: &str) -> String {
        loop {
            let arrived = self.arrived.notified();
            let text = {
                let mut told = self.told();
                let at = told.messages.iter().rposition(|(to, _)| to == phone);
                at.map(|at| told.messages.remove(at).1)
            };
            match text {
                Some(text) => {
                    let digits = text.split(|c: char| !c.is_ascii_digit());
                    let mut codes = digits.filter(|d| d.len() == 6);
                    return codes.next().expect("six digits").to_owned();
                }
                None => arrived.await,
            }
        }
    }

    /// The gateway refuses so many messages from now on.
    pub fn refuses(&self, messages: u32) {
        let mut told = self.told();
        (told.to_refuse, told.refused) = (messages, 0);
    }

    /// Waits until the gateway has refused so many.
    pub async fn has_refused(&self, messages: u32) {
        loop {
            let arrived = self.arrived.notified();
            if self.told().refused >= messages {
                return;
            }
            arrived.await;
        }
    }

    /// How many the gateway has refused.
    #[must_use]
    pub fn refused(&self) -> u32 {
        self.told().refused
    }

    /// How many messages were taken that nobody has looked at.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.told().messages.len()
    }

    /// Somebody who uses Zalo: gives their access token, and a phone token.
    pub fn a_zalo_user(&self, id: &str, phone: &str) -> (String, String) {
        let (access, token) = (format!("access-{id}"), format!("phone-{id}"));
        let mut told = self.told();
        told.people
            .insert(access.clone(), (id.to_owned(), phone.to_owned()));
        // Each time it is a new one, though it is called the same.
        told.used.remove(&token);
        told.phone_tokens.insert(token.clone(), access.clone());
        (access, token)
    }

    /// From now on requests come from outside Viet Nam.
    pub fn move_abroad(&self) {
        self.told().abroad = true;
    }
}

async fn sms(fakes: Data<Fakes>, request: HttpRequest, body: web::Json<Value>) -> HttpResponse {
    let sent = request.headers().get("authorization");
    if sent.is_none_or(|v| v != format!("Bearer {GATEWAY_TOKEN}").as_str()) {
        return HttpResponse::Unauthorized().finish();
    }
    {
        let mut told = fakes.told();
        if told.to_refuse > 0 {
            told.to_refuse -= 1;
            told.refused += 1;
            fakes.arrived.notify_one();
            return HttpResponse::ServiceUnavailable().finish();
        }
    }
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    fakes.told().messages.push((text("to"), text("text")));
    fakes.arrived.notify_one();
    HttpResponse::Ok().json(json!({ "id": "1" }))
}

fn header(request: &HttpRequest, name: &str) -> String {
    let value = request.headers().get(name).and_then(|v| v.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// Zalo's way of saying no: in a `200`.
fn no(error: i64, message: &str) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "error": error, "message": message }))
}

fn refused(fakes: &Fakes, request: &HttpRequest) -> Option<HttpResponse> {
    let access = header(request, "access_token");
    let proof = keys::hmac_hex(APP_SECRET.as_bytes(), access.as_bytes());
    if header(request, "appsecret_proof") != proof {
        return Some(no(
            -452,
            "Session key invalid. Your appsecret_proof is invalid",
        ));
    }
    let told = fakes.told();
    if told.abroad {
        return Some(no(
            -501,
            "Personal information is restricted due to requests outside Vietnam",
        ));
    }
    (!told.people.contains_key(&access)).then(|| no(452, "Session key invalid. Request a new one"))
}

async fn me(fakes: Data<Fakes>, request: HttpRequest) -> HttpResponse {
    if let Some(no) = refused(&fakes, &request) {
        return no;
    }
    let told = fakes.told();
    let (id, _) = &told.people[&header(&request, "access_token")];
    HttpResponse::Ok().json(json!({ "id": id, "error": 0, "message": "Success" }))
}

async fn info(fakes: Data<Fakes>, request: HttpRequest) -> HttpResponse {
    if let Some(no) = refused(&fakes, &request) {
        return no;
    }
    let (access, code) = (header(&request, "access_token"), header(&request, "code"));
    let mut told = fakes.told();
    let good = header(&request, "secret_key") == APP_SECRET
        && told.phone_tokens.get(&code) == Some(&access)
        && told.used.insert(code);
    if !good {
        return no(117, "Code invalid or has been used");
    }
    let (_, phone) = &told.people[&access];
    HttpResponse::Ok().json(json!({
        "data": { "number": phone.trim_start_matches('+') }, "error": 0, "message": "Success",
    }))
}
