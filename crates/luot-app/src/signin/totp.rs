//! One-time codes of an authenticator (RFC 6238): six digits, every thirty seconds, HMAC-SHA-1,
//! which is what the apps understand.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::keys::same;

/// Length of a secret: that of the hash, as the RFC wants it.
pub(crate) const SECRET_BYTES: usize = 20;
const STEP_SECONDS: i64 = 30;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The step that a code is good for: the present one or a neighbour, for clocks that differ,
/// and later than the last that was used, so that no code is good twice.
pub(crate) fn step_of(secret: &[u8], code: &str, now: i64, last: i64) -> Option<i64> {
    let present = now.div_euclid(STEP_SECONDS);
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    (present - 1..=present + 1)
        .filter(|step| *step > last)
        .find(|step| same(at(secret, *step).as_bytes(), digits.as_bytes()))
}

/// The code of a step.
pub(crate) fn at(secret: &[u8], step: i64) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("key");
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let from = usize::from(hash[19] & 0x0f);
    // The RFC's truncation: `from` is at most 15, so four bytes are there.
    let word = hash[from..]
        .iter()
        .take(4)
        .fold(0_u32, |word, byte| (word << 8) | u32::from(*byte));
    format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
}

/// A secret as people type it into an app.
pub(crate) fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            text.push(char::from(ALPHABET[((bits >> count) & 31) as usize]));
        }
    }
    if count > 0 {
        text.push(char::from(ALPHABET[((bits << (5 - count)) & 31) as usize]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 6238, appendix B, the last six of eight digits.
        for (now, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(at(SECRET, now / 30), code);
            assert_eq!(step_of(SECRET, code, now, 0), Some(now / 30));
        }
        assert_eq!(base32(SECRET), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn a_code_is_good_for_a_minute_and_a_half_and_once() {
        let code = at(SECRET, 100);
        for (now, good) in [(2_969, false), (2_970, true), (3_059, true), (3_060, false)] {
            assert_eq!(step_of(SECRET, &code, now, 0).is_some(), good, "{now}");
        }
        assert_eq!(step_of(SECRET, &code, 3_000, 100), None);
        assert_eq!(step_of(SECRET, "", 3_000, 0), None);
    }
}
