//! The commune's campaign: its sessions and classes, and what is bound to happen.

use chrono::{Days, Duration, NaiveDate};
use luot_domain::clock::Clock;
use serde_json::{Value, json};

use super::Plan;
use super::index::Loss;
use super::world::{Event, World};
use crate::TestApp;

impl Plan {
    /// Pupils of a class: so many that a day needs both of its machines.
    const fn class_size(self) -> u32 {
        self.records + 2
    }

    /// Pupils of all classes.
    pub(super) const fn pupils(self) -> u32 {
        self.days * self.class_size()
    }
}

/// The days that have a session: from tomorrow on.
fn days(kit: &TestApp, plan: Plan) -> Vec<NaiveDate> {
    let first = kit.clock.now().date_naive() + Days::new(1);
    (0..u64::from(plan.days))
        .map(|n| first + Days::new(n))
        .collect()
}

/// The campaign as a planning instance: two machines at one site, one of which issues cards, and a class for every day.
pub(super) fn instance(kit: &TestApp, plan: Plan) -> Value {
    let first = kit.clock.now().date_naive() + Days::new(1);
    let mut instance = kit.a_session().instance();
    instance["start"] = json!(first);
    instance["end"] = json!(first + Days::new(u64::from(plan.days)));
    instance["shifts"] = json!([
        { "id": "sang", "start": "08:00", "end": "12:00", "records": plan.records },
    ]);
    // One of them issues cards: who needs one has its places only, and is called by it only.
    instance["machines"] =
        json!([{ "id": "may-1", "services": ["account", "card"] }, { "id": "may-2" }]);
    instance["sites"] = json!([{ "id": "truong", "machines_at_once": 2 }]);
    instance["cohorts"] = (0..plan.days)
        .map(|n| json!({ "id": class(n as usize), "people": plan.class_size(), "sites": ["truong"], "service": "account" }))
        .collect();
    instance["pinned"] = json!({});
    // The same seed, the same story: how long a place cools is no matter of chance.
    instance["policies"] = json!({
        "waitlist": { "cooling_seconds_least": 300, "cooling_seconds_most": 300 },
    });
    instance
}

/// The plan that is published to begin with: both machines every day, a class a day.
pub(super) fn by_hand(kit: &TestApp, plan: Plan) -> Value {
    let days = days(kit, plan);
    let rotation: Vec<Value> = days
        .iter()
        .flat_map(|day| {
            ["may-1", "may-2"].map(|machine| {
                json!({ "machine": machine, "date": day, "shift": "sang", "site": "truong" })
            })
        })
        .collect();
    let allotments: Vec<Value> = days
        .iter()
        .enumerate()
        .map(|(n, day)| {
            json!({ "cohort": class(n), "date": day, "shift": "sang", "site": "truong", "people": plan.class_size() })
        })
        .collect();
    json!({ "rotation": rotation, "allotments": allotments })
}

/// A class's code.
pub(super) fn class(n: usize) -> String {
    format!("lop-{}", n + 1)
}

impl World {
    /// What will happen whatever comes of it.
    pub(super) async fn write_the_story(&mut self) {
        let now = self.now();
        let last = self.halls.last().expect("a session").starts_at;
        let span = (last - now).num_seconds().max(1) as f64;
        // More is asked for than is open, half of it before the first day.
        let places = self.plan.records as usize * 2 * self.halls.len();
        for n in 0..places * 3 / 10 {
            let share = if n % 2 == 0 { 0.0 } else { self.dice.share() };
            let at = now + Duration::seconds((span * share) as i64);
            self.at(at, Event::Book);
        }
        // Schools send most of their pupils; what they leave opens to everybody.
        for n in 0..self.plan.days as usize {
            let pupils = self.plan.class_size() as usize * (70 + self.dice.roll(31)) / 100;
            let wait = self.dice.wait(3.0 * 3_600.0);
            self.after(wait, Event::Class(n, pupils));
        }
        for day in 0..self.plan.days / 5 + 1 {
            let at = now + Duration::days(i64::from(day) * 5) + Duration::hours(9);
            if at < last {
                self.at(at, Event::Breakdown);
            }
        }
        // By night too: offers run out.
        let mut at = now + Duration::minutes(20);
        while at < last {
            self.at(at, Event::Sweep);
            at += Duration::minutes(30);
        }
        self.at(now + Duration::hours(2), Event::Lose(Loss::Emptied));
    }
}
