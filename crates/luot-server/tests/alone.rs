//! One server at a time on an SQLite file, and commands beside it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "in a test, what must not happen may panic"
)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use luot_testkit::Database;

const LUOT: &str = env!("CARGO_BIN_EXE_luot");

/// A server that is killed when it is dropped.
struct Server(Child);

impl Server {
    /// Starts one, and returns when it listens; with what it said, should it have ended instead.
    fn start(address: &str, key: &str) -> Result<Self, String> {
        let mut child = Command::new(LUOT)
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "error"])
            .args(["--database", address, "--key-file", key])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("luot");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        match lines.next() {
            Some(_) => Ok(Self(child)),
            None => {
                let ended = child.wait_with_output().expect("its end");
                assert!(!ended.status.success());
                Err(String::from_utf8_lossy(&ended.stderr).into_owned())
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

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

    let first = Server::start(address, &key).expect("it listens");
    // By another name of the file, too.
    let path = address.strip_prefix("sqlite:").expect("a path");
    let path = Path::new(path);
    let (dir, name) = (path.parent().unwrap(), path.file_name().unwrap());
    let detour = format!("sqlite:{}/./{}", dir.display(), name.display());
    for same in [address, &detour] {
        let said = Server::start(same, &key).err().expect("it is refused");
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
    drop(Server::start(address, &key).expect("it listens"));
}
