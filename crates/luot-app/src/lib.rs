//! Use cases: one file for each thing a person does, and who may do it.
//!
//! No words of HTTP and no SQL. Every use case starts with [`authz`]; what changes something
//! is one transaction, with its audit row and its messages. Bookings and moves go through
//! the intake, and nowhere else.
//!
//! The hazard: rules. They belong to `luot-domain`; a use case only fetches, asks and writes.

pub mod appointments;
pub mod authz;
pub mod campaigns;
pub mod chain;
mod claims;
mod codes;
mod corrections;
mod deliveries;
pub mod disruptions;
pub mod error;
mod export;
pub mod history;
pub mod holds;
pub mod idempotency;
pub mod imports;
mod instances;
mod intake;
pub mod keys;
pub mod limits;
pub mod line;
pub mod parts;
mod pins;
pub mod plans;
pub mod privacy;
pub mod rates;
pub mod retention;
pub mod rosters;
pub mod rotation;
mod scopes;
pub mod secrets;
pub mod sessions;
pub mod signin;
mod tokens;
pub mod trail;
pub mod users;
pub mod waitlist;
pub mod windows;

use std::sync::Arc;

use luot_domain::clock::Clock;
use luot_notify::{Delivery, Nowhere, Zalo};
use luot_store::audit::Voucher;
use luot_store::{Listener, Tx, Work};
use uuid::Uuid;

pub use authz::{Actor, Role};
pub use error::{Error, Result};
pub use keys::Keys;
pub use luot_line::{Buckets, Rate};
pub use luot_notify as notify;
pub use luot_store::Store;

/// The way to the outside: who brings messages, and who vouches for a parent.
#[derive(Clone)]
pub struct Outside {
    /// Brings messages.
    pub delivery: Arc<dyn Delivery>,
    /// Zalo, where it is set up.
    pub zalo: Option<Zalo>,
}

impl Default for Outside {
    fn default() -> Self {
        Self {
            delivery: Arc::new(Nowhere),
            zalo: None,
        }
    }
}

/// The service, without a way in: what every use case works with.
#[derive(Clone)]
pub struct App {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) intake: intake::Intake,
    pub(crate) joining: waitlist::Joining,
    pub(crate) planners: plans::Planners,
    pub(crate) readings: trail::Readings,
    pub(crate) rates: Option<Arc<rates::Rates>>,
    pub(crate) outside: Outside,
    pub(crate) second_factor_of: Arc<[Role]>,
    pub(crate) chain: Arc<tokio::sync::Mutex<chain::Chain>>,
    pub(crate) line: line::Desk,
    pub(crate) orders: waitlist::Orders,
    pub(crate) windows: Arc<windows::Windows>,
}

impl App {
    /// Over a database. Until [`App::check_keys`] has passed, it is not to be used.
    #[must_use]
    pub fn start(store: Store, clock: Arc<dyn Clock>, keys: Keys) -> Self {
        let keys = Arc::new(keys);
        let windows = windows::Windows::over(store.backend());
        let orders = waitlist::Orders::over(store.clone());
        let told = (windows.clone(), orders.clone());
        let vouching = keys.clone();
        let store = store
            .with_listener(Listener::new(move |changed| {
                told.0.note(changed);
                told.1.note(&changed.orders);
            }))
            .with_voucher(Voucher::new(move |row| chain::vouch(&vouching, row)))
            .with_writers_waiting(limits::WRITERS_QUEUE);
        Self {
            intake: intake::Intake::start(
                store.clone(),
                clock.clone(),
                keys.clone(),
                limits::INTAKE_QUEUE,
            ),
            joining: waitlist::Joining::start(
                store.clone(),
                clock.clone(),
                keys.clone(),
                limits::INTAKE_QUEUE,
            ),
            planners: plans::Planners::default(),
            readings: trail::Readings::start(store.clone()),
            rates: None,
            outside: Outside::default(),
            second_factor_of: Arc::default(),
            chain: Arc::default(),
            line: line::Desk::default(),
            orders,
            windows,
            store,
            clock,
            keys,
        }
    }

    /// With the indexes of lines and waitlists kept there, instead of in this process, and word
    /// of changes passed between servers. Within a runtime.
    #[must_use]
    pub fn with_line(mut self, backend: &luot_line::Backend) -> Self {
        self.line = line::Desk::over(backend);
        self.orders.keep_on(self.line.index());
        self.windows.speak(backend.word(windows::CHANNEL));
        self
    }

    /// With the indexes of lines and waitlists kept in one that is given: several servers may
    /// share it, and a test may lose it.
    #[must_use]
    pub fn with_index(mut self, index: Arc<dyn luot_line::Ordered>) -> Self {
        self.line = self.line.on(index);
        self.orders.keep_on(self.line.index());
        self
    }

    /// With an intake in which so many may wait: who finds more there is told at once to come
    /// again. Before anybody is served.
    #[must_use]
    pub fn with_intake_queue(mut self, queue: usize) -> Self {
        let (store, clock, keys) = (&self.store, &self.clock, &self.keys);
        self.intake = intake::Intake::start(store.clone(), clock.clone(), keys.clone(), queue);
        self.joining = waitlist::Joining::start(store.clone(), clock.clone(), keys.clone(), queue);
        self
    }

    /// With so many who may write at once beside the intake, and so many who may wait for it.
    #[must_use]
    pub fn with_writers(mut self, at_once: usize, waiting: usize) -> Self {
        let store = self.store.with_writers_at_once(at_once);
        self.store = store.with_writers_waiting(waiting);
        self
    }

    /// With a way to the outside.
    #[must_use]
    pub fn with_outside(mut self, outside: Outside) -> Self {
        self.outside = outside;
        self
    }

    /// Wants an authenticator of all who sign in, in these roles: without one they reach
    /// their own account only. Tokens that were given to systems are not asked.
    #[must_use]
    pub fn with_second_factor_of(mut self, roles: &[Role]) -> Self {
        self.second_factor_of = roles.into();
        self
    }

    /// With answers to disruptions looked for by so many steps instead of some time: then the
    /// same report finds the same, on any machine.
    #[must_use]
    pub fn with_proposal_steps(mut self, steps: u64) -> Self {
        self.planners = self.planners.with_proposal_steps(steps);
        self
    }

    /// Checks that the keys are those that the database was written with; a new database
    /// takes these.
    ///
    /// # Errors
    /// When they are others, or the database fails.
    pub async fn check_keys(&self) -> std::result::Result<(), StartError> {
        // Asked each time that somebody asks whether the service is ready: no writer waits.
        let known = self
            .store
            .read(async |tx| luot_store::settings::find(tx, FINGERPRINT).await)
            .await?;
        let kept = match known {
            Some(kept) => kept,
            None => self.store.write_work(&SettleKeys(self)).await?,
        };
        if kept == self.keys.fingerprint() {
            Ok(())
        } else {
            Err(StartError::OtherKeys)
        }
    }

    /// Forgets first answers that have run out, and what was told of lines that closed some
    /// time ago. To be called now and then.
    ///
    /// # Errors
    /// Of the store.
    pub async fn forget(&self) -> Result<u64> {
        self.store.write_work(&Forget(self)).await
    }

    /// Waits until every booking that was accepted has its answer, and stops the planners.
    pub async fn stop(&self) {
        self.planners.stop();
        self.intake.stop().await;
        self.joining.stop().await;
        self.readings.stop().await;
        self.windows.stop().await;
        self.orders.stop().await;
        // What was written is chained by another server, should this fail.
        if let Err(error) = self.chain_own().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the audit trail was not chained to its end"
            );
        }
    }

    /// Takes secrets that have changed.
    ///
    /// # Errors
    /// When they are another database's.
    pub fn adopt_keys(
        &self,
        secrets: &secrets::Secrets,
    ) -> std::result::Result<(), keys::OtherKeys> {
        self.keys.adopt(secrets)
    }

    /// The store, for what is no use case: readiness.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Now, by the service's clock.
    #[must_use]
    pub fn now(&self) -> luot_store::Instant {
        self.clock.now()
    }
}

/// Where the database has what tells its keys from others.
const FINGERPRINT: &str = "key_fingerprint";

struct SettleKeys<'a>(&'a App);

impl Work for SettleKeys<'_> {
    type Done = String;
    type Error = luot_store::StoreError;

    async fn run(&self, tx: &Tx) -> std::result::Result<String, Self::Error> {
        let (mine, now) = (self.0.keys.fingerprint(), self.0.clock.now());
        luot_store::settings::settle(tx, new_id(), FINGERPRINT, &mine, now).await
    }
}

struct Forget<'a>(&'a App);

impl Work for Forget<'_> {
    type Done = u64;
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<u64> {
        let now = self.0.clock.now();
        let closed_before = now - chrono::Duration::hours(limits::EVENTS_KEPT_HOURS);
        let told =
            luot_store::lines::forget_told(tx, closed_before, limits::LINES_FORGOTTEN).await?;
        Ok(told + luot_store::answers::forget(tx, now).await?)
    }
}

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database was written with other keys: people would be taken for strangers.
    #[error(
        "the key file is not the one this database was written with; give the right one with --key-file"
    )]
    OtherKeys,
    /// The database.
    #[error("the database cannot be used")]
    Store(#[from] luot_store::StoreError),
}

/// A new id: UUID v7, so that ids sort by time.
#[must_use]
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}
