//! One server at a time on an SQLite file: what it keeps in memory is true only while nobody
//! else writes there. Commands (`luot keys`, `luot import`, …) may run beside it.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use crate::ConnectError;
use crate::connect::{make_folder, sqlite_path};

/// That this process alone serves a database, for as long as this is kept; the system takes it
/// back from a process that dies.
#[derive(Debug)]
pub struct Alone(#[allow(dead_code, reason = "kept until it is dropped")] Option<File>);

impl Alone {
    /// Claims an SQLite file for a server. PostgreSQL has room for many.
    ///
    /// # Errors
    /// [`ConnectError::Served`] when another server has it.
    pub fn claim(address: &str) -> Result<Self, ConnectError> {
        let Some(path) = sqlite_path(address) else {
            return Ok(Self(None));
        };
        make_folder(path)?;
        let lock = format!("{}.serving", the_file(Path::new(path)).display());
        let unlocked = |source: std::io::Error| {
            // Some file systems know no locks; whoever runs two servers there is not told.
            tracing::warn!(
                error = &source as &dyn std::error::Error,
                lock,
                "not locked"
            );
            Ok(Self(None))
        };
        let file = match File::create(&lock) {
            Ok(file) => file,
            Err(error) => return unlocked(error),
        };
        match file.try_lock() {
            Ok(()) => Ok(Self(Some(file))),
            Err(TryLockError::WouldBlock) => Err(ConnectError::Served(path.into())),
            Err(TryLockError::Error(error)) => unlocked(error),
        }
    }
}

/// The file itself, by whatever way it is named; it may not be there yet.
fn the_file(path: &Path) -> PathBuf {
    if let Ok(file) = path.canonicalize() {
        return file;
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize();
    match (folder, path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}
