//! The backend of the ordered line behind tickets and waitlists: in memory, or on Redis.
//!
//! Today it only tells whether that backend answers; the line itself comes with the day's
//! work. Nothing in it decides on capacity: Redis may be emptied at any moment, and the
//! store has all that is needed to build the line anew.

use redis::aio::{ConnectionManager, ConnectionManagerConfig};

/// Where the line is kept.
#[derive(Clone)]
pub enum Backend {
    /// In this process: the embedded default.
    Memory,
    /// On Redis, shared by all servers.
    Redis(ConnectionManager),
}

/// Redis cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The address is no Redis address, or nothing answers there.
    #[error("Redis cannot be used")]
    Redis(#[from] redis::RedisError),
}

impl Backend {
    /// On Redis, by an address such as `redis://127.0.0.1:6379`. Connects when first used,
    /// and again after a loss.
    ///
    /// # Errors
    /// When the address cannot be read.
    pub fn redis(address: &str) -> Result<Self, LineError> {
        let client = redis::Client::open(address)?;
        Ok(Self::Redis(ConnectionManager::new_lazy_with_config(
            client,
            ConnectionManagerConfig::new(),
        )?))
    }

    /// Whether the backend answers. Without it the service is degraded, not down.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn ping(&self) -> Result<(), LineError> {
        match self {
            Self::Memory => Ok(()),
            Self::Redis(manager) => {
                let mut connection = manager.clone();
                redis::cmd("PING")
                    .query_async::<()>(&mut connection)
                    .await?;
                Ok(())
            }
        }
    }
}
