//! The secrets that all servers of one database share: in a file, or in the environment.
//!
//! A server does not make them: two that each made their own would take people for strangers.
//! `luot keys new` and the demo do.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use luot_app::keys::new_secret;
use luot_app::secrets::{NoSecrets, Secret, Secrets};
use luot_app::{App, Keys};

use crate::config::DatabaseArgs;

/// The secrets cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// There is no file.
    #[error(
        "there is no key file {0}: bring the one this database was written with, or make one with `luot keys new`"
    )]
    Missing(PathBuf),
    /// There is one already.
    #[error("the key file {0} is there already")]
    There(PathBuf),
    /// It cannot be read or made.
    #[error("the key file {path} cannot be used")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It holds something else.
    #[error("the key file {0} cannot be read: {1}")]
    Malformed(PathBuf, NoSecrets),
    /// The variable holds something else.
    #[error("LUOT_KEYS cannot be read: {0}")]
    Variable(NoSecrets),
    /// They come from the environment, and so cannot be changed from here.
    #[error(
        "the keys come from LUOT_KEYS: add a line there, mark it `current`, restart every server, then run `luot keys reseal`"
    )]
    NotAFile,
    /// The operating system gives no random bytes.
    #[error("no random bytes")]
    Random,
}

/// Where the file is.
pub fn path(args: &DatabaseArgs) -> PathBuf {
    match (&args.key_file, args.database.strip_prefix("sqlite:")) {
        (Some(path), _) => path.clone(),
        (None, Some(database)) => {
            Path::new(database.trim_start_matches("//")).with_extension("key")
        }
        (None, None) => PathBuf::from("var/luot.key"),
    }
}

/// The secrets there are.
pub fn secrets(args: &DatabaseArgs) -> Result<Secrets, KeyFileError> {
    if let Some(text) = &args.keys {
        return Secrets::read(text).map_err(KeyFileError::Variable);
    }
    let path = path(args);
    match std::fs::read_to_string(&path) {
        Ok(text) => Secrets::read(&text).map_err(|why| KeyFileError::Malformed(path, why)),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(KeyFileError::Missing(path)),
        Err(source) => Err(KeyFileError::Io { path, source }),
    }
}

/// The keys made of them.
pub fn keys(args: &DatabaseArgs) -> Result<Keys, KeyFileError> {
    Ok(Keys::new(&secrets(args)?))
}

/// Makes a file with one new secret, readable by its owner only.
pub fn make(args: &DatabaseArgs) -> Result<PathBuf, KeyFileError> {
    if args.keys.is_some() {
        return Err(KeyFileError::NotAFile);
    }
    let path = path(args);
    if path.exists() {
        return Err(KeyFileError::There(path));
    }
    let secret = new_secret().map_err(|_| KeyFileError::Random)?;
    write(&path, &Secrets::one(secret))?;
    Ok(path)
}

/// Writes the file anew: whole or not at all.
pub fn write(path: &Path, secrets: &Secrets) -> Result<(), KeyFileError> {
    let failed = |source| KeyFileError::Io {
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let draft = path.with_extension("key.new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)
        .map_err(failed)?;
    file.write_all(secrets.text().as_bytes()).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    std::fs::rename(&draft, path).map_err(failed)
}

/// The secrets with one more.
pub fn with_another(secrets: Secrets) -> Result<Secrets, KeyFileError> {
    let secret = Secret {
        number: secrets.next_number(),
        bytes: new_secret().map_err(|_| KeyFileError::Random)?,
    };
    Ok(secrets.with(secret))
}

/// Looks at the file now and then, and takes what has changed in it.
pub async fn watch(args: DatabaseArgs, app: App, every: Duration) {
    if args.keys.is_some() {
        return;
    }
    let mut known = secrets(&args).ok();
    let mut ticks = tokio::time::interval(every);
    loop {
        ticks.tick().await;
        let now = match secrets(&args) {
            Ok(now) => now,
            Err(error) => {
                tracing::warn!(%error, "the keys in use stay");
                continue;
            }
        };
        if known.as_ref() == Some(&now) {
            continue;
        }
        match app.adopt_keys(&now) {
            Ok(()) => tracing::info!(current = now.current().number, "the keys have changed"),
            Err(error) => tracing::error!(%error, "the keys in use stay"),
        }
        known = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(database: &str) -> DatabaseArgs {
        DatabaseArgs {
            database: database.into(),
            database_pool: None,
            key_file: None,
            keys: None,
        }
    }

    #[test]
    fn the_file_stands_beside_an_embedded_database() {
        assert_eq!(path(&args("sqlite:a/luot.db")), Path::new("a/luot.key"));
        assert_eq!(path(&args("sqlite:///a/b.db")), Path::new("/a/b.key"));
        assert_eq!(path(&args("postgres://x/y")), Path::new("var/luot.key"));
    }

    #[test]
    fn without_a_file_there_are_no_keys_until_one_is_made() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let args = args(&format!("sqlite:{}", folder.path().join("a.db").display()));
        assert!(matches!(secrets(&args), Err(KeyFileError::Missing(_))));
        let path = make(&args).expect("a file");
        let made = secrets(&args).expect("a secret");
        assert!(matches!(make(&args), Err(KeyFileError::There(_))));
        write(&path, &with_another(made).expect("another").promoted()).expect("written");
        assert_eq!(secrets(&args).expect("two").current().number, 2);
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &std::fs::metadata(&path).expect("a file").permissions(),
        );
        assert_eq!(mode & 0o077, 0);
    }
}
