//! The programs that are not ours: found, or installed, and said so.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{Result, postgres, run_to_end, say};

/// Something that has to be on the machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Need {
    /// The PostgreSQL server's programs.
    Postgres,
    /// `redis-server`.
    Redis,
    /// `python3` that can make a virtual environment.
    Python,
    /// `cargo fmt`; a minimal Rust comes without.
    Rustfmt,
    /// `cargo clippy`; a minimal Rust comes without.
    Clippy,
}

/// Where a missing thing comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Source {
    Apt(&'static str),
    Rustup(&'static str),
}

impl Need {
    fn is_met(self) -> bool {
        match self {
            Self::Postgres => postgres::programs().is_some(),
            Self::Redis => succeeds("redis-server", &["--version"]),
            // Debian's python3 has a `venv` that fails half-way unless `ensurepip` is there too.
            Self::Python => succeeds("python3", &["-c", "import venv, ensurepip"]),
            Self::Rustfmt => succeeds("cargo", &["fmt", "--version"]),
            Self::Clippy => succeeds("cargo", &["clippy", "--version"]),
        }
    }

    fn source(self) -> Source {
        match self {
            Self::Postgres => Source::Apt("postgresql"),
            Self::Redis => Source::Apt("redis-server"),
            Self::Python => Source::Apt("python3-venv"),
            Self::Rustfmt => Source::Rustup("rustfmt"),
            Self::Clippy => Source::Rustup("clippy"),
        }
    }
}

/// Finds what is needed, installs what is missing, and fails with the names of what it could not install.
pub(crate) fn ensure(needs: &[Need]) -> Result<()> {
    let missing: Vec<Need> = needs
        .iter()
        .copied()
        .filter(|need| !need.is_met())
        .collect();
    let (packages, components) = sources(&missing);
    if !packages.is_empty() {
        apt_install(&packages)?;
    }
    if !components.is_empty() {
        println!("installing with rustup: {}", components.join(" "));
        run_to_end(
            Command::new("rustup")
                .args(["component", "add"])
                .args(&components),
        )?;
    }
    match missing.iter().find(|need| !need.is_met()) {
        Some(need) => Err(format!("{need:?} is still missing after its installation").into()),
        None => Ok(()),
    }
}

/// Packages for apt-get and components for rustup, each once.
fn sources(missing: &[Need]) -> (Vec<&'static str>, Vec<&'static str>) {
    let (mut packages, mut components) = (Vec::new(), Vec::new());
    for need in missing {
        let (list, name) = match need.source() {
            Source::Apt(name) => (&mut packages, name),
            Source::Rustup(name) => (&mut components, name),
        };
        if !list.contains(&name) {
            list.push(name);
        }
    }
    (packages, components)
}

fn apt_install(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if !Path::new("/usr/bin/apt-get").exists() {
        return Err(format!(
            "missing, and there is no apt-get here: install what Debian calls {names}"
        )
        .into());
    }
    let root = say(Command::new("id").arg("-u"))? == "0";
    if !root && !succeeds("sudo", &["-n", "true"]) {
        return Err(format!(
            "missing, and neither root nor sudo without a password: apt-get install {names}"
        )
        .into());
    }
    println!(
        "installing with apt-get: {names} (servers among them that Debian starts are not the ones used here)"
    );
    let apt_get = |arguments: &[&str]| {
        // `env`, because sudo keeps the environment to itself.
        let words = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"];
        let prefix: &[&str] = if root { &[] } else { &["sudo", "-n"] };
        let mut all = prefix.iter().chain(&words).chain(arguments);
        let mut command = Command::new(all.next().unwrap_or(&"env"));
        command.args(all).stdin(Stdio::null());
        run_to_end(&mut command)
    };
    apt_get(&["update"])?;
    let mut install = vec!["install", "--yes", "--no-install-recommends"];
    install.extend(packages);
    apt_get(&install)
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_asked_for_once_and_from_the_right_place() {
        let (packages, components) =
            sources(&[Need::Redis, Need::Postgres, Need::Redis, Need::Clippy]);
        assert_eq!(packages, ["redis-server", "postgresql"]);
        assert_eq!(components, ["clippy"]);
    }

    #[test]
    fn a_program_that_is_not_there_is_not_met() {
        assert!(!succeeds("no-such-program-anywhere", &[]));
        assert!(!succeeds("sh", &["-c", "exit 1"]));
        assert!(succeeds("sh", &["-c", "exit 0"]));
    }
}
