//! The ordered index in this process: the embedded default.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::LineError;
use crate::ordered::{Changed, Entry, Key, Member, Ordered, Seen, Step, check_ranks};

/// Sets that are kept. Beyond it the one that was built first is forgotten, and comes back
/// when somebody asks: a server has some hundred sessions a day.
const SETS_MOST: usize = 4_096;

/// Ordered sets in memory.
#[derive(Debug, Default)]
pub struct InMemory(Mutex<Sets>);

#[derive(Debug, Default)]
struct Sets {
    by_key: HashMap<Key, Set>,
    built: u64,
}

#[derive(Debug, Default)]
struct Set {
    version: i64,
    /// Which one since the start this was.
    built: u64,
    order: BTreeSet<(i64, Member)>,
    ranks: HashMap<Member, i64>,
}

impl Set {
    fn put(&mut self, entry: &Entry) {
        if let Some(before) = self.ranks.insert(entry.member, entry.rank) {
            self.order.remove(&(before, entry.member));
        }
        self.order.insert((entry.rank, entry.member));
    }

    fn remove(&mut self, member: Member) {
        if let Some(rank) = self.ranks.remove(&member) {
            self.order.remove(&(rank, member));
        }
    }
}

impl InMemory {
    fn sets(&self) -> MutexGuard<'_, Sets> {
        // A panic while it was held can at worst have left a set half changed; the guard
        // below would notice nothing, but no code in here panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn see<T>(&self, key: &Key, look: impl FnOnce(&Set) -> T) -> Option<Seen<T>> {
        self.sets().by_key.get(key).map(|set| Seen {
            version: set.version,
            value: look(set),
        })
    }
}

#[async_trait]
impl Ordered for InMemory {
    async fn replace(&self, key: &Key, version: i64, entries: &[Entry]) -> Result<(), LineError> {
        check_ranks(entries)?;
        let mut sets = self.sets();
        if sets.by_key.get(key).is_some_and(|s| s.version > version) {
            return Ok(());
        }
        sets.built += 1;
        let mut set = Set {
            version,
            built: sets.built,
            ..Set::default()
        };
        for entry in entries {
            set.put(entry);
        }
        if sets.by_key.len() >= SETS_MOST && !sets.by_key.contains_key(key) {
            let oldest = sets.by_key.iter().min_by_key(|(_, s)| s.built);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                sets.by_key.remove(&oldest);
            }
        }
        sets.by_key.insert(key.clone(), set);
        Ok(())
    }

    async fn change(
        &self,
        key: &Key,
        step: Step,
        put: &[Entry],
        remove: &[Member],
    ) -> Result<Changed, LineError> {
        check_ranks(put)?;
        let mut sets = self.sets();
        let Some(set) = sets.by_key.get_mut(key) else {
            return Ok(Changed::Behind);
        };
        if set.version == step.from {
            for member in remove {
                set.remove(*member);
            }
            for entry in put {
                set.put(entry);
            }
            set.version = step.to;
            Ok(Changed::Made)
        } else if set.version >= step.to {
            Ok(Changed::Known)
        } else {
            Ok(Changed::Behind)
        }
    }

    async fn page(
        &self,
        key: &Key,
        from: u64,
        most: u64,
    ) -> Result<Option<Seen<Vec<Entry>>>, LineError> {
        let within = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        Ok(self.see(key, |set| {
            set.order
                .iter()
                .skip(within(from))
                .take(within(most))
                .map(|&(rank, member)| Entry { member, rank })
                .collect()
        }))
    }

    async fn position(
        &self,
        key: &Key,
        member: Member,
    ) -> Result<Option<Seen<Option<u64>>>, LineError> {
        Ok(self.see(key, |set| {
            let rank = *set.ranks.get(&member)?;
            Some(set.order.range(..(rank, member)).count() as u64)
        }))
    }

    async fn count(&self, key: &Key) -> Result<Option<Seen<u64>>, LineError> {
        Ok(self.see(key, |set| set.order.len() as u64))
    }

    async fn forget(&self, key: &Key) -> Result<(), LineError> {
        self.sets().by_key.remove(key);
        Ok(())
    }
}
