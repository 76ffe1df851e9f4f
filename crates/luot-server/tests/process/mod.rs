//! A server in a process of its own.

use std::io::{self, BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// The program.
pub const LUOT: &str = env!("CARGO_BIN_EXE_luot");

/// A server that is killed when it is dropped.
pub struct Process {
    child: Child,
    /// Where it listens.
    #[allow(dead_code, reason = "not everybody asks it something")]
    pub base: String,
}

impl Process {
    /// Starts one with further arguments, and returns when it listens; with what it said,
    /// should it have ended instead.
    pub fn start(database: &str, key: &str, more: &[&str]) -> Result<Self, String> {
        let mut child = Command::new(LUOT)
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "error"])
            .args(["--database", database, "--key-file", key])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("luot");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let Some(line) = lines.next() else {
            let ended = child.wait_with_output().expect("its end");
            assert!(!ended.status.success());
            return Err(String::from_utf8_lossy(&ended.stderr).into_owned());
        };
        let mut errors = child.stderr.take().expect("its errors");
        std::thread::spawn(move || io::copy(&mut errors, &mut io::stderr()));
        let line = line.expect("text");
        let base = line.strip_prefix("listening on ").expect(&line).to_owned();
        Ok(Self { child, base })
    }

    /// SIGKILL: nothing is finished, nothing is flushed.
    pub fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.kill());
    }
}
