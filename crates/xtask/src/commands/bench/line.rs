//! `cargo xtask bench line`: the line's index against bare Redis, and calls by fifty stations.

use std::fs;
use std::process::{Command as Process, Stdio};

use serde_json::{Value, json};

use crate::support::servers::Servers;
use crate::support::tools::{self, Need};
use crate::support::{Context, Result};

/// Operations that `redis-benchmark` counts; as many as the index does.
const REQUESTS: &str = "100000";

pub(super) fn line(context: &Context, arguments: &[String]) -> Result<()> {
    let debug = match arguments {
        [] => false,
        [word] if word == "--debug" => true,
        _ => return Err("bench line takes `--debug` or nothing".into()),
    };
    tools::ensure(&[Need::Postgres, Need::Redis])?;
    let servers = Servers::start()?;
    let bare = bare(&servers)?;
    let index = example(context, &servers, "luot-line", "index", debug)?;
    let service = example(context, &servers, "luot-testkit", "line", debug)?;

    let of = |backend: &str, what: &str| {
        let row = index.iter().find(|row| row["backend"] == backend);
        let found = row.and_then(|row| row[what].as_f64());
        found.ok_or_else(|| format!("the index told no {what} of {backend}"))
    };
    println!(
        "{:<34}{:>12}{:>12}{:>12}{:>8}",
        "operations a second", "bare Redis", "on Redis", "in memory", "ratio"
    );
    let mut rows = Vec::new();
    for (what, command) in [("tickets", "ZADD"), ("calls", "ZPOPMIN")] {
        let figure = format!("{what}_per_second");
        let (redis, memory) = (of("redis", &figure)?, of("memory", &figure)?);
        let plain = bare[command].as_f64().filter(|rate| *rate > 0.0);
        let plain = plain.ok_or_else(|| format!("redis-benchmark told no rate of {command}"))?;
        let ratio = redis / plain;
        println!(
            "{:<34}{plain:>12.0}{redis:>12.0}{memory:>12.0}{ratio:>8.2}",
            format!("{what} ({command})")
        );
        rows.push(json!({
            "what": what, "command": command, "bare": plain, "redis": redis, "memory": memory, "ratio": ratio,
        }));
    }
    for row in &service {
        println!("{row}");
    }
    let folder = context.root.join("target/bench");
    fs::create_dir_all(&folder)?;
    let saved = json!({ "index": rows, "service": service, "debug": debug });
    fs::write(
        folder.join("line.json"),
        serde_json::to_string_pretty(&saved)? + "\n",
    )?;
    Ok(())
}

/// What Redis does by itself, by its own measurement: commands a second.
fn bare(servers: &Servers) -> Result<Value> {
    let [_, (_, address)] = servers.environment();
    let port = address.rsplit(':').next().unwrap_or_default().to_owned();
    let done = Process::new("redis-benchmark")
        .args(["-p", &port, "-n", REQUESTS, "-c", "50", "-r", REQUESTS])
        .args(["-t", "zadd,zpopmin", "--csv"])
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8(done.stdout)?;
    let mut found = json!({});
    for line in text.lines().skip(1) {
        let mut cells = line.split(',').map(|cell| cell.trim_matches('"'));
        if let (Some(name), Some(rate)) = (cells.next(), cells.next()) {
            found[name] = json!(rate.parse::<f64>()?);
        }
    }
    Ok(found)
}

/// Runs an example; its lines of JSON.
fn example(
    context: &Context,
    servers: &Servers,
    package: &str,
    name: &str,
    debug: bool,
) -> Result<Vec<Value>> {
    let mut command = context.cargo();
    command.args(["run", "--quiet", "--package", package, "--example", name]);
    if !debug {
        command.arg("--release");
    }
    let done = command
        .envs(servers.environment())
        .stderr(Stdio::inherit())
        .output()?;
    if !done.status.success() {
        return Err(format!("the example {name} of {package} failed").into());
    }
    let mut rows = Vec::new();
    for line in String::from_utf8(done.stdout)?.lines() {
        rows.push(serde_json::from_str(line)?);
    }
    Ok(rows)
}
