//! Nobody starves: whoever waits is passed by a bounded number of people.

use chrono::Duration;
use proptest::prelude::*;

use super::Instant;
use super::order::{Came, Ground, Missed, Window, effective, minutes, missed, rank};
use super::policies::LinePolicies;

fn eight() -> Instant {
    "2026-04-08T08:00:00Z".parse().unwrap_or_default()
}

/// Somebody who arrives so many seconds after eight: perhaps with a window, perhaps with a credit.
fn somebody() -> impl Strategy<Value = (i64, Option<i64>, bool)> {
    (0_i64..14_400, prop::option::of(0_i64..8), any::<bool>())
}

fn effective_of(arrival: i64, slot: Option<i64>, credit: bool, policies: &LinePolicies) -> Instant {
    let arrived_at = eight() + Duration::seconds(arrival);
    let window = slot.map(|n| Window {
        starts_at: eight() + Duration::minutes(30 * n),
        ends_at: eight() + Duration::minutes(30 * (n + 1)),
    });
    let came = window.map_or(Came::WalkIn, |w| Came::with(w, arrived_at, policies));
    let ground = credit.then_some(Ground::Disabled);
    effective(came, window, arrived_at, ground, policies)
}

proptest! {
    /// Whoever arrives later than a window's length, the grace and the credit after
    /// somebody's effective time cannot pass them.
    #[test]
    fn nobody_is_passed_by_who_comes_much_later(a in somebody(), b in somebody()) {
        let policies = LinePolicies::default();
        let first = effective_of(a.0, a.1, a.2, &policies);
        let bound = first
            + Duration::minutes(30)
            + minutes(policies.grace_minutes)
            + minutes(policies.priority_minutes)
            + Duration::seconds(1);
        let second_arrives = eight() + Duration::seconds(b.0);
        if second_arrives > bound {
            let second = effective_of(b.0, b.1, b.2, &policies);
            prop_assert!(rank(first, 1) < rank(second, 2));
        }
    }

    /// In a line that never stops growing, with misses, everybody is served or out.
    #[test]
    fn everybody_is_served_in_the_end(
        people in prop::collection::vec(somebody(), 1..60),
        misses in prop::collection::vec(any::<bool>(), 200),
    ) {
        let policies = LinePolicies::default();
        let mut line: Vec<(i64, usize, u32)> = people
            .iter()
            .enumerate()
            .map(|(n, p)| {
                let number = i32::try_from(n).unwrap_or(0);
                (rank(effective_of(p.0, p.1, p.2, &policies), number), n, 0)
            })
            .collect();
        let mut misses = misses.into_iter();
        let mut calls = 0;
        while !line.is_empty() {
            line.sort_unstable();
            let (own, n, before) = line.remove(0);
            calls += 1;
            prop_assert!(calls <= 3 * people.len(), "somebody is called for ever");
            if misses.next().unwrap_or(false) {
                let waiting: Vec<_> = line.iter().map(|l| super::order::effective_of(l.0)).collect();
                let number = i32::try_from(n).unwrap_or(0);
                let effective_at = super::order::effective_of(own);
                if let Missed::Back(at) = missed(effective_at, before + 1, &waiting, &policies) {
                    prop_assert!(at >= effective_at);
                    let behind = line.iter().filter(|l| l.0 < rank(at, number)).count();
                    prop_assert!(behind >= line.len().min(3));
                    line.push((rank(at, number), n, before + 1));
                }
            }
        }
    }
}
