//! Sessions that run and are left alone: nobody asks whether they could begin now.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cell, Judge};
use crate::types::Plan;

/// By session, its machines, and its people by cohort.
type Told<'a> = BTreeMap<(Cell, usize), (BTreeSet<&'a str>, BTreeMap<&'a str, u64>)>;

impl Judge<'_> {
    /// Whether a session could be otherwise, and is therefore to be possible.
    pub(super) fn is_new(&self, cell: Cell, site: usize) -> bool {
        cell >= self.frozen && !self.kept.contains(&(cell, site))
    }

    /// The sessions of shifts that run of which a plan says what is published.
    pub(super) fn left_running(&self, plan: &Plan) -> BTreeSet<(Cell, usize)> {
        let Some(published) = &self.instance.published else {
            return BTreeSet::new();
        };
        let (there, here) = (self.told(published), self.told(plan));
        let same = here
            .into_iter()
            .filter(|(at, told)| there.get(at) == Some(told));
        same.map(|(at, _)| at).collect()
    }

    /// What a plan says of shifts that run.
    fn told<'a>(&self, plan: &'a Plan) -> Told<'a> {
        let running = self.instance.running.iter();
        let running: BTreeSet<Cell> = running
            .filter_map(|r| self.cell(r.date, &r.shift))
            .collect();
        let at = |date, shift: &str, site: &str| {
            let cell = self.cell(date, shift).filter(|c| running.contains(c));
            cell.zip(self.sites.get(site).copied())
        };
        let mut told = Told::new();
        for r in &plan.rotation {
            if let Some(at) = at(r.date, &r.shift, &r.site) {
                told.entry(at).or_default().0.insert(&r.machine);
            }
        }
        for a in &plan.allotments {
            if let Some(at) = at(a.date, &a.shift, &a.site) {
                let people = &mut told.entry(at).or_default().1;
                *people.entry(&a.cohort).or_default() += u64::from(a.people);
            }
        }
        told
    }
}
