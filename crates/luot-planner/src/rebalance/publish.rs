//! Marks on a plan that is published after another: who has been moved.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::types::{Allotment, Plan};

/// A plan as it is to be published after another: who was moved, now or before, bears the mark of it, and machines that
/// had stopped are still known to have.
///
/// The people of an allotment of which only some were moved become two allotments.
#[must_use]
pub fn as_published(before: &Plan, plan: &Plan) -> Plan {
    type Key<'a> = (&'a str, NaiveDate, &'a str, &'a str);
    fn key(a: &Allotment) -> Key<'_> {
        (&a.cohort, a.date, &a.shift, &a.site)
    }
    // By session: people promised, and of them moved before. By cohort: people promised in all.
    let mut was: HashMap<Key<'_>, (u32, u32)> = HashMap::new();
    let mut promised: HashMap<&str, u32> = HashMap::new();
    for a in &before.allotments {
        let (all, again) = was.entry(key(a)).or_default();
        *all += a.people;
        *again += if a.moved_before { a.people } else { 0 };
        *promised.entry(&a.cohort).or_default() += a.people;
    }
    for a in &before.broken_off {
        *promised.entry(&a.cohort).or_default() += a.people;
    }
    // First who keeps a place, so that it is known how many of a cohort are left to have been moved.
    let mut kept: Vec<(u32, u32)> = Vec::new();
    for a in &plan.allotments {
        let here = was.get_mut(&key(a));
        let (keep, marked) = here.map_or((0, 0), |(all, again)| {
            let keep = a.people.min(*all);
            let marked = keep.min(*again);
            *all -= keep;
            *again -= marked;
            (keep, marked)
        });
        if let Some(left) = promised.get_mut(a.cohort.as_str()) {
            *left -= keep;
        }
        kept.push((keep, marked));
    }
    let mut published = Plan {
        rotation: plan.rotation.clone(),
        stopped: (before.stopped.iter())
            .filter(|p| plan.rotation.contains(p))
            .cloned()
            .collect(),
        ..Plan::default()
    };
    for (a, (keep, marked)) in plan.allotments.iter().zip(kept) {
        let left = promised.get_mut(a.cohort.as_str());
        let moved = left.map_or(0, |left| {
            let moved = (a.people - keep).min(*left);
            *left -= moved;
            moved
        });
        for (people, moved_before) in [(a.people - moved - marked, false), (moved + marked, true)] {
            if people > 0 {
                published.allotments.push(Allotment {
                    people,
                    moved_before,
                    ..a.clone()
                });
            }
        }
    }
    published
}
