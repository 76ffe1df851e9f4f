//! `luot plan`: rotation problems in files.

use std::io::{IsTerminal as _, Write as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use luot_planner::{Fault, Instance, Limit, Progress};
use serde_json::{Value, json};

use super::Failure;
use crate::config::Plan;

/// How a file that cannot be used is told: as the reference judge does.
const UNUSABLE: u8 = 2;

pub(super) fn run(command: &Plan) -> Result<ExitCode, Failure> {
    match command {
        Plan::Solve {
            instance,
            output,
            seconds,
            steps,
            seed,
        } => {
            let Some(instance) = read_instance(instance)? else {
                return Ok(ExitCode::from(UNUSABLE));
            };
            let began = Instant::now();
            let deadline = Duration::from_secs(*seconds);
            let gone = || began.elapsed().as_secs_f64() / deadline.as_secs_f64().max(0.001);
            let limit = match steps {
                Some(steps) => Limit::Steps(*steps),
                None => Limit::Share(&gone),
            };
            let mut bar = Bar::new(began, steps.is_none().then_some(deadline));
            let solution = luot_planner::solve(&instance, *seed, limit, &mut |seen| bar.show(seen));
            bar.end();
            let found = &solution.assessment;
            eprintln!(
                "cost {} after {} steps: {}",
                found.cost,
                solution.steps,
                serde_json::to_string(&found.terms)?
            );
            let text = serde_json::to_string(&solution.plan)?;
            match output {
                Some(path) => std::fs::write(path, text + "\n")?,
                None => println!("{text}"),
            }
            Ok(if found.ok {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        Plan::Check { instance, plan } => {
            let (Some(instance), Some(plan)) = (read_instance(instance)?, read_plan(plan)?) else {
                return Ok(ExitCode::from(UNUSABLE));
            };
            let found = luot_planner::check(&instance, &plan);
            println!(
                "{}",
                json!({
                    "ok": found.ok,
                    "cost": found.cost,
                    "terms": found.terms,
                    "broken": found.broken,
                })
            );
            Ok(if found.ok {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
    }
}

fn read_json(path: &Path) -> Result<Option<Value>, Failure> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            return Ok(None);
        }
    };
    match serde_json::from_slice(&bytes) {
        Ok(value) => Ok(Some(value)),
        Err(error) => {
            eprintln!("{}: not JSON: {error}", path.display());
            Ok(None)
        }
    }
}

fn read_instance(path: &Path) -> Result<Option<Instance>, Failure> {
    let Some(value) = read_json(path)? else {
        return Ok(None);
    };
    match luot_planner::read_instance(&value) {
        Ok((instance, findings)) => {
            for finding in findings {
                eprintln!("note: {}: {}", finding.pointer, finding.detail);
            }
            Ok(Some(instance))
        }
        Err(faults) => {
            tell(path, &faults);
            Ok(None)
        }
    }
}

fn read_plan(path: &Path) -> Result<Option<luot_planner::Plan>, Failure> {
    let Some(value) = read_json(path)? else {
        return Ok(None);
    };
    match luot_planner::read_plan(&value) {
        Ok(plan) => Ok(Some(plan)),
        Err(faults) => {
            tell(path, &faults);
            Ok(None)
        }
    }
}

fn tell(path: &Path, faults: &[Fault]) {
    for fault in faults {
        eprintln!("{}{}: {}", path.display(), fault.pointer, fault.detail);
    }
}

/// A line that tells how far it is, on a terminal.
struct Bar {
    began: Instant,
    deadline: Option<Duration>,
    shown: Option<Instant>,
    on: bool,
}

impl Bar {
    const EVERY: Duration = Duration::from_millis(100);

    fn new(began: Instant, deadline: Option<Duration>) -> Self {
        Self {
            began,
            deadline,
            shown: None,
            on: std::io::stderr().is_terminal(),
        }
    }

    fn show(&mut self, seen: &Progress) -> ControlFlow<()> {
        if self.on && self.shown.is_none_or(|at| at.elapsed() >= Self::EVERY) {
            self.shown = Some(Instant::now());
            let done = self.began.elapsed();
            let part = self.deadline.map_or(0.0, |all| {
                (done.as_secs_f64() / all.as_secs_f64().max(0.001)).min(1.0)
            });
            // A share of thirty, so it fits.
            let filled = (part * 30.0) as usize;
            eprint!(
                "\r[{}{}] {:5.1} s  best cost {}   ",
                "█".repeat(filled),
                " ".repeat(30 - filled),
                done.as_secs_f64(),
                seen.cost
            );
            drop(std::io::stderr().flush());
        }
        ControlFlow::Continue(())
    }

    fn end(&self) {
        if self.on {
            eprintln!();
        }
    }
}
