//! What a search promises: no broken rule, the same for a seed, better with more steps, and nothing fixed is touched.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{Luck, PUBLIC, instance};
use luot_planner::generate::{Kind, breakdown, generate};
use luot_planner::{
    Assessment, Disruption, Instance, Limit, Moment, Plan, Solution, as_published, check, diff,
    explain, proposals, solve,
};

fn steps(instance: &Instance, seed: u64, n: u64) -> Solution {
    solve(instance, seed, Limit::Steps(n), &mut |_| {
        ControlFlow::Continue(())
    })
}

fn sound(name: &str, a: &Assessment) {
    assert!(a.ok, "{name}: {:?}", a.broken);
}

#[test]
fn every_public_instance_gets_a_plan_that_breaks_no_rule() {
    for name in PUBLIC {
        let found = steps(
            &instance(name),
            1,
            if name.starts_with("province") {
                3_000
            } else {
                40_000
            },
        );
        sound(name, &found.assessment);
        let terms = found.assessment.terms;
        println!("{name}: {} {terms:?}", found.assessment.cost);
        assert!(
            name.contains("breakdown") || name.starts_with("province") || terms.unserved == 0,
            "{name}: {terms:?}"
        );
    }
}

#[test]
fn made_up_campaigns_of_every_kind_are_planned_and_replanned() {
    for seed in 1..4 {
        for kind in [
            Kind::Commune,
            Kind::CommuneTight,
            Kind::District(8),
            Kind::Province(12),
        ] {
            let made = generate(kind, seed);
            let value = serde_json::to_value(&made).unwrap();
            let (read, findings) = luot_planner::read_instance(&value).unwrap();
            assert_eq!((read, findings), (made.clone(), Vec::new()));
            let found = steps(&made, seed, 4_000);
            sound(&made.name, &found.assessment);
            let broken = breakdown(&made, found.plan, seed);
            sound(&broken.name, &steps(&broken, seed, 2_000).assessment);
        }
    }
}

#[test]
fn the_same_seed_and_steps_give_the_same_plan() {
    for name in ["commune-1", "district-1", "commune-1-breakdown"] {
        let instance = instance(name);
        assert_eq!(
            steps(&instance, 7, 2_000),
            steps(&instance, 7, 2_000),
            "{name}"
        );
    }
}

#[test]
fn a_search_that_is_stopped_answers_with_its_best() {
    let instance = instance("commune-1");
    let mut told = Vec::new();
    let found = solve(&instance, 1, Limit::Steps(10_000_000), &mut |progress| {
        told.push(progress.cost);
        if told.len() < 5 {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    sound("stopped", &found.assessment);
    assert!(told.windows(2).all(|pair| pair[1] <= pair[0]), "{told:?}");
    assert!(found.assessment.cost <= told[told.len() - 1]);
    assert!(found.steps < 10_000_000);
    let at_once = AtomicBool::new(true);
    let nothing = solve(
        &instance,
        1,
        Limit::Until(&|| at_once.load(Ordering::Relaxed)),
        &mut |_| ControlFlow::Continue(()),
    );
    sound("stopped before it began", &nothing.assessment);
}

#[test]
fn what_is_pinned_and_what_is_past_stays() {
    let mut instance = instance("commune-tight-1-breakdown");
    let published = instance.published.clone().unwrap();
    let frozen = instance.frozen_before.unwrap();
    let out = |m: &str| {
        instance
            .machines
            .iter()
            .find(|k| k.id == m)
            .unwrap()
            .out
            .clone()
    };
    let runs = |r: &&luot_planner::Placement| {
        r.date >= frozen && !out(&r.machine).contains(&(r.date, r.shift.clone()))
    };
    let rotation: Vec<_> = published
        .rotation
        .iter()
        .filter(runs)
        .step_by(9)
        .cloned()
        .collect();
    let staffed = |a: &&luot_planner::Allotment| {
        rotation
            .iter()
            .any(|r| (r.date, &r.shift, &r.site) == (a.date, &a.shift, &a.site))
    };
    let allotments: Vec<_> = published
        .allotments
        .iter()
        .filter(staffed)
        .cloned()
        .collect();
    assert!(rotation.len() > 5 && allotments.len() > 5);
    instance.pinned = Some(Plan {
        rotation,
        allotments,
        ..Plan::default()
    });
    let found = steps(&instance, 1, 5_000);
    sound("pinned", &found.assessment);
    // As it is published: marked, and in two rows where some were moved before.
    let mut marked = found.plan;
    let pins = &instance.pinned.as_ref().unwrap().allotments;
    let parted = |a: &luot_planner::Allotment| a.date >= frozen && a.people > 1 && pins.contains(a);
    let at = marked.allotments.iter().position(parted).unwrap();
    marked.allotments[at].people -= 1;
    let one = luot_planner::Allotment {
        people: 1,
        moved_before: true,
        ..marked.allotments[at].clone()
    };
    marked.allotments.push(one);
    sound("marked", &check(&instance, &marked));
}

#[test]
fn an_empty_campaign_has_an_empty_plan() {
    let mut instance = instance("commune-1");
    instance.cohorts.clear();
    assert_eq!(steps(&instance, 1, 100).assessment.cost, 0);
    let mut instance = common::instance("commune-1");
    instance.machines.clear();
    let nobody = steps(&instance, 1, 100);
    sound("without machines", &nobody.assessment);
    assert!(nobody.plan.rotation.is_empty());
    assert_eq!(
        explain(&instance, &nobody.plan).len(),
        instance.cohorts.len()
    );
}

/// A disruption by lot.
fn disruption(instance: &Instance, plan: &Plan, luck: &mut Luck) -> Disruption {
    let frozen = instance.frozen_before.unwrap();
    let later = |n: usize| frozen + chrono::Days::new(n as u64);
    let shift = |luck: &mut Luck| {
        instance.shifts[luck.below(instance.shifts.len())]
            .id
            .clone()
    };
    let past: Vec<_> = plan.allotments.iter().filter(|a| a.date < frozen).collect();
    match luck.below(5) {
        0 => {
            let machine = instance.machines[luck.below(instance.machines.len())]
                .id
                .clone();
            let (first, last) = (
                instance.shifts[0].id.clone(),
                instance.shifts[instance.shifts.len() - 1].id.clone(),
            );
            Disruption::MachineOut {
                machine,
                from: Moment {
                    date: later(0),
                    shift: first,
                },
                to: Moment {
                    date: later(2),
                    shift: last,
                },
            }
        }
        1 => Disruption::SiteClosed {
            site: instance.sites[luck.below(instance.sites.len())].id.clone(),
            from: later(1),
            to: later(4),
        },
        2 => Disruption::ShiftLost {
            at: Moment {
                date: later(luck.below(5)),
                shift: shift(luck),
            },
        },
        3 if !past.is_empty() => {
            let a = past[luck.below(past.len())];
            let people = a.people.div_ceil(2);
            Disruption::SessionBehind {
                at: Moment {
                    date: a.date,
                    shift: a.shift.clone(),
                },
                site: a.site.clone(),
                people,
            }
        }
        _ => Disruption::CohortGrew {
            cohort: instance.cohorts[luck.below(instance.cohorts.len())]
                .id
                .clone(),
            people: 5,
        },
    }
}

#[test]
fn nobody_is_dropped_by_any_proposal() {
    for seed in 0..12 {
        let mut luck = Luck(seed);
        let mut instance = generate(Kind::Commune, seed);
        let mut plan = steps(&instance, 1, 4_000).plan;
        for a in &mut plan.allotments {
            a.moved_before = luck.chance(10);
        }
        instance.published = Some(plan.clone());
        instance.frozen_before = Some(instance.start + chrono::Days::new(7));
        let disruption = disruption(&instance, &plan, &mut luck);
        let answer = proposals(&instance, &disruption, 1, Limit::Steps(9_000), &mut |_| {
            ControlFlow::Continue(())
        })
        .unwrap();
        let before: u32 = instance.cohorts.iter().map(|c| c.people).sum();
        let now: u32 = answer.instance.cohorts.iter().map(|c| c.people).sum();
        let grown = if let Disruption::CohortGrew { people, .. } = &disruption {
            *people
        } else {
            0
        };
        assert_eq!(now, before + grown, "{disruption:?}");
        assert!((1..=3).contains(&answer.proposals.len()));
        for proposal in &answer.proposals {
            sound(&format!("{disruption:?}"), &proposal.assessment);
            let d = &proposal.diff;
            let promised: u32 = answer
                .instance
                .published
                .iter()
                .flat_map(|p| &p.allotments)
                .map(|a| a.people)
                .sum();
            assert_eq!(d.kept + d.moved + d.lost, promised, "{disruption:?}");
            let placed: u32 = proposal.plan.allotments.iter().map(|a| a.people).sum();
            assert_eq!(d.kept + d.moved + d.gained, placed, "{disruption:?}");
            let missing: u32 = explain(&answer.instance, &proposal.plan)
                .iter()
                .map(|u| u.people)
                .sum();
            assert_eq!(placed + missing, now, "{disruption:?}");
            let told = format!("; {missing} without a place;");
            assert!(proposal.title.contains(&told), "{}", proposal.title);
            assert_eq!(
                proposal.kind == "keep",
                d.moved + d.lost == 0 && d.machines.is_empty(),
                "{disruption:?}"
            );
            let marked = as_published(answer.instance.published.as_ref().unwrap(), &proposal.plan);
            let marks = |p: &Plan| {
                p.allotments
                    .iter()
                    .filter(|a| a.moved_before)
                    .map(|a| a.people)
                    .sum::<u32>()
            };
            assert!(marks(&marked) >= d.moved, "{disruption:?}");
            assert_eq!(
                check(&answer.instance, &marked).terms,
                proposal.assessment.terms,
                "{disruption:?}"
            );
        }
        let costs: Vec<i64> = answer.proposals.iter().map(|p| p.assessment.cost).collect();
        assert!(costs.is_sorted(), "{costs:?}");
    }
}

#[test]
fn a_plan_does_not_differ_from_itself() {
    let instance = instance("commune-1-breakdown");
    let published = instance.published.clone().unwrap();
    let same = diff(&instance, &published, &published);
    assert_eq!(
        (
            same.moved,
            same.lost,
            same.gained,
            same.moves.len(),
            same.machines.len()
        ),
        (0, 0, 0, 0, 0)
    );
}

#[test]
fn each_machine_block_says_why_it_is_there() {
    let instance = instance("commune-1-breakdown");
    let published = instance.published.clone().unwrap();
    let blocks = luot_planner::blocks(&instance, &published);
    let shifts: u32 = blocks.iter().map(|b| b.shifts).sum();
    assert_eq!(shifts as usize, published.rotation.len());
    // Two machines begin at home or elsewhere; each change of site begins a block.
    assert!((19..=21).contains(&blocks.len()), "{}", blocks.len());
    assert!(
        blocks
            .iter()
            .all(|b| b.people > 0 && !b.cohorts.is_empty() && !b.text_vi.is_empty())
    );
}

#[test]
fn who_is_left_out_is_told_why_in_both_languages() {
    let instance = instance("binh-gia-2023");
    let official = common::plan("binh-gia-2023.official.plan");
    let left = explain(&instance, &official);
    let people: u32 = left.iter().map(|u| u.people).sum();
    assert_eq!(people, 325);
    for u in &left {
        let relief = u.relief.as_ref().unwrap();
        let pair = (u.code.as_str(), relief.code.as_str());
        assert!(
            matches!(
                pair,
                ("capacity-used", "add-session") | ("places-free", "use-places")
            ),
            "{u:?}"
        );
        assert!(!u.text.is_empty() && !u.text_vi.is_empty() && !relief.text_vi.is_empty());
        // What is said to help does.
        if let Some(placement) = &relief.placement {
            let mut relieved = official.clone();
            relieved.rotation.push(placement.clone());
            relieved.allotments.push(luot_planner::Allotment {
                cohort: u.cohort.clone(),
                date: placement.date,
                shift: placement.shift.clone(),
                site: placement.site.clone(),
                people: 1,
                moved_before: false,
            });
            let before = check(&instance, &official);
            let after = check(&instance, &relieved);
            assert!(after.ok, "{:?}", after.faults);
            assert!(after.terms.unserved < before.terms.unserved, "{u:?}");
        }
    }
}
