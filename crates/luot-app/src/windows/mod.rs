//! Availability from memory.
//!
//! The windows of the campaigns that are asked about are kept, with their places, and the
//! answers made of them as ready bytes. What this process changes is told by the store once
//! it is committed, what other servers change by [`Word`]; the pools in question are then
//! read again before the next answer, once for all who wait for it. Anything else about a
//! campaign raises its version, which is looked at each second.
//!
//! So an answer is as true as its reading of the database, and nothing that was committed
//! before somebody asked is missing from it; but for what other servers changed, which is
//! missing for a second at most where their word does not come.
//!
//! The hazard: changing places in the database without telling `Tx`.

mod book;
mod kept;
mod marks;

use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant as Moment};

use luot_domain::booking::alternatives::Candidate;
use luot_line::{LineError, Word};
use luot_store::{Backend, Changed, Store};
use tokio::task::JoinHandle;
use uuid::Uuid;

use self::book::Near;
use self::kept::{Form, Kept};
use crate::App;
use crate::error::{Error, Result};
use crate::limits;
use crate::sessions::{Availability, Question};

/// The channel of [`Word`].
pub(crate) const CHANNEL: &str = "luot:places";
/// Pools named in one word; of more, the campaigns are told to read anew.
const POOLS_IN_A_WORD: usize = 2_000;
/// How long a server waits that could not tell the others.
const AGAIN: Duration = Duration::from_millis(200);

/// How bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Coding {
    /// `gzip`.
    Gzip,
}

/// An answer as it goes out.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Its bytes.
    pub bytes: bytes::Bytes,
    /// Their tag.
    pub tag: String,
}

/// All campaigns that were asked about of late.
pub(crate) struct Windows {
    kept: Mutex<HashMap<Uuid, Arc<Kept>>>,
    /// Bytes of answers that are kept.
    bytes: Arc<AtomicUsize>,
    /// Whether nobody else writes into the database.
    alone: bool,
    word: Mutex<Option<Word>>,
    /// What other servers have yet to be told.
    untold: Mutex<Changed>,
    telling: tokio::sync::Notify,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    /// Tells the present moment, where a test does.
    moments: OnceLock<Moments>,
}

type Moments = Box<dyn Fn() -> Moment + Send + Sync>;

fn held<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Windows {
    pub(crate) fn over(backend: Backend) -> Arc<Self> {
        Arc::new(Self {
            kept: Mutex::default(),
            bytes: Arc::default(),
            // One process has an SQLite file; a command beside it raises a campaign's version.
            alone: backend == Backend::Sqlite,
            word: Mutex::default(),
            untold: Mutex::default(),
            telling: tokio::sync::Notify::new(),
            tasks: Mutex::default(),
            moments: OnceLock::new(),
        })
    }

    /// The present moment, by which answers grow old.
    fn moment(&self) -> Moment {
        self.moments.get().map_or_else(Moment::now, |tell| tell())
    }

    /// Speaks with the other servers from now on.
    pub(crate) fn speak(self: &Arc<Self>, word: Option<Word>) {
        self.end_tasks();
        held(&self.word).clone_from(&word);
        let Some(word) = word else { return };
        let (mine, speaker) = (self.clone(), word.clone());
        let telling = tokio::spawn(async move { mine.tell_on(&speaker).await });
        let mine = self.clone();
        let listening = tokio::spawn(async move { word.listen(|said| mine.hear(said)).await });
        *held(&self.tasks) = vec![telling, listening];
    }

    /// Says what is still untold, and goodbye.
    pub(crate) async fn stop(&self) {
        self.end_tasks();
        let word = held(&self.word).take();
        if let Some(word) = word
            && self.tell(&word).await.is_ok()
        {
            // Unsaid, the others go on as if this server had died.
            drop(word.say_goodbye().await);
        }
    }

    fn end_tasks(&self) {
        held(&self.tasks).drain(..).for_each(|task| task.abort());
    }

    /// Whether other servers' changes are heard of.
    fn hears(&self) -> bool {
        self.alone || held(&self.word).as_ref().is_some_and(Word::hears)
    }

    /// Notes what this process has changed, and tells the others.
    pub(crate) fn note(&self, changed: &Changed) {
        if changed.campaigns.is_empty() && changed.pools.is_empty() {
            return;
        }
        self.mark(changed);
        if held(&self.word).is_some() {
            self.add_untold(changed);
            self.telling.notify_one();
        }
    }

    fn add_untold(&self, changed: &Changed) {
        let mut untold = held(&self.untold);
        untold.pools.extend(&changed.pools);
        untold.campaigns.extend(&changed.campaigns);
    }

    fn mark(&self, changed: &Changed) {
        let kept = held(&self.kept);
        for (campaign, kept) in kept.iter() {
            kept.mark(changed.campaigns.contains(campaign), &changed.pools);
        }
    }

    async fn tell_on(&self, word: &Word) {
        loop {
            self.telling.notified().await;
            if self.tell(word).await.is_err() {
                tokio::time::sleep(AGAIN).await;
                self.telling.notify_one();
            }
        }
    }

    /// Tells what the others have yet to be told; what cannot be told stays to be told.
    async fn tell(&self, word: &Word) -> std::result::Result<(), LineError> {
        let told = Telling {
            changed: Some(std::mem::take(&mut *held(&self.untold))),
            windows: self,
        };
        told.tell(word).await
    }

    /// Another server's word; `None` when some may have been missed.
    fn hear(&self, said: Option<&str>) {
        let mut changed = Changed::default();
        let mut all = said.is_none();
        for told in said.into_iter().flat_map(|said| said.split(',')) {
            let id = told.get(1..).and_then(|id| Uuid::parse_str(id).ok());
            match (told.get(..1), id) {
                (Some("c"), Some(id)) => {
                    changed.campaigns.insert(id);
                }
                (Some("p"), Some(id)) => {
                    changed.pools.insert(id);
                }
                // Too many to be named, or of a version of ours that says more.
                _ => all = true,
            }
        }
        if all {
            held(&self.kept).values().for_each(|kept| kept.mark_all());
        } else {
            self.mark(&changed);
        }
    }

    /// A campaign's, made if it is not there. Of many, who was not asked about for longest goes.
    fn of(&self, campaign: Uuid) -> Arc<Kept> {
        let mut all = held(&self.kept);
        if let Some(kept) = all.get(&campaign) {
            return kept.clone();
        }
        let pools: usize = all.values().map(|k| k.pools()).sum();
        if all.len() >= limits::BOOKS_MOST || pools >= limits::BOOK_POOLS_MOST {
            let oldest = all.iter().min_by_key(|(_, k)| k.asked()).map(|(id, _)| *id);
            oldest.and_then(|id| all.remove(&id));
        }
        let kept = Arc::new(Kept::default());
        all.insert(campaign, kept.clone());
        kept
    }

    /// Brings a campaign's windows up to date: with what was committed until `since`.
    async fn refresh(
        &self,
        store: &Store,
        campaign: Uuid,
        kept: &Kept,
        since: Moment,
    ) -> Result<()> {
        let moments = (since, self.moment());
        let done = kept.refresh(store, campaign, moments, self.hears()).await;
        if matches!(done, Err(Error::NotFound("campaign"))) {
            held(&self.kept).remove(&campaign);
        }
        done
    }
}

/// What is being told: told or not, it is not lost.
struct Telling<'a> {
    changed: Option<Changed>,
    windows: &'a Windows,
}

impl Telling<'_> {
    async fn tell(mut self, word: &Word) -> std::result::Result<(), LineError> {
        let Some(changed) = &self.changed else {
            return Ok(());
        };
        let many = changed.pools.len() > POOLS_IN_A_WORD;
        let ids = changed
            .campaigns
            .iter()
            .map(|id| format!("c{}", id.simple()));
        let pools = changed.pools.iter().map(|id| format!("p{}", id.simple()));
        let all: Vec<String> = if many {
            ids.chain(["a".to_owned()]).collect()
        } else {
            ids.chain(pools).collect()
        };
        if !all.is_empty() {
            word.say(&all.join(",")).await?;
        }
        self.changed = None;
        Ok(())
    }
}

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        if let Some(changed) = &self.changed {
            self.windows.add_untold(changed);
        }
    }
}

impl App {
    /// With moments that a test tells, by which answers about availability grow old.
    #[must_use]
    pub fn with_moments(self, tell: impl Fn() -> Moment + Send + Sync + 'static) -> Self {
        drop(self.windows.moments.set(Box::new(tell)));
        self
    }

    /// The windows of a campaign that take the party.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a campaign, site or cohort that is not there.
    pub async fn list_availability(
        &self,
        campaign: Uuid,
        question: &Question,
    ) -> Result<Availability> {
        let kept = self.windows.of(campaign);
        let _turn = kept.turn().await?;
        self.windows
            .refresh(&self.store, campaign, &kept, self.windows.moment())
            .await?;
        Ok(kept.answer(question, self.clock.now())?.answer)
    }

    /// The same as bytes, packed or not, made by `render` where they are not there yet.
    ///
    /// # Errors
    /// Those of [`App::list_availability`], and of `render`.
    pub async fn show_availability<E: From<Error>>(
        &self,
        campaign: Uuid,
        question: &Question,
        coding: Option<Coding>,
        render: impl FnOnce(Availability) -> std::result::Result<Shown, E>,
    ) -> std::result::Result<Shown, E> {
        let windows = &self.windows;
        let asked = windows.moment();
        let now = self.clock.now();
        let kept = windows.of(campaign);
        let form = Form {
            question: question.clone(),
            coding,
        };
        if let Some(shown) = kept.ready(&form, now, asked) {
            return Ok(shown);
        }
        let _turn = kept.turn().await?;
        // Perhaps somebody has just done it.
        if let Some(shown) = kept.ready(&form, now, asked) {
            return Ok(shown);
        }
        windows.refresh(&self.store, campaign, &kept, asked).await?;
        if let Some(shown) = kept.ready(&form, now, asked) {
            return Ok(shown);
        }
        let told = kept.answer(question, now)?;
        let (about, revision) = ((told.site, told.until), kept.revision(told.site));
        let shown = render(told.answer)?;
        kept.keep(form, shown.clone(), about, revision, &windows.bytes);
        Ok(shown)
    }

    /// The nearest windows that would do for a party that found theirs full. What was found
    /// for another like it in the last second will do too.
    pub(crate) async fn nearest_windows(
        &self,
        window: Uuid,
        (places, card_places): (usize, usize),
        cohorts: &[Uuid],
    ) -> Result<Vec<Candidate>> {
        let campaign = luot_store::facts::campaign_of(&self.store, window).await?;
        let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        let near = Near {
            window,
            places: count(places),
            card_places: count(card_places),
            cohorts: cohorts.to_vec(),
        };
        let kept = self.windows.of(campaign);
        if let Some(found) = kept.found(&near) {
            return Ok(found);
        }
        let asked = self.windows.moment();
        let _turn = kept.turn().await?;
        if let Some(found) = kept.found(&near) {
            return Ok(found);
        }
        self.windows
            .refresh(&self.store, campaign, &kept, asked)
            .await?;
        let found = kept.nearest(&near, self.clock.now())?;
        kept.note_found(near, found.clone());
        Ok(found)
    }
}
