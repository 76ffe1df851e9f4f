//! Made-up campaigns of the kinds that occur, for tests and measurements: the same kind and seed give the same one.
//!
//! Sizes, calendars and mixtures follow real plans: a commune has a police office that is always open and a few
//! schools that are open on school days; classes come whole, many only on two or three days of the week; villages
//! come in the afternoon and evening, most of them for cards; the young and the oldest are due first.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, NaiveTime};

use crate::search::Rng;
use crate::types::{
    Calendar, Cohort, Costs, FORMAT, Instance, Machine, Plan, Service, Shift, Site,
};

/// What kind of campaign to make up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One commune, two machines, about a hundred cohorts.
    Commune,
    /// One commune with so many classes that the machines are hardly enough.
    CommuneTight,
    /// So many communes with five machines for each four.
    District(u32),
    /// So many communes with three machines for each two.
    Province(u32),
}

/// Makes up a campaign.
///
/// # Panics
///
/// Never: the dates in it exist.
#[must_use]
pub fn generate(kind: Kind, seed: u64) -> Instance {
    let mut rng = Rng::new(seed ^ 0x006c_756f_7400);
    let start = NaiveDate::default() + Days::new(20_551);
    let (communes, machines) = match kind {
        Kind::Commune | Kind::CommuneTight => (1, 2),
        Kind::District(n) => (n, (n * 5).div_ceil(4)),
        Kind::Province(n) => (n, (n * 3).div_ceil(2)),
    };
    let length = if kind == Kind::CommuneTight { 27 } else { 30 };
    let name = match kind {
        Kind::Commune => format!("made-commune-{seed}"),
        Kind::CommuneTight => format!("made-commune-tight-{seed}"),
        Kind::District(n) => format!("made-district-{n}-{seed}"),
        Kind::Province(n) => format!("made-province-{n}-{seed}"),
    };
    let mut instance = Instance {
        names: crate::Names::default(),
        running: Vec::new(),
        format: FORMAT.to_owned(),
        name,
        timezone: "Asia/Ho_Chi_Minh".to_owned(),
        start,
        end: start + Days::new(length),
        shifts: vec![
            shift("sang", 450, 690, 80),
            shift("chieu", 810, 1020, 70),
            shift("toi", 1170, 1320, 50),
        ],
        sites: Vec::new(),
        machines: Vec::new(),
        cohorts: Vec::new(),
        setup_minutes: 45,
        travel_minutes: BTreeMap::new(),
        travel_default: 90,
        costs: Costs {
            unserved: 1000,
            late: 10,
            moved: 30,
            relocation: 120,
            session: 60,
            split: 20,
            finish: 100,
        },
        published: None,
        frozen_before: None,
        frozen_shift: None,
        pinned: None,
    };
    let mut places = Vec::new();
    for n in 1..=communes {
        let prefix = if communes == 1 {
            String::new()
        } else {
            format!("x{n:02}-")
        };
        commune(&mut instance, kind, &prefix, &mut places, &mut rng);
    }
    let offices: Vec<String> = instance
        .sites
        .iter()
        .filter(|s| s.id.ends_with("cax"))
        .map(|s| s.id.clone())
        .collect();
    for n in 0..machines {
        let card = if communes == 1 {
            n == 0
        } else {
            n % 2 == 0 || rng.one_in(20)
        };
        let slow = rng.one_in(if communes == 1 { 2 } else { 5 });
        instance.machines.push(Machine {
            id: format!("may-{}", n + 1),
            services: if card {
                vec![Service::Account, Service::Card]
            } else {
                vec![Service::Account]
            },
            home: Some(offices[n as usize % offices.len()].clone()),
            rate_hundredths: if slow { 75 } else { 100 },
            calendar: Calendar::default(),
            out: Vec::new(),
        });
    }
    travel(&mut instance, &places);
    instance
}

/// A campaign under way in which a machine fails for three days: the plan is published, and its first week is past.
#[must_use]
pub fn breakdown(instance: &Instance, published: Plan, seed: u64) -> Instance {
    let mut rng = Rng::new(seed ^ 0x6272_6561_6b00);
    let mut instance = instance.clone();
    instance.name.push_str("-breakdown");
    let from = instance.start + Days::new(rng.between(5, 9) as u64);
    let m = rng.below(instance.machines.len());
    let shifts: Vec<String> = instance.shifts.iter().map(|s| s.id.clone()).collect();
    for date in from.iter_days().take(3) {
        instance.machines[m]
            .out
            .extend(shifts.iter().map(|s| (date, s.clone())));
    }
    instance.published = Some(published);
    instance.frozen_before = Some(from);
    instance
}

/// A shift from minute to minute of the day.
fn shift(id: &str, start: u32, end: u32, records: u32) -> Shift {
    let time = |minutes: u32| NaiveTime::MIN + chrono::TimeDelta::minutes(i64::from(minutes));
    Shift {
        id: id.to_owned(),
        start: time(start),
        end: time(end),
        records,
    }
}

/// A point on the map, in minutes of travel.
type Place = (f64, f64);

fn commune(
    instance: &mut Instance,
    kind: Kind,
    prefix: &str,
    places: &mut Vec<Place>,
    rng: &mut Rng,
) {
    let single = prefix.is_empty();
    let centre = if single {
        (0.0, 0.0)
    } else {
        (100.0 * rng.unit(), 100.0 * rng.unit())
    };
    let mut near =
        |rng: &mut Rng| places.push((centre.0 + 22.0 * rng.unit(), centre.1 + 22.0 * rng.unit()));
    let office = format!("{prefix}cax");
    instance.sites.push(Site {
        id: office.clone(),
        machines_at_once: 2,
        calendar: Calendar::default(),
    });
    near(rng);
    let (primary, secondary) = match kind {
        Kind::Commune => (3, 2),
        Kind::CommuneTight => (5, 3),
        _ => (1 + rng.below(2), 1 + usize::from(rng.one_in(3))),
    };
    let schools = (1..=primary)
        .map(|n| (format!("{prefix}th{n}"), 1..=5))
        .chain((1..=secondary).map(|n| (format!("{prefix}thcs{n}"), 6..=9)));
    for (id, grades) in schools.collect::<Vec<_>>() {
        let closed = [18, 22, 23].map(|n| instance.start + Days::new(n)).to_vec();
        let calendar = Calendar {
            weekdays: Some(if rng.one_in(2) {
                vec![1, 2, 3, 4, 5]
            } else {
                vec![1, 2, 3, 4, 5, 6]
            }),
            shifts: Some(vec!["sang".to_owned(), "chieu".to_owned()]),
            closed,
            ..Calendar::default()
        };
        instance.sites.push(Site {
            id: id.clone(),
            machines_at_once: 1 + u32::from(rng.one_in(2)),
            calendar,
        });
        near(rng);
        for grade in grades {
            let classes = rng.between(3, 5);
            for letter in ["A", "B", "C", "D", "E"].iter().take(classes) {
                let class = class(instance, format!("{id}-{grade}{letter}"), &id, &office, rng);
                instance.cohorts.push(class);
            }
        }
    }
    let villages = if single {
        rng.between(10, 19)
    } else {
        rng.between(4, 9)
    };
    for n in 1..=villages {
        instance.cohorts.push(Cohort {
            id: format!("{prefix}thon{n}"),
            people: around(51, 14, rng),
            service: if rng.below(100) < 65 {
                Service::Card
            } else {
                Service::Account
            },
            sites: vec![office.clone()],
            whole: false,
            due: Some(instance.end),
            weight: 1,
            calendar: Calendar {
                shifts: Some(vec!["toi".to_owned(), "chieu".to_owned()]),
                ..Calendar::default()
            },
        });
    }
}

fn class(instance: &Instance, id: String, school: &str, office: &str, rng: &mut Rng) -> Cohort {
    let mut days: Vec<u8> = vec![1, 2, 3, 4, 5];
    let wanted = [5, 5, 2, 2, 2, 3, 3, 5][rng.below(8)];
    rng.shuffle(&mut days);
    days.truncate(wanted);
    days.sort_unstable();
    let named = |ids: &[&str]| Some(ids.iter().map(|s| (*s).to_owned()).collect());
    let first = rng.below(100) < 28;
    Cohort {
        id,
        people: around(34, 5, rng),
        service: Service::Account,
        sites: if rng.one_in(4) {
            vec![school.to_owned(), office.to_owned()]
        } else {
            vec![school.to_owned()]
        },
        whole: true,
        due: Some(if first {
            instance.start + Days::new(15)
        } else {
            instance.end
        }),
        weight: if first { 2 } else { 1 },
        calendar: Calendar {
            weekdays: Some(days),
            shifts: match rng.below(100) {
                0..60 => None,
                60..77 => named(&["sang"]),
                77..92 => named(&["chieu"]),
                _ => named(&["sang", "chieu"]),
            },
            ..Calendar::default()
        },
    }
}

/// A number near a mean; the sum of four dice is round enough.
fn around(mean: i32, spread: i32, rng: &mut Rng) -> u32 {
    let dice: f64 = (0..4).map(|_| rng.unit() - 0.5).sum();
    // Small and rounded, so the cast is exact.
    let people = mean + (dice * 1.7 * f64::from(spread)).round() as i32;
    u32::try_from(people.max(4)).unwrap_or(4)
}

fn travel(instance: &mut Instance, places: &[Place]) {
    for (n, site) in instance.sites.iter().enumerate() {
        let row = instance.travel_minutes.entry(site.id.clone()).or_default();
        for (k, other) in instance.sites.iter().enumerate().skip(n + 1) {
            let (dx, dy) = (places[n].0 - places[k].0, places[n].1 - places[k].1);
            let minutes = 5.0 + 1.2 * dx.hypot(dy);
            // A few hundred at most.
            row.insert(other.id.clone(), minutes.round() as u32);
        }
    }
}
