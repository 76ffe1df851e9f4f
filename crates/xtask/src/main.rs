//! `cargo xtask`: the project's own chores.
//!
//! One file a command under `commands`, what several of them need under `support`, one file a rule under `tidy`.
//! This crate is compiled before anything else happens, so it has no dependency but serde's.
//! Nothing here is part of the service.

mod commands;
mod support;
mod tidy;

use std::process::ExitCode;

use support::{Context, Result};

/// One chore, as the command line knows it.
struct Command {
    /// The word after `cargo xtask`.
    name: &'static str,
    /// One line for the list.
    about: &'static str,
    /// What `--help` says beyond that line.
    help: &'static str,
    /// Does it, given the words that follow the name.
    run: fn(&Context, &[String]) -> Result<()>,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = words.split_first() else {
        list();
        return ExitCode::SUCCESS;
    };
    if matches!(name.as_str(), "help" | "-h" | "--help") {
        list();
        return ExitCode::SUCCESS;
    }
    let Some(command) = commands::ALL.iter().find(|command| command.name == name) else {
        eprintln!("xtask: there is no `{name}`\n");
        list();
        return ExitCode::from(2);
    };
    // What follows `--` is for the program behind the command, its `--help` too.
    if rest
        .iter()
        .take_while(|word| *word != "--")
        .any(|word| word == "-h" || word == "--help")
        && command.name != "demo"
    {
        println!(
            "cargo xtask {}: {}\n\n{}",
            command.name,
            command.about,
            command.help.trim_end()
        );
        return ExitCode::SUCCESS;
    }
    match Context::discover().and_then(|context| (command.run)(&context, rest)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask {name}: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn list() {
    println!("cargo xtask <command>\n");
    for command in commands::ALL {
        println!("  {:<13} {}", command.name, command.about);
    }
    println!("\n`cargo xtask <command> --help` says more.");
}
