//! Where the project is, and how programs are started from its root.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Result;

/// The surroundings every command gets.
pub(crate) struct Context {
    /// The folder with the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
}

impl Context {
    /// Finds the project from the manifest cargo names, or upwards from the current directory.
    ///
    /// Asked at run time, not at compile time: with a shared target directory a binary may outlive its clone.
    pub(crate) fn discover() -> Result<Self> {
        let start = match std::env::var_os("CARGO_MANIFEST_DIR") {
            Some(folder) => PathBuf::from(folder),
            None => std::env::current_dir()?,
        };
        start
            .ancestors()
            .find(|folder| {
                folder.join("Cargo.lock").exists() && folder.join("crates/xtask").exists()
            })
            .map(|root| Self {
                root: root.to_owned(),
            })
            .ok_or_else(|| format!("{} is not inside the project", start.display()).into())
    }

    /// The cargo that runs us, in the project's root.
    pub(crate) fn cargo(&self) -> Command {
        let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        // What cargo told us about *this* package must not leak into the build of others.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO_PKG_")
                || name.starts_with("CARGO_MANIFEST_")
                || name == "CARGO_CRATE_NAME"
            {
                command.env_remove(&*name);
            }
        }
        command
    }

    /// A folder for what may be kept from one run to the next, and deleted whenever one likes.
    pub(crate) fn cache(&self) -> PathBuf {
        let home = || {
            std::env::var_os("HOME")
                .filter(|home| !home.is_empty())
                .map(|home| Path::new(&home).join(".cache"))
        };
        std::env::var_os("XDG_CACHE_HOME")
            .filter(|folder| !folder.is_empty())
            .map(PathBuf::from)
            .or_else(home)
            .map_or_else(
                || self.root.join("target/xtask"),
                |folder| folder.join("luot"),
            )
    }
}

/// Runs a program to its end, its output going where ours goes; anything but success is a failure.
pub(crate) fn run_to_end(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .map_err(|failure| format!("cannot start {}: {failure}", shown(command)))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} ended with {status}", shown(command)).into())
    }
}

/// Runs a program and returns what it said on its standard output, trimmed; its errors stay visible.
pub(crate) fn say(command: &mut Command) -> Result<String> {
    command.stderr(std::process::Stdio::inherit());
    let output = command
        .output()
        .map_err(|failure| format!("cannot start {}: {failure}", shown(command)))?;
    if !output.status.success() {
        return Err(format!("{} ended with {}", shown(command), output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// A command as one would type it, by its program's own name.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    let text = words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ");
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}
