//! Passwords: argon2id, slow on purpose, on threads of their own, a few at a time.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use tokio::sync::Semaphore;

use crate::error::{Error, Result};
use crate::keys::same;

/// OWASP's second choice for argon2id: 19 MiB, two passes, one lane; some 30 ms.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
/// Hashes at a time: each takes 19 MiB and a core.
static AT_A_TIME: Semaphore = Semaphore::const_new(2);

/// A password as it is stored: what it was hashed with, salt and hash (the PHC's notation).
pub(crate) async fn hash(password: &str) -> Result<String> {
    let mut salt = [0_u8; SALT_BYTES];
    getrandom::fill(&mut salt).map_err(|e| Error::Bug(e.to_string()))?;
    let hash = derive(password, &salt, MEMORY_KIB, PASSES).await?;
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    Ok(format!(
        "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p=1${salt}${hash}"
    ))
}

/// Whether that is the password; as slow for nobody's as for somebody's.
pub(crate) async fn is(password: &str, stored: Option<&str>) -> Result<bool> {
    let Some((memory, passes, salt, expected)) = stored.and_then(read) else {
        derive(password, &[0; SALT_BYTES], MEMORY_KIB, PASSES).await?;
        return Ok(false);
    };
    let hash = derive(password, &salt, memory, passes).await?;
    Ok(same(&hash, &expected))
}

fn read(stored: &str) -> Option<(u32, u32, Vec<u8>, Vec<u8>)> {
    let rest = stored.strip_prefix("$argon2id$v=19$m=")?;
    let (memory, rest) = rest.split_once(",t=")?;
    let (passes, rest) = rest.split_once(",p=1$")?;
    let (salt, hash) = rest.split_once('$')?;
    Some((
        memory.parse().ok()?,
        passes.parse().ok()?,
        STANDARD_NO_PAD.decode(salt).ok()?,
        STANDARD_NO_PAD.decode(hash).ok()?,
    ))
}

async fn derive(password: &str, salt: &[u8], memory: u32, passes: u32) -> Result<Vec<u8>> {
    let bug = |e: String| Error::Bug(format!("a password could not be hashed: {e}"));
    let _turn = AT_A_TIME.acquire().await.map_err(|e| bug(e.to_string()))?;
    let (password, salt) = (password.as_bytes().to_vec(), salt.to_vec());
    tokio::task::spawn_blocking(move || {
        let params = Params::new(memory, passes, 1, Some(HASH_BYTES))?;
        let mut hash = vec![0_u8; HASH_BYTES];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(&password, &salt, &mut hash)?;
        Ok(hash)
    })
    .await
    .map_err(|e| bug(e.to_string()))?
    .map_err(|e: argon2::Error| bug(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_told_from_another_by_its_hash() {
        let stored = hash("một con vịt xòe ra hai cái cánh")
            .await
            .expect("a hash");
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(
            is("một con vịt xòe ra hai cái cánh", Some(&stored))
                .await
                .expect("told")
        );
        assert!(!is("một con vịt", Some(&stored)).await.expect("told"));
        assert!(!is("một con vịt", None).await.expect("told"));
        assert!(!is("", Some("")).await.expect("told"));
    }
}
