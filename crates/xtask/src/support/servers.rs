//! The servers that the tests use, together.

use super::Result;
use super::postgres::Postgres;
use super::redis::Redis;

/// A PostgreSQL and a Redis of our own; both end with this value.
pub(crate) struct Servers {
    postgres: Postgres,
    redis: Redis,
}

impl Servers {
    /// Starts both.
    pub(crate) fn start() -> Result<Self> {
        let redis = Redis::start()?;
        let postgres = Postgres::start(&[])?;
        println!(
            "started for this run only: {} and {}",
            postgres.url(),
            redis.url()
        );
        Ok(Self { postgres, redis })
    }

    /// What the test kit looks for.
    pub(crate) fn environment(&self) -> [(&'static str, String); 2] {
        [
            ("LUOT_TEST_POSTGRES", self.postgres.url()),
            ("LUOT_TEST_REDIS", self.redis.url()),
        ]
    }
}
