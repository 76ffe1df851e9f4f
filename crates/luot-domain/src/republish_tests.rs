//! What publishing again means for people, as a table.

use super::*;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn wanted(pool: u128, window: u128, cohort: Option<u128>, places: i32) -> Wanted {
    Wanted {
        pool_id: id(pool),
        window_id: id(window),
        at: at(window),
        cohort_id: cohort.map(id),
        left_of: None,
        places,
        card_places: 0,
        opens: false,
    }
}

fn held(n: u128, pool: u128, window: u128, cohort: Option<u128>) -> Held {
    Held {
        appointment_id: id(n),
        pool_id: id(pool),
        window_id: id(window),
        at: at(window),
        cohort_id: cohort.map(id),
        needs_card: false,
        fixed: false,
        displaced: false,
        moved_before: false,
    }
}

/// At one site; 48 windows a day, one each half hour.
fn at(window: u128) -> At {
    let half_hours = u32::try_from(window).expect("a small number");
    let minutes = half_hours % 48 * 30;
    At {
        site_id: id(1),
        date: NaiveDate::default() + chrono::Days::new(u64::from(half_hours / 48)),
        starts: NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0).expect("a time"),
    }
}

fn taken(settled: &Settled, pool: u128) -> Option<i32> {
    settled.pools.get(&id(pool)).map(|p| p.1)
}

#[test]
fn who_has_a_place_that_remains_stays_and_the_earlier_booking_first() {
    let settled = settle(
        &[wanted(1, 1, None, 2)],
        &[
            held(10, 1, 1, None),
            held(11, 1, 1, None),
            held(12, 1, 1, None),
        ],
        &[],
    );
    assert_eq!(taken(&settled, 1), Some(2));
    assert_eq!(
        settled.fates.into_iter().collect::<Vec<_>>(),
        [(id(12), Fate::Displaced)]
    );
}

#[test]
fn a_cohort_that_moved_takes_its_appointments_along() {
    let settled = settle(
        &[
            wanted(5, 2, Some(7), 1),
            wanted(6, 3, Some(7), 1),
            wanted(8, 1, None, 0),
        ],
        &[
            held(10, 1, 1, Some(7)),
            held(11, 1, 1, Some(7)),
            held(12, 1, 1, Some(7)),
        ],
        &[],
    );
    let moved = |window, pool| {
        Some(Fate::Moved {
            window_id: id(window),
            pool_id: id(pool),
        })
    };
    assert_eq!(settled.fates.get(&id(10)).copied(), moved(2, 5));
    assert_eq!(settled.fates.get(&id(11)).copied(), moved(3, 6));
    assert_eq!(settled.fates.get(&id(12)), Some(&Fate::Displaced));
}

#[test]
fn who_goes_along_gets_the_nearest_window_by_day_then_site_then_hour() {
    let elsewhere = |window| Wanted {
        at: At {
            site_id: id(2),
            ..at(window)
        },
        ..wanted(window, window, Some(7), 1)
    };
    let all = [
        wanted(1, 1, Some(7), 1),
        elsewhere(60),
        wanted(70, 70, Some(7), 1),
        wanted(150, 150, Some(7), 1),
    ];
    // Nearest to the 62nd is the same site a few hours later, then another site an hour
    // before, then the day before, and at last two days after.
    let all_four: Vec<_> = (0..4).map(|n| held(10 + n, 99, 62, Some(7))).collect();
    let settled = settle(&all, &all_four, &[]);
    let went: Vec<_> = all_four
        .iter()
        .map(|h| match settled.fates.get(&h.appointment_id) {
            Some(Fate::Moved { window_id, .. }) => window_id.as_u128(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(went, [70, 60, 1, 150]);
}

#[test]
fn who_was_moved_before_keeps_the_place_and_who_was_not_is_moved() {
    let again = Held {
        moved_before: true,
        ..held(12, 1, 1, None)
    };
    let both = [held(10, 1, 1, None), held(11, 1, 1, None), again];
    let settled = settle(&[wanted(1, 1, None, 2)], &both, &[]);
    let fates: Vec<_> = settled.fates.into_iter().collect();
    assert_eq!(fates, [(id(11), Fate::Displaced)]);
}

#[test]
fn who_loses_the_cohort_s_place_keeps_the_window_while_an_open_place_is_there() {
    let settled = settle(
        &[wanted(2, 1, None, 1), wanted(5, 2, Some(7), 9)],
        &[held(10, 1, 1, Some(7))],
        &[],
    );
    assert_eq!(
        settled.fates.get(&id(10)),
        Some(&Fate::Repooled { pool_id: id(2) })
    );
}

#[test]
fn a_claim_is_met_when_the_cohort_has_places_again() {
    let claim = Held {
        displaced: true,
        ..held(10, 9, 9, Some(7))
    };
    let late = Held {
        displaced: true,
        ..held(11, 9, 9, Some(7))
    };
    let settled = settle(
        &[wanted(5, 2, Some(7), 2)],
        &[claim, late, held(12, 5, 2, Some(7))],
        &[],
    );
    let restored = Fate::Restored {
        window_id: id(2),
        pool_id: id(5),
    };
    assert_eq!(
        settled.fates.into_iter().collect::<Vec<_>>(),
        [(id(10), restored)]
    );
    assert_eq!(settled.pools.get(&id(5)).map(|p| p.1), Some(2));
}

#[test]
fn a_claim_is_met_by_places_for_those_left_over() {
    let claim = Held {
        displaced: true,
        ..held(10, 9, 9, Some(7))
    };
    let left_over = Wanted {
        left_of: Some(id(7)),
        ..wanted(5, 2, Some(8), 1)
    };
    let settled = settle(&[left_over], &[claim], &[]);
    let restored = Fate::Restored {
        window_id: id(2),
        pool_id: id(5),
    };
    assert_eq!(settled.fates.get(&id(10)), Some(&restored));
}

#[test]
fn who_has_arrived_is_left_alone_even_where_places_shrink() {
    let arrived = Held {
        fixed: true,
        ..held(10, 1, 1, None)
    };
    let gone = Held {
        fixed: true,
        ..held(11, 99, 9, None)
    };
    let settled = settle(&[wanted(1, 1, None, 0)], &[arrived, gone], &[]);
    assert!(settled.fates.is_empty());
    assert_eq!(settled.pools.get(&id(1)), Some(&(1, 1, 0, 0)));
}

#[test]
fn nobody_is_dropped() {
    // Every appointment either stays in a wanted pool or has a fate.
    let wanted: Vec<_> = (0..6)
        .map(|n| wanted(n, n / 2, (n % 2 == 1).then_some(7), 2))
        .collect();
    let held: Vec<_> = (0..40)
        .map(|n| held(100 + n, n % 9, (n % 9) / 2, (n % 3 == 0).then_some(7)))
        .collect();
    let settled = settle(&wanted, &held, &[]);
    let placed: i32 = settled.pools.values().map(|p| p.1).sum();
    let displaced = settled
        .fates
        .values()
        .filter(|f| **f == Fate::Displaced)
        .count();
    assert_eq!(placed as usize + displaced, held.len());
    assert!(settled.pools.values().all(|p| p.1 <= p.0));
}

#[test]
fn a_hold_stays_whole_or_goes_and_never_costs_anybody_a_place() {
    let kept = |hold: u128, pool: u128, people: i32| {
        let places = vec![Kept {
            pool_id: id(pool),
            people,
            cards: 0,
        }];
        (id(hold), places)
    };
    let settled = settle(
        &[wanted(1, 1, None, 3)],
        &[held(10, 1, 1, None)],
        &[kept(50, 1, 2), kept(51, 1, 1), kept(52, 9, 1)],
    );
    assert!(settled.fates.is_empty());
    assert_eq!(settled.withdrawn, [id(51), id(52)]);
    assert_eq!(settled.pools[&id(1)], (3, 3, 0, 0));
}

#[test]
fn what_a_class_did_not_claim_in_time_stays_with_who_booked_it() {
    // Everybody's pool had one place, and eight of the class's nine came to it.
    let all = |opens| {
        let of_class = Wanted {
            opens,
            ..wanted(2, 1, Some(7), 9)
        };
        [wanted(1, 1, None, 1), of_class]
    };
    let mut people: Vec<_> = (0..7).map(|n| held(10 + n, 1, 1, None)).collect();
    people.push(held(20, 2, 1, Some(7)));
    people[0].fixed = true;
    let hold = Kept {
        pool_id: id(1),
        people: 2,
        cards: 0,
    };
    let kept = [(id(50), vec![hold])];
    let settled = settle(&all(true), &people, &kept);
    assert!(settled.fates.is_empty(), "{:?}", settled.fates);
    assert!(settled.withdrawn.is_empty());
    assert_eq!(settled.pools[&id(1)], (9, 9, 0, 0));
    assert_eq!(settled.pools[&id(2)], (1, 1, 0, 0));
    // As long as the places are the class's, they are nobody else's.
    let settled = settle(&all(false), &people, &kept);
    assert_eq!(settled.fates.len(), 6);
    assert_eq!(settled.withdrawn, [id(50)]);
    assert_eq!(settled.pools[&id(2)], (9, 1, 0, 0));
}

#[test]
fn card_places_of_a_class_open_with_its_places_and_its_own_people_come_first() {
    let of_class = Wanted {
        opens: true,
        card_places: 3,
        ..wanted(2, 1, Some(7), 3)
    };
    let card = |n, pool, cohort| Held {
        needs_card: true,
        ..held(n, pool, 1, cohort)
    };
    let settled = settle(
        &[wanted(1, 1, None, 2), of_class],
        &[card(10, 1, None), card(11, 1, None), card(12, 2, Some(7))],
        &[],
    );
    assert!(settled.fates.is_empty(), "{:?}", settled.fates);
    assert_eq!(settled.pools[&id(1)], (4, 2, 2, 2));
    assert_eq!(settled.pools[&id(2)], (1, 1, 1, 1));
    // Where places were lost too, the class keeps its own, however late it booked.
    let fewer = Wanted {
        opens: true,
        ..wanted(2, 1, Some(7), 1)
    };
    let settled = settle(
        &[wanted(1, 1, None, 0), fewer],
        &[held(10, 1, 1, None), held(11, 2, 1, Some(7))],
        &[],
    );
    let fates: Vec<_> = settled.fates.into_iter().collect();
    assert_eq!(fates, [(id(10), Fate::Displaced)]);
}
