//! One campaign's windows and the answers made of them.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant as Moment};

use luot_domain::booking::alternatives::Candidate;
use luot_domain::policies::Policies;
use luot_store::parts::{cohorts, sites};
use luot_store::views::{self, Places, WindowPool};
use luot_store::{Instant, Store, campaigns};
use uuid::Uuid;

use super::book::{Book, Near, Told};
use super::marks::{Marks, Seen};
use super::{Coding, Shown, held};
use crate::campaigns::present_of;
use crate::error::{Error, Result};
use crate::instances::from_json;
use crate::limits;
use crate::sessions::Question;

/// How long nothing is looked at again that nobody says has changed.
const SECOND: Duration = Duration::from_secs(1);
/// How long somebody waits for the database to be read for others.
const PATIENCE: Duration = Duration::from_secs(3);
/// Neighbourhoods remembered.
const FOUND_MOST: usize = 1_000;

/// What somebody asked, and how they take the answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Form {
    pub question: Question,
    pub coding: Option<Coding>,
}

/// What was read, and made of it.
#[derive(Default)]
struct State {
    book: Option<Book>,
    /// When the reading began that it is of, and how many marks there were.
    read: Option<Moment>,
    marks: u64,
    /// When the whole of it was last read or known to be true.
    checked: Option<Moment>,
    answers: HashMap<Form, Answer>,
}

struct Answer {
    shown: Shown,
    site: Option<Uuid>,
    until: Option<Instant>,
    revision: u64,
    _weight: Weight,
}

/// Bytes that count among those of all answers for as long as this is there.
struct Weight {
    of: usize,
    all: Arc<AtomicUsize>,
}

impl Weight {
    fn new(of: usize, all: &Arc<AtomicUsize>) -> Self {
        all.fetch_add(of, Ordering::Relaxed);
        Self {
            of,
            all: all.clone(),
        }
    }
}

impl Drop for Weight {
    fn drop(&mut self) {
        self.all.fetch_sub(self.of, Ordering::Relaxed);
    }
}

/// A campaign's windows; see the module above.
#[derive(Default)]
pub(super) struct Kept {
    state: RwLock<State>,
    marks: Mutex<Marks>,
    /// How many were ever made: to be looked at without waiting.
    count: AtomicU64,
    found: Mutex<HashMap<Near, (Moment, Vec<Candidate>)>>,
    /// Who reads the database, or makes an answer: one at a time.
    turn: tokio::sync::Mutex<()>,
    asked: Mutex<Option<Moment>>,
    pools: AtomicUsize,
}

impl Kept {
    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what has changed, of whatever campaign.
    pub fn mark(&self, all: bool, pools: &BTreeSet<Uuid>) {
        let mut marks = held(&self.marks);
        if all {
            marks.mark_all();
        }
        // Marks before state, here and in `refresh`.
        let state = self.state();
        marks.mark(pools, |pool| state.has(pool));
        self.count.store(marks.count(), Ordering::Release);
    }

    pub fn mark_all(&self) {
        self.mark(true, &BTreeSet::new());
    }

    /// To be held while the database is read and answers are made.
    ///
    /// # Errors
    /// [`Error::Busy`] when that takes others too long.
    pub async fn turn(&self) -> Result<tokio::sync::MutexGuard<'_, ()>> {
        let turn = tokio::time::timeout(PATIENCE, self.turn.lock()).await;
        turn.map_err(|_| Error::Busy)
    }

    /// When somebody last asked.
    pub fn asked(&self) -> Option<Moment> {
        *held(&self.asked)
    }

    pub fn pools(&self) -> usize {
        self.pools.load(Ordering::Relaxed)
    }

    /// The answer, if it is there and true: of nothing less than what was committed when it
    /// was asked for.
    pub fn ready(&self, form: &Form, now: Instant, asked: Moment) -> Option<Shown> {
        // Before the state: a mark that comes in between counts for the next.
        let marks = self.count.load(Ordering::Acquire);
        let state = self.state();
        if !state.is_good(asked, marks) {
            return None;
        }
        let book = state.book.as_ref()?;
        let answer = state.answers.get(form)?;
        let (now, _) = present_of(&book.dates, now).ok()?;
        let is_true = answer.revision == book.revision(answer.site)
            && answer.until.is_none_or(|until| now < until);
        is_true.then(|| answer.shown.clone())
    }

    /// Reads again what needs it, for somebody who asked then; it is now that. The turn must be
    /// held.
    pub async fn refresh(
        &self,
        store: &Store,
        campaign: Uuid,
        (asked, begun): (Moment, Moment),
        hears: bool,
    ) -> Result<()> {
        *held(&self.asked) = Some(asked);
        let marks = self.count.load(Ordering::Acquire);
        if self.state().is_good(asked, marks) {
            return Ok(());
        }
        let seen = held(&self.marks).begin();
        let plan = self.state().plan(&seen, hears, begun);
        let news = read(store, campaign, &plan).await?;
        let mut marks = held(&self.marks);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.marks = seen.count;
        state.take(news, begun, hears);
        marks.end(&seen, |pool| state.has(pool));
        self.count.store(marks.count(), Ordering::Release);
        let pools = state.book.as_ref().map_or(0, Book::len);
        self.pools.store(pools, Ordering::Relaxed);
        Ok(())
    }

    /// What is answered; only after [`Kept::refresh`].
    pub fn answer(&self, question: &Question, now: Instant) -> Result<Told> {
        let state = self.state();
        let book = state.book()?;
        let (now, _) = present_of(&book.dates, now)?;
        book.answer(question, now)
    }

    pub fn revision(&self, site: Option<Uuid>) -> u64 {
        self.state().book.as_ref().map_or(0, |b| b.revision(site))
    }

    /// Keeps an answer. When those of all campaigns are too many bytes, this one's others go.
    pub fn keep(
        &self,
        form: Form,
        shown: Shown,
        (site, until): (Option<Uuid>, Option<Instant>),
        revision: u64,
        bytes: &Arc<AtomicUsize>,
    ) {
        let answer = Answer {
            _weight: Weight::new(shown.bytes.len() + limits::ANSWER_BESIDE, bytes),
            shown,
            site,
            until,
            revision,
        };
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if bytes.load(Ordering::Relaxed) > limits::ANSWER_BYTES_MOST {
            state.answers.clear();
        }
        state.answers.insert(form, answer);
    }

    /// The windows near another; only after [`Kept::refresh`].
    pub fn nearest(&self, near: &Near, now: Instant) -> Result<Vec<Candidate>> {
        let state = self.state();
        let book = state.book()?;
        let (now, _) = present_of(&book.dates, now)?;
        Ok(book.nearest(near, now))
    }

    /// What was found in the last second.
    pub fn found(&self, near: &Near) -> Option<Vec<Candidate>> {
        let found = held(&self.found);
        let (at, windows) = found.get(near)?;
        (at.elapsed() < SECOND).then(|| windows.clone())
    }

    pub fn note_found(&self, near: Near, windows: Vec<Candidate>) {
        let mut found = held(&self.found);
        if found.len() >= FOUND_MOST {
            found.clear();
        }
        found.insert(near, (Moment::now(), windows));
    }
}

impl State {
    /// Whether it will do for somebody who asked then.
    fn is_good(&self, asked: Moment, marks: u64) -> bool {
        self.read.is_some_and(|at| at >= asked) || (self.marks == marks && self.is_young(asked))
    }

    /// Whether all of it was true in the second before then.
    fn is_young(&self, then: Moment) -> bool {
        let age = |at| then.saturating_duration_since(at);
        self.checked.is_some_and(|at| age(at) < SECOND)
    }

    fn has(&self, pool: Uuid) -> bool {
        self.book.as_ref().is_some_and(|book| book.has(pool))
    }

    fn book(&self) -> Result<&Book> {
        let book = self.book.as_ref();
        book.ok_or_else(|| Error::Bug("windows that were never read".into()))
    }

    /// What to read.
    fn plan(&self, seen: &Seen, hears: bool, begun: Moment) -> Plan {
        let whole = !seen.all && (hears || self.is_young(begun));
        match self.book.as_ref().filter(|_| whole) {
            None => Plan::All,
            Some(book) => Plan::Pools {
                version: book.dates.version,
                pools: seen.pools.clone(),
            },
        }
    }

    /// Takes over what was read; with `hears`, all that others changed was named too.
    fn take(&mut self, news: News, begun: Moment, hears: bool) {
        self.read = Some(begun);
        match news {
            News::Pools(rows) => {
                if hears {
                    self.checked = Some(begun);
                }
                if let Some(book) = &mut self.book
                    && !rows.is_empty()
                {
                    book.update(rows);
                }
            }
            News::All(all) => {
                self.checked = Some(begun);
                let revision = self.book.as_ref().map_or(0, |b| b.revision(None) + 1);
                let (dates, sites, cohorts, pools) = *all;
                self.book = Some(Book::new(dates, sites, cohorts, pools, revision));
                // Which revision of which site that was is not known any more.
                self.answers.clear();
            }
        }
    }
}

/// What is to be read.
enum Plan {
    All,
    /// These pools; all, should the campaign's version be another.
    Pools {
        version: i32,
        pools: Vec<Uuid>,
    },
}

type Whole = (
    (campaigns::Dates, u32),
    HashMap<String, Uuid>,
    HashMap<String, (Uuid, Option<Uuid>)>,
    Vec<WindowPool>,
);

/// What was read.
enum News {
    All(Box<Whole>),
    Pools(Vec<Places>),
}

async fn read(store: &Store, campaign: Uuid, plan: &Plan) -> Result<News> {
    store
        .read(async |tx| {
            let dates = campaigns::find_dates(tx, campaign)
                .await?
                .ok_or(Error::NotFound("campaign"))?;
            if let Plan::Pools { version, pools } = plan
                && *version == dates.version
            {
                let rows = views::list_places(tx, pools).await?;
                return Ok(News::Pools(rows));
            }
            let rules = campaigns::find_rules(tx, campaign)
                .await?
                .ok_or(Error::NotFound("campaign"))?;
            let policies: Policies = from_json(&rules.policies)?;
            let sites = sites::list(tx, campaign).await?.into_iter();
            let cohorts = cohorts::list(tx, campaign).await?.into_iter();
            let pools = views::list_window_pools(tx, campaign).await?;
            Ok(News::All(Box::new((
                (dates, policies.party_most),
                sites.map(|s| (s.code, s.id)).collect(),
                cohorts.map(|c| (c.code, (c.id, c.left_of_id))).collect(),
                pools,
            ))))
        })
        .await
}
