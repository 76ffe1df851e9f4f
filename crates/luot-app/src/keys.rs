//! The server's keys, and what is made with them: who a person is (a keyed hash), blind
//! indexes, sealed fields, manage tokens.
//!
//! All come from one secret of 32 bytes, by HMAC-SHA-256 over a purpose (RFC 5869's extract
//! and expand in one step, which a uniformly random secret allows).
//!
//! The hazard: losing it makes sealed values unreadable and people strangers to themselves.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Length of the secret.
pub const SECRET_BYTES: usize = 32;

/// The keys.
#[derive(Clone)]
pub struct Keys {
    person: [u8; 32],
    index: [u8; 32],
    manage: [u8; 32],
    code: [u8; 32],
    fingerprint: String,
    seal: XChaCha20Poly1305,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// A sealed value cannot be opened: it was written for another place, or with other keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value cannot be opened")]
pub struct Unreadable;

/// Where a sealed value stands; it cannot be moved elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Table and column.
    pub column: &'static str,
    /// Row.
    pub row: Uuid,
}

impl Keys {
    /// From the secret.
    #[must_use]
    pub fn from_secret(secret: &[u8; SECRET_BYTES]) -> Self {
        let derive = |purpose: &str| mac(secret, &[purpose.as_bytes()]);
        let seal = derive("luot seal 1");
        Self {
            person: derive("luot person 1"),
            index: derive("luot index 1"),
            manage: derive("luot manage 1"),
            code: derive("luot code 1"),
            fingerprint: URL_SAFE_NO_PAD.encode(&derive("luot fingerprint 1")[..12]),
            seal: XChaCha20Poly1305::new(&seal.into()),
        }
    }

    /// Tells these keys from others, and nothing else.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.fingerprint.clone()
    }

    /// What tells a person apart, of `luot_domain::person::key_material`.
    #[must_use]
    pub fn person_key(&self, material: &str) -> Vec<u8> {
        mac(&self.person, &[material.as_bytes()])[..20].to_vec()
    }

    /// A blind index of a value, to look it up by without storing it in the clear.
    #[must_use]
    pub fn blind_index(&self, column: &str, value: &str) -> Vec<u8> {
        mac(&self.index, &[column.as_bytes(), b"\n", value.as_bytes()])[..20].to_vec()
    }

    /// The token that manages a booking; derived, never stored.
    #[must_use]
    pub fn manage_token(&self, booking: Uuid) -> String {
        URL_SAFE_NO_PAD.encode(mac(&self.manage, &[booking.as_bytes()]))
    }

    /// Whether that is the token of the booking, in constant time.
    #[must_use]
    pub fn is_manage_token(&self, booking: Uuid, token: &str) -> bool {
        let (expected, given) = (self.manage_token(booking), token.as_bytes());
        expected.len() == given.len()
            && expected
                .bytes()
                .zip(given)
                .fold(0, |differs, (a, b)| differs | (a ^ b))
                == 0
    }

    /// Random-looking bytes for the code of an appointment.
    #[must_use]
    pub fn code_bytes(&self, appointment: Uuid) -> [u8; 32] {
        mac(&self.code, &[appointment.as_bytes()])
    }

    /// Seals a value for its place: a fresh nonce, then the sealed bytes.
    #[must_use]
    pub fn seal(&self, place: Place, value: &str) -> Vec<u8> {
        let mut nonce = [0_u8; 24];
        // Without random bytes nothing may be sealed: the process cannot go on.
        #[expect(
            clippy::expect_used,
            reason = "no operating system we run on fails here"
        )]
        getrandom::fill(&mut nonce).expect("random bytes");
        let aad = aad(place);
        let payload = Payload {
            msg: value.as_bytes(),
            aad: &aad,
        };
        let mut sealed = nonce.to_vec();
        #[expect(clippy::expect_used, reason = "fails only for values of 256 GiB")]
        sealed.extend(
            self.seal
                .encrypt(&XNonce::from(nonce), payload)
                .expect("sealing"),
        );
        sealed
    }

    /// Opens a sealed value.
    ///
    /// # Errors
    /// When it was sealed for another place or with other keys, or was changed.
    pub fn open(&self, place: Place, sealed: &[u8]) -> Result<String, Unreadable> {
        let (nonce, sealed) = sealed.split_at_checked(24).ok_or(Unreadable)?;
        let nonce: [u8; 24] = nonce.try_into().map_err(|_| Unreadable)?;
        let aad = aad(place);
        let payload = Payload {
            msg: sealed,
            aad: &aad,
        };
        let open = self
            .seal
            .decrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Unreadable)?;
        String::from_utf8(open).map_err(|_| Unreadable)
    }
}

fn aad(place: Place) -> Vec<u8> {
    [place.column.as_bytes(), b"\n", place.row.as_bytes()].concat()
}

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("key");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// SHA-256 over parts, each with its length, so that no two lists of parts collide.
#[must_use]
pub fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// A new random secret.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn new_secret() -> Result<[u8; SECRET_BYTES], getrandom::Error> {
    let mut secret = [0_u8; SECRET_BYTES];
    getrandom::fill(&mut secret)?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(n: u8) -> Keys {
        Keys::from_secret(&[n; SECRET_BYTES])
    }

    #[test]
    fn a_sealed_value_opens_only_in_its_place_and_with_its_keys() {
        let place = |row| Place {
            column: "person.full_name",
            row: Uuid::from_u128(row),
        };
        let sealed = keys(1).seal(place(1), "Bùi Thị Đào");
        assert_eq!(
            keys(1).open(place(1), &sealed).as_deref(),
            Ok("Bùi Thị Đào")
        );
        assert_eq!(keys(1).open(place(2), &sealed), Err(Unreadable));
        assert_eq!(keys(2).open(place(1), &sealed), Err(Unreadable));
        assert_eq!(keys(1).open(place(1), &sealed[..30]), Err(Unreadable));
        assert_ne!(sealed, keys(1).seal(place(1), "Bùi Thị Đào"));
    }

    #[test]
    fn a_manage_token_is_for_one_booking() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let token = keys(1).manage_token(one);
        assert!(keys(1).is_manage_token(one, &token));
        assert!(!keys(1).is_manage_token(two, &token));
        assert!(!keys(2).is_manage_token(one, &token));
        assert!(!keys(1).is_manage_token(one, ""));
    }

    #[test]
    fn parts_of_a_digest_do_not_run_together() {
        assert_ne!(digest(&[b"ab", b"c"]), digest(&[b"a", b"bc"]));
    }
}
