//! What of a campaign's windows may have changed since they were read.
//!
//! A mark stays until a reading that began after it has succeeded: one that fails, or whose
//! asker goes away meanwhile, loses nothing.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

/// Pools of other campaigns that are noted while a reading is under way. Beyond, all is read
/// again.
const STRANGERS_MOST: usize = 10_000;

/// Marks, each with its number.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// How many were made.
    count: u64,
    /// The last that is about everything.
    all: Option<u64>,
    /// The last of each pool.
    pools: HashMap<Uuid, u64>,
    /// Pools that were marked while a reading was under way and were not known: it may bring them.
    strangers: Option<BTreeSet<Uuid>>,
}

/// The marks that a reading answers.
#[derive(Debug)]
pub(super) struct Seen {
    /// How many there were.
    pub count: u64,
    /// Whether everything is to be read.
    pub all: bool,
    /// Otherwise these.
    pub pools: Vec<Uuid>,
}

impl Marks {
    /// How many were made.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Marks everything.
    pub fn mark_all(&mut self) {
        self.count += 1;
        self.all = Some(self.count);
    }

    /// Marks those of these pools that are known; others are another campaign's.
    pub fn mark(&mut self, pools: &BTreeSet<Uuid>, known: impl Fn(Uuid) -> bool) {
        let next = self.count + 1;
        for &pool in pools {
            if known(pool) {
                self.count = next;
                self.pools.insert(pool, next);
            } else if let Some(strangers) = &mut self.strangers {
                strangers.insert(pool);
            }
        }
        if self
            .strangers
            .as_ref()
            .is_some_and(|s| s.len() > STRANGERS_MOST)
        {
            self.strangers = None;
            self.mark_all();
        }
    }

    /// A reading begins.
    pub fn begin(&mut self) -> Seen {
        self.strangers = Some(BTreeSet::new());
        Seen {
            count: self.count,
            all: self.all.is_some(),
            pools: self.pools.keys().copied().collect(),
        }
    }

    /// It has succeeded; what it brought is known now.
    pub fn end(&mut self, seen: &Seen, known: impl Fn(Uuid) -> bool) {
        self.pools.retain(|_, number| *number > seen.count);
        self.all = self.all.filter(|number| *number > seen.count);
        if let Some(strangers) = self.strangers.take() {
            self.mark(&strangers, known);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pools(ids: &[u128]) -> BTreeSet<Uuid> {
        ids.iter().copied().map(Uuid::from_u128).collect()
    }

    fn below_ten(pool: Uuid) -> bool {
        pool.as_u128() < 10
    }

    fn seen(seen: &Seen) -> (bool, BTreeSet<Uuid>) {
        (seen.all, seen.pools.iter().copied().collect())
    }

    #[test]
    fn what_is_marked_while_it_is_read_is_read_again() {
        let mut marks = Marks::default();
        marks.mark(&pools(&[1, 2]), below_ten);
        let first = marks.begin();
        marks.mark(&pools(&[2]), below_ten);
        marks.end(&first, below_ten);
        assert!(marks.count() > first.count);
        assert_eq!(seen(&marks.begin()), (false, pools(&[2])));
    }

    #[test]
    fn a_reading_that_never_ends_loses_nothing() {
        let mut marks = Marks::default();
        marks.mark_all();
        marks.mark(&pools(&[1]), below_ten);
        drop(marks.begin());
        let again = marks.begin();
        assert_eq!(seen(&again), (true, pools(&[1])));
        marks.end(&again, below_ten);
        assert_eq!(seen(&marks.begin()), (false, pools(&[])));
    }

    #[test]
    fn pools_of_other_campaigns_are_no_marks() {
        let mut marks = Marks::default();
        marks.mark(&pools(&[10, 11]), below_ten);
        assert_eq!(marks.count(), 0);
        let reading = marks.begin();
        marks.mark(&pools(&[10, 11]), below_ten);
        marks.end(&reading, below_ten);
        assert_eq!(marks.count(), 0);
    }

    #[test]
    fn a_pool_that_the_reading_brought_was_marked_meanwhile() {
        let mut marks = Marks::default();
        let reading = marks.begin();
        marks.mark(&pools(&[10, 11]), below_ten);
        marks.end(&reading, |pool| pool.as_u128() < 11);
        assert!(marks.count() > reading.count);
        assert_eq!(seen(&marks.begin()), (false, pools(&[10])));
    }

    #[test]
    fn with_too_many_strangers_all_is_read() {
        let mut marks = Marks::default();
        let reading = marks.begin();
        let many: Vec<u128> = (10..11 + STRANGERS_MOST as u128).collect();
        marks.mark(&pools(&many), below_ten);
        marks.end(&reading, below_ten);
        assert_eq!(seen(&marks.begin()), (true, pools(&[])));
    }
}
