//! Who may ask how often: a token bucket for each key, in memory or shared through Redis.
//!
//! A bucket is kept as one instant (when it will be full again), which is all there is to it
//! (GCRA). Keys are hashes: no address, phone or token is ever in one. Redis that does not
//! answer is done without: each server then counts for itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use redis::aio::ConnectionManager;

use crate::Backend;

/// Keys in memory before those that are full again are looked for and forgotten.
const KEPT: usize = 100_000;

/// Takes one from the bucket `KEYS[1]`: now, milliseconds a token takes to come back, and
/// milliseconds in which an empty one is full. Answers whether it was there, and when the
/// bucket is full again.
const TAKE: &str = "local full = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), tonumber(ARGV[1])) \
    local next = full + tonumber(ARGV[2]) \
    if next - tonumber(ARGV[1]) > tonumber(ARGV[3]) then return {0, tostring(full)} end \
    redis.call('SET', KEYS[1], tostring(next), 'PX', math.ceil(next - tonumber(ARGV[1])) + 1) \
    return {1, tostring(next)}";

/// How often: so many at once, all of which come back within so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// At once.
    pub burst: u32,
    /// Until an empty bucket is full.
    pub seconds: u32,
}

/// What a bucket says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Whether one was there.
    pub allowed: bool,
    /// How many are left.
    pub left: u32,
    /// In how many seconds it is full again.
    pub full_in: u32,
    /// In how many seconds there is one again; 0 while there is.
    pub retry_in: u32,
}

/// This server's own count.
struct Mine {
    /// When each is full again.
    full: HashMap<Vec<u8>, i64>,
    /// With how many keys the next look for those that are full is worth its time: as many
    /// again as the last one left, so that a rush of keys that are not full yet does not make
    /// everybody wait for a look at all of them.
    clean_at: usize,
}

/// The buckets.
#[derive(Clone)]
pub struct Buckets {
    mine: Arc<Mutex<Mine>>,
    shared: Option<ConnectionManager>,
}

impl Buckets {
    /// Where the line is kept, the buckets are.
    #[must_use]
    pub fn on(backend: &Backend) -> Self {
        Self {
            mine: Arc::new(Mutex::new(Mine {
                full: HashMap::new(),
                clean_at: KEPT,
            })),
            shared: match backend {
                Backend::Memory => None,
                Backend::Redis(_, manager) => Some(manager.clone()),
            },
        }
    }

    /// Takes one, counted by all servers together. `now` is in milliseconds.
    pub async fn take(&self, key: &[u8], rate: Rate, now: i64) -> Taken {
        if let Some(manager) = &self.shared {
            match remote(manager.clone(), key, rate, now).await {
                Ok(taken) => return taken,
                Err(error) => {
                    tracing::warn!(%error, "rates are counted by each server for itself");
                }
            }
        }
        self.reserve(key, rate, now)
    }

    /// Takes one without waiting for anybody: this server's own count. What it took is told
    /// to the others afterwards, and what they took comes back with that.
    pub fn take_soon(&self, key: &[u8], rate: Rate, now: i64) -> Taken {
        let taken = self.reserve(key, rate, now);
        if taken.allowed {
            self.tell(key, rate, now);
        }
        taken
    }

    /// Takes one from this server's own count, which is then either told to the others
    /// ([`Self::tell`]) or given back ([`Self::give_back`]).
    pub fn reserve(&self, key: &[u8], rate: Rate, now: i64) -> Taken {
        let mut mine = self.mine.lock().unwrap_or_else(PoisonError::into_inner);
        mine.clean(now);
        let full = mine.full.get(key).copied().unwrap_or(0).max(now);
        let next = full + rate.step();
        let allowed = next - now <= rate.period();
        if allowed {
            mine.full.insert(key.to_vec(), next);
        }
        rate.taken(allowed, if allowed { next } else { full }, now)
    }

    /// Whether there is one, as far as this server knows; takes nothing.
    #[must_use]
    pub fn look(&self, key: &[u8], rate: Rate, now: i64) -> Taken {
        let mine = self.mine.lock().unwrap_or_else(PoisonError::into_inner);
        let full = mine.full.get(key).copied().unwrap_or(0).max(now);
        let allowed = full + rate.step() - now <= rate.period();
        rate.taken(allowed, full, now)
    }

    /// Tells the others of one that was reserved at that instant.
    pub fn tell(&self, key: &[u8], rate: Rate, now: i64) {
        let (Some(manager), Ok(runtime)) = (&self.shared, tokio::runtime::Handle::try_current())
        else {
            return;
        };
        let (mine, manager, key) = (self.mine.clone(), manager.clone(), key.to_vec());
        runtime.spawn(async move {
            if let Ok((_, full)) = ask(manager, &key, rate, now).await {
                let mut mine = mine.lock().unwrap_or_else(PoisonError::into_inner);
                let known = mine.full.entry(key).or_insert(full);
                *known = (*known).max(full);
            }
        });
    }

    /// Gives one back that was reserved and not told of.
    pub fn give_back(&self, key: &[u8], rate: Rate) {
        let mut mine = self.mine.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(full) = mine.full.get_mut(key) {
            *full -= rate.step();
        }
    }
}

impl Mine {
    /// Forgets what is full again, where that may be much.
    fn clean(&mut self, now: i64) {
        if self.full.len() >= self.clean_at {
            self.full.retain(|_, full| *full > now);
            self.clean_at = KEPT.max(self.full.len() * 2);
        }
    }
}

impl Rate {
    fn period(self) -> i64 {
        i64::from(self.seconds) * 1_000
    }

    /// Milliseconds in which one comes back.
    fn step(self) -> i64 {
        (self.period() / i64::from(self.burst.max(1))).max(1)
    }

    fn taken(self, allowed: bool, full: i64, now: i64) -> Taken {
        let missing = (full - now).max(0);
        let left = (self.period() - missing).max(0) / self.step();
        let seconds = |ms: i64| u32::try_from((ms.max(0) + 999) / 1_000).unwrap_or(u32::MAX);
        let wait = missing + self.step() - self.period();
        Taken {
            allowed,
            left: u32::try_from(left).unwrap_or(u32::MAX),
            full_in: seconds(missing),
            retry_in: if allowed { 0 } else { seconds(wait).max(1) },
        }
    }
}

async fn remote(
    manager: ConnectionManager,
    key: &[u8],
    rate: Rate,
    now: i64,
) -> Result<Taken, redis::RedisError> {
    let (allowed, full) = ask(manager, key, rate, now).await?;
    Ok(rate.taken(allowed, full, now))
}

async fn ask(
    mut manager: ConnectionManager,
    key: &[u8],
    rate: Rate,
    now: i64,
) -> Result<(bool, i64), redis::RedisError> {
    let name: String = key.iter().map(|b| format!("{b:02x}")).collect();
    let (allowed, full): (i64, String) = redis::cmd("EVAL")
        .arg(TAKE)
        .arg(1)
        .arg(format!("luot:rate:{{{name}}}"))
        .arg(now)
        .arg(rate.step())
        .arg(rate.period())
        .query_async(&mut manager)
        .await?;
    // Redis writes a large number as 1.7e+12; it is whole all the same.
    let full = full.parse::<f64>().unwrap_or_default();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "milliseconds, far below 2^53"
    )]
    Ok((allowed == 1, full as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        burst: 3,
        seconds: 60,
    };

    async fn check(buckets: &Buckets, key: &[u8]) {
        let start = 1_700_000_000_000;
        for left in [2, 1, 0] {
            let taken = buckets.take(key, RATE, start).await;
            assert_eq!((taken.allowed, taken.left), (true, left));
        }
        let refused = buckets.take(key, RATE, start).await;
        assert_eq!((refused.allowed, refused.retry_in), (false, 20));
        assert!(!buckets.take(key, RATE, start + 19_000).await.allowed);
        let again = buckets.take(key, RATE, start + 20_000).await;
        assert_eq!((again.allowed, again.left, again.full_in), (true, 0, 60));
        // Another key has a bucket of its own.
        let other = [key, b"2"].concat();
        assert!(buckets.take(&other, RATE, start).await.allowed);
    }

    #[tokio::test]
    async fn a_bucket_empties_and_fills_in_memory() {
        check(&Buckets::on(&Backend::Memory), b"key").await;
    }

    #[tokio::test]
    async fn what_is_given_back_is_there_again() {
        let buckets = Buckets::on(&Backend::Memory);
        for _ in 0..10 {
            assert_eq!(buckets.reserve(b"key", RATE, 0).left, 2);
            buckets.give_back(b"key", RATE);
        }
        for _ in 0..3 {
            assert!(buckets.look(b"key", RATE, 0).allowed);
            assert!(buckets.reserve(b"key", RATE, 0).allowed);
        }
        assert!(!buckets.look(b"key", RATE, 0).allowed);
        assert!(!buckets.reserve(b"key", RATE, 0).allowed);
    }

    #[test]
    fn a_rush_of_keys_is_looked_through_each_time_it_has_doubled() {
        let mut looks = 0;
        let mut mine = Mine {
            full: HashMap::new(),
            clean_at: KEPT,
        };
        for n in 0..4 * KEPT {
            let before = mine.clean_at;
            mine.clean(0);
            looks += usize::from(mine.clean_at != before);
            mine.full.insert(n.to_be_bytes().to_vec(), 1);
        }
        assert_eq!((looks, mine.clean_at), (2, 4 * KEPT));
        // Once all are full again, nothing of them is left.
        mine.clean(2);
        assert_eq!((mine.full.len(), mine.clean_at), (0, KEPT));
    }
}
