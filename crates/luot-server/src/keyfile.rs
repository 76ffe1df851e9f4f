//! The file with the secret that all servers of one database share.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use luot_app::Keys;
use luot_app::keys::{SECRET_BYTES, new_secret};

use crate::config::DatabaseArgs;

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It cannot be read or made.
    #[error("the key file {path} cannot be used")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It holds something else.
    #[error("the key file {0} must hold 64 hexadecimal digits")]
    Malformed(PathBuf),
    /// The operating system gives no random bytes.
    #[error("no random bytes")]
    Random,
}

/// Where the file is.
fn path(args: &DatabaseArgs) -> PathBuf {
    match (&args.key_file, args.database.strip_prefix("sqlite:")) {
        (Some(path), _) => path.clone(),
        (None, Some(database)) => {
            Path::new(database.trim_start_matches("//")).with_extension("key")
        }
        (None, None) => PathBuf::from("var/luot.key"),
    }
}

/// The keys in the file; a new file if there is none, readable by its owner only.
pub fn keys(args: &DatabaseArgs) -> Result<Keys, KeyFileError> {
    let path = path(args);
    let failed = |source| KeyFileError::Io {
        path: path.clone(),
        source,
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => read(text.trim())
            .map(|secret| Keys::from_secret(&secret))
            .ok_or(KeyFileError::Malformed(path)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let secret = new_secret().map_err(|_| KeyFileError::Random)?;
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(failed)?;
            }
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)
                .map_err(failed)?;
            let text: String = secret.iter().map(|b| format!("{b:02x}")).collect();
            file.write_all(text.as_bytes()).map_err(failed)?;
            file.sync_all().map_err(failed)?;
            tracing::info!(path = %path.display(), "made a new key file: keep it, and give it to every server of this database");
            Ok(Keys::from_secret(&secret))
        }
        Err(error) => Err(failed(error)),
    }
}

fn read(text: &str) -> Option<[u8; SECRET_BYTES]> {
    let mut secret = [0_u8; SECRET_BYTES];
    if text.len() != 2 * SECRET_BYTES || !text.is_ascii() {
        return None;
    }
    for (byte, i) in secret.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(i..i + 2)?, 16).ok()?;
    }
    Some(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_sixty_four_hexadecimal_digits() {
        assert_eq!(read(&"0f".repeat(32)), Some([15; 32]));
        assert_eq!(read(&"0f".repeat(31)), None);
        assert_eq!(read(&"0g".repeat(32)), None);
        assert_eq!(read(&"é".repeat(32)), None);
    }

    #[test]
    fn the_file_stands_beside_an_embedded_database() {
        let args = |database: &str| DatabaseArgs {
            database: database.into(),
            database_pool: None,
            key_file: None,
        };
        assert_eq!(path(&args("sqlite:a/luot.db")), Path::new("a/luot.key"));
        assert_eq!(path(&args("sqlite:///a/b.db")), Path::new("/a/b.key"));
        assert_eq!(path(&args("postgres://x/y")), Path::new("var/luot.key"));
    }
}
