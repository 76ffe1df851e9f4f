//! The domain and the planner do no IO, are not async, and never read the clock or a random source;
//! and everybody else asks one clock for the time.
//!
//! Time, ids and seeds are passed in. That is what makes tests tables, and a plan the same twice.

use super::Finding;
use super::tree::{File, Tree};

/// The pure crates.
const PURE: &[&str] = &["crates/luot-domain/src/", "crates/luot-planner/src/"];

/// What would make them impure, outside of their tests.
const IMPURE: &[&str] = &[
    "Instant::now",
    "Uuid::new_v4",
    "Uuid::now_v7",
    "async fn",
    "async move",
    "getrandom",
    "rand::",
    "std::env",
    "std::fs",
    "std::io::std",
    "std::net",
    "std::process",
    "print!(",
    "println!(",
];

/// The time of day, as opposed to `Instant`, by which anybody may measure how long something takes.
const TIME_OF_DAY: &[&str] = &["Local::now", "SystemTime::now", "Utc::now"];

/// The one file that asks the machine for the time.
const CLOCK: &str = "crates/luot-domain/src/clock.rs";

/// All Rust code but tests and chores.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree
        .files
        .iter()
        .filter(|file| file.is_rust() && !file.path.starts_with("crates/xtask/"))
    {
        let pure = PURE.iter().any(|part| file.path.starts_with(part));
        for (index, line) in file
            .code
            .lines()
            .enumerate()
            .take(file.tests_from().saturating_sub(1))
        {
            let mut tell = |what: String| findings.push(Finding::at(&file.path, index + 1, what));
            for word in IMPURE.iter().filter(|word| pure && line.contains(**word)) {
                tell(format!(
                    "`{word}` in a pure crate: pass in what it would have read"
                ));
            }
            for word in TIME_OF_DAY
                .iter()
                .filter(|word| !is_clock(file) && line.contains(**word))
            {
                tell(format!(
                    "`{word}`: take the time from the clock that was passed in"
                ));
            }
        }
    }
    findings
}

fn is_clock(file: &File) -> bool {
    file.path == CLOCK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn findings(path: &str, text: &str, expected: usize) {
        let findings = check(&Tree::of(&[(path, text)]));
        assert_eq!(findings.len(), expected, "{findings:?}");
    }

    #[test]
    fn a_pure_crate_reads_nothing() {
        findings(
            "crates/luot-planner/src/a.rs",
            "let t = std::time::Instant::now();",
            1,
        );
        findings(
            "crates/luot-planner/src/a.rs",
            "async fn f() { std::fs::read(x) }",
            2,
        );
        findings(
            "crates/luot-planner/src/a.rs",
            "f();\n#[cfg(test)]\nmod tests {\n use std::fs; }",
            0,
        );
        findings(
            "crates/luot-store/src/a.rs",
            "async fn f() { let t = Instant::now(); }",
            0,
        );
    }

    #[test]
    fn there_is_one_clock() {
        findings(CLOCK, "let now = Utc::now();", 0);
        findings("crates/luot-domain/src/a.rs", "let now = Utc::now();", 1);
        findings(
            "crates/luot-store/src/a.rs",
            "let now = SystemTime::now();",
            1,
        );
        findings(
            "crates/luot-store/src/a.rs",
            "//! Never calls Utc::now().\nfn f(now: Instant) {}",
            0,
        );
        findings("crates/luot-testkit/src/a.rs", "let now = Utc::now();", 0);
    }
}
