//! `cargo xtask schemathesis`: the running service against its own API document.
//!
//! Schemathesis makes requests from `/openapi.json`, valid and invalid ones, with a fixed seed and in bounded time,
//! first as anybody, then as staff. A status that is not documented, an answer off its schema, a 5xx: each is a finding.

use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::Command as Chore;
use crate::support::throwaway::Folder;
use crate::support::tools::{self, Need};
use crate::support::{Context, Result, luot, python, run_to_end};

pub(crate) const COMMAND: Chore = Chore {
    name: "schemathesis",
    about: "try the running service against its API document",
    help: "Builds the service, loads the demonstration into a database of its own, serves it on a free port,
and lets schemathesis (installed into a virtual environment in the cache) make up requests.",
    run,
};

/// Who asks, and for how long at most. Together four minutes.
const VISITORS: &[(&str, bool, u32)] = &[("anonymous", false, 90), ("staff", true, 150)];

/// What the answers are checked for.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

fn run(context: &Context, arguments: &[String]) -> Result<()> {
    if !arguments.is_empty() {
        return Err("schemathesis takes no arguments".into());
    }
    tools::ensure(&[Need::Python])?;
    check(context)
}

/// Runs it as every visitor; fails on any finding.
pub(crate) fn check(context: &Context) -> Result<()> {
    let python = python::environment(
        context,
        "schemathesis",
        include_str!("../../schemathesis-requirements.txt"),
    )?;
    let built = luot::build(context)?;

    let folder = Folder::new("fuzz")?;
    // A copy, so that a build beside this run does not change what is being tried.
    let program = folder.path().join("luot");
    std::fs::copy(&built, &program)?;
    let url = format!("sqlite:{}", folder.path().join("luot.db").display());
    run_to_end(luot::demo_once(&program, &url, folder.path()).stdout(Stdio::null()))?;
    let token = luot::staff_token(&program, &url, &[])?;
    let reports = folder.path().join("reports");
    std::fs::create_dir(&reports)?;
    let (server, address) = luot::serve(&program, &url, folder)?;

    let mut findings = Vec::new();
    for (visitor, with_token, seconds) in VISITORS {
        println!("as {visitor}, for at most {seconds} s:");
        let report = reports.join(format!("{visitor}.json"));
        let mut command = bounded(&python, *seconds);
        command
            .args(arguments(&address, &report))
            .current_dir(&reports);
        if *with_token {
            command
                .arg("--header")
                .arg(format!("Authorization: Bearer {token}"));
        }
        // How it ends is in the report; the status does not tell a finding from the end of its time.
        command
            .status()
            .map_err(|failure| format!("cannot start schemathesis: {failure}"))?;
        let text = std::fs::read_to_string(&report).map_err(|_| "schemathesis left no report")?;
        findings.extend(
            complaint(&serde_json::from_str(&text)?, *with_token)
                .map(|what| format!("as {visitor}, {what}")),
        );
    }
    if findings.is_empty() {
        return Ok(());
    }
    let log = crate::support::throwaway::tail(&server.log(), 20);
    println!("\nthe service's last words:\n{log}");
    Err(findings.join("; ").into())
}

/// Python's schemathesis, interrupted (upon which it still reports) when its time is over.
fn bounded(python: &Path, seconds: u32) -> Command {
    let mut command = Command::new("timeout");
    // In the foreground, so that Ctrl-C reaches it.
    command.args([
        "--foreground",
        "--signal=INT",
        "--kill-after=30",
        &seconds.to_string(),
    ]);
    command.arg(python).args(["-m", "schemathesis.cli"]);
    command.stdin(Stdio::null());
    command
}

fn arguments(address: &str, report: &Path) -> Vec<String> {
    let mut words: Vec<String> = [
        "run",
        "--no-color",
        "--seed=1",
        "--workers=1",
        "--max-examples=30",
        // Not the stateful phase: it grows with the square of the operations.
        "--phases=examples,coverage,fuzzing",
        // Nothing is remembered from one run to the next.
        "--generation-database=none",
        "--suppress-health-check=all",
        "--request-timeout=10",
        "--warnings=missing_auth",
        "--report=json",
        // A stream of events has no end; tests/line/events.rs reads it.
        "--exclude-operation-id=follow_line",
    ]
    .map(str::to_owned)
    .to_vec();
    words.push(format!("--checks={CHECKS}"));
    words.push(format!("--report-json-path={}", report.display()));
    words.push(format!("{address}/openapi.json"));
    words
}

/// What we read of schemathesis' report.
#[derive(Deserialize)]
struct Report {
    stop_reason: String,
    operations: Operations,
    test_cases: Cases,
    failures: Vec<Failure>,
    errors: Vec<serde_json::Value>,
    warnings: Warnings,
}

#[derive(Deserialize)]
struct Operations {
    selected: usize,
    tested: usize,
}

#[derive(Deserialize)]
struct Cases {
    generated: usize,
}

#[derive(Deserialize)]
struct Failure {
    title: String,
    operations: Vec<String>,
}

#[derive(Deserialize)]
struct Warnings {
    missing_auth: Vec<serde_json::Value>,
}

/// What is wrong, if anything. A run that was cut short is fine when every operation had its turn.
fn complaint(report: &Report, with_token: bool) -> Option<String> {
    let Report {
        operations,
        test_cases,
        failures,
        errors,
        ..
    } = report;
    println!(
        "{} requests to {} of {} operations",
        test_cases.generated, operations.tested, operations.selected
    );
    if !failures.is_empty() {
        let each = failures
            .iter()
            .map(|failure| format!("{} ({})", failure.title, failure.operations.join(", ")));
        return Some(each.collect::<Vec<_>>().join("; "));
    }
    if !errors.is_empty() {
        return Some(format!(
            "schemathesis met {} errors of its own",
            errors.len()
        ));
    }
    if operations.selected == 0 || test_cases.generated == 0 {
        return Some("nothing was tried".to_owned());
    }
    if operations.tested < operations.selected {
        return Some(format!(
            "not every operation was tried (it ended: {})",
            report.stop_reason
        ));
    }
    // Each entry is an operation that answered 401 or 403 to whatever was tried.
    if with_token && report.warnings.missing_auth.len() >= operations.tested {
        return Some("the token was not accepted anywhere".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn verdict(change: &str, expected: Option<&str>) {
        let mut report = serde_json::json!({
            "stop_reason": "completed",
            "operations": { "total": 3, "selected": 2, "tested": 2 },
            "test_cases": { "generated": 60 },
            "failures": [],
            "errors": [],
            "warnings": { "missing_auth": [] },
        });
        let change: serde_json::Value = serde_json::from_str(change).unwrap();
        for (key, value) in change.as_object().unwrap() {
            report[key] = value.clone();
        }
        let found = complaint(&serde_json::from_value(report).unwrap(), true);
        match expected {
            None => assert_eq!(found, None),
            Some(part) => assert!(
                found.clone().unwrap_or_default().contains(part),
                "{found:?}"
            ),
        }
    }

    #[test]
    fn a_clean_run_passes_even_when_its_time_was_over() {
        verdict("{}", None);
        verdict(r#"{ "stop_reason": "interrupted" }"#, None);
    }

    #[test]
    fn a_finding_names_the_operation() {
        let change = r#"{ "failures": [{ "title": "Server error", "operations": ["PUT /items"], "count": 1 }] }"#;
        verdict(change, Some("Server error (PUT /items)"));
    }

    #[test]
    fn a_run_that_proves_nothing_fails() {
        verdict(r#"{ "errors": [{}] }"#, Some("1 errors"));
        verdict(r#"{ "test_cases": { "generated": 0 } }"#, Some("nothing"));
        verdict(
            r#"{ "operations": { "selected": 2, "tested": 1 } }"#,
            Some("not every operation"),
        );
        verdict(
            r#"{ "warnings": { "missing_auth": ["GET /a", "GET /b"] } }"#,
            Some("token"),
        );
    }
}
