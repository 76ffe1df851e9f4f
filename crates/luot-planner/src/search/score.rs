//! The price of people without a place, as the search sees it.
//!
//! By the model it is so high (a thousand a person) that no search would ever take a class out to make room for
//! two. The guide asks a fixed price for a cohort with anybody left and a share of the true price for each person.

use super::problem::{Group, Problem};

/// The gentler price of people without a place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Penalty {
    fixed: i64,
    /// For a person of weight 1.
    each: i64,
    /// The true price, which is never exceeded.
    truth: i64,
}

impl Penalty {
    /// A price with `share` hundredths of the true price for each person.
    pub(crate) fn new(p: &Problem<'_>, share: i64) -> Self {
        let costs = &p.costs;
        let fixed = costs.session + 2 * costs.relocation + costs.finish;
        // Not so gentle that to be left out looks better than to be late.
        let late = costs.late * (p.days as i64 / 2);
        let each = (costs.unserved * share / 100).max(late).min(costs.unserved);
        Self {
            fixed,
            each,
            truth: costs.unserved,
        }
    }

    /// The true price.
    pub(crate) fn truth(&self, group: &Group, left: u32) -> i64 {
        self.truth * group.weight * i64::from(left)
    }

    pub(crate) fn of(&self, group: &Group, left: u32) -> i64 {
        if left == 0 {
            return 0;
        }
        let people = group.weight * i64::from(left);
        (self.truth * people).min(self.fixed + self.each * people)
    }
}
