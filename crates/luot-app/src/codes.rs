//! Codes of appointments: eight characters that can be read out on a phone.
//!
//! Crockford's base 32, without I, L, O and U. 40 bits: a code names, it does not grant.

use uuid::Uuid;

use crate::keys::Keys;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters in a code.
pub(crate) const LENGTH: usize = 8;

/// The code of an appointment.
pub(crate) fn code(keys: &Keys, appointment: Uuid) -> String {
    keys.code_bytes(appointment)
        .iter()
        .take(LENGTH)
        .map(|byte| char::from(ALPHABET[usize::from(byte & 31)]))
        .collect()
}

/// A code as somebody types it: case, blanks and dashes do not count, and what looks alike
/// is taken for the same.
pub(crate) fn read(text: &str) -> Option<String> {
    let code: String = text
        .chars()
        .filter(|c| !matches!(c, '-' | ' '))
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let known = |c: char| u8::try_from(c).is_ok_and(|b| ALPHABET.contains(&b));
    (code.len() == LENGTH && code.chars().all(known)).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let keys = Keys::from_secret(&[1; 32]);
        let made = code(&keys, Uuid::from_u128(1));
        assert_eq!(made.len(), LENGTH);
        assert_eq!(read(&made.to_lowercase()), Some(made.clone()));
        assert_eq!(read("o1l2-3456"), Some("01123456".into()));
        assert_eq!(read("1234567"), None);
        assert_eq!(read("1234567Ú"), None);
    }
}
