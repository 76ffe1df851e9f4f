//! The rules of waiting as tables.

use std::collections::HashSet;

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use super::*;
use crate::booking::{AskedPerson, Facts, Live, Mover, Person, Pool, Service, Window};
use crate::policies::Policies;

const CAMPAIGN: Uuid = Uuid::from_u128(100);
const ACCOUNT: Uuid = Uuid::from_u128(11);

fn now() -> DateTime<Utc> {
    DateTime::<Utc>::UNIX_EPOCH
}

fn spot(id: u128, site: u128, minutes: i64) -> Spot {
    Spot {
        window_id: Uuid::from_u128(id),
        site_id: Uuid::from_u128(site),
        shift_id: Uuid::from_u128(7),
        date: now().date_naive(),
        starts_at: now() + Duration::minutes(minutes),
        ends_at: now() + Duration::minutes(minutes + 30),
    }
}

/// Facts of windows with so many free places each.
fn facts(spots: &[(Spot, i32)]) -> Facts {
    let mut facts = Facts::default();
    for (spot, free) in spots {
        let window = Window {
            id: spot.window_id,
            campaign_id: CAMPAIGN,
            session_id: Uuid::nil(),
            date: spot.date,
            starts_at: spot.starts_at,
            ends_at: spot.ends_at,
            open: true,
            pools: vec![Pool {
                id: Uuid::from_u128(spot.window_id.as_u128() + 50),
                cohort_id: None,
                open: true,
                places: *free + 3,
                taken: 3,
                card_places: 0,
                card_taken: 0,
            }],
        };
        facts.windows.insert(spot.window_id, window);
    }
    facts.now.insert(CAMPAIGN, now());
    facts.policies.insert(CAMPAIGN, Policies::default());
    let service = Service {
        id: ACCOUNT,
        issues_card: false,
        for_person: true,
        age_from: None,
        age_under: None,
    };
    facts.services.insert(CAMPAIGN, vec![service]);
    facts
}

fn party(id: u128, people: u8) -> Entry {
    let persons = (0..people)
        .map(|n| AskedPerson {
            key: vec![u8::try_from(id).unwrap_or(0), n],
            claim: None,
            birth: "1960-01-01".parse().unwrap_or_default(),
            needs_card: None,
            cohort_id: None,
            new_person_id: Uuid::from_u128(id * 1_000 + u128::from(n)),
            appointment_id: Uuid::from_u128(id * 2_000 + u128::from(n)),
        })
        .collect();
    Entry {
        id: Uuid::from_u128(id),
        party: Party::New {
            persons,
            vouched: false,
        },
        wishes: Wishes::default(),
        at_once: false,
        refused: HashSet::new(),
    }
}

fn claim(id: u128, lost_site: u128, lost_minutes: i64) -> Entry {
    let mover = Mover {
        appointment_id: Uuid::from_u128(id),
        person_id: Uuid::from_u128(id),
        key: vec![9],
        birth: None,
        service_id: ACCOUNT,
        campaign_id: CAMPAIGN,
        cohort_id: None,
        window_id: Uuid::from_u128(999),
        has_place: false,
    };
    Entry {
        party: Party::Claim {
            movers: vec![mover],
            site_id: Uuid::from_u128(lost_site),
            starts_at: now() + Duration::minutes(lost_minutes),
        },
        ..party(id, 0)
    }
}

/// Who is offered which window, and who is passed over.
fn check(spots: &[(Spot, i32)], entries: &[Entry], expect: &[(u128, u128)], passed: &[u128]) {
    let mut facts = facts(spots);
    let places: Vec<Spot> = spots.iter().map(|(s, _)| s.clone()).collect();
    let matched = match_up(&mut facts, &places, entries, now(), &mut TooLarge::new());
    let offers: Vec<_> = matched
        .offers
        .iter()
        .map(|o| (o.entry_id.as_u128(), o.window_id.as_u128()))
        .collect();
    assert_eq!(offers, expect);
    let over: Vec<_> = matched
        .passed_over
        .iter()
        .map(|p| p.entry_id.as_u128())
        .collect();
    assert_eq!(over, passed);
}

const SOON: i64 = 30;
const LATER: i64 = 3_000;

#[test]
fn places_go_in_the_order_of_rank() {
    check(
        &[(spot(1, 1, LATER), 2)],
        &[party(1, 1), party(2, 1), party(3, 1)],
        &[(1, 1), (2, 1)],
        &[],
    );
}

#[test]
fn a_party_that_does_not_fit_is_passed_over_and_told() {
    check(
        &[(spot(1, 1, LATER), 2)],
        &[party(1, 3), party(2, 2)],
        &[(2, 1)],
        &[1],
    );
}

#[test]
fn who_cannot_come_at_once_is_passed_over_on_the_day_and_told_why() {
    let at_once = Entry {
        at_once: true,
        ..party(2, 1)
    };
    let spots = [spot(1, 1, SOON)];
    let mut facts = facts(&[(spots[0].clone(), 1)]);
    let entries = [party(1, 1), at_once];
    let matched = match_up(&mut facts, &spots, &entries, now(), &mut TooLarge::new());
    let passed: Vec<_> = matched
        .passed_over
        .iter()
        .map(|p| (p.entry_id.as_u128(), p.why))
        .collect();
    assert_eq!(passed, [(1, Why::NotAtOnce)]);
}

#[test]
fn who_gets_another_window_is_not_passed_over() {
    check(
        &[(spot(1, 1, LATER), 1), (spot(2, 1, LATER + 30), 2)],
        &[party(1, 2), party(2, 1)],
        &[(1, 2), (2, 1)],
        &[],
    );
}

#[test]
fn wishes_are_kept_to() {
    let at = |site: u128, entry: Entry| Entry {
        wishes: Wishes {
            sites: vec![Uuid::from_u128(site)],
            ..Wishes::default()
        },
        ..entry
    };
    check(
        &[(spot(1, 1, LATER), 1), (spot(2, 2, LATER), 1)],
        &[at(2, party(1, 1)), at(3, party(2, 1))],
        &[(1, 2)],
        &[],
    );
}

#[test]
fn a_window_that_was_declined_is_not_offered_again() {
    let declined = Entry {
        refused: HashSet::from([Uuid::from_u128(1)]),
        ..party(1, 1)
    };
    check(
        &[(spot(1, 1, LATER), 1)],
        &[declined, party(2, 1)],
        &[(2, 1)],
        &[],
    );
}

#[test]
fn late_places_go_to_those_who_can_come_at_once() {
    let at_once = Entry {
        at_once: true,
        ..party(2, 1)
    };
    check(
        &[(spot(1, 1, SOON), 1)],
        &[party(1, 1), at_once],
        &[(2, 1)],
        &[1],
    );
}

#[test]
fn a_claim_is_offered_the_nearest_to_what_was_lost() {
    check(
        &[
            (spot(1, 1, LATER), 1),
            (spot(2, 2, LATER + 600), 1),
            (spot(3, 2, LATER + 60), 1),
        ],
        &[claim(1, 2, LATER)],
        &[(1, 3)],
        &[],
    );
}

#[test]
fn who_has_a_place_by_now_drops_out_of_the_party() {
    let spots = [(spot(1, 1, LATER), 1)];
    let mut facts = facts(&spots);
    let booked = Person {
        id: Some(Uuid::from_u128(1)),
        live: vec![Live {
            appointment_id: Uuid::from_u128(5),
            service_id: ACCOUNT,
        }],
        ..Person::default()
    };
    facts.people.insert((CAMPAIGN, vec![1, 0]), booked);
    let matched = match_up(
        &mut facts,
        &[spots[0].0.clone()],
        &[party(1, 2)],
        now(),
        &mut TooLarge::new(),
    );
    assert_eq!(matched.booked, [(Uuid::from_u128(1), vec![1, 0])]);
    assert_eq!(matched.offers.len(), 1);
    assert_eq!(matched.offers[0].given.len(), 1);
}

#[test]
fn offers_are_shorter_on_the_day_and_end_when_the_window_begins() {
    let policies = crate::policies::Waitlist::default();
    let kept = |minutes| offer_for(&policies, &spot(1, 1, minutes), now()).num_minutes();
    assert_eq!(kept(LATER), 240);
    assert_eq!(kept(13 * 60), 240);
    assert_eq!(kept(11 * 60), 20);
    // Late: it begins in half an hour, and is over in one.
    assert_eq!(kept(SOON), 20);
    assert_eq!(kept(-15), 15);
}

#[test]
fn cooling_is_within_its_bounds_and_can_be_off() {
    let mut policies = crate::policies::Waitlist::default();
    for unforeseen in [0, 1, 540, 541, u64::MAX] {
        let seconds = cooling_for(&policies, unforeseen).map(|d| d.num_seconds());
        assert!(seconds.is_some_and(|s| (60..=600).contains(&s)));
    }
    policies.cooling_seconds_most = 0;
    assert_eq!(cooling_for(&policies, 5), None);
}

#[test]
fn grounds_add_up_and_never_reach_the_displaced() {
    let mut policies = crate::policies::Waitlist::default();
    assert_eq!(priority(&policies, &[]), 0);
    let both = [Ground::Hardship, Ground::OutOfSchool, Ground::Hardship];
    assert_eq!(priority(&policies, &both), 50);
    policies.priority_hardship = 5_000;
    assert!(priority(&policies, &both) < DISPLACED);
}
