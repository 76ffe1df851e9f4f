//! The ordered index behind tickets and waitlists: in memory, or on Redis.
//!
//! One trait ([`Ordered`]), two places to keep it, one test suite for both. Nothing in here
//! decides: the store is the truth, and the index may be lost at any moment (an emptied
//! Redis, a restart, a minute without a network). Every answer carries the version of the
//! store it was made from, so that a caller notices what is lost or behind, and builds it
//! anew.
//!
//! The hazard: believing an answer without looking at its version.

mod buckets;
mod memory;
mod ordered;
mod remote;
mod word;

use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};

pub use buckets::{Buckets, Rate, Taken};
pub use memory::InMemory;
pub use ordered::{Changed, Entry, Key, Member, Ordered, RANK_MOST, Seen, Step};
pub use remote::OnRedis;
pub use word::Word;

/// How long Redis may take to be reached, or to answer. A person at a counter waits for the
/// answer, and the store can give it too.
const PATIENCE: Duration = Duration::from_millis(500);

/// Where the line is kept.
#[derive(Clone)]
pub enum Backend {
    /// In this process: the embedded default.
    Memory,
    /// On Redis, shared by all servers.
    Redis(redis::Client, ConnectionManager),
}

/// The index cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The address is no Redis address, or nothing answers there.
    #[error("Redis cannot be used")]
    Redis(#[from] redis::RedisError),
    /// Redis did not answer a moment ago, and is left alone for another.
    #[error("Redis did not answer a moment ago")]
    Away,
    /// A rank that Redis would round.
    #[error("a rank lies between -2^53 and 2^53, and {0} does not")]
    Rank(i64),
}

impl Backend {
    /// On Redis, by an address such as `redis://127.0.0.1:6379`. Connects when first used,
    /// and again after a loss.
    ///
    /// # Errors
    /// When the address cannot be read.
    pub fn redis(address: &str) -> Result<Self, LineError> {
        let client = redis::Client::open(address)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(0);
        let manager = ConnectionManager::new_lazy_with_config(client.clone(), config)?;
        Ok(Self::Redis(client, manager))
    }

    /// The ordered index kept there.
    #[must_use]
    pub fn ordered(&self) -> Arc<dyn Ordered> {
        match self {
            Self::Memory => Arc::new(InMemory::default()),
            Self::Redis(_, manager) => Arc::new(OnRedis::over(manager.clone())),
        }
    }

    /// A channel to the other servers; none where there are none.
    #[must_use]
    pub fn word(&self, channel: &'static str) -> Option<Word> {
        match self {
            Self::Memory => None,
            Self::Redis(client, manager) => {
                Some(Word::over(client.clone(), manager.clone(), channel))
            }
        }
    }

    /// Whether the backend answers. Without it the service is degraded, not down.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn ping(&self) -> Result<(), LineError> {
        match self {
            Self::Memory => Ok(()),
            Self::Redis(_, manager) => {
                let mut connection = manager.clone();
                redis::cmd("PING")
                    .query_async::<()>(&mut connection)
                    .await?;
                Ok(())
            }
        }
    }
}
