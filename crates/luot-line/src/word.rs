//! Word between servers of what has changed: what is kept in memory hears of it at once.
//!
//! Redis passes words on and keeps none: who is not there misses them. So a listener also
//! sends signs of life to itself; as long as they come back, every word before them came too.
//! Once they stay away it says that words may have been missed, and goes on trying.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use redis::aio::ConnectionManager;
use uuid::Uuid;

use crate::LineError;

/// How often a listener sends itself a sign of life.
const SIGN: Duration = Duration::from_millis(250);
/// How old the last may be.
const DEAF: Duration = Duration::from_secs(1);

/// A channel on Redis on which the servers of one service speak.
#[derive(Clone)]
pub struct Word {
    client: redis::Client,
    manager: ConnectionManager,
    channel: &'static str,
    /// Whose words are one's own.
    me: Uuid,
    heard: Arc<Mutex<Option<Instant>>>,
}

impl Word {
    pub(crate) fn over(
        client: redis::Client,
        manager: ConnectionManager,
        channel: &'static str,
    ) -> Self {
        Self {
            client,
            manager,
            channel,
            me: Uuid::new_v4(),
            heard: Arc::default(),
        }
    }

    /// Whether every word up to a second ago has been heard.
    #[must_use]
    pub fn hears(&self) -> bool {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.is_some_and(|at| at.elapsed() < DEAF)
    }

    /// Says something to all other servers that listen now.
    ///
    /// # Errors
    /// When Redis does not take it.
    pub async fn say(&self, text: &str) -> Result<(), LineError> {
        redis::cmd("PUBLISH")
            .arg(self.channel)
            .arg(format!("{} {text}", self.me))
            .query_async::<()>(&mut self.manager.clone())
            .await?;
        Ok(())
    }

    /// Listens for ever. What another server says is passed on; `None` tells that words may
    /// have been missed until now, and comes first of all.
    pub async fn listen(&self, hear: impl Fn(Option<&str>) + Send) {
        loop {
            if let Err(error) = self.listen_once(&hear).await {
                tracing::debug!(error = %error, "word of changes does not come from Redis");
            }
            self.note(None);
            tokio::time::sleep(SIGN).await;
        }
    }

    async fn listen_once(&self, hear: &(impl Fn(Option<&str>) + Send)) -> Result<(), LineError> {
        let mut channel = self.client.get_async_pubsub().await?;
        channel.subscribe(self.channel).await?;
        hear(None);
        let mine = self.me.to_string();
        let begun = Instant::now();
        let mut words = channel.into_on_message();
        let mut signs = tokio::time::interval(SIGN);
        loop {
            tokio::select! {
                word = words.next() => {
                    let Some(word) = word else { return Ok(()) };
                    let text: String = word.get_payload()?;
                    match text.split_once(' ') {
                        Some((who, _)) if who == mine => self.note(Some(Instant::now())),
                        Some((_, "")) | None => {}
                        Some((_, said)) => hear(Some(said)),
                    }
                }
                _ = signs.tick() => {
                    if begun.elapsed() >= DEAF && !self.hears() {
                        return Err(LineError::Away);
                    }
                    self.say("").await?;
                }
            }
        }
    }

    fn note(&self, heard: Option<Instant>) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = heard;
    }
}
