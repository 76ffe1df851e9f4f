//! `luot plan`: rotation problems in files.

mod bar;
mod files;
mod rebalance;
mod tell;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use luot_planner::Assessment;
use serde_json::json;

use super::Failure;
use crate::config::Plan;
use bar::{Bar, Length};
use files::{read_instance, read_plan};

/// How a file that cannot be used is told: as the reference judge does.
const UNUSABLE: u8 = 2;

pub(super) fn run(command: &Plan) -> Result<ExitCode, Failure> {
    let told = match command {
        Plan::Solve {
            instance,
            output,
            search,
        } => {
            let Some(instance) = read_instance(instance)? else {
                return Ok(ExitCode::from(UNUSABLE));
            };
            let began = Instant::now();
            let length = Length::new(search.seconds, search.steps);
            let gone = || length.done(began.elapsed(), 0);
            let mut bar = Bar::new(began, length);
            let limit = length.limit(&gone);
            let solution =
                luot_planner::solve(&instance, search.seed, limit, &mut |seen| bar.show(seen));
            bar.end();
            let found = &solution.assessment;
            eprintln!(
                "cost {} after {} steps: {}",
                found.cost,
                solution.steps,
                serde_json::to_string(&found.terms)?
            );
            write(output.as_deref(), &serde_json::to_string(&solution.plan)?)?;
            Some(verdict(found))
        }
        Plan::Check { instance, plan } => check(instance, plan)?,
        Plan::Explain {
            instance,
            plan,
            language,
        } => tell::explain(instance, plan, *language)?,
        Plan::Diff {
            instance,
            before,
            after,
            language,
        } => tell::diff(instance, before, after, *language)?,
        Plan::Rebalance(args) => rebalance::run(args)?,
    };
    Ok(told.unwrap_or(ExitCode::from(UNUSABLE)))
}

/// Writes to a file, or to standard output.
fn write(path: Option<&Path>, text: &str) -> Result<(), Failure> {
    match path {
        Some(path) => std::fs::write(path, format!("{text}\n"))
            .map_err(|error| format!("{}: {error}", path.display()))?,
        None => println!("{text}"),
    }
    Ok(())
}

fn verdict(found: &Assessment) -> ExitCode {
    if found.ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn check(instance: &Path, plan: &Path) -> Result<Option<ExitCode>, Failure> {
    let (Some(instance), Some(plan)) = (read_instance(instance)?, read_plan(plan)?) else {
        return Ok(None);
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
    Ok(Some(verdict(&found)))
}
