//! The judge of this crate and the reference judge say the same, of good plans and of broken ones.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Luck, PUBLIC, folder, instance, plan, reference_judge, value};
use luot_planner::{Allotment, Instance, Placement, Plan, check};
use serde_json::{Value, json};

/// Compares with the reference judge wherever it is at hand.
fn agrees(pairs: &[(Instance, Plan)]) {
    let as_json: Vec<(Value, Value)> = pairs.iter().map(|(i, p)| (json!(i), json!(p))).collect();
    let Some(expected) = reference_judge(&as_json) else {
        return;
    };
    for ((instance, plan), theirs) in pairs.iter().zip(expected) {
        let ours = check(instance, plan);
        assert_eq!(
            json!(ours.ok),
            theirs["ok"],
            "{}: ours {:?}, theirs {}",
            instance.name,
            ours.broken,
            theirs["broken"]
        );
        if !theirs["terms"].is_null() {
            assert_eq!(
                json!(ours.terms),
                theirs["terms"],
                "{}: {:?}",
                instance.name,
                ours.broken
            );
            assert_eq!(json!(ours.cost), theirs["cost"], "{}", instance.name);
        }
    }
}

/// A plan with a few things changed, most of them for the worse.
fn spoilt(instance: &Instance, plan: &Plan, luck: &mut Luck) -> Plan {
    let mut plan = plan.clone();
    for _ in 0..=luck.below(3) {
        spoil(instance, &mut plan, luck);
    }
    plan
}

fn spoil(instance: &Instance, plan: &mut Plan, luck: &mut Luck) {
    let site = instance.sites[luck.below(instance.sites.len())].id.clone();
    let shift = instance.shifts[luck.below(instance.shifts.len())]
        .id
        .clone();
    let days = usize::try_from((instance.end - instance.start).num_days()).unwrap();
    let date = instance.start + chrono::Days::new(luck.below(days + 1) as u64);
    let (r, a) = (
        luck.below(plan.rotation.len()),
        luck.below(plan.allotments.len()),
    );
    let what = luck.below(16);
    if plan.rotation.is_empty() || plan.allotments.is_empty() {
        return;
    }
    match what {
        0 => drop(plan.rotation.remove(r)),
        1 => drop(plan.allotments.remove(a)),
        2 => plan.rotation[r].site = site,
        3 => plan.rotation[r].date = date,
        4 => plan.rotation[r].shift = shift,
        5 => plan.allotments[a].site = site,
        6 => plan.allotments[a].date = date,
        7 => plan.allotments[a].shift = shift,
        8 => plan.allotments[a].people += 1 + u32::try_from(luck.below(60)).unwrap(),
        9 => plan.allotments[a].people -= 1,
        10 => {
            let twice: Placement = plan.rotation[r].clone();
            plan.rotation.push(twice);
        }
        11 => {
            let half = plan.allotments[a].people / 2;
            plan.allotments[a].people -= half;
            let part = Allotment {
                people: half,
                date,
                ..plan.allotments[a].clone()
            };
            plan.allotments.push(part);
        }
        12 => plan.rotation[r].machine = "nobody".to_owned(),
        13 => plan.allotments[a].cohort = "nobody".to_owned(),
        14 => plan.rotation.clear(),
        _ => plan.allotments[a].moved_before = true,
    }
}

/// An instance with pins, promises and calendars that the plan may or may not keep.
fn burdened(instance: &Instance, plan: &Plan, luck: &mut Luck) -> Instance {
    let mut instance = instance.clone();
    if luck.chance(60) {
        let mut published = plan.clone();
        if luck.chance(40) {
            published = spoilt(&instance, &published, luck);
        }
        for a in &mut published.allotments {
            a.moved_before = luck.chance(10);
        }
        instance.published = Some(published);
    }
    if luck.chance(50) {
        instance.frozen_before = Some(instance.start + chrono::Days::new(luck.below(20) as u64));
    }
    if luck.chance(30) && !plan.rotation.is_empty() && !plan.allotments.is_empty() {
        let rotation = vec![plan.rotation[luck.below(plan.rotation.len())].clone()];
        let allotments = vec![plan.allotments[luck.below(plan.allotments.len())].clone()];
        instance.pinned = Some(Plan {
            rotation,
            allotments,
            ..Plan::default()
        });
    }
    for _ in 0..luck.below(3) {
        let c = luck.below(instance.cohorts.len());
        let cohort = &mut instance.cohorts[c];
        match luck.below(5) {
            0 => cohort.people += 3,
            1 => cohort.people = cohort.people.saturating_sub(3),
            2 => cohort.due = Some(instance.start),
            3 => cohort.weight = 7,
            _ => cohort
                .calendar
                .closed
                .push(instance.start + chrono::Days::new(luck.below(20) as u64)),
        }
    }
    if luck.chance(20) {
        let m = luck.below(instance.machines.len());
        instance.machines[m].rate_hundredths = 33;
        instance.machines[m].home = None;
    }
    instance
}

fn good_plans() -> Vec<(Instance, Plan)> {
    let mut pairs = vec![(
        instance("binh-gia-2023"),
        plan("binh-gia-2023.official.plan"),
    )];
    for name in ["commune-1", "commune-tight-1"] {
        let broken_down = instance(&format!("{name}-breakdown"));
        pairs.push((instance(name), broken_down.published.clone().unwrap()));
        pairs.push((broken_down.clone(), broken_down.published.unwrap()));
    }
    pairs
}

fn spoilt_plans(each: u64) -> Vec<(Instance, Plan)> {
    let mut pairs = Vec::new();
    for (n, (instance, plan)) in good_plans().iter().enumerate() {
        for seed in 0..each {
            let mut luck = Luck(seed * 1000 + n as u64);
            let burdened = burdened(instance, plan, &mut luck);
            let plan = if luck.chance(80) {
                spoilt(&burdened, plan, &mut luck)
            } else {
                plan.clone()
            };
            pairs.push((burdened, plan));
        }
    }
    pairs
}

#[test]
fn plans_that_stand_in_files_cost_what_the_reference_judge_says() {
    agrees(&good_plans());
}

#[test]
fn spoilt_plans_break_the_same_rules_at_the_same_cost() {
    agrees(&spoilt_plans(60));
}

#[test]
fn the_district_s_own_rotation_leaves_325_people_out() {
    let official = check(
        &instance("binh-gia-2023"),
        &plan("binh-gia-2023.official.plan"),
    );
    let terms = official.terms;
    assert_eq!(
        (
            terms.unserved,
            terms.session,
            terms.relocation,
            terms.finish
        ),
        (325, 148, 15, 55)
    );
}

#[test]
fn assessments_are_those_that_were_written_down() {
    let assessments: Vec<Value> = good_plans()
        .iter()
        .chain(&spoilt_plans(12))
        .map(|(instance, plan)| {
            let a = check(instance, plan);
            json!([instance.name, a.ok, a.cost, a.terms])
        })
        .collect();
    let path = folder().join("assessments.golden.json");
    if std::env::var_os("LUOT_WRITE_GOLDEN").is_some() {
        let lines: Vec<String> = assessments.iter().map(Value::to_string).collect();
        std::fs::write(&path, format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
    }
    let golden: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(assessments, golden);
}

#[test]
fn reading_and_writing_an_instance_changes_nothing_that_counts() {
    for name in PUBLIC {
        let read = instance(name);
        let written = json!(read);
        assert_eq!(
            luot_planner::read_instance(&written).unwrap().0,
            read,
            "{name}"
        );
        let direct: Instance = serde_json::from_value(value(name)).unwrap();
        assert_eq!(direct, read, "{name}");
    }
}
