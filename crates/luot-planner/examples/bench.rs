//! Runs the search on instance files and prints the cost after so many seconds, one line of JSON each.
use std::error::Error;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use luot_planner::{Limit, read_instance, solve};

fn main() -> Result<(), Box<dyn Error>> {
    let mut seconds: Vec<f64> = vec![1.0, 2.0, 5.0, 20.0];
    let mut seed = 1;
    let mut out = None;
    let mut steps: Option<u64> = None;
    let mut unknown = false;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--seconds" => {
                seconds = args
                    .next()
                    .unwrap_or_default()
                    .split(',')
                    .map(str::parse)
                    .collect::<Result<_, _>>()?
            }
            "--seed" => seed = args.next().unwrap_or_default().parse()?,
            "--unknown" => unknown = true,
            "--out" => out = args.next(),
            "--steps" => {
                steps = Some(args.next().unwrap_or_default().parse()?);
                seconds = vec![0.0];
            }
            path => {
                let value = serde_json::from_slice(&std::fs::read(path)?)?;
                let (instance, _) =
                    read_instance(&value).map_err(|faults| format!("{faults:?}"))?;
                for s in &seconds {
                    let begun = Instant::now();
                    let until = || begun.elapsed() >= Duration::from_secs_f64(*s);
                    let share = || begun.elapsed().as_secs_f64() / *s;
                    let limit = if unknown {
                        Limit::Until(&until)
                    } else {
                        Limit::Share(&share)
                    };
                    let solution = solve(
                        &instance,
                        seed,
                        steps.map_or(limit, Limit::Steps),
                        &mut |_| ControlFlow::Continue(()),
                    );
                    let a = &solution.assessment;
                    println!(
                        "{}",
                        serde_json::json!({"instance": instance.name, "seconds": s, "took": begun.elapsed().as_secs_f64(), "ok": a.ok, "cost": a.cost, "terms": a.terms, "steps": solution.steps, "broken": a.broken})
                    );
                    if let Some(out) = &out {
                        std::fs::write(out, serde_json::to_vec(&solution.plan)?)?;
                    }
                }
            }
        }
    }
    Ok(())
}
