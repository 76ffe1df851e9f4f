//! Crashes: a server dies between any two of the steps from reading to answering, comes back
//! knowing nothing but the database, and the same is asked of it again.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::Poll;

use luot_app::{App, Keys};
use luot_line::Backend;
use luot_store::{Point, Probe};
use tokio::sync::Notify;

use super::PROPOSAL_STEPS;
use super::world::World;

/// No point.
const DISARMED: u8 = u8::MAX;

/// Where the next transaction stops, if it is armed.
#[derive(Debug, Clone)]
pub(super) struct Fuse {
    armed: Arc<AtomicU8>,
    blown: Arc<Notify>,
}

impl Default for Fuse {
    fn default() -> Self {
        Self {
            armed: Arc::new(AtomicU8::new(DISARMED)),
            blown: Arc::default(),
        }
    }
}

fn number(point: Point) -> u8 {
    match point {
        Point::Begun => 0,
        Point::Worked => 1,
        Point::Committed => 2,
    }
}

impl Fuse {
    pub fn probe(&self) -> Probe {
        let fuse = self.clone();
        Probe::new(move |point| {
            let order = Ordering::SeqCst;
            let hit = fuse
                .armed
                .compare_exchange(number(point), DISARMED, order, order)
                .is_ok();
            if hit {
                fuse.blown.notify_one();
            }
            hit
        })
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
    pub fn server(&self) -> App {
        let keys = Keys::from_secret(&[7; 32]);
        App::start(self.store.clone(), Arc::new(self.kit.clock.clone()), keys)
            .with_line(&Backend::Memory)
            .with_proposal_steps(PROPOSAL_STEPS)
    }

    /// Does something on one of the servers, which may crash at any step; then it starts
    /// anew, knows nothing, and the same is asked of it again. `act` must be something that
    /// may be asked twice.
    pub async fn survives<T: PartialEq + Debug>(&mut self, act: impl AsyncFn(&App) -> T) -> T {
        let which = self.dice.roll(self.servers.len());
        if self.dice.happens(0.03) {
            let point = self.dice.roll(3);
            let armed = u8::try_from(point).expect("small");
            self.fuse.armed.store(armed, Ordering::SeqCst);
            let done = {
                let app = self.servers[which].clone();
                tokio::select! {
                    biased;
                    () = self.fuse.blown.notified() => None,
                    done = or_died(act(&app)) => done,
                }
            };
            let crashed = self.fuse.armed.swap(DISARMED, Ordering::SeqCst) == DISARMED;
            if !crashed && let Some(done) = done {
                // It never came to that point: nothing was to be written.
                return done;
            }
            // Told of or not: the next crash is another one.
            pin!(self.fuse.blown.notified()).enable();
            self.report.crashes[point] += 1;
            let fresh = self.server();
            let gone = std::mem::replace(&mut self.servers[which], fresh);
            gone.stop().await;
        }
        act(&self.servers[which]).await
    }

    /// Asks for something again now and then, on the other server too: the answer must be
    /// the same.
    pub async fn repeats<T: PartialEq + Debug>(&mut self, act: impl AsyncFn(&App) -> T) -> T {
        let first = self.survives(&act).await;
        if self.dice.happens(0.1) {
            self.report.repeated += 1;
            let which = self.dice.roll(self.servers.len());
            let again = act(&self.servers[which]).await;
            assert_eq!(first, again, "seed {}: another answer", self.plan.seed);
        }
        first
    }
}
