//! One server at a time on an SQLite file, and commands beside it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "in a test, what must not happen may panic"
)]

mod process;

use std::path::Path;
use std::process::{Command, Output};

use luot_testkit::Database;
use process::{LUOT, Process};

fn luot(args: &[&str]) -> Output {
    Command::new(LUOT).args(args).output().expect("luot")
}

#[test]
fn a_second_server_on_the_same_file_is_refused_and_commands_are_not() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let key = folder.path().join("luot.key").display().to_string();
    let database = Database::sqlite();
    let address = database.address.as_str();
    let at = ["--database", address, "--key-file", &key];
    assert!(luot(&[&["keys", "new"], &at[..]].concat()).status.success());

    let first = Process::start(address, &key, &[]).expect("it listens");
    // By another name of the file, too.
    let path = address.strip_prefix("sqlite:").expect("a path");
    let path = Path::new(path);
    let (dir, name) = (path.parent().unwrap(), path.file_name().unwrap());
    let detour = format!("sqlite:{}/./{}", dir.display(), name.display());
    for same in [address, &detour] {
        let said = Process::start(same, &key, &[])
            .err()
            .expect("it is refused");
        assert!(said.contains("another server is at work on"), "{said}");
    }
    for command in [
        &["migrate"][..],
        &["user", "add", "--name", "test", "--role", "admin"],
        &["audit", "verify"],
    ] {
        let at = if command == ["migrate"] {
            &at[..2]
        } else {
            &at[..]
        };
        let done = luot(&[command, at].concat());
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success(), "{command:?}: {said}");
    }
    // Killed, it leaves nothing behind that keeps the next one out.
    drop(first);
    drop(Process::start(address, &key, &[]).expect("it listens"));
}
