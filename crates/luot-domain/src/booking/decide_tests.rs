//! The rules of booking as tables.

use super::*;
use crate::booking::Live;
use crate::policies::Policies;
use chrono::{DateTime, Duration, Utc};

const CAMPAIGN: Uuid = Uuid::from_u128(100);
const WINDOW: Uuid = Uuid::from_u128(1);
const ACCOUNT: Uuid = Uuid::from_u128(11);
const CARD: Uuid = Uuid::from_u128(12);
const CLASS: Uuid = Uuid::from_u128(21);
const VILLAGE: Uuid = Uuid::from_u128(22);

fn now() -> DateTime<Utc> {
    DateTime::<Utc>::UNIX_EPOCH
}

fn pool(id: u128, cohort_id: Option<Uuid>, places: i32, card_places: i32) -> Pool {
    Pool {
        id: Uuid::from_u128(id),
        cohort_id,
        open: true,
        places,
        taken: 0,
        card_places,
        card_taken: 0,
    }
}

fn facts(pools: Vec<Pool>) -> Facts {
    let service = |id, issues_card| Service {
        id,
        issues_card,
        for_person: true,
        age_from: None,
        age_under: None,
    };
    let cohort = |id, has_roster| Cohort {
        id,
        service_id: ACCOUNT,
        has_roster,
    };
    let mut facts = Facts::default();
    facts.windows.insert(
        WINDOW,
        Window {
            id: WINDOW,
            campaign_id: CAMPAIGN,
            session_id: Uuid::nil(),
            date: "2026-04-08".parse().unwrap_or_default(),
            starts_at: now() + Duration::hours(1),
            ends_at: now() + Duration::hours(2),
            open: true,
            pools,
        },
    );
    facts.now.insert(CAMPAIGN, now());
    facts
        .services
        .insert(CAMPAIGN, vec![service(ACCOUNT, false), service(CARD, true)]);
    facts.policies.insert(
        CAMPAIGN,
        Policies {
            age_from: Some(6),
            age_under: Some(14),
            ..Policies::default()
        },
    );
    facts.cohorts.insert(CLASS, cohort(CLASS, true));
    facts.cohorts.insert(VILLAGE, cohort(VILLAGE, false));
    facts
}

fn child(n: u8) -> AskedPerson {
    AskedPerson {
        key: vec![n],
        claim: Some(vec![n, n]),
        birth: "2017-01-01".parse().unwrap_or_default(),
        needs_card: None,
        cohort_id: None,
        new_person_id: Uuid::from_u128(1_000 + u128::from(n)),
        appointment_id: Uuid::from_u128(2_000 + u128::from(n)),
    }
}

fn of(cohort_id: Uuid, mut person: AskedPerson) -> AskedPerson {
    person.cohort_id = Some(cohort_id);
    person
}

fn with_card(mut person: AskedPerson) -> AskedPerson {
    person.needs_card = Some(true);
    person
}

fn ask(persons: Vec<AskedPerson>) -> Asked {
    Asked {
        window_id: WINDOW,
        persons,
        by_staff: false,
        consent: Consent::NotAsked,
    }
}

fn pools_of(decision: Result<Decision, Refusal>) -> Result<Vec<u128>, Refusal> {
    decision.map(|d| d.given.iter().map(|g| g.pool_id.as_u128()).collect())
}

#[test]
fn all_persons_get_a_place_or_none() {
    let facts = facts(vec![pool(1, None, 2, 0)]);
    assert_eq!(
        pools_of(decide(&facts, &ask(vec![child(1), child(2)]))),
        Ok(vec![1, 1])
    );
    assert_eq!(
        decide(&facts, &ask(vec![child(1), child(2), child(3)])),
        Err(Refusal::WindowFull {
            needed: 3,
            needed_cards: 0,
            cohorts: vec![]
        })
    );
}

#[test]
fn a_batch_sees_what_was_decided_before_in_it() {
    let mut facts = facts(vec![pool(1, None, 1, 0)]);
    let first = decide(&facts, &ask(vec![child(1)]));
    if let Ok(decision) = &first {
        facts.note(CAMPAIGN, decision);
    }
    assert!(first.is_ok());
    assert!(matches!(
        decide(&facts, &ask(vec![child(2)])),
        Err(Refusal::WindowFull { .. })
    ));
    assert_eq!(
        decide(&facts, &ask(vec![child(1)])),
        Err(Refusal::AlreadyBooked(vec![0]))
    );
}

#[test]
fn a_stranger_cannot_drain_a_class_and_a_village_admits_whoever_names_it() {
    let mut facts = facts(vec![
        pool(1, Some(CLASS), 5, 0),
        pool(2, Some(VILLAGE), 5, 0),
        pool(3, None, 1, 0),
    ]);
    let check = |facts: &Facts, person, expect| {
        assert_eq!(
            pools_of(decide(facts, &ask(vec![person]))),
            Ok(vec![expect])
        );
    };
    check(&facts, of(CLASS, child(1)), 3);
    check(&facts, of(VILLAGE, child(1)), 2);
    check(&facts, child(1), 3);
    facts
        .people
        .entry((CAMPAIGN, vec![1]))
        .or_default()
        .rosters
        .push(CLASS);
    check(&facts, of(CLASS, child(1)), 1);
    check(&facts, child(1), 1);
    let by_staff = Asked {
        by_staff: true,
        ..ask(vec![of(CLASS, child(2))])
    };
    assert_eq!(pools_of(decide(&facts, &by_staff)), Ok(vec![1]));
}

#[test]
fn who_is_left_over_draws_on_places_made_beside_their_class_and_nobody_else_does() {
    const BESIDE: Uuid = Uuid::from_u128(23);
    let mut facts = facts(vec![
        pool(1, Some(CLASS), 0, 0),
        pool(2, Some(BESIDE), 5, 0),
        pool(3, None, 1, 0),
    ]);
    let beside = Cohort {
        id: BESIDE,
        service_id: ACCOUNT,
        has_roster: true,
    };
    facts.cohorts.insert(BESIDE, beside);
    facts.left_of.insert(BESIDE, CLASS);
    for n in [1, 2] {
        let pupil = facts.people.entry((CAMPAIGN, vec![n])).or_default();
        pupil.rosters.push(CLASS);
        pupil.served = n == 2;
    }
    let takes = |person| pools_of(decide(&facts, &ask(vec![person])));
    assert_eq!(takes(child(1)), Ok(vec![2]));
    assert_eq!(takes(of(CLASS, child(1))), Ok(vec![2]));
    assert_eq!(takes(of(BESIDE, child(1))), Ok(vec![2]));
    // Who was served already, and who is a stranger, stand with everybody.
    assert_eq!(takes(of(BESIDE, child(2))), Ok(vec![3]));
    assert_eq!(takes(child(2)), Ok(vec![3]));
    assert_eq!(takes(of(BESIDE, child(3))), Ok(vec![3]));
    assert_eq!(
        takes(of(CLASS, child(3))),
        Ok(vec![3]),
        "naming the class does not help either"
    );
}

#[test]
fn who_needs_a_card_takes_a_card_place() {
    let facts = facts(vec![pool(1, None, 3, 1)]);
    assert_eq!(
        pools_of(decide(&facts, &ask(vec![child(1), with_card(child(2))]))),
        Ok(vec![1, 1])
    );
    assert_eq!(
        decide(&facts, &ask(vec![with_card(child(1)), with_card(child(2))])),
        Err(Refusal::WindowFull {
            needed: 2,
            needed_cards: 2,
            cohorts: vec![]
        })
    );
}

#[test]
fn age_counts_on_the_day() {
    let facts = facts(vec![pool(1, None, 9, 0)]);
    let born = |text: &str| {
        let mut person = child(1);
        person.birth = text.parse().unwrap_or_default();
        decide(&facts, &ask(vec![child(2), person])).err()
    };
    let why = |ineligible| Some(Refusal::NotEligible(vec![(1, ineligible)]));
    assert_eq!(born("2020-04-08"), None);
    assert_eq!(born("2012-04-09"), None);
    assert_eq!(
        born("2020-04-09"),
        why(Ineligible::TooYoung { age: 5, from: 6 })
    );
    assert_eq!(
        born("2012-04-08"),
        why(Ineligible::TooOld { age: 14, under: 14 })
    );
    assert_eq!(born("2027-01-01"), why(Ineligible::NotBorn));
}

#[test]
fn what_is_closed_past_or_unknown_takes_nobody() {
    let mut facts = facts(vec![pool(1, None, 9, 0)]);
    let asked = ask(vec![child(1)]);
    facts.now.insert(CAMPAIGN, now() + Duration::minutes(90));
    assert!(
        decide(&facts, &asked).is_ok(),
        "a window that has begun still takes people"
    );
    facts.now.insert(CAMPAIGN, now() + Duration::hours(2));
    assert_eq!(decide(&facts, &asked), Err(Refusal::WindowPast));
    if let Some(w) = facts.windows.get_mut(&WINDOW) {
        w.open = false;
    }
    assert_eq!(decide(&facts, &asked), Err(Refusal::WindowClosed));
    facts.windows.clear();
    assert_eq!(decide(&facts, &asked), Err(Refusal::WindowUnknown));
}

#[test]
fn somebody_is_booked_once_per_service_and_named_once_per_party() {
    let mut facts = facts(vec![pool(1, None, 9, 9)]);
    facts
        .people
        .entry((CAMPAIGN, vec![1]))
        .or_default()
        .live
        .push(Live {
            appointment_id: Uuid::from_u128(5),
            service_id: ACCOUNT,
        });
    assert_eq!(
        decide(&facts, &ask(vec![child(2), child(1)])),
        Err(Refusal::AlreadyBooked(vec![1]))
    );
    assert!(decide(&facts, &ask(vec![with_card(child(1))])).is_ok());
    assert_eq!(
        decide(&facts, &ask(vec![child(2), child(2)])),
        Err(Refusal::NamedTwice(vec![1]))
    );
}

#[test]
fn who_is_known_is_booked_only_by_who_knows_them() {
    // What is stored of the first person, what is said of them, and whether that will do.
    let known = |claim: Option<&[u8]>| Person {
        id: Some(Uuid::from_u128(7)),
        claim: claim.map(<[u8]>::to_vec),
        ..Person::default()
    };
    let said = |claim: Option<&[u8]>| AskedPerson {
        claim: claim.map(<[u8]>::to_vec),
        ..child(1)
    };
    let right: Option<&[u8]> = Some(&[1, 1]);
    let mismatch = || Err(Refusal::PersonMismatch(vec![1]));
    for (stored, said, expect) in [
        (known(right), said(right), Ok(vec![1, 1])),
        (known(right), said(Some(&[9])), mismatch()),
        // Of somebody of whom nothing is known to compare with, nothing that is said will do.
        (known(None), said(right), mismatch()),
        // A row that is meant itself needs no proof; nor does somebody who is new.
        (known(right), said(None), Ok(vec![1, 1])),
        (known(None), said(None), Ok(vec![1, 1])),
        (Person::default(), said(Some(&[9])), Ok(vec![1, 1])),
    ] {
        let mut facts = facts(vec![pool(1, None, 9, 9)]);
        facts.people.insert((CAMPAIGN, vec![1]), stored.clone());
        let decided = decide(&facts, &ask(vec![child(2), said.clone()]));
        assert_eq!(pools_of(decided), expect, "{stored:?} {said:?}");
    }
    // That somebody has an appointment is told to nobody else; staff are no exception.
    let mut facts = facts(vec![pool(1, None, 9, 9)]);
    let mut booked = known(right);
    booked.live.push(Live {
        appointment_id: Uuid::from_u128(5),
        service_id: ACCOUNT,
    });
    facts.people.insert((CAMPAIGN, vec![1]), booked);
    let mut asked = ask(vec![child(2), said(Some(&[9]))]);
    assert_eq!(pools_of(decide(&facts, &asked)), mismatch());
    asked.by_staff = true;
    assert_eq!(pools_of(decide(&facts, &asked)), mismatch());
    assert_eq!(
        decide(&facts, &ask(vec![child(2), said(right)])),
        Err(Refusal::AlreadyBooked(vec![1]))
    );
}

#[test]
fn who_is_known_otherwise_is_told_of_only_to_who_would_get_places() {
    let known = Person {
        id: Some(Uuid::from_u128(7)),
        claim: Some(vec![1, 1]),
        ..Person::default()
    };
    let guessed = AskedPerson {
        claim: Some(vec![9]),
        ..child(1)
    };
    let mut facts = facts(vec![pool(1, None, 1, 1)]);
    facts.people.insert((CAMPAIGN, vec![1]), known);
    // The window is full for two, whether or not the number is known.
    for first in [guessed.clone(), child(3)] {
        let full = decide(&facts, &ask(vec![first, child(2)]));
        assert!(matches!(full, Err(Refusal::WindowFull { .. })), "{full:?}");
    }
    // One's own child, who is booked, keeps the rest of the party from being told of.
    let mut own = Person {
        id: Some(Uuid::from_u128(8)),
        claim: child(2).claim,
        ..Person::default()
    };
    own.live.push(Live {
        appointment_id: Uuid::from_u128(5),
        service_id: ACCOUNT,
    });
    facts.people.insert((CAMPAIGN, vec![2]), own);
    for first in [guessed, child(3)] {
        assert_eq!(
            decide(&facts, &ask(vec![first, child(2)])),
            Err(Refusal::AlreadyBooked(vec![1]))
        );
    }
}

#[test]
fn a_batch_compares_with_who_was_new_before_in_it() {
    let mut facts = facts(vec![pool(1, None, 9, 9)]);
    let first = decide(&facts, &ask(vec![child(1)]));
    facts.note(CAMPAIGN, &first.expect("a place"));
    let otherwise = AskedPerson {
        claim: Some(vec![9]),
        ..child(1)
    };
    assert_eq!(
        decide(&facts, &ask(vec![otherwise])),
        Err(Refusal::PersonMismatch(vec![0]))
    );
    assert_eq!(
        decide(&facts, &ask(vec![child(1)])),
        Err(Refusal::AlreadyBooked(vec![0]))
    );
}
