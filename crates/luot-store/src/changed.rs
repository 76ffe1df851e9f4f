//! What a transaction changed about places, and about who waits for them, told to whoever keeps
//! copies of that once it is committed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use crate::Instant;
use crate::waitlist::Rank;

/// What changed about places and who waits for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// Campaigns of which anything may have changed: their version is another.
    pub campaigns: BTreeSet<Uuid>,
    /// Pools of which places were taken, given back or released.
    pub pools: BTreeSet<Uuid>,
    /// Campaigns in which others wait now, or in another order. Told only of what was certainly
    /// committed: who misses a step finds out by its version, and who was told of one that was
    /// not would not.
    pub orders: BTreeMap<Uuid, Reordered>,
}

/// A step of the order of those who wait in a campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reordered {
    /// The order's version before it.
    pub from: i64,
    /// And after it.
    pub to: i64,
    /// The parties that came, moved or went.
    pub places: BTreeMap<Uuid, Place>,
    /// When the first of them did.
    at: Instant,
}

/// Where a party stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// By what it is ordered.
    pub rank: Rank,
    /// Whether it waits now.
    pub waits: bool,
}

impl Changed {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.campaigns.is_empty() && self.pools.is_empty() && self.orders.is_empty()
    }
}

/// What a transaction has changed so far.
#[derive(Debug, Default)]
pub(crate) struct Noted(Mutex<Changed>);

impl Noted {
    pub(crate) fn campaign(&self, id: Uuid) {
        self.note(|changed| {
            changed.campaigns.insert(id);
        });
    }

    pub(crate) fn has_campaign(&self, id: Uuid) -> bool {
        let changed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        changed.campaigns.contains(&id)
    }

    pub(crate) fn pools(&self, ids: impl Iterator<Item = Uuid>) {
        self.note(|changed| changed.pools.extend(ids));
    }

    /// A party came, moved or went; of several times in one transaction the last counts.
    pub(crate) fn order(&self, campaign: Uuid, place: Place, at: Instant) {
        self.note(|changed| {
            let order = changed.orders.entry(campaign).or_insert_with(|| Reordered {
                from: 0,
                to: 0,
                places: BTreeMap::new(),
                at,
            });
            order.places.insert(place.rank.id, place);
        });
    }

    /// The campaigns whose order was changed, each with when that was first.
    pub(crate) fn orders(&self) -> Vec<(Uuid, Instant)> {
        let changed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let orders = changed.orders.iter();
        orders
            .map(|(campaign, order)| (*campaign, order.at))
            .collect()
    }

    pub(crate) fn raised(&self, campaign: Uuid, (from, to): (i64, i64)) {
        self.note(|changed| {
            if let Some(order) = changed.orders.get_mut(&campaign) {
                (order.from, order.to) = (from, to);
            }
        });
    }

    fn note(&self, write: impl FnOnce(&mut Changed)) {
        write(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn take(&self) -> Changed {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

type Hear = dyn Fn(&Changed) + Send + Sync;

/// Who is told. Called when a transaction is over that changed something, before whoever
/// asked for it hears: with its changes, or, when its end is not known, perhaps in vain, but
/// for [`Changed::orders`].
#[derive(Clone, Default)]
pub struct Listener(Option<Arc<Hear>>);

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() {
            "Listener"
        } else {
            "no listener"
        })
    }
}

impl Listener {
    /// Calls this, which should be quick.
    pub fn new(hear: impl Fn(&Changed) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hear)))
    }

    pub(crate) fn tell(&self, noted: &Noted, committed: bool) {
        let mut changed = noted.take();
        if !committed {
            changed.orders.clear();
        }
        if let Some(hear) = &self.0
            && !changed.is_empty()
        {
            hear(&changed);
        }
    }
}
