//! The order of those who wait, as an index over the store: told of each step once it is
//! committed, and built anew when it is lost or behind.
//!
//! One task a campaign tells the index, one step after the other, and nobody waits for it.
//! Steps may come out of turn, other servers' too: one that does not fit yet is tried again for a
//! moment. Then the index is built from the store in one view, once a second at most.
//!
//! Nothing rests on the index but how long a party's place in the order takes to be told: it is
//! believed only where it is of the store's version and knows the party, and the store counts
//! otherwise. Offers are made by the store alone.
//!
//! The hazard: an index of another story, whose store was put back to an older state. It is ahead
//! of the store until that has come as far again, and is never of a version that the store has;
//! whoever meets an index ahead of the store throws it away.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant as Moment};

use luot_line::{Changed as Change, Entry, InMemory, Key, LineError, Member, Ordered, Step};
use luot_store::waitlist::{self, Rank};
use luot_store::{Reordered, Store, Tx, Work};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::App;
use crate::error::{Error, Result};

/// How often an index is built at most.
const BUILT_EVERY: Duration = Duration::from_secs(1);
/// How long a step that is missing is waited for: another server has committed it, and is about
/// to tell of it.
const GRACE: Duration = Duration::from_millis(100);
/// How long until a step that does not fit is tried again.
const AGAIN: Duration = Duration::from_millis(10);
/// Steps of a campaign that are kept; of more none is, and the index is built.
const STEPS_MOST: usize = 1_000;
/// Campaigns of which something is remembered, before those that nothing is under way of are
/// forgotten.
const CAMPAIGNS_MOST: usize = 1_000;

fn key(campaign: Uuid) -> Key {
    Key::new("waitlist", campaign)
}

fn member(rank: &Rank) -> Member {
    Member {
        since: rank.joined_at.timestamp_micros(),
        id: rank.id,
    }
}

/// The greater priority first, then who joined first, then the lesser id: as the store has it.
fn entry(rank: &Rank) -> Entry {
    Entry {
        member: member(rank),
        rank: -i64::from(rank.priority),
    }
}

/// The index of all waitlists.
#[derive(Clone)]
pub struct Orders(Arc<Shared>);

struct Shared {
    store: Store,
    index: Mutex<Arc<dyn Ordered>>,
    campaigns: Mutex<HashMap<Uuid, Campaign>>,
    /// Told whenever nothing is under way any more for a campaign.
    rests: Notify,
}

/// What the index of a campaign is still to be told.
#[derive(Default)]
struct Campaign {
    /// Steps, by the version after them.
    steps: BTreeMap<i64, Arc<Reordered>>,
    /// Which version somebody has seen in the store.
    wanted: Option<i64>,
    /// Whether the index is to be thrown away first.
    anew: bool,
    /// When it was last built.
    built: Option<Moment>,
    /// Whether a task is under way.
    busy: bool,
}

/// What is next for a campaign.
enum Next {
    Forget,
    Tell(Arc<Reordered>),
    Reach(i64),
}

/// Where the index stands, once it was told.
enum Stands {
    /// Where it should.
    Right,
    /// Behind, for want of a step.
    Behind,
    /// Nowhere.
    Lost,
}

/// What the index says of a party's place.
pub(super) enum Said {
    /// So many are before it.
    Before(u64),
    /// It is of that version (of none it is -1), and the store has to count.
    Otherwise(i64),
}

impl Campaign {
    /// Without a step that is done with, and whatever else is reached by its version.
    fn has_reached(&mut self, version: i64) {
        self.steps.retain(|to, _| *to > version);
        self.wanted = self.wanted.filter(|wanted| *wanted > version);
    }

    fn may_build(&self) -> bool {
        self.built.is_none_or(|at| at.elapsed() >= BUILT_EVERY)
    }
}

impl Orders {
    pub(crate) fn over(store: Store) -> Self {
        Self(Arc::new(Shared {
            store,
            index: Mutex::new(Arc::new(InMemory::default())),
            campaigns: Mutex::default(),
            rests: Notify::new(),
        }))
    }

    /// With the index in another place.
    pub(crate) fn keep_on(&self, index: Arc<dyn Ordered>) {
        *self.0.index.lock().unwrap_or_else(PoisonError::into_inner) = index;
    }

    /// What a transaction has changed that is committed.
    pub(crate) fn note(&self, orders: &BTreeMap<Uuid, Reordered>) {
        for (campaign, step) in orders {
            self.0.ask(*campaign, |of| {
                if of.steps.len() >= STEPS_MOST {
                    of.steps.clear();
                }
                of.wanted = of.wanted.max(Some(step.to));
                of.steps.insert(step.to, Arc::new(step.clone()));
            });
        }
    }

    /// How many are before a party in the order of that version, if the index knows.
    pub(super) async fn before(&self, campaign: Uuid, rank: &Rank, version: i64) -> Said {
        let index = self.0.index();
        match index.position(&key(campaign), member(rank)).await {
            Ok(Some(seen)) if seen.version == version => match seen.value {
                Some(before) => return Said::Before(before),
                None => self.doubt(campaign),
            },
            // It has gone on since the store was looked at, or is of another story.
            Ok(Some(seen)) if seen.version > version => return Said::Otherwise(seen.version),
            Ok(_) => self.0.ask(campaign, |of| {
                of.wanted = of.wanted.max(Some(version));
            }),
            Err(error) => away(&error),
        }
        Said::Otherwise(-1)
    }

    /// What the index knows of a campaign is not the store's.
    pub(super) fn doubt(&self, campaign: Uuid) {
        self.0.ask(campaign, |of| of.anew = true);
    }

    /// Waits until the index was told of all that this server has committed, or could not be.
    async fn told(&self) {
        loop {
            let rests = self.0.rests.notified();
            if !self.0.campaigns().values().any(|of| of.busy) {
                return;
            }
            rests.await;
        }
    }

    /// The same, for a second at most.
    pub(crate) async fn stop(&self) {
        // What is not told by then is found out by its version.
        drop(tokio::time::timeout(BUILT_EVERY, self.told()).await);
    }
}

impl Shared {
    fn index(&self) -> Arc<dyn Ordered> {
        self.index
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn campaigns(&self) -> MutexGuard<'_, HashMap<Uuid, Campaign>> {
        self.campaigns
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what is to be done for a campaign, and has it done.
    fn ask(self: &Arc<Self>, campaign: Uuid, note: impl FnOnce(&mut Campaign)) {
        // Outside of a runtime nobody could; whoever comes next finds the index behind.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let mut campaigns = self.campaigns();
        if campaigns.len() >= CAMPAIGNS_MOST && !campaigns.contains_key(&campaign) {
            campaigns.retain(|_, of| of.busy);
        }
        let of = campaigns.entry(campaign).or_default();
        note(of);
        if !std::mem::replace(&mut of.busy, true) {
            runtime.spawn(self.clone().follow(campaign));
        }
    }

    fn with<T>(&self, campaign: Uuid, act: impl FnOnce(&mut Campaign) -> T) -> T {
        act(self.campaigns().entry(campaign).or_default())
    }

    /// What is next; when nothing is, the task is over.
    fn next(&self, campaign: Uuid) -> Option<Next> {
        let next = self.with(campaign, |of| {
            let next = if of.anew {
                Some(Next::Forget)
            } else if let Some((_, step)) = of.steps.first_key_value() {
                Some(Next::Tell(step.clone()))
            } else {
                of.wanted.map(Next::Reach)
            };
            of.busy = next.is_some();
            next
        });
        if next.is_none() {
            self.rests.notify_waiters();
        }
        next
    }

    /// Does all that there is to do for a campaign.
    async fn follow(self: Arc<Self>, campaign: Uuid) {
        let mut behind: Option<Moment> = None;
        while let Some(next) = self.next(campaign) {
            let stands = match next {
                Next::Forget => self.forget(campaign).await,
                Next::Tell(step) => self.tell(campaign, &step).await,
                Next::Reach(version) => self.reach(campaign, version).await,
            };
            let waited = match stands {
                Ok(Stands::Right) => {
                    behind = None;
                    continue;
                }
                Ok(Stands::Behind) => behind.get_or_insert_with(Moment::now).elapsed() >= GRACE,
                Ok(Stands::Lost) => true,
                Err(error) => {
                    // The store goes on without, and the next step finds the index behind.
                    away(&error);
                    self.with(campaign, |of| of.has_reached(i64::MAX));
                    continue;
                }
            };
            if waited && self.with(campaign, |of| of.may_build()) {
                self.build(campaign).await;
            } else {
                tokio::time::sleep(AGAIN).await;
            }
        }
    }

    async fn forget(&self, campaign: Uuid) -> std::result::Result<Stands, LineError> {
        tracing::warn!(campaign.id = %campaign, "a waitlist's index is not the store's and is built anew");
        self.with(campaign, |of| {
            of.anew = false;
            of.wanted = of.wanted.max(Some(0));
        });
        self.index().forget(&key(campaign)).await?;
        Ok(Stands::Right)
    }

    async fn tell(
        &self,
        campaign: Uuid,
        step: &Reordered,
    ) -> std::result::Result<Stands, LineError> {
        let waits = step.places.values().filter(|place| place.waits);
        let put: Vec<Entry> = waits.map(|place| entry(&place.rank)).collect();
        let gone = step.places.values().filter(|place| !place.waits);
        let remove: Vec<Member> = gone.map(|place| member(&place.rank)).collect();
        let (from, to) = (step.from, step.to);
        let between = Step { from, to };
        let (index, key) = (self.index(), key(campaign));
        match index.change(&key, between, &put, &remove).await? {
            // It was built since, by this server or another; or is ahead of the store, which
            // whoever asks for a place finds out.
            Change::Made | Change::Known => {
                self.with(campaign, |of| of.has_reached(to));
                Ok(Stands::Right)
            }
            Change::Behind => self.reach(campaign, to).await,
        }
    }

    /// Whether the index is of that version, or a later one.
    async fn reach(&self, campaign: Uuid, version: i64) -> std::result::Result<Stands, LineError> {
        Ok(match self.index().count(&key(campaign)).await? {
            None => Stands::Lost,
            Some(seen) if seen.version < version => Stands::Behind,
            Some(seen) => {
                self.with(campaign, |of| of.has_reached(seen.version));
                Stands::Right
            }
        })
    }

    /// Builds the index of a campaign from the store.
    async fn build(&self, campaign: Uuid) {
        metrics::counter!("waitlist_index_rebuilt_total").increment(1);
        // What is noted from now on stays to be told; what was, the store has by now, unless it
        // was put back to before that, and then nobody is to wait for it.
        self.with(campaign, |of| {
            of.built = Some(Moment::now());
            of.has_reached(i64::MAX);
        });
        let (version, ranks) = match self.store.read_work(&Whole(campaign)).await {
            Ok(whole) => whole,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a waitlist's index could not be built"
                );
                return;
            }
        };
        let entries: Vec<Entry> = ranks.iter().map(entry).collect();
        let index = self.index();
        if let Err(error) = index.replace(&key(campaign), version, &entries).await {
            away(&error);
        }
        self.with(campaign, |of| of.has_reached(version));
    }
}

/// The store goes on without the index: this is no error, only slower.
fn away(error: &LineError) {
    metrics::counter!("waitlist_index_away_total").increment(1);
    tracing::debug!(
        error = error as &dyn std::error::Error,
        "the waitlist's index cannot be used"
    );
}

/// The order of a campaign's waitlist in one view: its version, and who waits.
struct Whole(Uuid);

impl Work for Whole {
    type Done = (i64, Vec<Rank>);
    type Error = Error;

    async fn run(&self, tx: &Tx) -> Result<Self::Done> {
        let version = waitlist::find_version(tx, self.0).await?;
        Ok((version, waitlist::list_ranks(tx, self.0).await?))
    }
}

impl App {
    /// The entries of a campaign's waitlist that the index knows, in order, and of which version,
    /// once it was told of all that this server has committed: for those who look after the
    /// service, and for tests.
    ///
    /// # Errors
    /// Of the index.
    pub async fn waitlist_index(&self, campaign: Uuid) -> Result<Option<(i64, Vec<Uuid>)>> {
        self.orders.told().await;
        let index = self.orders.0.index();
        let seen = index.page(&key(campaign), 0, u64::MAX).await;
        let seen = seen.map_err(|e| Error::Bug(e.to_string()))?;
        let ids = |entries: Vec<Entry>| entries.iter().map(|e| e.member.id).collect();
        Ok(seen.map(|s| (s.version, ids(s.value))))
    }
}
