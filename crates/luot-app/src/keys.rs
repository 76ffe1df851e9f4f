//! The server's keys, and what is made with them: who a person is (a keyed hash), blind
//! indexes, sealed fields, manage tokens, hashes of codes.
//!
//! Each key has a number and comes from a secret of 32 bytes, by HMAC-SHA-256 over a purpose
//! (RFC 5869's extract and expand in one step, which a uniformly random secret allows).
//! The first secret tells people apart and shows who knows them, makes codes and manage
//! tokens, vouches for rows of the audit trail and chains them: it stays. Sealing and blind
//! indexes use the *current* secret and know the others,
//! so that they can be changed while the service runs ([`crate::rotation`]).
//!
//! The hazard: losing them makes sealed values unreadable and people strangers to themselves.

use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use rand::Rng as _;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::secrets::{Secret, Secrets};

/// Length of a secret.
pub const SECRET_BYTES: usize = 32;
/// How a sealed value begins: the version of this format, and the number of its key.
pub(crate) const HEADER_BYTES: usize = 3;
const FORMAT: u8 = 1;

/// The keys.
#[derive(Clone)]
pub struct Keys {
    person: [u8; 32],
    claim: [u8; 32],
    manage: [u8; 32],
    code: [u8; 32],
    chain: [u8; 32],
    audit: [u8; 32],
    once: [u8; 32],
    fingerprint: String,
    ring: Arc<RwLock<Arc<Ring>>>,
}

/// The keys that can be changed.
struct Ring {
    current: SealKey,
    /// Those of before, and perhaps the next.
    others: Vec<SealKey>,
}

struct SealKey {
    number: u16,
    index: [u8; 32],
    seal: XChaCha20Poly1305,
}

impl SealKey {
    fn of(secret: &Secret) -> Self {
        let derive = |purpose: &str| mac(&secret.bytes, &[purpose.as_bytes()]);
        Self {
            number: secret.number,
            index: derive("luot index 1"),
            seal: XChaCha20Poly1305::new(&derive("luot seal 1").into()),
        }
    }

    fn header(&self) -> [u8; HEADER_BYTES] {
        let [high, low] = self.number.to_be_bytes();
        [FORMAT, high, low]
    }

    fn blind_index(&self, column: &str, value: &str) -> Vec<u8> {
        mac(&self.index, &[column.as_bytes(), b"\n", value.as_bytes()])[..20].to_vec()
    }
}

impl Ring {
    fn of(secrets: &Secrets) -> Self {
        let current = secrets.current();
        Self {
            current: SealKey::of(current),
            others: secrets
                .all()
                .into_iter()
                .filter(|s| s.number != current.number)
                .map(SealKey::of)
                .collect(),
        }
    }

    fn all(&self) -> impl Iterator<Item = &SealKey> {
        std::iter::once(&self.current).chain(&self.others)
    }
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

/// These are the keys of another database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the first key is not the one that was in use")]
pub struct OtherKeys;

/// Where a sealed value stands; it cannot be moved elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Table and column.
    pub column: &'static str,
    /// Row.
    pub row: Uuid,
}

impl Keys {
    /// From one secret.
    #[must_use]
    pub fn from_secret(secret: &[u8; SECRET_BYTES]) -> Self {
        Self::new(&Secrets::one(*secret))
    }

    /// From the secrets there are.
    #[must_use]
    pub fn new(secrets: &Secrets) -> Self {
        let first = secrets.first();
        let derive = |purpose: &str| mac(&first.bytes, &[purpose.as_bytes()]);
        Self {
            person: derive("luot person 1"),
            claim: derive("luot claim 1"),
            manage: derive("luot manage 1"),
            code: derive("luot code 1"),
            chain: derive("luot chain 1"),
            audit: derive("luot audit 1"),
            once: derive("luot once 1"),
            fingerprint: URL_SAFE_NO_PAD.encode(&derive("luot fingerprint 1")[..12]),
            ring: Arc::new(RwLock::new(Arc::new(Ring::of(secrets)))),
        }
    }

    /// Takes secrets that have changed: more of them, or another that is current. Everybody
    /// who holds these keys works with the new ones from now on.
    ///
    /// # Errors
    /// When the first is another: people would be taken for strangers.
    pub fn adopt(&self, secrets: &Secrets) -> Result<(), OtherKeys> {
        if Self::new(secrets).fingerprint != self.fingerprint {
            return Err(OtherKeys);
        }
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Ring::of(secrets));
        Ok(())
    }

    fn ring(&self) -> Arc<Ring> {
        self.ring
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
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

    /// What shows that somebody knows the person with a key, of
    /// `luot_domain::person::claim_material`. Bound to the key: that two people share name
    /// and birth date is not to be seen.
    #[must_use]
    pub fn claim_hash(&self, person_key: &[u8], material: &str) -> Vec<u8> {
        mac(&self.claim, &[person_key, b"\n", material.as_bytes()])[..20].to_vec()
    }

    /// A blind index of a value, to look it up by without storing it in the clear.
    #[must_use]
    pub fn blind_index(&self, column: &str, value: &str) -> Vec<u8> {
        self.ring().current.blind_index(column, value)
    }

    /// The blind indexes under which a value may be stored: the current key's first.
    #[must_use]
    pub fn blind_indexes(&self, column: &str, value: &str) -> Vec<Vec<u8>> {
        let ring = self.ring();
        ring.all().map(|k| k.blind_index(column, value)).collect()
    }

    /// The token that manages a booking; derived, never stored.
    #[must_use]
    pub fn manage_token(&self, booking: Uuid) -> String {
        URL_SAFE_NO_PAD.encode(mac(&self.manage, &[booking.as_bytes()]))
    }

    /// Whether that is the token of the booking, in constant time.
    #[must_use]
    pub fn is_manage_token(&self, booking: Uuid, token: &str) -> bool {
        same(self.manage_token(booking).as_bytes(), token.as_bytes())
    }

    /// Random-looking bytes for the code of an appointment.
    #[must_use]
    pub fn code_bytes(&self, appointment: Uuid) -> [u8; 32] {
        mac(&self.code, &[appointment.as_bytes()])
    }

    /// The hash under which a short code is kept. Keyed: six digits are tried in no time by
    /// whoever has the table alone.
    #[must_use]
    pub fn code_hash(&self, purpose: &str, whose: &[u8], code: &str) -> Vec<u8> {
        let parts: [&[u8]; 5] = [purpose.as_bytes(), b"\n", whose, b"\n", code.as_bytes()];
        mac(&self.once, &parts).to_vec()
    }

    /// What a browser must send along with a cookie, made of the cookie's token.
    #[must_use]
    pub fn csrf_token(&self, token: &str) -> String {
        URL_SAFE_NO_PAD.encode(mac(&self.once, &[b"csrf\n", token.as_bytes()]))
    }

    /// A link of the audit trail's chain.
    #[must_use]
    pub(crate) fn link(&self, parts: &[&[u8]]) -> Vec<u8> {
        mac(&self.chain, &[&digest(parts)]).to_vec()
    }

    /// What shows that a row of the audit trail was written by who has these keys.
    #[must_use]
    pub(crate) fn vouch(&self, row: &str) -> Vec<u8> {
        mac(&self.audit, &[row.as_bytes()]).to_vec()
    }

    /// How values that are sealed now begin.
    #[must_use]
    pub(crate) fn header(&self) -> [u8; HEADER_BYTES] {
        self.ring().current.header()
    }

    /// Seals a value for its place: the key's number, a fresh nonce, the sealed bytes.
    #[must_use]
    pub fn seal(&self, place: Place, value: &str) -> Vec<u8> {
        let ring = self.ring();
        let mut nonce = [0_u8; 24];
        // Seeded by the operating system, without which it panics: then nothing may be sealed,
        // and the process cannot go on. Several a booking, so without a system call each.
        rand::rng().fill_bytes(&mut nonce);
        let aad = aad(place);
        let payload = Payload {
            msg: value.as_bytes(),
            aad: &aad,
        };
        let mut sealed = ring.current.header().to_vec();
        sealed.extend(nonce);
        #[expect(clippy::expect_used, reason = "fails only for values of 256 GiB")]
        sealed.extend(
            ring.current
                .seal
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
        let (header, sealed) = sealed.split_at_checked(HEADER_BYTES).ok_or(Unreadable)?;
        let ring = self.ring();
        let key = ring
            .all()
            .find(|k| k.header() == header)
            .ok_or(Unreadable)?;
        let (nonce, sealed) = sealed.split_at_checked(24).ok_or(Unreadable)?;
        let nonce: [u8; 24] = nonce.try_into().map_err(|_| Unreadable)?;
        let aad = aad(place);
        let payload = Payload {
            msg: sealed,
            aad: &aad,
        };
        let open = key
            .seal
            .decrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Unreadable)?;
        String::from_utf8(open).map_err(|_| Unreadable)
    }
}

/// Whether two secrets are the same, in a time that does not tell where they differ.
#[must_use]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
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

/// HMAC-SHA-256 under a key of any length, in hexadecimal.
#[must_use]
pub fn hmac_hex(key: &[u8], message: &[u8]) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("key");
    mac.update(message);
    let mac = mac.finalize().into_bytes();
    mac.iter().map(|b| format!("{b:02x}")).collect()
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

    #[test]
    fn a_new_key_seals_and_the_old_one_still_opens() {
        let place = Place {
            column: "person.full_name",
            row: Uuid::from_u128(1),
        };
        let before = Secrets::one([1; SECRET_BYTES]);
        let next = before.clone().with(Secret {
            number: 2,
            bytes: [2; SECRET_BYTES],
        });
        let keys = Keys::new(&before);
        let old = keys.seal(place, "Bùi Thị Đào");
        let old_index = keys.blind_index("phone", "+84900000000");
        assert_eq!(keys.adopt(&next), Ok(()));
        assert_eq!(keys.blind_index("phone", "+84900000000"), old_index);
        assert_eq!(keys.adopt(&next.clone().promoted()), Ok(()));
        let new = keys.seal(place, "Bùi Thị Đào");
        assert_eq!((old[2], new[2]), (1, 2));
        for sealed in [&old, &new] {
            assert_eq!(keys.open(place, sealed).as_deref(), Ok("Bùi Thị Đào"));
        }
        assert_eq!(Keys::new(&before).open(place, &new), Err(Unreadable));
        assert!(
            keys.blind_indexes("phone", "+84900000000")
                .contains(&old_index)
        );
        assert_ne!(keys.blind_index("phone", "+84900000000"), old_index);
        let stranger = Secrets::one([3; SECRET_BYTES]);
        assert_eq!(keys.adopt(&stranger), Err(OtherKeys));
    }
}
