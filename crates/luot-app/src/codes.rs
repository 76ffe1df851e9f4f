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

/// In an address so many of its parts are looked at.
const PARTS_MOST: usize = 12;

/// What may be the code in what a scanner gives, the likeliest first: the code as somebody
/// would type it, or an address that has it in its path or question. A scanner may say before
/// it what kind of symbol it was (`]Q1`), and end with a line break.
pub(crate) fn scanned(text: &str) -> Vec<String> {
    let text = text.trim();
    let text = match text.strip_prefix("]Q") {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => &rest[1..],
        _ => text,
    };
    if let Some(code) = read(text) {
        return vec![code];
    }
    let Some((_, address)) = text.split_once("://") else {
        return Vec::new();
    };
    // The last part first: the name of the server is no code.
    let parts = address.rsplit(['/', '?', '&', '=', '#']);
    let found = parts.take(PARTS_MOST).filter_map(read);
    found.collect()
}

/// A code as somebody types it: case, blanks and dashes do not count, and what looks alike
/// is taken for the same.
pub(crate) fn read(text: &str) -> Option<String> {
    let code: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}' | '\u{2013}'))
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

    #[test]
    fn a_code_is_read_as_scanners_give_it() {
        for (text, expected) in [
            ("7Q2MX8KD", &["7Q2MX8KD"][..]),
            ("7q2m x8kd\r\n", &["7Q2MX8KD"]),
            ("\t7Q2M-X8KD", &["7Q2MX8KD"]),
            ("7Q2M–X8KD", &["7Q2MX8KD"]),
            ("]Q17Q2MX8KD", &["7Q2MX8KD"]),
            ("https://dat-lich.example/a/7q2mx8kd", &["7Q2MX8KD"]),
            (
                "https://dat-lich.example/a/7Q2M-X8KD/?l=vi#top",
                &["7Q2MX8KD"],
            ),
            (
                "https://dat-lich.example/a?code=7Q2MX8KD&l=vi",
                &["7Q2MX8KD"],
            ),
            // Such a word could be a code: whoever looks finds that it is none.
            (
                "https://x.example/7Q2MX8KD/checkins",
                &["CHECK1NS", "7Q2MX8KD"],
            ),
            ("https://dat-lich.example/", &[]),
            ("7Q2MX8K", &[]),
            ("WIFI:S:x;;", &[]),
            ("", &[]),
            ("]Q", &[]),
            ("]Qé1234567", &[]),
        ] {
            assert_eq!(scanned(text), expected, "{text}");
        }
        let long = format!("https://x/{}", "7Q2MX8KD/".repeat(1_000));
        assert_eq!(scanned(&long).len(), PARTS_MOST - 1);
    }
}
