//! `luot plan`: what a scheduler's assistant does with files, without a service.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "in a test, what must not happen may panic"
)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

fn instances() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/instances")
}

/// Runs the program with something piped in.
fn luot(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_luot"))
        .args(args)
        .current_dir(instances())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("luot");
    let mut stdin = child.stdin.take().expect("a pipe");
    // It need not read what it does not want.
    drop(stdin.write_all(input.as_bytes()));
    drop(stdin);
    child.wait_with_output().expect("an end")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

#[test]
fn a_broken_machine_is_answered_with_plans_that_pass_the_check() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().to_str().expect("a path");
    let out = json!({
        "kind": "machine-out", "machine": "may-1",
        "from": { "date": "2026-04-20", "shift": "sang" }, "to": { "date": "2026-04-20", "shift": "toi" },
    });
    let told = luot(
        &[
            "plan",
            "rebalance",
            "commune-1-breakdown.json",
            "-",
            "--steps",
            "3000",
            "--language",
            "vi",
            "--output",
            folder,
        ],
        &out.to_string(),
    );
    assert!(told.status.success(), "{}", text(&told.stderr));
    let words = text(&told.stdout);
    assert!(
        words.starts_with("1. ") && words.contains("người đổi lịch"),
        "{words}"
    );
    let (instance, plan) = (
        format!("{folder}/instance.json"),
        format!("{folder}/proposal-1.json"),
    );
    let checked = luot(&["plan", "check", &instance, &plan], "");
    assert!(checked.status.success(), "{}", text(&checked.stdout));
    let verdict: Value = serde_json::from_slice(&checked.stdout).expect("JSON");
    assert_eq!(verdict["ok"], true);

    let same = luot(&["plan", "diff", &instance, &plan, &plan], "");
    assert!(
        text(&same.stdout).starts_with("0 of "),
        "{}",
        text(&same.stdout)
    );
    let why = luot(
        &["plan", "explain", &instance, &plan, "--language", "vi"],
        "",
    );
    assert!(
        text(&why.stdout).contains("may-2 tại "),
        "{}",
        text(&why.stdout)
    );
}

#[test]
fn what_cannot_be_used_is_named_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().join("new");
    let folder = folder.to_str().expect("a path");
    let unknown = json!({
        "kind": "machine-out", "machine": "may-77",
        "from": { "date": "2026-04-20", "shift": "sang" }, "to": { "date": "2026-04-20", "shift": "toi" },
    });
    for (instance, disruption, wanted) in [
        (
            "commune-1-breakdown.json",
            unknown.to_string(),
            "there is no machine may-77",
        ),
        (
            "commune-1-breakdown.json",
            "{}".to_owned(),
            "not a disruption",
        ),
        (
            "commune-1.json",
            unknown.to_string(),
            "nothing is published",
        ),
        (
            "no-such-file.json",
            unknown.to_string(),
            "no-such-file.json",
        ),
    ] {
        let told = luot(
            &["plan", "rebalance", instance, "-", "--output", folder],
            &disruption,
        );
        assert_eq!(told.status.code(), Some(2), "{wanted}");
        assert!(
            text(&told.stderr).contains(wanted),
            "{}",
            text(&told.stderr)
        );
        assert!(!Path::new(folder).exists());
    }
}
