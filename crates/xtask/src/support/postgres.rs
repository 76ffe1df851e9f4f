//! A throw-away PostgreSQL: a fresh cluster in a temporary folder, on a free port, for whoever is on this machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::throwaway::{Folder, Server, free_port};
use super::{Result, process, run_to_end, say};

/// What has to be in one folder for it to count as an installation. `pgbench` is there for measurements by hand.
const PROGRAMS: [&str; 4] = ["initdb", "postgres", "pg_isready", "pgbench"];

/// The folder with PostgreSQL's programs: Debian's newest, else the first in the path that has them all.
pub(crate) fn programs() -> Option<PathBuf> {
    let mut debian: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .collect();
    debian.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    debian
        .into_iter()
        .map(|(_, folder)| folder)
        .chain(in_path)
        .find(|folder| {
            PROGRAMS
                .iter()
                .all(|program| folder.join(program).is_file())
        })
}

/// A running PostgreSQL.
pub(crate) struct Postgres {
    server: Server,
    port: u16,
}

impl Postgres {
    /// Creates the cluster and starts it with these settings besides the usual ones; returns when it accepts connections.
    pub(crate) fn start(settings: &[&str]) -> Result<Self> {
        let programs = programs().ok_or("PostgreSQL is not installed")?;
        let mut last = String::new();
        // A second try is for the port that was taken between asking for it and using it.
        for _ in 0..3 {
            match Self::try_start(&programs, settings) {
                Ok(running) => return Ok(running),
                Err(failure) => last = failure.to_string(),
            }
        }
        Err(last.into())
    }

    fn try_start(programs: &Path, settings: &[&str]) -> Result<Self> {
        let folder = Folder::new("pg")?;
        let account = account_for(&folder)?;
        let data = folder.path().join("data");
        let port = free_port()?;

        let mut initdb = account.command(&programs.join("initdb"));
        initdb.args([
            "--auth=trust",
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--pgdata",
        ]);
        run_to_end(
            initdb
                .arg(&data)
                .current_dir(folder.path())
                .stdout(Stdio::null()),
        )?;

        let mut postgres = account.command(&programs.join("postgres"));
        postgres.arg("-D").arg(&data);
        let socket = format!("unix_socket_directories={}", folder.path().display());
        let port_setting = format!("port={port}");
        let usual = [
            "listen_addresses=127.0.0.1",
            &port_setting,
            &socket,
            // A rush of 256 connections and those of the tests beside it.
            "max_connections=300",
            // As in production: a test that kills the server must find what was acknowledged.
            "fsync=on",
            "synchronous_commit=on",
        ];
        for setting in usual.iter().chain(settings) {
            postgres.args(["-c", setting]);
        }
        // INT is PostgreSQL's "fast" shutdown: it does not wait for clients.
        let server = Server::start("PostgreSQL", folder, "INT", &postgres)?;
        server.ready(Duration::from_secs(60), |_| {
            let port = port.to_string();
            let mut ask = Command::new(programs.join("pg_isready"));
            ask.args([
                "--quiet",
                "--host=127.0.0.1",
                "--username=postgres",
                "--port",
                &port,
            ]);
            ask.status().ok()?.success().then_some(())
        })?;
        Ok(Self { server, port })
    }

    /// Where it is, as the tests take it.
    pub(crate) fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// Where one of its databases is.
    pub(crate) fn url_of(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Processor time of all its processes so far, in microseconds.
    pub(crate) fn time(&self) -> Result<f64> {
        process::time_with_children(self.server.pid()?)
    }

    /// One of PostgreSQL's own programs, told where the server is: `psql`, `pgbench`.
    pub(crate) fn program(&self, name: &str) -> Result<Command> {
        let programs = programs().ok_or("PostgreSQL is not installed")?;
        let mut command = Command::new(programs.join(name));
        command
            .env("PGHOST", "127.0.0.1")
            .env("PGPORT", self.port.to_string())
            .env("PGUSER", "postgres");
        Ok(command)
    }
}

/// Whose processes the cluster's are.
enum Account {
    /// Ours.
    Own,
    /// Another's, because PostgreSQL refuses to run as root.
    Other(String),
}

impl Account {
    fn command(&self, program: &Path) -> Command {
        match self {
            Self::Own => Command::new(program),
            Self::Other(name) => {
                // `setpriv` replaces itself by the program, so that the signal that stops it reaches it.
                let mut command = Command::new("setpriv");
                command
                    .args(["--reuid", name, "--regid"])
                    .arg(name)
                    .arg("--init-groups")
                    .arg(program);
                command
            }
        }
    }
}

/// The account to run under; when it is not ours, the folder is given to it.
fn account_for(folder: &Folder) -> Result<Account> {
    if say(Command::new("id").arg("-u"))? != "0" {
        return Ok(Account::Own);
    }
    let id = |flag: &str, name: &str| -> Option<u32> {
        let output = Command::new("id")
            .args([flag, name])
            .stderr(Stdio::null())
            .output()
            .ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    let name = "postgres";
    let (Some(user), Some(group)) = (id("-u", name), id("-g", name)) else {
        return Err(
            "PostgreSQL refuses to run as root, and there is no account `postgres` to run it under"
                .into(),
        );
    };
    std::os::unix::fs::chown(folder.path(), Some(user), Some(group))?;
    Ok(Account::Other(name.to_owned()))
}
