//! Use cases: one file for each thing a person does, and who may do it.
//!
//! No words of HTTP and no SQL. Every use case starts with [`authz`]; what changes something
//! is one transaction, with its audit row and its messages. Bookings and moves go through
//! the [`intake`], and nowhere else.
//!
//! The hazard: rules. They belong to `luot-domain`; a use case only fetches, asks and writes.

pub mod appointments;
pub mod authz;
pub mod campaigns;
mod codes;
pub mod error;
pub mod idempotency;
pub mod imports;
mod instances;
mod intake;
pub mod keys;
pub mod limits;
pub mod parts;
pub mod plans;
pub mod sessions;
pub mod users;

use std::sync::Arc;

use luot_domain::clock::Clock;
use luot_store::Store;
use uuid::Uuid;

pub use authz::{Actor, Role};
pub use error::{Error, Result};
pub use keys::Keys;

/// The service, without a way in: what every use case works with.
#[derive(Clone)]
pub struct App {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) intake: intake::Intake,
    pub(crate) planners: plans::Planners,
}

impl App {
    /// Over a migrated database. Checks that the keys are those its data was written with,
    /// and gives up plans that were running when the service stopped.
    ///
    /// # Errors
    /// When the keys are others, or the database fails.
    pub async fn start(
        store: Store,
        clock: Arc<dyn Clock>,
        keys: Keys,
    ) -> std::result::Result<Self, StartError> {
        let keys = Arc::new(keys);
        let fingerprint = keys.fingerprint();
        let now = clock.now();
        let kept = store
            .write(async |tx| {
                luot_store::settings::settle(tx, new_id(), "key_fingerprint", &fingerprint, now)
                    .await
            })
            .await?;
        if kept != fingerprint {
            return Err(StartError::OtherKeys);
        }
        let app = Self {
            intake: intake::Intake::start(store.clone(), clock.clone(), keys.clone()),
            planners: plans::Planners::default(),
            store,
            clock,
            keys,
        };
        Ok(app)
    }

    /// Waits until every booking that was accepted has its answer, and stops the planners.
    pub async fn stop(&self) {
        self.planners.stop();
        self.intake.stop().await;
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
