//! `cargo xtask test`: sets up what is missing, then runs everything that CI runs.
//!
//! The steps are in one table, fastest first. A failed step does not stop the others: one run tells all there is to know.

use std::time::{Duration, Instant};

use super::{openapi, schemathesis, tidy};
use crate::Command;
use crate::support::servers::Servers;
use crate::support::tools::{self, Need};
use crate::support::{self, Context, Result, run_to_end};

pub(crate) const COMMAND: Command = Command {
    name: "test",
    about: "do all set-up, then check and test everything (what CI runs)",
    help: "  cargo xtask test                              all steps
  cargo xtask test --only STEP [--only STEP]    some of them
  cargo xtask test --only test -- ARGUMENTS     the arguments go to `cargo test`

Steps: fmt, tidy, deny, clippy, test, openapi, schemathesis, docs.
What is missing (PostgreSQL, Redis, Python's venv) is installed with apt-get; it says so when it does.
The PostgreSQL and the Redis that the tests use are started for them on free ports and deleted afterwards.",
    run,
};

/// One step of the pipeline.
struct Step {
    name: &'static str,
    needs: &'static [Need],
    run: fn(&Context, &[String]) -> Result<()>,
}

/// The pipeline, fastest first.
const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        needs: &[Need::Rustfmt],
        run: fmt,
    },
    Step {
        name: "tidy",
        needs: &[],
        run: |context, _| tidy::check(context),
    },
    Step {
        name: "deny",
        needs: &[],
        run: deny,
    },
    Step {
        name: "clippy",
        needs: &[Need::Clippy],
        run: clippy,
    },
    Step {
        name: "test",
        needs: &[Need::Postgres, Need::Redis],
        run: cargo_test,
    },
    Step {
        name: "openapi",
        needs: &[],
        run: |context, _| openapi::check(context),
    },
    Step {
        name: "schemathesis",
        needs: &[Need::Python],
        run: |context, _| schemathesis::check(context),
    },
    Step {
        name: "docs",
        needs: &[],
        run: docs,
    },
];

fn run(context: &Context, arguments: &[String]) -> Result<()> {
    let (chosen, for_cargo) = choose(arguments)?;
    let names: Vec<&str> = chosen.iter().map(|step| step.name).collect();
    println!("test: {}", names.join(", "));
    let needs: Vec<Need> = chosen
        .iter()
        .flat_map(|step| step.needs.iter().copied())
        .collect();
    tools::ensure(&needs)?;

    let mut rows = Vec::new();
    for step in chosen {
        println!("\n==> {}", step.name);
        let begun = Instant::now();
        let outcome = (step.run)(context, &for_cargo);
        if let Err(failure) = &outcome {
            eprintln!("{}: {failure}", step.name);
        }
        rows.push((step.name, outcome.is_ok(), begun.elapsed()));
    }
    print!("\n{}", table(&rows));
    let failed: Vec<&str> = rows
        .iter()
        .filter(|(_, passed, _)| !passed)
        .map(|(name, ..)| *name)
        .collect();
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("failed: {}", failed.join(", ")).into())
    }
}

/// The steps asked for, in the pipeline's order, and the words for `cargo test`.
fn choose(arguments: &[String]) -> Result<(Vec<&'static Step>, Vec<String>)> {
    let mut words = arguments.iter();
    let mut only = Vec::new();
    while let Some(word) = words.next() {
        let name = match word.as_str() {
            "--" => break,
            "--only" => words.next().map_or("", String::as_str),
            other => other.strip_prefix("--only=").ok_or_else(|| {
                format!("unknown argument {other}; what is for `cargo test` comes after `--`")
            })?,
        };
        if !STEPS.iter().any(|step| step.name == name) {
            let known: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
            return Err(
                format!("there is no step `{name}`; there are {}", known.join(", ")).into(),
            );
        }
        only.push(name);
    }
    let chosen = STEPS
        .iter()
        .filter(|step| only.is_empty() || only.contains(&step.name))
        .collect();
    Ok((chosen, words.cloned().collect()))
}

fn fmt(context: &Context, _: &[String]) -> Result<()> {
    run_to_end(context.cargo().args(["fmt", "--all", "--check"]))
}

/// Licences, bans and duplicates among the dependencies; the rules are in `.cargo/deny.toml`.
fn deny(context: &Context, _: &[String]) -> Result<()> {
    let mut check = std::process::Command::new(support::deny::program(context)?);
    check.current_dir(&context.root).args([
        "--workspace",
        "--locked",
        "check",
        "--hide-inclusion-graph",
        "licenses",
        "bans",
        "sources",
    ]);
    run_to_end(&mut check)
}

fn clippy(context: &Context, _: &[String]) -> Result<()> {
    run_to_end(context.cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))
}

fn cargo_test(context: &Context, arguments: &[String]) -> Result<()> {
    let servers = Servers::start()?;
    let mut command = context.cargo();
    command.arg("test").envs(servers.environment());
    // Without this the first failing package would hide the others.
    command.arg("--no-fail-fast");
    if !arguments
        .iter()
        .take_while(|word| *word != "--")
        .any(|word| word.starts_with("-p") || word.starts_with("--package"))
    {
        command.arg("--workspace");
    }
    run_to_end(command.args(arguments))
}

fn docs(context: &Context, _: &[String]) -> Result<()> {
    run_to_end(
        context
            .cargo()
            .args(["doc", "--workspace", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
}

/// The closing table: a line a step and the sum.
fn table(rows: &[(&str, bool, Duration)]) -> String {
    let mut text = String::new();
    for (name, passed, took) in rows {
        let outcome = if *passed { "ok" } else { "FAILED" };
        text += &format!("{name:<14} {outcome:<7} {:>7.1} s\n", took.as_secs_f64());
    }
    let sum: Duration = rows.iter().map(|(.., took)| *took).sum();
    text + &format!("{:<22} {:>7.1} s\n", "together", sum.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn names(text: &str) -> Vec<&'static str> {
        choose(&words(text))
            .unwrap()
            .0
            .iter()
            .map(|step| step.name)
            .collect()
    }

    #[test]
    fn without_arguments_every_step_runs() {
        assert_eq!(names("").len(), STEPS.len());
    }

    #[test]
    fn only_keeps_the_order_of_the_pipeline() {
        assert_eq!(names("--only docs --only=fmt"), ["fmt", "docs"]);
    }

    #[test]
    fn what_follows_the_dashes_is_for_cargo_test() {
        let (steps, rest) = choose(&words("--only test -- -p luot-line --only")).unwrap();
        assert_eq!((steps.len(), rest), (1, words("-p luot-line --only")));
    }

    #[test]
    fn an_unknown_step_or_argument_is_refused() {
        assert!(choose(&words("--only dance")).is_err());
        assert!(choose(&words("--only")).is_err());
        assert!(choose(&words("booking")).is_err());
    }

    #[test]
    fn a_failed_step_stands_out_in_the_table() {
        let text = table(&[
            ("fmt", true, Duration::from_millis(1500)),
            ("test", false, Duration::from_secs(100)),
        ]);
        assert!(text.contains("fmt            ok          1.5 s"), "{text}");
        assert!(text.contains("test           FAILED    100.0 s"), "{text}");
        assert!(text.contains("together                 101.5 s"), "{text}");
    }

    #[test]
    fn the_help_names_every_step() {
        for step in STEPS {
            assert!(
                COMMAND.help.contains(step.name),
                "{} is not in the help",
                step.name
            );
        }
    }
}
