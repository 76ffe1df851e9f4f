//! `cargo xtask bench rush`: how many bookings a second the service takes, and what that is
//! against plain PostgreSQL and a bare handler on the same machine in the same minute.
//!
//! Everything runs here: the load, the service, PostgreSQL, Redis. So the ratios say more than
//! the figures. Each round measures everything once; what is told is the median of the rounds,
//! for a ratio the median of the rounds' ratios. After each run the database is asked whether
//! it holds what was answered.

mod stage;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{Context, Result};
use stage::{Measured, Stage};

/// How the service is measured.
#[derive(Clone, Copy)]
struct Effort {
    rounds: usize,
    seconds: f64,
    /// Appointments in the large table.
    many: u32,
}

/// The loads, in the order in which a round runs them.
const LOADS: [&str; 10] = [
    "plain-hot",
    "hot",
    "plain-spread",
    "spread",
    "full",
    "joins",
    "many",
    "bare",
    "reads",
    "embedded",
];

/// A ratio of two loads, what it says, and the least it should be.
struct Figure {
    of: &'static str,
    to: &'static str,
    says: &'static str,
    least: Option<f64>,
}

const FIGURES: [Figure; 7] = [
    Figure {
        of: "hot",
        to: "plain-hot",
        says: "bookings in one window ÷ plain transactions on one row",
        least: Some(5.0),
    },
    Figure {
        of: "spread",
        to: "plain-spread",
        says: "bookings in 200 windows ÷ plain transactions on 200 rows",
        least: Some(0.8),
    },
    Figure {
        of: "full",
        to: "hot",
        says: "refusals of a sold-out window ÷ bookings",
        least: Some(3.0),
    },
    Figure {
        of: "joins",
        to: "hot",
        says: "parties that join a waitlist ÷ bookings",
        least: None,
    },
    Figure {
        of: "reads",
        to: "bare",
        says: "reads of availability ÷ a bare handler's",
        least: Some(0.7),
    },
    Figure {
        of: "many",
        to: "hot",
        says: "bookings beside 1,000,000 appointments ÷ beside 10,000",
        least: Some(0.9),
    },
    Figure {
        of: "embedded",
        to: "hot",
        says: "bookings on SQLite ÷ on PostgreSQL",
        least: None,
    },
];

/// The longest that one in a hundred may wait, in milliseconds.
const P99_MOST: f64 = 150.0;
/// The most memory the service may have had at any time, in MiB.
const MEMORY_MOST: f64 = 150.0;

pub(super) fn rush(context: &Context, arguments: &[String]) -> Result<()> {
    let mut effort = Effort {
        rounds: 5,
        seconds: 6.0,
        many: 1_000_000,
    };
    let mut wanted: Vec<&str> = Vec::new();
    let mut programs = None;
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--rounds" => effort.rounds = value()?.parse()?,
            "--seconds" => effort.seconds = value()?.parse()?,
            "--programs" => programs = Some(PathBuf::from(value()?)),
            "--short" => {
                effort = Effort {
                    rounds: 1,
                    seconds: 2.0,
                    many: 100_000,
                }
            }
            name => match LOADS.iter().find(|load| **load == name) {
                Some(load) => wanted.push(load),
                None => return Err(format!("no load `{name}`; there are {LOADS:?}").into()),
            },
        }
    }
    if wanted.is_empty() {
        wanted = LOADS.to_vec();
    }

    let mut stage = Stage::set(context, programs, effort.seconds)?;
    let mut seen: BTreeMap<&str, Vec<Measured>> = BTreeMap::new();
    for round in 0..effort.rounds {
        println!("round {} of {}", round + 1, effort.rounds);
        for load in LOADS.iter().filter(|load| wanted.contains(load)) {
            let measured = stage.run(load, effort.many)?;
            println!("  {}", line(load, std::slice::from_ref(&measured)));
            seen.entry(load).or_default().push(measured);
        }
    }
    report(context, effort, &seen)
}

fn report(context: &Context, effort: Effort, seen: &BTreeMap<&str, Vec<Measured>>) -> Result<()> {
    println!(
        "\n{:<14}{:>12}{:>10}{:>10}{:>10}   processor µs an answer: service, PostgreSQL, load",
        "median", "a second", "p50 ms", "p99 ms", "MiB"
    );
    let mut loads = Vec::new();
    for load in LOADS {
        let Some(runs) = seen.get(load) else { continue };
        println!("{}", line(load, runs));
        loads.push(json!({
            "load": load,
            "per_second": median(runs, |m| Some(m.per_second)),
            "p50_ms": median(runs, |m| Some(m.p50)),
            "p99_ms": median(runs, |m| Some(m.p99)),
            "memory_mib": highest(runs),
            "cpu_us": cpu(runs),
            "runs": runs.iter().map(|m| m.per_second).collect::<Vec<_>>(),
        }));
    }
    println!("\n{:<60}{:>8}{:>8}", "figure", "is", "target");
    let mut figures = Vec::new();
    let mut tell = |says: &str, is: Option<f64>, target: String, good: Option<bool>| {
        let shown = is.map_or("–".to_owned(), |is| format!("{is:.2}"));
        let verdict = match good {
            Some(false) => "  missed",
            _ => "",
        };
        println!("{says:<60}{shown:>8}{target:>8}{verdict}");
        figures.push(json!({ "figure": says, "is": is, "target": target, "met": good }));
    };
    for figure in FIGURES {
        let (Some(of), Some(to)) = (seen.get(figure.of), seen.get(figure.to)) else {
            continue;
        };
        let ratios: Vec<f64> = of
            .iter()
            .zip(to)
            .map(|(of, to)| of.per_second / to.per_second)
            .collect();
        let is = middle(ratios);
        let good = is.zip(figure.least).map(|(is, least)| is >= least);
        let target = figure.least.map_or("–".to_owned(), |l| format!("≥ {l}"));
        tell(figure.says, is, target, good);
    }
    // What is not ours has no memory here.
    let ours = || seen.values().filter(|runs| highest(runs).is_some());
    let slowest = seen
        .iter()
        .filter(|(load, runs)| **load != "joins" && highest(runs).is_some())
        .map(|(_, runs)| runs)
        .filter_map(|runs| median(runs, |m| Some(m.p99)))
        .reduce(f64::max);
    let largest = ours().filter_map(|runs| highest(runs)).reduce(f64::max);
    tell(
        "longest wait of 99 in 100, in any of them but joins, ms",
        slowest,
        format!("≤ {P99_MOST}"),
        slowest.map(|is| is <= P99_MOST),
    );
    tell(
        "most memory of the service, in any of them, MiB",
        largest,
        format!("≤ {MEMORY_MOST}"),
        largest.map(|is| is <= MEMORY_MOST),
    );
    let saved = json!({
        "rounds": effort.rounds, "seconds": effort.seconds, "many": effort.many,
        "loads": loads, "figures": figures,
    });
    save(context, &saved)
}

fn save(context: &Context, saved: &Value) -> Result<()> {
    let folder = context.root.join("target/bench");
    fs::create_dir_all(&folder)?;
    let text = serde_json::to_string_pretty(saved)? + "\n";
    Ok(fs::write(folder.join("rush.json"), text)?)
}

fn line(load: &str, runs: &[Measured]) -> String {
    let shown = |value: Option<f64>| {
        let known = value.filter(|v| v.is_finite());
        known.map_or("–".to_owned(), |v| format!("{v:.1}"))
    };
    format!(
        "{load:<14}{:>12}{:>10}{:>10}{:>10}   {}",
        median(runs, |m| Some(m.per_second)).map_or("–".to_owned(), |v| format!("{v:.0}")),
        shown(median(runs, |m| Some(m.p50))),
        shown(median(runs, |m| Some(m.p99))),
        shown(highest(runs)),
        cpu(runs).map(|us| format!("{us:>6.0}")).join(" "),
    )
}

fn median(runs: &[Measured], of: impl Fn(&Measured) -> Option<f64>) -> Option<f64> {
    middle(runs.iter().filter_map(of).collect())
}

/// Processor time for an answer: of the service, of PostgreSQL, of the load.
fn cpu(runs: &[Measured]) -> [f64; 3] {
    [0, 1, 2].map(|of| median(runs, |m| m.cpu.get(of).copied()).unwrap_or(0.0))
}

fn highest(runs: &[Measured]) -> Option<f64> {
    runs.iter().filter_map(|m| m.memory).reduce(f64::max)
}

fn middle(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() % 2 {
        0 => Some((values.get(half.checked_sub(1)?)? + values.get(half)?) / 2.0),
        _ => values.get(half).copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_one_in_the_middle_or_between_the_two() {
        assert_eq!(middle(vec![]), None);
        assert_eq!(middle(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(middle(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }
}
