//! Word between servers of what has changed: what is kept in memory hears of it at once.
//!
//! Redis passes words on and keeps none: who is not there misses them. So a listener also
//! sends signs of life to itself; as long as they come back, every word before them came too.
//! Once they stay away it says that words may have been missed, and goes on trying.
//!
//! The others hear these signs, too. A server whose signs stop without a goodbye has died,
//! perhaps between a change and its word, or does not reach Redis and changes things still:
//! words were missed, and for a while nobody can say that all are heard.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use redis::aio::ConnectionManager;
use uuid::Uuid;

use crate::LineError;

/// How often a listener sends itself a sign of life.
const SIGN: Duration = Duration::from_millis(250);
/// How old the last may be.
const DEAF: Duration = Duration::from_secs(1);
/// How long somebody who went without a goodbye may still be changing things unheard.
const LOST: Duration = Duration::from_secs(600);
/// What a sign of life says.
const SIGN_OF_LIFE: &str = "";
/// What a server says that stops.
const GOODBYE: &str = "-";

/// A channel on Redis on which the servers of one service speak.
#[derive(Clone)]
pub struct Word {
    client: redis::Client,
    manager: ConnectionManager,
    channel: &'static str,
    /// Whose words are one's own.
    me: Uuid,
    heard: Arc<Mutex<Heard>>,
}

/// What a listener knows of itself and of others.
#[derive(Default)]
struct Heard {
    /// When it last heard itself.
    myself: Option<Instant>,
    /// When it last heard each of the others.
    others: HashMap<String, Instant>,
    /// Those who went without a goodbye, and since when.
    lost: HashMap<String, Instant>,
}

impl Heard {
    /// Notes that one of the others is there; whether it had been lost.
    fn note(&mut self, who: &str) -> bool {
        match self.others.get_mut(who) {
            Some(at) => *at = Instant::now(),
            None => drop(self.others.insert(who.to_owned(), Instant::now())),
        }
        self.lost.remove(who).is_some()
    }

    fn goodbye(&mut self, who: &str) {
        self.others.remove(who);
        self.lost.remove(who);
    }

    /// Whether any of the others has been silent for too long since this was last asked.
    fn loses_some(&mut self) -> bool {
        let silent = self.others.extract_if(|_, at| at.elapsed() >= DEAF);
        let silent: Vec<_> = silent.map(|(who, _)| (who, Instant::now())).collect();
        let some = !silent.is_empty();
        self.lost.extend(silent);
        self.lost.retain(|_, since| since.elapsed() < LOST);
        some
    }
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

    /// Whether every word up to a second ago has been heard, of everybody.
    #[must_use]
    pub fn hears(&self) -> bool {
        let heard = self.heard();
        heard.myself.is_some_and(|at| at.elapsed() < DEAF) && heard.lost.is_empty()
    }

    /// How many others went without a goodbye of late.
    #[must_use]
    pub fn lost(&self) -> usize {
        self.heard().lost.len()
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that nothing more will come: all that was changed has been said.
    ///
    /// # Errors
    /// When Redis does not take it.
    pub async fn say_goodbye(&self) -> Result<(), LineError> {
        self.say(GOODBYE).await
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
            self.heard().myself = None;
            tokio::time::sleep(SIGN).await;
        }
    }

    async fn listen_once(&self, hear: &(impl Fn(Option<&str>) + Send)) -> Result<(), LineError> {
        let mut channel = self.client.get_async_pubsub().await?;
        channel.subscribe(self.channel).await?;
        hear(None);
        let mine = self.me.to_string();
        let begun = Instant::now();
        // Nobody was heard while there was no connection.
        self.heard().others.values_mut().for_each(|at| *at = begun);
        let mut words = channel.into_on_message();
        let mut signs = tokio::time::interval(SIGN);
        loop {
            tokio::select! {
                word = words.next() => {
                    let Some(word) = word else { return Ok(()) };
                    let text: String = word.get_payload()?;
                    match text.split_once(' ') {
                        Some((who, _)) if who == mine => {
                            self.heard().myself = Some(Instant::now());
                        }
                        Some((who, GOODBYE)) => self.heard().goodbye(who),
                        Some((who, said)) => {
                            if self.heard().note(who) {
                                hear(None);
                            }
                            if said != SIGN_OF_LIFE {
                                hear(Some(said));
                            }
                        }
                        None => {}
                    }
                }
                _ = signs.tick() => {
                    let deaf = self.heard().myself.is_none_or(|at| at.elapsed() >= DEAF);
                    if begun.elapsed() >= DEAF && deaf {
                        return Err(LineError::Away);
                    }
                    if self.heard().loses_some() {
                        hear(None);
                    }
                    self.say(SIGN_OF_LIFE).await?;
                }
            }
        }
    }
}
