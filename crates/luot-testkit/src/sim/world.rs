//! The stage: the campaign, the servers, the events to come, and how one survives a crash.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use chrono::{DateTime, Days, Duration, Utc};
use luot_app::line::TicketView;
use luot_app::{Actor, App, Keys, Role};
use luot_domain::clock::Clock;
use luot_line::Backend;
use luot_store::{Point, Probe, Store};
use sea_orm::Database as Connection;
use serde_json::{Value, json};
use tokio::sync::Notify;
use uuid::Uuid;

use super::Plan;
use super::checks::Checks;
use super::dice::Dice;
use super::report::{Report, Visit};
use crate::{On, TestApp};

pub(super) type Instant = DateTime<Utc>;

/// Something that happens at a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    /// A family books.
    Book,
    /// A session's day begins: who comes, and when, is drawn.
    Open(usize),
    /// Somebody with an appointment comes.
    Arrive(usize),
    /// Somebody without one comes.
    WalkIn(usize),
    /// A station of a session begins, or is back.
    Begin(usize, usize),
    /// A station asks for the next.
    Ask(usize, usize),
    /// A station ends what it does with a call.
    End(usize, usize),
    /// What is due by itself is done.
    Sweep,
    /// The line's index is lost.
    Lose,
}

/// A session to be held.
pub(super) struct Hall {
    pub id: Uuid,
    pub starts_at: Instant,
    pub ends_at: Instant,
    pub stations: Vec<Option<Uuid>>,
    /// The call that each station is busy with, and what will come of it (a number of 100).
    pub at_work: HashMap<usize, (Uuid, usize)>,
    /// Visits by the number of their ticket.
    pub visits: HashMap<i32, Visit>,
}

/// Somebody with an appointment.
pub(super) struct Booked {
    pub code: String,
    pub hall: usize,
    pub starts_at: Instant,
    pub ends_at: Instant,
}

/// The stage.
pub(super) struct World {
    pub plan: Plan,
    pub kit: TestApp,
    pub servers: Vec<App>,
    store: Store,
    pub staff: Actor,
    pub dice: Dice,
    pub checks: Checks,
    pub halls: Vec<Hall>,
    /// Windows: id, hall, beginning, end.
    pub windows: Vec<(String, usize, Instant, Instant)>,
    pub booked: Vec<Booked>,
    pub report: Report,
    events: BinaryHeap<Reverse<(Instant, usize, Event)>>,
    planned: usize,
    /// At which point the next transaction stops; see [`Point`].
    armed: Arc<AtomicU8>,
    crashed: Arc<Notify>,
}

/// No point.
const DISARMED: u8 = u8::MAX;

fn number(point: Point) -> u8 {
    match point {
        Point::Begun => 0,
        Point::Worked => 1,
        Point::Committed => 2,
    }
}

fn instance(kit: &TestApp, plan: Plan) -> Value {
    let mut instance = kit.a_session().in_days(0).for_cohort("1A", 6).instance();
    let first = kit.clock.now().date_naive();
    let days: Vec<_> = (0..u64::from(plan.days))
        .map(|n| first + Days::new(n))
        .collect();
    instance["end"] = json!(first + Days::new(u64::from(plan.days)));
    instance["shifts"] = json!([
        { "id": "sang", "start": "08:00", "end": "12:00", "records": plan.records },
    ]);
    instance["machines"] = json!([{ "id": "may-1" }, { "id": "may-2" }]);
    instance["sites"] = json!([{ "id": "truong", "machines_at_once": 2 }]);
    let placed: Vec<Value> = days
        .iter()
        .flat_map(|day| {
            ["may-1", "may-2"].map(|machine| {
                json!({ "machine": machine, "date": day, "shift": "sang", "site": "truong" })
            })
        })
        .collect();
    instance["pinned"] = json!({ "rotation": placed });
    // The same seed, the same story: how long a place cools is no matter of chance.
    instance["policies"] = json!({
        "waitlist": { "cooling_seconds_least": 300, "cooling_seconds_most": 300 },
    });
    instance
}

impl World {
    pub async fn new(plan: Plan) -> Self {
        let kit = TestApp::start(On::Embedded).await;
        let created = kit.admin_post("/v1/campaigns", &instance(&kit, plan)).await;
        let campaign = created.text("/id");
        kit.plans_and_publishes(&campaign, 200).await;
        let address = kit.database.address.replacen("sqlite:", "sqlite://", 1);
        let (armed, crashed) = (Arc::new(AtomicU8::new(DISARMED)), Arc::new(Notify::new()));
        let (at, tell) = (armed.clone(), crashed.clone());
        let probe = Probe::new(move |point| {
            let hit = at
                .compare_exchange(number(point), DISARMED, Ordering::SeqCst, Ordering::SeqCst)
                .is_ok();
            if hit {
                tell.notify_one();
            }
            hit
        });
        let mut world = Self {
            store: kit.app.store().clone().with_probe(probe),
            staff: kit.app.operator(Role::Admin),
            checks: Checks(Connection::connect(&address).await.expect("a database")),
            servers: Vec::new(),
            dice: Dice::new(plan.seed),
            halls: Vec::new(),
            windows: Vec::new(),
            booked: Vec::new(),
            report: Report {
                seed: plan.seed,
                digest: 0xcbf2_9ce4_8422_2325,
                ..Report::default()
            },
            events: BinaryHeap::new(),
            planned: 0,
            armed,
            crashed,
            kit,
            plan,
        };
        world.servers = (0..2).map(|_| world.server()).collect();
        world.read_sessions(&campaign).await;
        world
    }

    /// A server that knows nothing but the database.
    fn server(&self) -> App {
        let keys = Keys::from_secret(&[7; 32]);
        App::start(self.store.clone(), Arc::new(self.kit.clock.clone()), keys)
            .with_line(&Backend::Memory)
    }

    async fn read_sessions(&mut self, campaign: &str) {
        let instant =
            |v: &Value| -> Instant { v.as_str().expect("text").parse().expect("an instant") };
        let path = format!("/v1/campaigns/{campaign}/sessions?limit=500");
        for (n, session) in self.kit.get(&path).await.items().iter().enumerate() {
            let hall = Hall {
                id: session["id"]
                    .as_str()
                    .expect("an id")
                    .parse()
                    .expect("an id"),
                starts_at: instant(&session["starts_at"]),
                ends_at: instant(&session["ends_at"]),
                stations: vec![None; 2],
                at_work: HashMap::new(),
                visits: HashMap::new(),
            };
            self.at(hall.starts_at - Duration::minutes(25), Event::Open(n));
            self.halls.push(hall);
        }
        let path = format!("/v1/campaigns/{campaign}/availability");
        for window in self.kit.get(&path).await.items() {
            let id = window["session_id"].as_str().expect("an id");
            let hall = self.halls.iter().position(|h| h.id.to_string() == id);
            let hall = hall.expect("a session that was listed");
            // Clock times of the window are local; the session's first begins with it.
            let minutes = |v: &Value| -> i64 {
                let (hours, minutes) = v.as_str().expect("text").split_once(':').expect("a time");
                hours.parse::<i64>().expect("hours") * 60 + minutes.parse::<i64>().expect("minutes")
            };
            let from = self.halls[hall].starts_at;
            let after = |v: &Value| from + Duration::minutes(minutes(v) - 8 * 60);
            let (starts, ends) = (after(&window["starts"]), after(&window["ends"]));
            let id = window["window_id"].as_str().expect("an id").to_owned();
            self.windows.push((id, hall, starts, ends));
        }
        self.windows.sort_by_key(|w| w.2);
        let people = self.plan.records as usize * 2 * self.halls.len();
        // Nine in ten places are asked for, spread over the time until each day.
        let last = self.halls.last().expect("a session").starts_at;
        let now = self.kit.clock.now();
        let span = (last - now).num_seconds().max(1) as f64;
        for n in 0..people * 9 / 20 {
            // Half of it before the first day.
            let share = if n % 2 == 0 { 0.0 } else { self.dice.share() };
            let at = now + Duration::seconds((span * share) as i64);
            self.at(at, Event::Book);
        }
        self.at(now + Duration::hours(2), Event::Lose);
    }

    /// Something will happen.
    pub fn at(&mut self, at: Instant, event: Event) {
        self.planned += 1;
        self.events.push(Reverse((at, self.planned, event)));
    }

    /// Something will happen so many seconds from now.
    pub fn after(&mut self, seconds: f64, event: Event) {
        let milliseconds = (seconds * 1_000.0) as i64;
        let at = self.now() + Duration::milliseconds(milliseconds);
        self.at(at, event);
    }

    pub fn now(&self) -> Instant {
        self.kit.clock.now()
    }

    pub async fn run(&mut self) {
        while let Some(Reverse((at, _, event))) = self.events.pop() {
            self.kit.clock.go_to(at);
            self.report.events += 1;
            let hall = match &event {
                Event::Open(h) | Event::WalkIn(h) | Event::Begin(h, _) => Some(*h),
                Event::Ask(h, _) | Event::End(h, _) => Some(*h),
                Event::Arrive(n) => Some(self.booked[*n].hall),
                Event::Book | Event::Sweep | Event::Lose => None,
            };
            self.note(&format!("{} {event:?}", at.timestamp_millis()));
            self.happens(event.clone()).await;
            self.check(hall, &event).await;
        }
    }

    /// Adds to the story, which is told as one number (FNV-1a).
    pub fn note(&mut self, text: &str) {
        for byte in text.bytes() {
            self.report.digest ^= u64::from(byte);
            self.report.digest = self.report.digest.wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    /// Gives up: an invariant is broken.
    pub fn fail(&self, event: &Event, why: &str) -> ! {
        panic!(
            "seed {}, event {} ({event:?} at {}): {why}",
            self.plan.seed,
            self.report.events,
            self.now()
        )
    }

    async fn check(&mut self, hall: Option<usize>, event: &Event) {
        if let Some(hall) = hall {
            let hall = &self.halls[hall];
            if let Some(why) = self.checks.of_session(hall.id, hall.visits.len()).await {
                self.fail(event, &why);
            }
            let (version, waiting) = (
                self.checks.version(hall.id).await,
                self.checks.waiting(hall.id).await,
            );
            for server in &self.servers {
                let known = server.line_index(hall.id).await.expect("an index");
                if let Some((seen, count)) = known
                    && seen == version
                    && i64::try_from(count).ok() != Some(waiting)
                {
                    self.fail(event, "the index says it is right, and is not");
                }
            }
        }
        if let Some(why) = self.checks.of_all().await {
            self.fail(event, &why);
        }
    }

    /// Does something on one of the servers, which may crash at any step; then it starts
    /// anew, knows nothing, and the same is asked of it again. `act` must be something that
    /// may be asked twice.
    pub async fn survives<T: PartialEq + std::fmt::Debug>(
        &mut self,
        act: impl AsyncFn(&App) -> T,
    ) -> T {
        let which = self.dice.roll(self.servers.len());
        if self.dice.happens(0.03) {
            let point = u8::try_from(self.dice.roll(3)).expect("small");
            self.armed.store(point, Ordering::SeqCst);
            let done = {
                let app = self.servers[which].clone();
                tokio::select! {
                    biased;
                    () = self.crashed.notified() => None,
                    done = act(&app) => Some(done),
                }
            };
            self.armed.store(DISARMED, Ordering::SeqCst);
            match done {
                // It never came to that point: nothing was to be written.
                Some(done) => return done,
                None => {
                    self.report.trouble.0 += 1;
                    let fresh = self.server();
                    let gone = std::mem::replace(&mut self.servers[which], fresh);
                    gone.stop().await;
                }
            }
        }
        act(&self.servers[which]).await
    }

    /// Asks for something again now and then, on the other server too: the answer must be
    /// the same.
    pub async fn repeats<T: PartialEq + std::fmt::Debug>(
        &mut self,
        act: impl AsyncFn(&App) -> T,
    ) -> T {
        let first = self.survives(&act).await;
        if self.dice.happens(0.1) {
            self.report.repeated += 1;
            let which = self.dice.roll(self.servers.len());
            let again = act(&self.servers[which]).await;
            assert_eq!(first, again, "seed {}: another answer", self.plan.seed);
        }
        first
    }

    /// All indexes are lost at once.
    pub fn lose(&mut self) {
        self.report.trouble.1 += 1;
        for server in &mut self.servers {
            *server = server.clone().with_line(&Backend::Memory);
        }
    }

    /// Notes somebody's ticket.
    pub fn ticketed(&mut self, hall: usize, ticket: &TicketView) {
        let visit = Visit {
            came: ticket.came.clone(),
            arrived_at: ticket.arrived_at,
            from: ticket.arrived_at.max(self.halls[hall].starts_at),
            called_at: None,
            told: ticket.wait.map(|w| (w.p50_seconds, w.p90_seconds)),
        };
        self.note(&format!("ticket {} {}", ticket.number, ticket.came));
        self.halls[hall]
            .visits
            .entry(ticket.number)
            .or_insert(visit);
    }

    pub async fn finish(mut self) -> Report {
        self.report.sessions = self.halls.len();
        for server in &self.servers {
            server.stop().await;
        }
        self.kit.stop().await;
        for hall in &mut self.halls {
            self.report.busy.1 += 2 * (hall.ends_at - hall.starts_at).num_seconds();
            let mut visits: Vec<_> = hall.visits.drain().collect();
            visits.sort_by_key(|(number, _)| *number);
            self.report
                .visits
                .extend(visits.into_iter().map(|(_, v)| v));
        }
        self.report
    }
}
