//! A machine stops in the middle of a shift: who has been served stays served.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use luot_planner::{
    Disruption, Instance, Limit, Moment, Placement, Plan, Rebalance, Running, Site, as_published,
    check, disrupt, proposals, read_instance, without_stopped,
};
use serde_json::{Value, json};

const TODAY: &str = "2026-04-14";

fn class(id: &str) -> Value {
    json!({ "id": id, "people": 40, "whole": true, "sites": ["truong"] })
}

/// Ten in the morning of a shift from seven to three, in which these machines stand at the school: 1A has been served in
/// part, 1B as a whole, 1C not at all, and of the village, whose people need cards, ten have.
fn at_ten(machines: &[&str]) -> Instance {
    let here = |cohort: &str| json!({ "cohort": cohort, "date": TODAY, "shift": "sang", "site": "truong", "people": 40 });
    let stand = |machine: &&str| json!({ "machine": machine, "date": TODAY, "shift": "sang", "site": "truong" });
    let problem = json!({
        "format": "luot-plan/1", "timezone": "Asia/Ho_Chi_Minh", "start": TODAY, "end": "2026-04-17",
        "shifts": [
            { "id": "sang", "start": "07:00", "end": "15:00", "records": 160 },
            { "id": "toi", "start": "15:00", "end": "23:00", "records": 160 },
        ],
        "sites": [{ "id": "truong", "machines_at_once": 2 }],
        "machines": [{ "id": "may-1", "services": ["account", "card"] }, { "id": "may-2", "services": ["account"] }],
        "cohorts": [
            class("1A"), class("1B"), class("1C"),
            { "id": "thon", "people": 40, "service": "card", "sites": ["truong"] },
        ],
        "costs": { "unserved": 1000, "late": 10, "moved": 30, "relocation": 120, "session": 60, "split": 20, "finish": 100 },
        "frozen_before": TODAY, "frozen_shift": "toi",
        "published": {
            "rotation": machines.iter().map(stand).collect::<Vec<_>>(),
            "allotments": [here("1A"), here("1B"), here("1C"), here("thon")],
        },
    });
    let served = [("1A", 25), ("1B", 40), ("thon", 10)];
    Instance {
        running: vec![Running {
            date: TODAY.parse().unwrap(),
            shift: "sang".into(),
            minutes_left: 300,
            served: served
                .map(|(cohort, people)| (("truong".into(), cohort.into()), people))
                .into(),
            waiting: BTreeMap::new(),
            others: BTreeMap::new(),
        }],
        ..read_instance(&problem).unwrap().0
    }
}

fn out(machine: &str) -> Disruption {
    let now = Moment {
        date: TODAY.parse().unwrap(),
        shift: "sang".into(),
    };
    Disruption::MachineOut {
        machine: machine.into(),
        from: now.clone(),
        to: now,
    }
}

fn closed() -> Disruption {
    Disruption::SiteClosed {
        site: "truong".into(),
        from: TODAY.parse().unwrap(),
        to: TODAY.parse().unwrap(),
    }
}

fn lost() -> Disruption {
    Disruption::ShiftLost {
        at: Moment {
            date: TODAY.parse().unwrap(),
            shift: "sang".into(),
        },
    }
}

/// By cohort: its people, those who have a place in the session, and those who lost it.
fn counts(instance: &Instance) -> BTreeMap<&str, [u32; 3]> {
    let published = instance.published.as_ref().unwrap();
    let mut counts: BTreeMap<&str, [u32; 3]> = BTreeMap::new();
    for c in &instance.cohorts {
        counts.entry(&c.id).or_default()[0] += c.people;
    }
    for (n, list) in [(1, &published.allotments), (2, &published.broken_off)] {
        for a in list {
            counts.entry(&a.cohort).or_default()[n] += a.people;
        }
    }
    counts
}

#[test]
fn whoever_was_served_stays_and_the_rest_of_a_class_is_a_class_of_its_own() {
    let both = ["may-1", "may-2"];
    let all_gone = [
        ("1A", [25, 25, 0]),
        ("1A+1", [15, 0, 15]),
        ("1B", [40, 40, 0]),
        ("1C", [40, 0, 40]),
        ("thon", [40, 10, 30]),
    ];
    let nobody = [
        ("1A", [40, 40, 0]),
        ("1B", [40, 40, 0]),
        ("1C", [40, 40, 0]),
        ("thon", [40, 40, 0]),
    ];
    // A machine takes 100 more until three; the 85 who are left have room but for those who need cards.
    let no_cards = [
        ("1A", [40, 40, 0]),
        ("1B", [40, 40, 0]),
        ("1C", [40, 40, 0]),
        ("thon", [40, 10, 30]),
    ];
    for (what, machines, disruption, expected) in [
        ("the only machine", &both[..1], out("may-1"), &all_gone[..]),
        ("the site closes", &both, closed(), &all_gone),
        ("the shift is lost", &both, lost(), &all_gone),
        (
            "cards are not issued any more",
            &both,
            out("may-1"),
            &no_cards,
        ),
        ("the other one takes all", &both, out("may-2"), &nobody),
        ("a machine elsewhere", &both[..1], out("may-2"), &nobody),
    ] {
        let after = disrupt(&at_ten(machines), &disruption).unwrap();
        assert_eq!(counts(&after), expected.iter().copied().collect(), "{what}");
    }
}

#[test]
fn what_is_left_of_a_class_stays_or_goes_together() {
    let mut late = at_ten(&["may-1", "may-2"]);
    // The other machine takes twenty more: all who are left of 1A, and five of the village, but no part of 1C.
    late.running[0].minutes_left = 60;
    let after = disrupt(&late, &out("may-2")).unwrap();
    let expected = [
        ("1A", [40, 40, 0]),
        ("1B", [40, 40, 0]),
        ("1C", [40, 0, 40]),
        ("thon", [40, 15, 25]),
    ];
    assert_eq!(counts(&after), expected.into());
    // When that one breaks too, only who was served stays.
    let after = disrupt(&after, &out("may-1")).unwrap();
    let expected = [
        ("1A", [25, 25, 0]),
        ("1A+1", [15, 0, 15]),
        ("1B", [40, 40, 0]),
        ("1C", [40, 0, 40]),
        ("thon", [40, 10, 30]),
    ];
    assert_eq!(counts(&after), expected.into());
}

#[test]
fn who_stands_in_the_line_is_the_first_of_those_who_stay() {
    let mut late = at_ten(&["may-1", "may-2"]);
    late.running[0].minutes_left = 60;
    let line = [("1C", 4), ("thon", 3)];
    late.running[0].waiting = line
        .map(|(cohort, people)| (("truong".into(), cohort.into()), people))
        .into();
    late.running[0].others = [("truong".into(), 2)].into();
    // Of twenty, nine stand there; the other fifteen of 1A do not fit as a whole, eleven of the village do.
    let after = disrupt(&late, &out("may-2")).unwrap();
    let expected = [
        ("1A", [25, 25, 0]),
        ("1A+1", [15, 0, 15]),
        ("1B", [40, 40, 0]),
        ("1C", [4, 4, 0]),
        ("1C+1", [36, 0, 36]),
        ("thon", [40, 24, 16]),
    ];
    assert_eq!(counts(&after), expected.into());
    // There are more in the line than one can serve: as many as it can.
    late.running[0].minutes_left = 12;
    let after = disrupt(&late, &out("may-2")).unwrap();
    assert_eq!(counts(&after)["1C"], [2, 2, 0]);
    assert_eq!(counts(&after)["thon"], [40, 10, 30]);
}

fn answers(instance: &Instance, disruption: &Disruption) -> Rebalance {
    let limit = Limit::Steps(6_000);
    proposals(instance, disruption, 1, limit, &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap()
}

#[test]
fn answers_plan_exactly_who_was_not_served() {
    let before = at_ten(&["may-1"]);
    let answer = answers(&before, &out("may-1"));
    let published = answer.instance.published.as_ref().unwrap();
    for proposal in &answer.proposals {
        assert!(proposal.assessment.ok, "{:?}", proposal.assessment.broken);
        let diff = &proposal.diff;
        assert_eq!(
            (diff.kept, diff.moved, diff.lost, diff.gained),
            (75, 85, 0, 0)
        );
        assert!(
            diff.text[0].starts_with("85 of 160 people move, 0 lose"),
            "{}",
            diff.text[0]
        );
        assert!(
            proposal.title.starts_with("85 people move,"),
            "{}",
            proposal.title
        );
        assert_eq!(proposal.assessment.terms.unserved, 0);
        let sessions = |cohort: &str| {
            let of_it = proposal
                .plan
                .allotments
                .iter()
                .filter(|a| a.cohort == cohort);
            of_it.map(|a| a.people).collect::<Vec<_>>()
        };
        assert_eq!(
            (sessions("1A"), sessions("1A+1"), sessions("1C")),
            (vec![25], vec![15], vec![40])
        );
        let marked = as_published(published, &proposal.plan);
        let moved = marked.allotments.iter().filter(|a| a.moved_before);
        assert_eq!(moved.map(|a| a.people).sum::<u32>(), 85);
    }
}

#[test]
fn who_lost_a_place_and_gets_no_other_is_told_of_as_lost() {
    let mut before = at_ten(&["may-1"]);
    before.machines.retain(|m| m.id == "may-1");
    let forever = Disruption::MachineOut {
        machine: "may-1".into(),
        from: Moment {
            date: TODAY.parse().unwrap(),
            shift: "sang".into(),
        },
        to: Moment {
            date: before.end,
            shift: "toi".into(),
        },
    };
    for proposal in answers(&before, &forever).proposals {
        let diff = &proposal.diff;
        assert_eq!((diff.kept, diff.moved, diff.lost), (75, 0, 85));
        assert_eq!(proposal.assessment.terms.unserved, 85);
    }
}

/// Marks machines as out today, without a report of it.
fn says_out(mut instance: Instance, out: &[&str]) -> Instance {
    for machine in &mut instance.machines {
        let now = (TODAY.parse().unwrap(), "sang".into());
        machine.out.retain(|at| *at != now);
        if out.contains(&&*machine.id) {
            machine.out.push(now);
        }
    }
    instance
}

#[test]
fn a_machine_that_is_out_without_a_word_takes_its_share_of_the_room_once() {
    let mut late = at_ten(&["may-1", "may-2"]);
    late.running[0].minutes_left = 60;
    let reported = counts(&disrupt(&late, &out("may-2")).unwrap())
        .into_iter()
        .map(|(id, n)| (id.to_owned(), n))
        .collect::<BTreeMap<_, _>>();
    let theirs = |instance: &Instance| {
        let counts = counts(instance).into_iter();
        counts
            .map(|(id, n)| (id.to_owned(), n))
            .collect::<BTreeMap<_, _>>()
    };
    let silent = says_out(late, &["may-2"]);
    let cut = without_stopped(&silent).unwrap();
    assert_eq!(theirs(&cut), reported);
    // Reported after all, it is no further loss; nor is it when time has passed, or a plan was published since.
    assert_eq!(theirs(&disrupt(&silent, &out("may-2")).unwrap()), reported);
    let mut later = cut.clone();
    later.running[0].minutes_left = 30;
    assert_eq!(without_stopped(&later), None);
    let published = later.published.take().unwrap();
    later.published = Some(as_published(&published, &published));
    assert_eq!(without_stopped(&later), None);
    // The other one is.
    let both = without_stopped(&says_out(later.clone(), &["may-1", "may-2"])).unwrap();
    assert_eq!(counts(&both)["1A"], [25, 25, 0]);
    // One that was repaired may break again.
    let again = disrupt(&says_out(later.clone(), &[]), &out("may-2")).unwrap();
    assert_eq!(counts(&again)["1A"], [25, 25, 0]);
    let repaired = without_stopped(&says_out(later, &[])).unwrap();
    assert!(repaired.published.as_ref().unwrap().stopped.is_empty());

    let again = without_stopped(&says_out(repaired, &["may-2"])).unwrap();
    assert_eq!(counts(&again)["1A"], [25, 25, 0]);
}

#[test]
fn nobody_has_a_place_where_no_machine_works_any_more() {
    let both = ["may-1", "may-2"];
    let without =
        |machines: &[&str], out: &[&str]| without_stopped(&says_out(at_ten(machines), out));
    assert_eq!(without(&both, &[]), None);
    let stopped = without(&both, &both).unwrap();
    assert_eq!(counts(&stopped)["1A"], [25, 25, 0]);
    assert_eq!(counts(&stopped)["1A+1"], [15, 0, 15]);
    assert_eq!(without_stopped(&stopped), None);
}

#[test]
fn a_session_that_runs_and_is_left_alone_need_not_be_possible_any_more() {
    let mut instance = says_out(at_ten(&["may-1"]), &["may-1"]);
    (instance.frozen_before, instance.frozen_shift) = (None, None);
    let mut plan = instance.published.clone().unwrap();
    assert!(check(&instance, &plan).ok);
    let added = Placement {
        machine: "may-2".into(),
        ..plan.rotation[0].clone()
    };
    instance.sites.push(Site {
        id: "thon".into(),
        ..instance.sites[0].clone()
    });
    plan.rotation.push(Placement {
        site: "thon".into(),
        ..added.clone()
    });
    assert!(check(&instance, &plan).ok);
    // Once it is changed, it must do with what there is.
    plan.rotation[1] = added;
    assert!(!check(&instance, &plan).ok);
    plan.rotation.pop();
    plan.allotments.pop();
    assert!(!check(&instance, &plan).ok);
    plan.allotments.clear();
    plan.rotation.clear();
    assert!(check(&instance, &plan).ok);
}

#[test]
fn a_session_that_runs_has_not_fallen_behind() {
    let behind = Disruption::SessionBehind {
        at: Moment {
            date: TODAY.parse().unwrap(),
            shift: "sang".into(),
        },
        site: "truong".into(),
        people: 5,
    };
    let refused = disrupt(&at_ten(&["may-1"]), &behind).unwrap_err();
    assert_eq!(refused[0].code, "session-not-past");
}

#[test]
fn who_lost_a_place_is_kept_with_what_is_published() {
    let after = disrupt(&at_ten(&["may-1"]), &out("may-1")).unwrap();
    let published = after.published.unwrap();
    let read: Plan = serde_json::from_value(json!(published)).unwrap();
    assert_eq!(read, published);
    assert!(json!(Plan::default()).get("broken_off").is_none());
}
