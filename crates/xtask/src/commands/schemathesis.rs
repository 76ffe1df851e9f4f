//! `cargo xtask schemathesis`: the running service against its own API document.
//!
//! Schemathesis makes requests from `/openapi.json`, valid and invalid ones, with a fixed seed and in bounded time,
//! first as anybody, then as staff. A status that is not documented, an answer off its schema, a 5xx: each is a finding.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
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

/// Who asks.
struct Visitor {
    name: &'static str,
    /// Whether with an administrator's token.
    with_token: bool,
    /// For how long at most. Together four minutes.
    seconds: u32,
    /// What they leave out.
    not: &'static [&'static str],
    /// So many operations must let them in: answer anything but 401 and 403.
    let_in: usize,
}

const VISITORS: &[Visitor] = &[
    Visitor {
        name: "anonymous",
        with_token: false,
        seconds: 90,
        not: &[],
        // 38 of 101 on 28 November 2026.
        let_in: 35,
    },
    Visitor {
        name: "staff",
        with_token: true,
        seconds: 150,
        // The example of what it ends is `current`: whatever came afterwards was refused.
        not: &["end_sign_in"],
        // 99 of 100 on 28 November 2026: an authenticator is for who has a password.
        let_in: 95,
    },
];

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
    for visitor in VISITORS {
        let Visitor { name, seconds, .. } = visitor;
        println!("as {name}, for at most {seconds} s:");
        let report = reports.join(format!("{name}.json"));
        let before = counted(&address)?;
        let mut command = bounded(&python, *seconds);
        command
            .args(arguments(&address, &report))
            .current_dir(&reports);
        let without = visitor.not.iter();
        command.args(without.map(|id| format!("--exclude-operation-id={id}")));
        if visitor.with_token {
            command
                .arg("--header")
                .arg(format!("Authorization: Bearer {token}"));
        }
        // How it ends is in the report; the status does not tell a finding from the end of its time.
        command
            .status()
            .map_err(|failure| format!("cannot start schemathesis: {failure}"))?;
        let text = std::fs::read_to_string(&report).map_err(|_| "schemathesis left no report")?;
        let answers = answers(&before, &counted(&address)?);
        findings.extend(
            complaint(&serde_json::from_str(&text)?, answers, visitor.let_in)
                .map(|what| format!("as {name}, {what}")),
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
        "--warnings=off",
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

/// How many operations answered how, at least once.
#[derive(Clone, Copy)]
struct Answers {
    /// Otherwise than that one must say who one is, or may not.
    let_in: usize,
    /// With success.
    done: usize,
}

/// What the service counted: for each method, route and status, how many answers.
type Counted = BTreeMap<(String, String, u16), u64>;

/// Asks the service for what it has counted.
fn counted(address: &str) -> Result<Counted> {
    let host = address.trim_start_matches("http://");
    let mut connection = TcpStream::connect(host)?;
    // Of this version an answer comes in one piece, and ends when the connection does.
    write!(connection, "GET /metrics HTTP/1.0\r\nHost: {host}\r\n\r\n")?;
    let mut text = String::new();
    connection.read_to_string(&mut text)?;
    Ok(text.lines().filter_map(count).collect())
}

/// `http_requests_total{method="GET",route="/v1/me",status="200"} 3`
fn count(line: &str) -> Option<((String, String, u16), u64)> {
    let (labels, count) = line
        .strip_prefix("http_requests_total{")?
        .split_once("} ")?;
    let label = |name: &str| {
        let (_, value) = labels.split_once(&format!("{name}=\""))?;
        Some(value.split_once('"')?.0.to_owned())
    };
    let status = label("status")?.parse().ok()?;
    Some((
        (label("method")?, label("route")?, status),
        count.parse().ok()?,
    ))
}

/// What was answered between two counts, by operation.
fn answers(before: &Counted, after: &Counted) -> Answers {
    let new = after
        .iter()
        .filter(|(what, n)| before.get(*what) != Some(n));
    // What has another method is no operation.
    let new = new.filter(|((_, route, status), _)| route.starts_with('/') && *status != 405);
    let that = |is: fn(u16) -> bool| {
        let such = new.clone().filter(|((_, _, status), _)| is(*status));
        such.map(|((method, route, _), _)| (method, route))
            .collect::<BTreeSet<_>>()
            .len()
    };
    Answers {
        let_in: that(|status| ![401, 403].contains(&status)),
        done: that(|status| status < 400),
    }
}

/// What is wrong, if anything. A run that was cut short is fine when every operation had its turn.
fn complaint(report: &Report, answers: Answers, wanted: usize) -> Option<String> {
    let Report {
        operations,
        test_cases,
        failures,
        errors,
        ..
    } = report;
    println!(
        "{} requests to {} of {} operations: {} let them in, {} did what was asked",
        test_cases.generated, operations.tested, operations.selected, answers.let_in, answers.done
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
    let let_in = answers.let_in;
    (let_in < wanted).then(|| format!("only {let_in} operations let them in, not {wanted}"))
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
        });
        let change: serde_json::Value = serde_json::from_str(change).unwrap();
        for (key, value) in change.as_object().unwrap() {
            report[key] = value.clone();
        }
        let answers = Answers { let_in: 2, done: 1 };
        let found = complaint(&serde_json::from_value(report).unwrap(), answers, 2);
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
        let clean = r#"{ "stop_reason": "completed", "operations": { "selected": 2, "tested": 2 },
            "test_cases": { "generated": 60 }, "failures": [], "errors": [] }"#;
        let answers = Answers { let_in: 1, done: 1 };
        let found = complaint(&serde_json::from_str(clean).unwrap(), answers, 2);
        assert!(found.unwrap().contains("only 1 operations let them in"));
    }

    #[test]
    fn operations_are_counted_by_what_the_service_says_it_answered() {
        let line = |method: &str, route: &str, status: u16, n: u64| {
            let labels = format!(r#"method="{method}",route="{route}",status="{status}""#);
            count(&format!("http_requests_total{{{labels}}} {n}")).unwrap()
        };
        let before: Counted = [line("GET", "/v1/a", 200, 5), line("GET", "/v1/b", 200, 1)].into();
        let mut after = before.clone();
        after.extend([
            line("GET", "/v1/a", 401, 9),
            line("GET", "/v1/b", 200, 2),
            line("POST", "/v1/b", 404, 1),
            line("DELETE", "/v1/b", 405, 1),
            line("GET", "unmatched", 404, 1),
        ]);
        let answers = answers(&before, &after);
        assert_eq!((answers.let_in, answers.done), (2, 1));
        assert_eq!(count("# TYPE http_requests_total counter"), None);
    }
}
