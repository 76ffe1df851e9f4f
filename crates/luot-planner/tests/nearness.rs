//! Whoever has to move, moves as near as the cost allows.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::ops::ControlFlow;

use luot_planner::{Disruption, Instance, Limit, Moment, proposals, read_instance, solve};
use serde_json::{Value, json};

/// One machine for twenty mornings at one school and, two at a time, one village hall; a class each morning, with
/// room for another one.
fn campaign() -> Value {
    let date = |n: u32| format!("2026-04-{:02}", n + 1);
    let class = |n: u32| format!("lop-{n:02}");
    let site = |n: u32| if n % 4 < 2 { "truong" } else { "nha-van-hoa" };
    json!({
        "format": "luot-plan/1", "timezone": "Asia/Ho_Chi_Minh", "start": date(0), "end": date(19),
        "shifts": [{ "id": "sang", "start": "07:30", "end": "11:30", "records": 100 }],
        "sites": [{ "id": "truong" }, { "id": "nha-van-hoa" }],
        "machines": [{ "id": "may-1", "services": ["account"] }],
        "cohorts": (0..20).map(|n| json!({
            "id": class(n), "people": 50, "whole": true, "sites": ["truong", "nha-van-hoa"],
        })).collect::<Vec<_>>(),
        "costs": { "unserved": 1000, "late": 10, "moved": 5, "relocation": 0, "session": 0, "split": 10, "finish": 0 },
        "frozen_before": date(0),
        "published": {
            "rotation": (0..20).map(|n| json!({
                "machine": "may-1", "date": date(n), "shift": "sang", "site": site(n),
            })).collect::<Vec<_>>(),
            "allotments": (0..20).map(|n| json!({
                "cohort": class(n), "date": date(n), "shift": "sang", "site": site(n), "people": 50,
            })).collect::<Vec<_>>(),
        },
    })
}

fn read(value: &Value) -> Instance {
    read_instance(value).unwrap().0
}

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}

#[test]
fn a_class_that_has_to_move_comes_on_the_nearest_day() {
    let instance = read(&campaign());
    let out = Moment {
        date: day("2026-04-10"),
        shift: "sang".into(),
    };
    let lost = Disruption::MachineOut {
        machine: "may-1".into(),
        from: out.clone(),
        to: out,
    };
    for seed in 0..20 {
        let answer = proposals(&instance, &lost, seed, Limit::Steps(600), &mut |_| {
            ControlFlow::Continue(())
        });
        for proposal in answer.unwrap().proposals {
            assert!(proposal.assessment.ok, "{:?}", proposal.assessment.broken);
            let moves: Vec<_> = proposal.diff.moves.iter().collect();
            let [only] = moves.as_slice() else {
                panic!("one class moves, not {moves:?}");
            };
            let (from, to) = (only.from.as_ref().unwrap(), only.to.as_ref().unwrap());
            assert_eq!(from.date, day("2026-04-10"));
            // The day before it is at the same site, the day after at the other.
            assert_eq!(
                (to.date, &to.site),
                (day("2026-04-09"), &from.site),
                "{seed}"
            );
        }
    }
}

#[test]
fn two_that_have_to_move_change_places_where_that_is_nearer() {
    let mut value = campaign();
    // Only two mornings have room: one next to the first who has to move, one next to the second.
    for n in 0..20 {
        let room = n == 2 || n == 17;
        value["cohorts"][n]["people"] = json!(if room { 50 } else { 90 });
        value["published"]["allotments"][n]["people"] = value["cohorts"][n]["people"].clone();
    }
    for n in [3, 16] {
        value["cohorts"][n]["people"] = json!(50);
        value["published"]["allotments"][n]["people"] = json!(50);
    }
    value["machines"][0]["out"] = json!([["2026-04-04", "sang"], ["2026-04-17", "sang"]]);
    let instance = read(&value);
    for seed in 0..20 {
        let found = solve(&instance, seed, Limit::Steps(400), &mut |_| {
            ControlFlow::Continue(())
        });
        assert!(found.assessment.ok);
        assert_eq!(
            (
                found.assessment.terms.moved,
                found.assessment.terms.unserved
            ),
            (100, 0)
        );
        let on = |class: &str| {
            let mut all = found.plan.allotments.iter();
            all.find(|a| a.cohort == class).unwrap().date
        };
        assert_eq!(
            (on("lop-03"), on("lop-16")),
            (day("2026-04-03"), day("2026-04-18")),
            "{seed}"
        );
    }
}
