//! What somebody fixed by hand: whether it can be kept, and whether it agrees with itself.

use std::collections::{HashMap, HashSet};

use crate::check::{Broken, broken_anyway};
use crate::types::{Instance, Plan};

/// What is pinned and cannot be kept: what breaks a rule whatever else is planned (a machine that does not run then or
/// is in two places, a closed site or one without room, somebody who cannot come), more people of a cohort than there
/// are, a class that is to stay whole and is not.
pub(crate) fn impossible(instance: &Instance, pinned: &Plan) -> Vec<Broken> {
    let mut found = broken_anyway(instance, pinned);
    let mut add = |n, text| {
        found.push(Broken {
            pointer: ("/allotments", n).into(),
            text,
        });
    };
    let cohorts: HashMap<&str, _> = instance
        .cohorts
        .iter()
        .map(|c| (c.id.as_str(), c))
        .collect();
    let mut given: HashMap<&str, u64> = HashMap::new();
    for (n, a) in pinned.allotments.iter().enumerate() {
        let Some(cohort) = cohorts.get(a.cohort.as_str()) else {
            continue;
        };
        let (id, people, pinned) = (&cohort.id, u64::from(cohort.people), u64::from(a.people));
        let before = given.entry(a.cohort.as_str()).or_default();
        if *before + pinned > people {
            let en = format!(
                "{id} has {people} people, and {} are pinned",
                *before + pinned
            );
            let vi = format!(
                "{id} có {people} người nhưng cố định {} người",
                *before + pinned
            );
            add(n, (en, vi));
        } else if cohort.whole && pinned < people {
            let en = format!(
                "{id} is to stay whole, and {pinned} of its {people} people are pinned apart"
            );
            let vi = format!(
                "{id} phải đi cùng một buổi nhưng chỉ cố định {pinned} trên {people} người"
            );
            add(n, (en, vi));
        } else {
            *before += pinned;
        }
    }
    found
}

/// Lifts what somebody fixed by hand and cannot be kept any more. Gives what was lifted.
pub fn lift_pins(instance: &mut Instance) -> Plan {
    let Some(mut pinned) = instance.pinned.take() else {
        return Plan::default();
    };
    let mut lifted = Plan::default();
    // What is lifted can make room for the rest; each round lifts something.
    loop {
        let broken = impossible(instance, &pinned);
        let (rotation, allotments) = (rows(&broken, "/rotation"), rows(&broken, "/allotments"));
        if rotation.is_empty() && allotments.is_empty() {
            break;
        }
        take_out(&mut pinned.rotation, &rotation, &mut lifted.rotation);
        take_out(&mut pinned.allotments, &allotments, &mut lifted.allotments);
    }
    instance.pinned = Some(pinned);
    lifted
}

/// The entries of a list that break a rule.
fn rows(broken: &[Broken], list: &str) -> HashSet<usize> {
    let of_list = broken.iter().filter(|b| b.pointer.0 == list);
    of_list.filter_map(|b| b.pointer.1).collect()
}

fn take_out<T>(from: &mut Vec<T>, rows: &HashSet<usize>, to: &mut Vec<T>) {
    let mut n = 0..;
    let mut gone = |_: &mut T| n.next().is_some_and(|n| rows.contains(&n));
    to.extend(from.extract_if(.., &mut gone));
}
