//! The ordered index on Redis, shared by all servers.
//!
//! A set is a `ZSET`: the rank is the score, and of equal scores Redis puts the lesser bytes
//! first, which are the lesser member's. Beside it stands a small hash with its version and its size. Every
//! operation is one script, so that a set and its version are never apart. If the two do
//! not agree (one of them was evicted, or somebody's hand was in it), the set counts as lost.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use redis::aio::ConnectionManager;
use redis::{Cmd, FromRedisValue, RedisError};

use crate::LineError;
use crate::ordered::{Changed, Entry, Key, Member, Ordered, Seen, Step, check_ranks};

/// How long a set is kept that nobody touches. It is built anew when it is asked for.
const KEPT_SECONDS: u64 = 3 * 24 * 3_600;

/// How long Redis is left alone after it did not answer: everybody's request would else
/// wait for it in turn.
const LEFT_ALONE: Duration = Duration::from_secs(1);

/// What all scripts begin with: whether the set is whole, and noting that it is.
const WHOLE: &str = "
local function whole()
  local is = redis.call('HMGET', KEYS[2], 'v', 'n')
  local n = tonumber(is[2])
  if not is[1] or redis.call('ZCARD', KEYS[1]) ~= n then return nil end
  return tonumber(is[1]), n
end
local function kept(version, n, anew)
  redis.call('HSET', KEYS[2], 'v', version, 'n', n)
  if anew then
    redis.call('EXPIRE', KEYS[1], KEPT)
    redis.call('EXPIRE', KEYS[2], KEPT)
  end
end
";

const REPLACE: &str = "
local v = whole()
if v and v > tonumber(ARGV[1]) then return 0 end
redis.call('DEL', KEYS[1])
for i = 2, #ARGV, 1000 do
  redis.call('ZADD', KEYS[1], unpack(ARGV, i, math.min(i + 999, #ARGV)))
end
kept(ARGV[1], redis.call('ZCARD', KEYS[1]), true)
return 1
";

/// `ARGV`: from, to, how many to take out, those, then ranks and members to put in. How long it
/// is kept is said anew now and then, and when the set was empty: Redis forgets it with the
/// last member.
const CHANGE: &str = "
local v, n = whole()
local empty = n == 0
if not v then return 2 end
if v ~= tonumber(ARGV[1]) then
  if v >= tonumber(ARGV[2]) then return 1 else return 2 end
end
local out = tonumber(ARGV[3]) + 3
for i = 4, out, 1000 do
  n = n - redis.call('ZREM', KEYS[1], unpack(ARGV, i, math.min(i + 999, out)))
end
for i = out + 1, #ARGV, 1000 do
  n = n + redis.call('ZADD', KEYS[1], unpack(ARGV, i, math.min(i + 999, #ARGV)))
end
kept(ARGV[2], n, empty or tonumber(ARGV[2]) % 64 == 0)
return 0
";

const PAGE: &str = "
local v = whole()
if not v then return nil end
return {v, redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[2], 'WITHSCORES')}
";

const POSITION: &str = "
local v = whole()
if not v then return nil end
local at = redis.call('ZRANK', KEYS[1], ARGV[1])
return {v, at and at or -1}
";

const COUNT: &str = "
local v = whole()
if not v then return nil end
return {v, redis.call('ZCARD', KEYS[1])}
";

/// Ordered sets on Redis.
#[derive(Clone)]
pub struct OnRedis {
    manager: ConnectionManager,
    scripts: std::sync::Arc<Scripts>,
    away_until: std::sync::Arc<Mutex<Option<Instant>>>,
}

impl std::fmt::Debug for OnRedis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnRedis").finish_non_exhaustive()
    }
}

/// The scripts, each with what all of them share.
struct Scripts {
    replace: Script,
    change: Script,
    page: Script,
    position: Script,
    count: Script,
}

/// A script, and what Redis calls it once it knows it: then the text need not be sent.
struct Script {
    text: String,
    sha: OnceLock<String>,
}

impl OnRedis {
    pub(crate) fn over(manager: ConnectionManager) -> Self {
        let whole = WHOLE.replace("KEPT", &KEPT_SECONDS.to_string());
        let script = |rest: &str| Script {
            text: format!("{whole}{rest}"),
            sha: OnceLock::new(),
        };
        Self {
            manager,
            scripts: std::sync::Arc::new(Scripts {
                replace: script(REPLACE),
                change: script(CHANGE),
                page: script(PAGE),
                position: script(POSITION),
                count: script(COUNT),
            }),
            away_until: std::sync::Arc::default(),
        }
    }

    fn away(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.away_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, LineError> {
        let left_alone = self.away().is_some_and(|until| Instant::now() < until);
        if left_alone {
            return Err(LineError::Away);
        }
        let mut connection = self.manager.clone();
        match command.query_async::<T>(&mut connection).await {
            Ok(answer) => {
                *self.away() = None;
                Ok(answer)
            }
            Err(error) => {
                if is_away(&error) {
                    *self.away() = Some(Instant::now() + LEFT_ALONE);
                }
                Err(error.into())
            }
        }
    }
}

impl OnRedis {
    /// Runs a script on a set and on what is known of it.
    async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        key: &Key,
        arguments: impl Fn(&mut Cmd) + Send + Sync,
    ) -> Result<T, LineError> {
        let command = |how: &str, what: &str| {
            let mut command = redis::cmd(how);
            command
                .arg(what)
                .arg(2)
                .arg(key.to_string())
                .arg(format!("{key}:is"));
            arguments(&mut command);
            command
        };
        let sha = match script.sha.get() {
            Some(sha) => sha,
            None => {
                let mut load = redis::cmd("SCRIPT");
                load.arg("LOAD").arg(&script.text);
                let sha = self.ask(&load).await?;
                script.sha.get_or_init(|| sha)
            }
        };
        match self.ask(&command("EVALSHA", sha)).await {
            // Redis has started anew, and learns it again with this.
            Err(LineError::Redis(error)) if error.code() == Some("NOSCRIPT") => {
                self.ask(&command("EVAL", &script.text)).await
            }
            other => other,
        }
    }
}

/// Whether this tells of Redis as a whole, and not of one command.
fn is_away(error: &RedisError) -> bool {
    error.is_io_error() || error.is_timeout() || error.is_connection_dropped()
}

fn add(command: &mut Cmd, entries: &[Entry]) {
    for entry in entries {
        command.arg(entry.rank).arg(&entry.member.bytes()[..]);
    }
}

/// A member and a rank as Redis tells them.
fn entry((member, rank): (Vec<u8>, f64)) -> Option<Entry> {
    Some(Entry {
        member: Member::from_bytes(&member)?,
        // Whole, and within the bounds that were checked when it was put in.
        rank: rank as i64,
    })
}

#[async_trait]
impl Ordered for OnRedis {
    async fn replace(&self, key: &Key, version: i64, entries: &[Entry]) -> Result<(), LineError> {
        check_ranks(entries)?;
        self.run(&self.scripts.replace, key, |command| {
            command.arg(version);
            add(command, entries);
        })
        .await
    }

    async fn change(
        &self,
        key: &Key,
        step: Step,
        put: &[Entry],
        remove: &[Member],
    ) -> Result<Changed, LineError> {
        check_ranks(put)?;
        let changed = self.run(&self.scripts.change, key, |command| {
            command.arg(step.from).arg(step.to).arg(remove.len());
            for member in remove {
                command.arg(&member.bytes()[..]);
            }
            add(command, put);
        });
        Ok(match changed.await? {
            0_i64 => Changed::Made,
            1 => Changed::Known,
            _ => Changed::Behind,
        })
    }

    async fn page(
        &self,
        key: &Key,
        from: u64,
        most: u64,
    ) -> Result<Option<Seen<Vec<Entry>>>, LineError> {
        // Nobody asks for none of them, but then the range would be the other way round.
        let last = i64::try_from(from.saturating_add(most)).unwrap_or(i64::MAX) - 1;
        let seen: Option<(i64, Vec<(Vec<u8>, f64)>)> = self
            .run(&self.scripts.page, key, |command| {
                command.arg(from).arg(last.max(0));
            })
            .await?;
        Ok(seen.map(|(version, entries)| Seen {
            version,
            value: if most == 0 {
                Vec::new()
            } else {
                entries.into_iter().filter_map(entry).collect()
            },
        }))
    }

    async fn position(
        &self,
        key: &Key,
        member: Member,
    ) -> Result<Option<Seen<Option<u64>>>, LineError> {
        let seen: Option<(i64, i64)> = self
            .run(&self.scripts.position, key, |command| {
                command.arg(&member.bytes()[..]);
            })
            .await?;
        Ok(seen.map(|(version, at)| Seen {
            version,
            value: u64::try_from(at).ok(),
        }))
    }

    async fn count(&self, key: &Key) -> Result<Option<Seen<u64>>, LineError> {
        let seen: Option<(i64, u64)> = self.run(&self.scripts.count, key, |_| {}).await?;
        Ok(seen.map(|(version, value)| Seen { version, value }))
    }

    async fn forget(&self, key: &Key) -> Result<(), LineError> {
        let mut command = redis::cmd("DEL");
        command.arg(key.to_string()).arg(format!("{key}:is"));
        self.ask(&command).await
    }
}
