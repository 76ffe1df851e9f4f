//! Answers to a disruption come in a second for a commune, three for a district, ten for a
//! province. They are looked for as long as patience lasts; what these tests hold down is
//! everything else: what is done once that time is up, and what comes before and after it.
//!
//! It is counted in processor time of this process, so that it does not matter what else the
//! machine does. That is why these tests have a binary of their own, and follow each other.
//! Two threads look for answers: where both are at work, more is counted than people wait.

#![allow(
    clippy::expect_used,
    reason = "in a test, what must not happen may panic"
)]

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::Days;
use luot_app::App;
use luot_app::disruptions::{answers, patience};
use luot_line::Backend;
use luot_planner::{Disruption, Instance, Limit, Moment, read_instance, solve};
use luot_testkit::{On, TestApp};
use reqwest::StatusCode;
use serde_json::json;

/// People wait no longer than this for answers in each.
const PROMISED: [(&str, Duration); 4] = [
    ("commune-1", Duration::from_secs(1)),
    // Here people are left without a place, and each is told why.
    ("commune-tight-1", Duration::from_secs(1)),
    ("district-1", Duration::from_secs(3)),
    ("province-1", Duration::from_secs(10)),
];
/// The share of the time that is looked for answers here. The rest does not depend on it.
const SHARE: f64 = 0.2;

/// Processor time of this process until now.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    // After the name, which may hold anything, the times are the twelfth and thirteenth value.
    let (_, values) = stat.rsplit_once(')').expect("a name");
    let values = values.split_whitespace().skip(11).take(2);
    let ticks: u64 = values.filter_map(|v| v.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// One test at a time.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// An instance that is under way: the first plan that the planner makes is published, and a
/// week of it is past.
fn under_way(name: &str) -> Instance {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/instances");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).expect("a file");
    let (mut instance, _) = read_instance(&text.parse().expect("JSON")).expect("an instance");
    let plan = solve(&instance, 1, Limit::Steps(0), &mut |_| {
        std::ops::ControlFlow::Continue(())
    });
    instance.published = Some(plan.plan);
    instance.frozen_before = Some(instance.start + Days::new(7));
    instance
}

/// The first machine is out for three days.
fn machine_out(instance: &Instance) -> Disruption {
    let from = instance.frozen_before.expect("a date");
    let shift = |s: Option<&luot_planner::Shift>| s.expect("a shift").id.clone();
    Disruption::MachineOut {
        machine: instance.machines[0].id.clone(),
        from: Moment {
            date: from,
            shift: shift(instance.shifts.first()),
        },
        to: Moment {
            date: from + Days::new(2),
            shift: shift(instance.shifts.last()),
        },
    }
}

/// What of the time promised is not for looking for answers.
fn spare(instance: &Instance, promised: Duration) -> Duration {
    promised - patience(instance)
}

#[test]
fn when_the_time_is_up_answers_are_there_before_what_was_promised() {
    let _alone = TURN.blocking_lock();
    for (name, promised) in PROMISED {
        let instance = under_way(name);
        let time = patience(&instance).mul_f64(SHARE);
        let (began, asked) = (Instant::now(), Mutex::new(cpu()));
        let share = || {
            let share = began.elapsed().as_secs_f64() / time.as_secs_f64();
            // When it was asked for the last time before the end: to ask rarely is to end late.
            if share < 1.0 {
                *asked.lock().unwrap_or_else(PoisonError::into_inner) = cpu();
            }
            share
        };
        let answered = answers(&instance, &machine_out(&instance), Limit::Share(&share));
        let late = cpu() - asked.into_inner().expect("not poisoned");
        assert!(!answered.expect("answers").found.proposals.is_empty());
        // The rest is for reading the campaign, writing the drafts, and a slower machine.
        let most = spare(&instance, promised) / 3;
        assert!(late <= most, "{name}: {late:?} after the time was up");
    }
}

/// Processor time in which a commune's report of a machine that is out is answered over HTTP,
/// where answers are looked for in so many steps, or as long as patience lasts.
async fn reports(instance: &Instance, steps: Option<u64>) -> Duration {
    let change = |app: App, _: &Backend| match steps {
        Some(steps) => app.with_proposal_steps(steps),
        None => app,
    };
    let app = TestApp::start_with(On::Embedded, &change).await;
    let created = app.admin_post("/v1/campaigns", &json!(instance)).await;
    let campaign = created.expect(StatusCode::CREATED).text("/id");
    app.after(chrono::Duration::days(8)).await;
    let from = instance.start + Days::new(8);
    let what = json!({
        "machine_id": "may-2", "from": from, "to": from + Days::new(2), "reason": "hỏng",
    });
    let path = format!("/v1/campaigns/{campaign}/disruptions");
    let before = cpu();
    let answer = app.admin_post(&path, &what).await;
    let took = cpu() - before;
    let answer = answer.expect(StatusCode::CREATED).body;
    assert!(answer["proposals"][0]["plan_id"].is_string(), "{answer:#}");
    took
}

#[tokio::test]
async fn a_commune_that_reports_a_machine_is_answered_in_its_second() {
    let _alone = TURN.lock().await;
    let instance = under_way("commune-1");
    let spare = spare(&instance, PROMISED[0].1);
    let took = reports(&instance, Some(0)).await;
    assert!(took <= spare, "{took:?} beside looking for answers");
    // Where less of the machine is free, less is counted, and what is late may pass unseen.
    let took = reports(&instance, None).await;
    let most = 2 * patience(&instance) + spare;
    assert!(took <= most, "{took:?} in all, of {most:?} on two threads");
}
