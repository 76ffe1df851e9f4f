//! Short secrets that people type: passwords as they may be, recovery codes, codes by phone.

use luot_domain::finding::Note;
use uuid::Uuid;

use crate::error::{Error, Invalid, Result};
use crate::keys::Keys;
use crate::limits;

/// Letters and digits that are not taken for each other.
const ALPHABET: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyz-";

/// So many random characters; without the dash they are 31, which a byte is cut to fairly.
pub(super) fn random_text(length: usize) -> Result<String> {
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(|e| Error::Bug(e.to_string()))?;
        // 248 is eight times 31: beyond it the first characters would come more often.
        let fair = bytes.into_iter().filter(|b| *b < 248);
        let fair = fair.map(|b| char::from(ALPHABET[usize::from(b % 31)]));
        text.extend(fair.take(length - text.len()));
    }
    Ok(text)
}

/// Six random digits.
pub(super) fn six_digits() -> Result<String> {
    loop {
        let mut bytes = [0_u8; 4];
        getrandom::fill(&mut bytes).map_err(|e| Error::Bug(e.to_string()))?;
        let number = u32::from_be_bytes(bytes);
        // The largest multiple of a million that fits: beyond it some codes come more often.
        if number < 4_294_000_000 {
            return Ok(format!("{:06}", number % 1_000_000));
        }
    }
}

/// The hash under which a recovery code is kept.
pub(super) fn recovery_hash(keys: &Keys, staff: Uuid, code: &str) -> Vec<u8> {
    let code: String = code
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .map(|c| c.to_ascii_lowercase())
        .collect();
    keys.code_hash("recovery", staff.as_bytes(), &code)
}

/// Refuses a password that is short, absurdly long, or the one there was.
pub(super) fn check_password(new: &str, old: &str) -> Result<()> {
    let length = new.chars().count();
    if (limits::PASSWORD_CHARACTERS..=limits::PASSWORD_BYTES).contains(&length)
        && new.len() <= limits::PASSWORD_BYTES
        && new != old
    {
        return Ok(());
    }
    let least = limits::PASSWORD_CHARACTERS;
    Err(Error::Invalid(
        Invalid::Input,
        vec![Note::new(
            "/new_password",
            "weak-password",
            format!("a new password has at least {least} characters and is not the old one"),
            format!("mật khẩu mới cần ít nhất {least} ký tự và khác mật khẩu cũ"),
        )],
    ))
}

/// Bytes as they are sealed.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// And back.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    (0..text.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_text_is_as_long_as_asked_and_never_the_same() {
        let (a, b) = (
            random_text(16).expect("text"),
            random_text(16).expect("text"),
        );
        assert_eq!((a.len(), b.len()), (16, 16));
        assert_ne!(a, b);
        assert!(!a.contains('-'));
        let digits = six_digits().expect("digits");
        assert!(digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit()));
        assert_eq!(from_hex(&hex(&[0, 15, 255])), Some(vec![0, 15, 255]));
    }
}
