//! Measures the search: the cost after so many seconds, and how its steps grow with the cohorts. JSON lines.
//!
//! ```text
//! bench [--seconds 1,2,5,20] [--seed 1] [--steps N] [--unknown] [--out PLAN.json] INSTANCE.json…
//! bench --scaling            made-up campaigns of growing size: time for a first plan and for a thousand steps
//! bench --made KIND:SEED     a made-up campaign as an instance (commune, tight, district, province), printed
//! bench --rebalance INSTANCE.json…   time and cost of proposals when the first machine fails for three days
//! ```
use std::error::Error;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use luot_planner::generate::{Kind, generate};
use luot_planner::{
    Disruption, Instance, Limit, Moment, Solution, proposals, read_instance, solve,
};
use serde_json::{Value, json};

type Outcome = Result<(), Box<dyn Error>>;

struct Options {
    seconds: Vec<f64>,
    seed: u64,
    steps: Option<u64>,
    unknown: bool,
    out: Option<String>,
    rebalance: bool,
}

fn main() -> Outcome {
    let mut options = Options {
        seconds: vec![1.0, 2.0, 5.0, 20.0],
        seed: 1,
        steps: None,
        unknown: false,
        out: None,
        rebalance: false,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut next = || args.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--seconds" => {
                options.seconds = next()?
                    .split(',')
                    .map(str::parse)
                    .collect::<Result<_, _>>()?
            }
            "--seed" => options.seed = next()?.parse()?,
            "--steps" => options.steps = Some(next()?.parse()?),
            "--unknown" => options.unknown = true,
            "--out" => options.out = Some(next()?),
            "--rebalance" => options.rebalance = true,
            "--scaling" => scaling(options.seed),
            "--made" => println!("{}", serde_json::to_string(&made(&next()?)?)?),
            path if options.rebalance => rebalance(&read(path)?, &options)?,
            path => measure(&read(path)?, &options)?,
        }
    }
    Ok(())
}

fn read(path: &str) -> Result<Instance, Box<dyn Error>> {
    let value: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    let (instance, _) = read_instance(&value).map_err(|faults| format!("{path}: {faults:?}"))?;
    Ok(instance)
}

fn made(what: &str) -> Result<Instance, Box<dyn Error>> {
    let (kind, seed) = what.split_once(':').unwrap_or((what, "1"));
    let kind = match kind {
        "commune" => Kind::Commune,
        "tight" => Kind::CommuneTight,
        "district" => Kind::District(8),
        "province" => Kind::Province(120),
        _ => return Err(format!("no kind {kind}").into()),
    };
    Ok(generate(kind, seed.parse()?))
}

fn run(instance: &Instance, seed: u64, limit: Limit<'_>) -> (Solution, f64) {
    let begun = Instant::now();
    let solution = solve(instance, seed, limit, &mut |_| ControlFlow::Continue(()));
    (solution, begun.elapsed().as_secs_f64())
}

fn line(instance: &Instance, seconds: f64, took: f64, solution: &Solution) {
    let a = &solution.assessment;
    let line = json!({
        "instance": instance.name, "cohorts": instance.cohorts.len(), "seconds": seconds, "took": took,
        "ok": a.ok, "cost": a.cost, "terms": a.terms, "steps": solution.steps,
    });
    println!("{line}");
}

fn measure(instance: &Instance, options: &Options) -> Outcome {
    let mut last = None;
    if let Some(steps) = options.steps {
        let (solution, took) = run(instance, options.seed, Limit::Steps(steps));
        line(instance, took, took, &solution);
        last = Some(solution);
    } else {
        for &seconds in &options.seconds {
            let begun = Instant::now();
            let until = || begun.elapsed() >= Duration::from_secs_f64(seconds);
            let share = || begun.elapsed().as_secs_f64() / seconds;
            let limit = if options.unknown {
                Limit::Until(&until)
            } else {
                Limit::Share(&share)
            };
            let (solution, took) = run(instance, options.seed, limit);
            line(instance, seconds, took, &solution);
            last = Some(solution);
        }
    }
    if let (Some(out), Some(solution)) = (&options.out, last) {
        std::fs::write(out, serde_json::to_vec(&solution.plan)?)?;
    }
    Ok(())
}

/// Near-linear growth shows as a near-constant time for a cohort.
fn scaling(seed: u64) {
    for communes in [8, 15, 30, 60, 120, 240] {
        let instance = generate(Kind::Province(communes), seed);
        let cohorts = instance.cohorts.len();
        let (_, first) = run(&instance, seed, Limit::Steps(0));
        let steps = 40 * cohorts as u64;
        let (solution, took) = run(&instance, seed, Limit::Steps(steps));
        let line = json!({
            "scaling": instance.name, "cohorts": cohorts, "machines": instance.machines.len(), "sites": instance.sites.len(),
            "first_plan_seconds": first, "first_plan_microseconds_a_cohort": first * 1e6 / cohorts as f64,
            "forty_steps_a_cohort_seconds": took, "microseconds_a_cohort": took * 1e6 / cohorts as f64,
            "cost": solution.assessment.cost, "cost_a_cohort": solution.assessment.cost as f64 / cohorts as f64, "unserved": solution.assessment.terms.unserved,
        });
        println!("{line}");
    }
}

fn rebalance(instance: &Instance, options: &Options) -> Outcome {
    for &seconds in &options.seconds {
        let mut instance = instance.clone();
        if instance.published.is_none() {
            instance.published = Some(
                run(
                    &instance,
                    options.seed,
                    Limit::Steps(100 * instance.cohorts.len() as u64),
                )
                .0
                .plan,
            );
        }
        let today = instance.start + chrono::Days::new(7);
        instance.frozen_before.get_or_insert(today);
        let from = instance.frozen_before.unwrap_or(today);
        let shift = |n: usize| {
            instance
                .shifts
                .get(n)
                .map(|s| s.id.clone())
                .unwrap_or_default()
        };
        let disruption = Disruption::MachineOut {
            machine: instance
                .machines
                .first()
                .map(|m| m.id.clone())
                .unwrap_or_default(),
            from: Moment {
                date: from,
                shift: shift(0),
            },
            to: Moment {
                date: from + chrono::Days::new(2),
                shift: shift(instance.shifts.len() - 1),
            },
        };
        let begun = Instant::now();
        let share = || begun.elapsed().as_secs_f64() / seconds;
        let answer = proposals(
            &instance,
            &disruption,
            options.seed,
            Limit::Share(&share),
            &mut |_| ControlFlow::Continue(()),
        );
        let answer = answer.map_err(|faults| format!("{faults:?}"))?;
        let took = begun.elapsed().as_secs_f64();
        let found: Vec<Value> = answer.proposals.iter().map(|p| json!({"kind": p.kind, "title": p.title, "cost": p.assessment.cost, "ok": p.assessment.ok})).collect();
        println!(
            "{}",
            json!({"rebalance": instance.name, "cohorts": instance.cohorts.len(), "seconds": seconds, "took": took, "proposals": found})
        );
    }
    Ok(())
}
