//! The stage: the campaign, the servers, the events to come, and what is looked at after each.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet};

use chrono::{DateTime, Duration, Utc};
use luot_app::line::TicketView;
use luot_app::{Actor, App, Role};
use luot_domain::clock::Clock;
use uuid::Uuid;

use super::Plan;
use super::campaign::{by_hand, instance};
use super::checks::{Checks, at, sql_instant};
use super::crash::{Fuse, Kind};
use super::dice::Dice;
use super::index::{Loss, Shelf};
use super::report::{Report, Visit};
use crate::{Database, On, TestApp};

/// Servers that share the work.
const SERVERS: usize = 2;

pub(super) type Instant = DateTime<Utc>;

/// Something that happens at a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    /// A family books; where its window is full it may wait for places.
    Book,
    /// A school books for so many more of a class.
    Class(usize, usize),
    /// Somebody gives an appointment up.
    Cancel(usize),
    /// Somebody wants another time.
    Move(usize),
    /// A party answers an offer.
    Answer(usize),
    /// A machine breaks down for days to come; what is proposed is published.
    Breakdown,
    /// A session's day begins: who comes, and when, is drawn.
    Open(usize),
    /// Somebody with an appointment comes to a session.
    Arrive(usize, usize),
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
    /// A machine breaks down in a session's midst.
    Breaks(usize, usize),
    /// The line's index is lost.
    Lose(Loss),
    /// It can be reached again.
    Recover,
}

/// A session to be held.
pub(super) struct Hall {
    pub id: Uuid,
    pub starts_at: Instant,
    pub ends_at: Instant,
    /// Whether its day has begun.
    pub open: bool,
    pub stations: Vec<Option<Uuid>>,
    /// Whether each machine is planned to be there, and works.
    pub works: Vec<bool>,
    /// When a machine broke there.
    pub broke_at: Option<Instant>,
    /// The call that each station is busy with, and what will come of it (a number of 100).
    pub at_work: HashMap<usize, (Uuid, usize)>,
    /// Since when each machine serves somebody.
    pub busy_since: HashMap<usize, Instant>,
    /// Visits by the number of their ticket.
    pub visits: HashMap<i32, Visit>,
}

/// A window that can be booked.
pub(super) struct Window {
    pub id: Uuid,
    pub hall: usize,
    pub starts_at: Instant,
}

/// The stage.
pub(super) struct World {
    pub plan: Plan,
    pub kit: TestApp,
    pub campaign: Uuid,
    pub servers: Vec<App>,
    pub shelf: Shelf,
    pub fuse: Fuse,
    /// The most steps that each kind of work has had.
    pub steps: BTreeMap<Kind, usize>,
    pub staff: Actor,
    pub dice: Dice,
    pub checks: Checks,
    pub halls: Vec<Hall>,
    /// In the order of time.
    pub windows: Vec<Window>,
    /// Codes of everybody who was ever booked.
    pub people: Vec<String>,
    pub numbers: HashMap<String, usize>,
    /// Offers that were made, and whether they will be taken.
    pub offers: Vec<(Uuid, bool)>,
    pub heard: HashSet<Uuid>,
    pub report: Report,
    events: BinaryHeap<Reverse<(Instant, usize, Event)>>,
    planned: usize,
}

impl World {
    pub async fn new(plan: Plan) -> Self {
        let kit = TestApp::start_over(Database::sqlite_in_memory(), On::Embedded).await;
        let created = kit.admin_post("/v1/campaigns", &instance(&kit, plan)).await;
        let campaign = created.text("/id");
        kit.publishes_by_hand(&campaign, &by_hand(&kit, plan)).await;
        let mut world = Self {
            shelf: Shelf::new(plan.kept, SERVERS).await,
            fuse: Fuse::default(),
            steps: BTreeMap::new(),
            staff: kit.app.operator(Role::Admin),
            checks: Checks::over(kit.database.watched().await),
            campaign: campaign.parse().expect("an id"),
            servers: Vec::new(),
            dice: Dice::new(plan.seed),
            halls: Vec::new(),
            windows: Vec::new(),
            people: Vec::new(),
            numbers: HashMap::new(),
            offers: Vec::new(),
            heard: HashSet::new(),
            report: Report {
                seed: plan.seed,
                digest: 0xcbf2_9ce4_8422_2325,
                ..Report::default()
            },
            events: BinaryHeap::new(),
            planned: 0,
            kit,
            plan,
        };
        for which in 0..SERVERS {
            world.servers.push(world.server(which).await);
        }
        world.read_sessions().await;
        world.write_the_story().await;
        world
    }

    /// Reads the sessions and windows that are published; a session that is new gets its day.
    pub async fn read_sessions(&mut self) {
        let sql = "SELECT id, starts_at, ends_at FROM session WHERE campaign_id = ? AND state = 'open' \
                   ORDER BY starts_at";
        for row in self.checks.rows(sql, vec![self.campaign.into()]).await {
            let id: Uuid = at(&row, 0);
            if self.halls.iter().any(|h| h.id == id) {
                continue;
            }
            let hall = Hall {
                id,
                starts_at: at(&row, 1),
                ends_at: at(&row, 2),
                open: false,
                stations: vec![None; 2],
                works: vec![false; 2],
                broke_at: None,
                at_work: HashMap::new(),
                busy_since: HashMap::new(),
                visits: HashMap::new(),
            };
            let opens = (hall.starts_at - Duration::minutes(25)).max(self.now());
            self.at(opens, Event::Open(self.halls.len()));
            self.halls.push(hall);
        }
        let sql = "SELECT id, session_id, starts_at FROM slot WHERE campaign_id = ? AND open ORDER BY starts_at";
        let rows = self.checks.rows(sql, vec![self.campaign.into()]).await;
        self.windows = rows
            .iter()
            .filter_map(|row| {
                let session: Uuid = at(row, 1);
                Some(Window {
                    id: at(row, 0),
                    hall: self.halls.iter().position(|h| h.id == session)?,
                    starts_at: at(row, 2),
                })
            })
            .collect();
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
            self.note(&format!("{} {event:?}", at.timestamp_millis()));
            self.happens(event.clone()).await;
            self.is_sabotaged().await;
            self.check(&event).await;
        }
        if let Some(why) = self.checks.of_the_end().await {
            self.fail(&Event::Sweep, &why);
        }
    }

    /// Does what a test of the checks wants done.
    async fn is_sabotaged(&mut self) {
        let Some(sabotage) = self.plan.sabotage else {
            return;
        };
        if self.count(sabotage.when).await > 0 {
            self.kit.database.does(sabotage.sql).await;
            self.plan.sabotage = None;
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
            "seed {}, event {} ({event:?} at {}): {why}; the same again: {}",
            self.plan.seed,
            self.report.events,
            self.now(),
            self.plan
        )
    }

    async fn check(&mut self, event: &Event) {
        if !self.checks.is_news().await {
            return;
        }
        let now = self.now();
        if let Some(why) = self.checks.of_all(now).await {
            self.fail(event, &why);
        }
        for n in 0..self.halls.len() {
            let hall = &self.halls[n];
            let over = hall.ends_at + Duration::hours(4) < now;
            if !hall.open || over {
                continue;
            }
            let session = hall.id;
            if let Some(why) = self.checks.of_line(session, now).await {
                self.fail(event, &why);
            }
            self.check_line(n, event).await;
            if let Some(why) = self.checks.of_turns(session).await {
                self.fail(event, &why);
            }
        }
        self.check_order(event).await;
        self.hear_offers().await;
    }

    /// An index of those who wait that is of the store's version is the store's order.
    async fn check_order(&mut self, event: &Event) {
        let (version, waiting) = self.checks.order(self.campaign).await;
        let known = self.shelf.order(self.campaign, version).await;
        self.report.orders += known.len();
        if known.iter().any(|entries| *entries != waiting) {
            let why = format!(
                "the waitlist's index says it is of version {version}, and is not: {known:?}, and {waiting:?} wait"
            );
            self.fail(event, &why);
        }
    }

    /// Nobody is lost, and an index that says it is right is.
    async fn check_line(&self, hall: usize, event: &Event) {
        let hall = &self.halls[hall];
        let line = self.checks.line(hall.id).await;
        if line.tickets != i64::try_from(hall.visits.len()).expect("few") {
            let (given, there) = (hall.visits.len(), line.tickets);
            self.fail(
                event,
                &format!("{given} tickets were given, and {there} are there"),
            );
        }
        let known = self.shelf.known(hall.id, line.version).await;
        if known.is_empty() {
            return;
        }
        let waiting = self.checks.waiting(hall.id).await;
        if known.iter().any(|entries| *entries != waiting) {
            let there: Vec<usize> = known.iter().map(Vec::len).collect();
            self.fail(
                event,
                &format!(
                    "the index says it is right, and is not: {there:?} in it at version {}, and {} wait",
                    line.version,
                    waiting.len()
                ),
            );
        }
    }

    /// Notes somebody's ticket.
    pub fn ticketed(&mut self, hall: usize, ticket: &TicketView) {
        let visit = Visit {
            came: ticket.came.clone(),
            arrived_at: ticket.arrived_at,
            from: ticket.arrived_at.max(self.halls[hall].starts_at),
            called_at: None,
            overtaken: false,
            told: ticket.wait.map(|w| (w.p50_seconds, w.p90_seconds)),
        };
        self.note(&format!("ticket {} {}", ticket.number, ticket.came));
        self.halls[hall]
            .visits
            .entry(ticket.number)
            .or_insert(visit);
    }

    /// Whether anything is still kept that should have run out by now.
    pub async fn overdue(&self) -> bool {
        let sql = format!(
            "SELECT 1 FROM hold WHERE state = 'kept' AND expires_at < '{}' LIMIT 1",
            sql_instant(self.now())
        );
        !self.checks.rows(&sql, vec![]).await.is_empty()
    }

    pub async fn finish(mut self) -> Report {
        self.report.sessions = self.halls.len();
        self.tells_the_end().await;
        for server in &self.servers {
            server.stop().await;
        }
        self.kit.stop().await;
        for hall in &mut self.halls {
            let mut visits: Vec<_> = hall.visits.drain().collect();
            visits.sort_by_key(|(number, _)| *number);
            for (_, visit) in &mut visits {
                let before = |at: Instant| visit.arrived_at <= at;
                let after = |at: Instant| visit.called_at.is_none_or(|called| called > at);
                visit.overtaken = hall.broke_at.is_some_and(|at| before(at) && after(at));
            }
            self.report
                .visits
                .extend(visits.into_iter().map(|(_, v)| v));
        }
        self.report
    }
}
