//! The model's rules and cost in a few lines, as far as a plan of two annexes needs them: an opinion
//! on the official plan that shares no code with the crate.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::Value;

#[derive(Debug, PartialEq, Eq)]
pub struct Terms {
    pub unserved: i64,
    pub session: usize,
    pub relocation: usize,
    pub finish: i64,
    pub split: usize,
    pub late: i64,
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} in {value}"))
}

fn list<'v>(value: &'v Value, key: &str) -> &'v Vec<Value> {
    value[key].as_array().unwrap()
}

pub fn assess(instance: &Value, plan: &Value) -> Terms {
    let start: NaiveDate = text(instance, "start").parse().unwrap();
    let end: NaiveDate = text(instance, "end").parse().unwrap();
    let shifts: Vec<&str> = list(instance, "shifts")
        .iter()
        .map(|s| text(s, "id"))
        .collect();
    let cell = |v: &Value| {
        let date: NaiveDate = text(v, "date").parse().unwrap();
        assert!(start <= date && date <= end, "{v}");
        let shift = shifts.iter().position(|s| *s == text(v, "shift")).unwrap();
        (date, shift)
    };
    let machines: BTreeMap<&str, &Value> = list(instance, "machines")
        .iter()
        .map(|m| (text(m, "id"), m))
        .collect();

    let mut stands = BTreeMap::<&str, BTreeMap<_, &str>>::new();
    let mut capacity = BTreeMap::new();
    let mut present = BTreeMap::new();
    for r in list(plan, "rotation") {
        let (machine, site) = (text(r, "machine"), text(r, "site"));
        let before = stands.entry(machine).or_default().insert(cell(r), site);
        assert_eq!(before, None, "a machine in two places: {r}");
        let rate = machines[machine]
            .get("rate")
            .and_then(Value::as_f64)
            .unwrap_or(1.0);
        let records = instance["shifts"][cell(r).1]["records"].as_f64().unwrap();
        *capacity.entry((cell(r), site)).or_insert(0) += (records * rate + 1e-6).floor() as i64;
        *present.entry((cell(r), site)).or_insert(0) += 1;
    }
    for ((_, site), count) in present {
        let of = list(instance, "sites")
            .iter()
            .find(|s| text(s, "id") == site)
            .unwrap();
        assert!(count <= of["machines_at_once"].as_i64().unwrap());
    }
    let mut relocation = 0;
    for (machine, places) in &stands {
        let mut at = machines[machine].get("home").and_then(Value::as_str);
        for site in places.values() {
            relocation += usize::from(at.is_some_and(|at| at != *site));
            at = Some(site);
        }
    }

    let mut given = BTreeMap::<&str, (i64, BTreeSet<_>)>::new();
    for a in list(plan, "allotments") {
        let people = a["people"].as_i64().unwrap();
        let cohort = list(instance, "cohorts")
            .iter()
            .find(|c| text(c, "id") == text(a, "cohort"));
        assert!(list(cohort.unwrap(), "sites").contains(&a["site"]), "{a}");
        let places = capacity.get_mut(&(cell(a), text(a, "site"))).unwrap();
        *places -= people;
        assert!(people > 0 && *places >= 0, "{a}");
        let of = given.entry(text(a, "cohort")).or_default();
        of.0 += people;
        assert!(
            of.1.insert((cell(a), text(a, "site"))),
            "one session twice: {a}"
        );
    }
    let mut terms = Terms {
        unserved: 0,
        session: list(plan, "rotation").len(),
        relocation,
        finish: 0,
        split: 0,
        late: 0,
    };
    for cohort in list(instance, "cohorts") {
        let none = (0, BTreeSet::new());
        let (people, sessions) = given.get(text(cohort, "id")).unwrap_or(&none);
        terms.unserved += cohort["people"].as_i64().unwrap() - people;
        terms.split += sessions.len().saturating_sub(1);
        let due: NaiveDate = text(cohort, "due").parse().unwrap();
        terms.late += sessions
            .iter()
            .map(|((d, _), _)| (*d - due).num_days().max(0))
            .sum::<i64>();
    }
    let last = list(plan, "rotation")
        .iter()
        .map(|r| cell(r).0)
        .max()
        .unwrap();
    terms.finish = (last - start).num_days() + 1;
    terms
}
