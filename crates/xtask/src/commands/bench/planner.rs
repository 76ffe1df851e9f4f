//! `cargo xtask bench planner`: what the planner finds in how many seconds, against the best
//! known and a plain greedy.
//!
//! The figures are of one run on one machine; costs are whole numbers that anybody can check
//! with `luot plan check`.

use std::fs;
use std::process::{Command as Process, Stdio};

use serde_json::{Value, json};

use crate::support::{Context, Result};

/// The instances in order of size.
const INSTANCES: [&str; 7] = [
    "binh-gia-2023",
    "commune-1",
    "commune-1-breakdown",
    "commune-tight-1",
    "commune-tight-1-breakdown",
    "district-1",
    "province-1",
];

pub(super) fn planner(context: &Context, arguments: &[String]) -> Result<()> {
    let (mut seconds, mut seed) = ("1,2,5,20".to_owned(), "1".to_owned());
    let mut names: Vec<String> = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().cloned().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--seconds" => seconds = value()?,
            "--seed" => seed = value()?,
            name => names.push(name.to_owned()),
        }
    }
    let all = names.is_empty();
    if all {
        names = INSTANCES.map(str::to_owned).to_vec();
    }
    let folder = context.root.join("tests/instances");
    let reference: Value = serde_json::from_slice(&fs::read(folder.join("reference.json"))?)?;
    let paths: Vec<_> = names
        .iter()
        .map(|name| folder.join(format!("{name}.json")))
        .collect();

    println!(
        "{:<28}{:>9}{:>12}{:>12}{:>9}{:>12}{:>9}{:>12}",
        "instance", "seconds", "cost", "reference", "ratio", "greedy", "ratio", "steps"
    );
    let mut rows = Vec::new();
    for (name, path) in names.iter().zip(paths) {
        let path = path.display().to_string();
        let lines = bench(
            context,
            &["--seconds", &seconds, "--seed", &seed, path.as_str()],
        )?;
        for mut row in lines {
            if row["ok"] != true {
                return Err(format!("{name}: a plan breaks rules: {}", row["broken"]).into());
            }
            let known = &reference[name.as_str()];
            let ratio = |to: &Value| match (row["cost"].as_f64(), to.as_f64()) {
                (Some(cost), Some(to)) if to > 0.0 => format!("{:.3}", cost / to),
                _ => "–".to_owned(),
            };
            println!(
                "{name:<28}{:>9}{:>12}{:>12}{:>9}{:>12}{:>9}{:>12}",
                row["seconds"],
                row["cost"],
                shown(&known["reference"]),
                ratio(&known["reference"]),
                shown(&known["greedy"]),
                ratio(&known["greedy"]),
                row["steps"],
            );
            row["instance"] = json!(name);
            row["reference"] = known["reference"].clone();
            row["greedy"] = known["greedy"].clone();
            rows.push(row);
        }
    }
    let scaling = if all { scaling(context)? } else { Vec::new() };
    let folder = context.root.join("target/bench");
    fs::create_dir_all(&folder)?;
    let saved = json!({ "instances": rows, "scaling": scaling });
    fs::write(
        folder.join("planner.json"),
        serde_json::to_string_pretty(&saved)? + "\n",
    )?;
    Ok(())
}

/// How time grows with cohorts: made-up provinces of growing size, forty steps a cohort.
fn scaling(context: &Context) -> Result<Vec<Value>> {
    let rows = bench(context, &["--scaling"])?;
    println!("\ntime for the first plan, and for forty steps a cohort:");
    for row in &rows {
        println!("{row}");
    }
    Ok(rows)
}

/// Runs the planner's bench; its lines of JSON.
fn bench(context: &Context, arguments: &[&str]) -> Result<Vec<Value>> {
    let done = Process::new("cargo")
        .args(["run", "--quiet", "--release", "--package", "luot-planner"])
        .args(["--example", "bench", "--"])
        .args(arguments)
        .current_dir(&context.root)
        .stderr(Stdio::inherit())
        .output()?;
    if !done.status.success() {
        return Err(format!("the bench failed with {arguments:?}").into());
    }
    let mut rows = Vec::new();
    for line in String::from_utf8(done.stdout)?.lines() {
        rows.push(serde_json::from_str(line)?);
    }
    Ok(rows)
}

fn shown(value: &Value) -> String {
    if value.is_null() {
        "–".to_owned()
    } else {
        value.to_string()
    }
}
