//! What a transaction changed about places, told to whoever keeps them in memory once it is
//! committed.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

/// What changed about places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// Campaigns of which anything may have changed: their version is another.
    pub campaigns: BTreeSet<Uuid>,
    /// Pools of which places were taken, given back or released.
    pub pools: BTreeSet<Uuid>,
}

impl Changed {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.campaigns.is_empty() && self.pools.is_empty()
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

    fn note(&self, write: impl FnOnce(&mut Changed)) {
        write(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn take(&self) -> Changed {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

type Hear = dyn Fn(&Changed) + Send + Sync;

/// Who is told. Called when a transaction is over that changed something, before whoever
/// asked for it hears: with its changes, or, when its end is not known, perhaps in vain.
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

    pub(crate) fn tell(&self, noted: &Noted) {
        let changed = noted.take();
        if let Some(hear) = &self.0
            && !changed.is_empty()
        {
            hear(&changed);
        }
    }
}
