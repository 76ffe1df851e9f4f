//! Crashes: a server dies at any of the steps of what it does, from the first transaction to
//! the answer; it comes back knowing nothing but the database, and the same is asked of it
//! again.
//!
//! A step is a point of a writing transaction ([`Point`]), and the answer at the end. A fuse
//! burns so many steps and goes out then: a sweep of nine transactions has 27 places to die at.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;

use luot_app::{App, Keys};
use luot_store::{Point, Probe};
use tokio::sync::Notify;

use super::PROPOSAL_STEPS;
use super::world::World;

/// What a server does, for which crashes are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Somebody books, moves or cancels.
    Booking,
    /// Somebody waits for places, or answers an offer.
    Waitlist,
    /// Somebody arrives or takes a ticket.
    Arrival,
    /// A station opens, calls, serves, finishes.
    Station,
    /// A disruption is reported.
    Report,
    /// A plan is published.
    Publishing,
    /// What is due by itself is done.
    Sweep,
}

/// Crashes of a kind: at which step each was, and where of a transaction that is.
#[derive(Debug, Clone, Default)]
pub struct Crashes {
    /// How often it died at the first step, the second, and so on.
    pub at_step: BTreeMap<usize, usize>,
    /// When a transaction had begun, when its work was done, when it was committed; and when
    /// all was done, and the answer had not arrived.
    pub at_point: [usize; 4],
}

/// The answer's place among the points.
const ANSWER: usize = 3;

/// Where a server dies: after so many steps, if it is armed.
#[derive(Debug, Clone, Default)]
pub(super) struct Fuse(Arc<Burning>);

#[derive(Debug, Default)]
struct Burning {
    /// Steps that are left; none, when it is not armed.
    left: AtomicUsize,
    /// Steps since it was last looked at.
    passed: AtomicUsize,
    point: AtomicUsize,
    blown: Notify,
}

impl Fuse {
    pub fn probe(&self) -> Probe {
        let fuse = self.clone();
        Probe::new(move |point| {
            fuse.passes(match point {
                Point::Begun => 0,
                Point::Worked => 1,
                Point::Committed => 2,
            })
        })
    }

    /// One more step; whether it was the last.
    fn passes(&self, point: usize) -> bool {
        self.0.passed.fetch_add(1, SeqCst);
        let left = self.0.left.load(SeqCst);
        if left == 0 {
            return false;
        }
        self.0.left.store(left - 1, SeqCst);
        let out = left == 1;
        if out {
            self.0.point.store(point, SeqCst);
            self.0.blown.notify_one();
        }
        out
    }

    fn arm(&self, steps: usize) {
        self.0.passed.store(0, SeqCst);
        self.0.left.store(steps, SeqCst);
    }

    /// Puts it out, whether or not it has been told that it is.
    fn disarm(&self) {
        self.0.left.store(0, SeqCst);
        pin!(self.0.blown.notified()).enable();
    }
}

/// What comes of work; nothing, when it died by unwinding, as work does that nobody can give up.
async fn or_died<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    std::future::poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.map_or(Poll::Ready(None), |polled| polled.map(Some))
    })
    .await
}

impl World {
    /// A server that knows nothing but the database.
    pub async fn server(&self, which: usize) -> App {
        let store = self.kit.database.connects().await;
        let store = store.with_probe(self.fuse.probe());
        let keys = Keys::from_secret(&[7; 32]);
        App::start(store, Arc::new(self.kit.clock.clone()), keys)
            .with_index(self.shelf.index_of(which))
            .with_proposal_steps(PROPOSAL_STEPS)
    }

    /// Does something on one of the servers, which may crash at any step; then it starts
    /// anew, knows nothing, and the same is asked of it again. `act` must be something that
    /// may be asked twice.
    pub async fn survives<T: PartialEq + Debug>(
        &mut self,
        kind: Kind,
        act: impl AsyncFn(&App) -> T,
    ) -> T {
        let which = self.dice.roll(self.servers.len());
        let likely = match kind {
            Kind::Report | Kind::Publishing => 0.6,
            Kind::Booking | Kind::Waitlist | Kind::Sweep => 0.12,
            Kind::Arrival | Kind::Station => 0.04,
        };
        let mut died = false;
        if self.dice.happens(likely) {
            // As far as such work has ever come, and a step further: it may do more this time.
            let most = self.steps.get(&kind).copied().unwrap_or(3) + 1;
            // By turns: dice would leave out a step now and then.
            let step = 1 + self.turn(kind) % most;
            self.fuse.arm(step);
            let done = {
                let app = self.servers[which].clone();
                tokio::select! {
                    biased;
                    () = self.fuse.0.blown.notified() => None,
                    done = or_died(act(&app)) => done,
                }
            };
            let came_through = done.is_some() && self.fuse.0.left.load(SeqCst) > 0;
            let out = !came_through || self.fuse.passes(ANSWER);
            self.fuse.disarm();
            if let (false, Some(done)) = (out, done) {
                // It never came to that step.
                self.learn(kind);
                return done;
            }
            self.dies(which, kind, step).await;
            died = true;
        }
        self.fuse.arm(0);
        let done = act(&self.servers[which]).await;
        self.learn(kind);
        if died && matches!(kind, Kind::Booking | Kind::Waitlist) {
            // Places that were free and not yet offered when it died are found by the look
            // that servers take when they start, and each minute.
            let looked = self.servers[which].look_again().await;
            looked.expect("a look at those who wait");
        }
        done
    }

    /// How many crashes of the kind there were, counted on from the seed: campaigns of seeds
    /// in a row begin at steps in a row.
    fn turn(&self, kind: Kind) -> usize {
        let crashes = self.report.crashes.get(&kind);
        let crashes = crashes.map_or(0, |c| c.at_step.values().sum::<usize>());
        usize::try_from(self.plan.seed % 1000).expect("small") + crashes
    }

    /// A server is gone, with all it had in memory. It says no goodbye and finishes nothing.
    async fn dies(&mut self, which: usize, kind: Kind, step: usize) {
        let point = self.fuse.0.point.load(SeqCst);
        let crashes = self.report.crashes.entry(kind).or_default();
        *crashes.at_step.entry(step).or_default() += 1;
        crashes.at_point[point] += 1;
        self.note(&format!("crash {kind:?} {step} {point}"));
        self.shelf.dies(which);
        self.servers[which] = self.server(which).await;
    }

    /// Notes of how many steps such work can be.
    fn learn(&mut self, kind: Kind) {
        let passed = self.fuse.0.passed.load(SeqCst);
        let most = self.steps.entry(kind).or_default();
        *most = passed.max(*most);
    }

    /// Asks for something again now and then, on the other server too: the answer must be
    /// the same.
    pub async fn repeats<T: PartialEq + Debug>(
        &mut self,
        kind: Kind,
        act: impl AsyncFn(&App) -> T,
    ) -> T {
        let first = self.survives(kind, &act).await;
        if self.dice.happens(0.1) {
            self.report.repeated += 1;
            let which = self.dice.roll(self.servers.len());
            let again = act(&self.servers[which]).await;
            assert_eq!(first, again, "another answer");
        }
        first
    }
}
