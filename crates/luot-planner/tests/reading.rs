//! Reading never panics and names each fault by its place.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Luck, PUBLIC, value};
use luot_planner::{Fault, read_instance, read_plan};
use serde_json::{Value, json};

fn faults(value: &Value) -> Vec<(String, String)> {
    let short = |f: Fault| (f.pointer, f.code);
    read_instance(value)
        .err()
        .unwrap_or_default()
        .into_iter()
        .map(short)
        .collect()
}

/// A small instance with one thing changed.
fn with(pointer: &str, new: Value) -> Value {
    let mut value = json!({
        "format": "luot-plan/1", "name": "small", "timezone": "Asia/Ho_Chi_Minh",
        "start": "2026-04-06", "end": "2026-04-10",
        "shifts": [{"id": "sang", "start": "07:00", "end": "11:00", "records": 80}],
        "sites": [{"id": "cax"}, {"id": "th1"}],
        "machines": [{"id": "may-1", "home": "cax", "rate": 0.75, "out": [["2026-04-07", "sang"]]}],
        "cohorts": [{"id": "1A", "people": 34, "sites": ["th1"], "whole": true, "weekdays": [1, 2]}],
        "costs": {"unserved": 1000, "late": 10, "moved": 30, "relocation": 120, "session": 60, "split": 20, "finish": 100}
    });
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match value.pointer_mut(parent).unwrap() {
        Value::Object(map) => drop(map.insert(key.to_owned(), new)),
        Value::Array(list) if key == "-" => list.push(new),
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = new,
        _ => panic!("{pointer} is not inside a container"),
    }
    value
}

#[test]
fn each_fault_has_its_pointer_and_code() {
    let table = [
        ("/format", json!("luot-plan/2"), "/format", "unknown-format"),
        ("/timezone", json!(""), "/timezone", "empty"),
        ("/end", json!("2026-04-05"), "/end", "dates-reversed"),
        ("/end", json!("2036-04-05"), "/end", "too-many"),
        ("/end", json!("2026-04-31"), "/end", "no-such-date"),
        ("/start", json!(7), "/start", "wrong-type"),
        ("/start", Value::Null, "/start", "missing"),
        ("/shifts", json!([]), "/shifts", "empty"),
        (
            "/shifts/0/end",
            json!("06:00"),
            "/shifts/0/end",
            "times-reversed",
        ),
        (
            "/shifts/0/end",
            json!("24:00"),
            "/shifts/0/end",
            "no-such-time",
        ),
        (
            "/shifts/0/records",
            json!(-1),
            "/shifts/0/records",
            "negative",
        ),
        ("/sites/1/id", json!("cax"), "/sites/1/id", "duplicate-id"),
        (
            "/machines/0/home",
            json!("nowhere"),
            "/machines/0/home",
            "unknown-site",
        ),
        (
            "/machines/0/rate",
            json!(0.755),
            "/machines/0/rate",
            "too-precise",
        ),
        (
            "/machines/0/rate",
            json!(0),
            "/machines/0/rate",
            "rate-zero",
        ),
        (
            "/machines/0/rate",
            json!(-1),
            "/machines/0/rate",
            "negative",
        ),
        (
            "/machines/0/services",
            json!(["passport"]),
            "/machines/0/services/0",
            "unknown-service",
        ),
        (
            "/machines/0/out",
            json!([["2026-04-07"]]),
            "/machines/0/out/0",
            "wrong-type",
        ),
        (
            "/machines/0/out",
            json!([["2026-04-07", "toi"]]),
            "/machines/0/out/0/1",
            "unknown-shift",
        ),
        (
            "/machines",
            json!(vec![json!({}); 10_000]),
            "/machines",
            "too-many",
        ),
        (
            "/cohorts/0/people",
            json!(-3),
            "/cohorts/0/people",
            "negative",
        ),
        (
            "/cohorts/0/people",
            json!(3.5),
            "/cohorts/0/people",
            "not-whole",
        ),
        (
            "/cohorts/0/people",
            json!(1e300),
            "/cohorts/0/people",
            "not-whole",
        ),
        (
            "/cohorts/0/people",
            json!(2_000_000),
            "/cohorts/0/people",
            "out-of-range",
        ),
        (
            "/cohorts/0/sites",
            json!(["th9"]),
            "/cohorts/0/sites/0",
            "unknown-site",
        ),
        (
            "/cohorts/0/weekdays",
            json!([0]),
            "/cohorts/0/weekdays/0",
            "out-of-range",
        ),
        ("/cohorts/0/from", json!("2026-04-08"), "", ""),
        ("/costs/late", json!(-10), "/costs/late", "negative"),
        ("/costs", json!({}), "/costs/unserved", "missing"),
        (
            "/frozen_before",
            json!("2026-04-07"),
            "/frozen_before",
            "frozen-without-published",
        ),
        (
            "/pinned",
            json!({"rotation": [{"machine": "m", "date": "2026-04-06", "shift": "sang", "site": "cax"}]}),
            "/pinned/rotation/0/machine",
            "unknown-machine",
        ),
        ("/published", json!(3), "/published", "wrong-type"),
    ];
    assert_eq!(faults(&with("/name", json!("fine"))), []);
    for (at, new, pointer, code) in table {
        let found = faults(&with(at, new.clone()));
        if code.is_empty() {
            assert_eq!(found, [], "{at} = {new}");
        } else {
            assert!(
                found.contains(&(pointer.to_owned(), code.to_owned())),
                "{at} = {new}: {found:?}"
            );
        }
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let mut value = with("/cohorts/0/people", json!(-3));
    value["shifts"][0]["records"] = json!("many");
    value["end"] = json!("soon");
    assert_eq!(faults(&value).len(), 3);
}

#[test]
fn one_bad_value_hides_nothing_elsewhere_and_nothing_is_found_in_what_stands_in_for_it() {
    let mut value = with("/costs/late", json!("much"));
    value["machines"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "id": "may-1", "home": "nowhere" }));
    value["cohorts"][0]["sites"] = json!(["gone"]);
    let found = faults(&value);
    let told = |pointer: &str, code: &str| found.contains(&(pointer.to_owned(), code.to_owned()));
    assert!(told("/costs/late", "wrong-type"), "{found:?}");
    assert!(told("/machines/1/id", "duplicate-id"), "{found:?}");
    assert!(told("/machines/1/home", "unknown-site"), "{found:?}");
    assert!(told("/cohorts/0/sites/0", "unknown-site"), "{found:?}");
    assert_eq!(found.len(), 4, "{found:?}");
    // Nor in the same list, or in the same entry.
    let mut value = with("/machines/0/rate", json!("fast"));
    value["machines"][0]["home"] = json!("nowhere");
    value["machines"][0]["shifts"] = json!(["night"]);
    value["machines"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "id": "may-1", "from": "2026-04-31", "to": "2026-04-01" }));
    value["cohorts"][0]["people"] = json!(-1);
    value["cohorts"][0]["sites"] = json!(["th1", "gone"]);
    value["pinned"] = json!({ "rotation": [{ "machine": "may-9", "date": "2026-04-06", "shift": "sang", "site": "th1" }] });
    let mut found: Vec<_> = faults(&value).into_iter().map(|f| f.0).collect();
    found.sort();
    assert_eq!(
        found,
        [
            "/cohorts/0/people",
            "/cohorts/0/sites/1",
            "/machines/0/home",
            "/machines/0/rate",
            "/machines/0/shifts/0",
            "/machines/1/from",
            "/machines/1/id",
            "/pinned/rotation/0/machine",
        ]
    );
    // What refers to sites is not asked about while a site cannot be read.
    let mut value = with("/sites/1/id", json!(5));
    value["shifts"][0]["end"] = json!("06:00");
    let found: Vec<_> = faults(&value).into_iter().map(|f| f.0).collect();
    assert_eq!(found, ["/sites/1/id", "/shifts/0/end"]);
}

#[test]
fn pins_that_cannot_be_kept_are_named() {
    let pin = |site: &str, shift: &str| json!({ "machine": "may-1", "date": "2026-04-06", "shift": shift, "site": site });
    let people = |n: u32, date: &str| json!({ "cohort": "1A", "date": date, "shift": "sang", "site": "th1", "people": n });
    let pinned = |rotation: Value, allotments: Value| {
        faults(&with(
            "/pinned",
            json!({ "rotation": rotation, "allotments": allotments }),
        ))
    };
    let named = |pointer: &str| vec![(pointer.to_owned(), "pins-impossible".to_owned())];
    assert_eq!(
        pinned(
            json!([pin("th1", "sang")]),
            json!([people(34, "2026-04-06")])
        ),
        []
    );
    // Two places at once.
    let both = json!([pin("th1", "sang"), pin("cax", "sang")]);
    assert_eq!(pinned(both, json!([])), named("/pinned/rotation/1"));
    // A class that stays whole, in part; and twice.
    assert_eq!(
        pinned(json!([]), json!([people(20, "2026-04-06")])),
        named("/pinned/allotments/0")
    );
    let twice = json!([people(34, "2026-04-06"), people(34, "2026-04-07")]);
    // On the second day no machine runs, either.
    let second = named("/pinned/allotments/1");
    assert_eq!(pinned(json!([]), twice), [second.clone(), second].concat());
    // A machine that does not run; who cannot come on a Wednesday; more people than a machine takes.
    let mut out = pin("th1", "sang");
    out["date"] = json!("2026-04-07");
    assert_eq!(
        pinned(json!([out]), json!([])),
        named("/pinned/rotation/0/machine")
    );
    assert_eq!(
        pinned(json!([]), json!([people(34, "2026-04-08")])),
        named("/pinned/allotments/0")
    );
    let mut value = with("/cohorts/0/people", json!(61));
    value["pinned"] = json!({ "allotments": [people(61, "2026-04-06")] });
    assert_eq!(faults(&value), named("/pinned/allotments/0"));
    // With another machine there is room.
    value["sites"][1]["machines_at_once"] = json!(2);
    value["machines"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "id": "may-2" }));
    assert_eq!(faults(&value), []);
    // No machine there can issue a card.
    value["cohorts"][0]["service"] = json!("card");
    value["machines"][0]["services"] = json!(["account"]);
    value["machines"][1]["services"] = json!(["account"]);
    assert_eq!(faults(&value), named("/pinned/allotments/0"));
    value["machines"][1]["services"] = json!(["account", "card"]);
    value["cohorts"][0]["people"] = json!(80);
    value["pinned"]["allotments"][0]["people"] = json!(80);
    assert_eq!(faults(&value), []);
    // Two sites of one day without the time to get from one to the other.
    let mut value = with(
        "/shifts/-",
        json!({ "id": "chieu", "start": "11:10", "end": "15:00", "records": 80 }),
    );
    value["setup_minutes"] = json!(30);
    value["pinned"] = json!({ "rotation": [pin("th1", "sang"), pin("cax", "chieu")] });
    assert_eq!(faults(&value), named("/pinned/rotation/1"));
    // More machines than there is room for.
    let mut value = with("/machines/-", json!({ "id": "may-2" }));
    let mut second = pin("th1", "sang");
    second["machine"] = json!("may-2");
    value["pinned"] = json!({ "rotation": [pin("th1", "sang"), second] });
    assert_eq!(faults(&value), named("/pinned/rotation/1"));
}

#[test]
fn what_is_too_large_to_be_counted_is_refused() {
    let mut value = with("/costs/unserved", json!(1_000_000));
    value["cohorts"][0]["weight"] = json!(1_000);
    value["cohorts"][0]["people"] = json!(1_000_000);
    assert_eq!(faults(&value), []);
    value["costs"]["late"] = json!(1_000_000);
    value["cohorts"][0]["due"] = json!("2017-01-01");
    assert_eq!(
        faults(&value),
        [("/costs".to_owned(), "too-dear".to_owned())]
    );
    let row = json!({ "cohort": "1A", "date": "2026-04-06", "shift": "sang", "site": "th1", "people": 1_000_000 });
    let plan = json!({ "rotation": [], "allotments": vec![row; 4_295] });
    let told = read_plan(&plan).unwrap_err();
    assert_eq!(
        (told[0].pointer.as_str(), told[0].code.as_str()),
        ("/allotments", "too-many")
    );
}

#[test]
fn what_is_odd_but_usable_is_a_finding() {
    let codes = |value: &Value| -> Vec<String> {
        read_instance(value)
            .unwrap()
            .1
            .into_iter()
            .map(|f| f.code)
            .collect()
    };
    assert_eq!(
        codes(&with("/cohorts/0/weekdays", json!([7]))),
        ["no-possible-session"]
    );
    assert_eq!(
        codes(&with("/cohorts/0/service", json!("card"))),
        ["no-card-machine"]
    );
    assert_eq!(codes(&with("/sites/0/weekdays", json!([]))), ["never-open"]);
    assert_eq!(
        codes(&with("/cohorts/0/due", json!("2026-04-01"))),
        ["due-outside"]
    );
    for name in PUBLIC {
        let (_, findings) = read_instance(&value(name)).unwrap();
        assert_eq!(findings, [], "{name}");
    }
}

/// Replaces, removes or repeats something anywhere in a value.
fn damage(value: &mut Value, luck: &mut Luck) {
    let junk = [
        json!(null),
        json!(-1),
        json!(1e308),
        json!(""),
        json!([]),
        json!({}),
        json!("9999-99-99"),
        json!(u64::MAX),
        json!(true),
        json!("2026-04-08"),
    ];
    let children = match value {
        Value::Array(list) => list.len(),
        Value::Object(map) => map.len(),
        _ => 0,
    };
    if children == 0 || luck.chance(10) {
        *value = junk[luck.below(junk.len())].clone();
        return;
    }
    let n = luck.below(children);
    match value {
        Value::Array(list) if luck.chance(10) => list.push(list[n].clone()),
        Value::Array(list) if luck.chance(5) => drop(list.remove(n)),
        Value::Array(list) => damage(&mut list[n], luck),
        Value::Object(map) => {
            let key = map.keys().nth(n).unwrap().clone();
            if luck.chance(8) {
                map.remove(&key);
            } else {
                damage(map.get_mut(&key).unwrap(), luck);
            }
        }
        _ => {}
    }
}

#[test]
fn damaged_input_is_refused_or_solved_but_never_panics() {
    let mut usable = 0;
    for name in ["binh-gia-2023", "commune-1", "commune-1-breakdown"] {
        let sound = value(name);
        for seed in 0..400 {
            let mut luck = Luck(seed);
            let mut damaged = sound.clone();
            for _ in 0..=luck.below(3) {
                damage(&mut damaged, &mut luck);
            }
            let _ = read_plan(&damaged["published"]);
            if let Ok((instance, _)) = read_instance(&damaged) {
                usable += 1;
                if seed % 10 == 0 {
                    let solution = luot_planner::solve(
                        &instance,
                        1,
                        luot_planner::Limit::Steps(20),
                        &mut |_| std::ops::ControlFlow::Continue(()),
                    );
                    let _ = luot_planner::explain(&instance, &solution.plan);
                }
            }
        }
    }
    assert!(
        usable > 50,
        "only {usable} damaged inputs were usable: the damage is too great to test anything"
    );
}
