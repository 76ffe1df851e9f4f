//! Vietnamese text as it has to be handled here: composed on input, compared without accents.
//!
//! The hazard: the same name arrives composed and decomposed (NFC, NFD), with the tone mark on
//! either vowel (Hòa, Hoà), and with invisible characters that office programs leave behind.

use unicode_normalization::UnicodeNormalization;

use crate::limits;

pub use luot_domain::text::fold;
use luot_domain::text::squeeze as squeezed;

/// A folded text as an identifier: letters, digits and single hyphens. Empty where the text has no
/// Latin letter and no digit.
pub fn slug(text: &str) -> String {
    words(text).replace(' ', "-")
}

/// Folded, with everything that is neither letter nor digit taken for a blank.
pub(crate) fn words(text: &str) -> String {
    let only: String = fold(text)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    squeezed(&only)
}

/// A cell's text as it is kept: composed (NFC), without invisible characters, blanks squeezed, line
/// breaks taken for blanks.
pub(crate) fn clean(text: &str) -> String {
    let composed: String = text.nfc().filter(|c| !is_invisible(*c)).collect();
    squeezed(&composed)
}

/// Zero-width characters, soft hyphens and byte order marks, which survive copying between programs.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}' | '\u{FEFF}')
}

/// A text cut to what a finding quotes.
pub(crate) fn quoted(text: &str) -> String {
    cut(text, limits::QUOTED_CHARS)
}

/// A text cut to a length, with a sign that it was.
pub(crate) fn cut(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// A number with thousands marked, as English (`,`) or Vietnamese (`.`) has it.
pub(crate) fn thousands(number: u64, mark: char) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push(mark);
        }
        out.push(digit);
    }
    out
}

/// `1 row`, `2 rows`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// How many letters have to be changed, added or left out to make one text of the other; for
/// suggestions only, so long texts are cut.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) =
        (a.chars().take(60).collect(), b.chars().take(60).collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        let mut left = i + 1;
        for (y, (diagonal, above)) in b.iter().zip(row.iter().zip(row.iter().skip(1))) {
            left = (diagonal + usize::from(x != y))
                .min(above + 1)
                .min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_accents_case_and_blanks() {
        for (given, expect) in [
            ("Hoàng Văn Thụ", "hoang van thu"),
            ("  THỊ  TRẤN\u{a0}Bình\nGia ", "thi tran binh gia"),
            ("Đức Thọ", "duc tho"),
            ("đường", "duong"),
            ("Hoà Bình", "hoa binh"),
            ("Ho\u{300}a Bi\u{300}nh", "hoa binh"),
            ("ƯỚC NGUYỆN", "uoc nguyen"),
            ("İ", "i"),
            ("", ""),
        ] {
            assert_eq!(fold(given), expect, "{given}");
        }
    }

    #[test]
    fn slugs_have_letters_digits_and_single_hyphens() {
        for (given, expect) in [
            ("MÁY 1", "may-1"),
            ("CAX Thiện Thuật", "cax-thien-thuat"),
            ("HĐND & UBND huyện", "hdnd-ubnd-huyen"),
            (" -- ", ""),
            ("日本", ""),
        ] {
            assert_eq!(slug(given), expect, "{given}");
        }
    }

    #[test]
    fn cells_are_composed_and_lose_what_nobody_sees() {
        assert_eq!(
            clean("\u{feff}Tha\u{301}ng\u{200b} 4\r\n/2023 "),
            "Tháng 4 /2023"
        );
    }

    #[test]
    fn thousands_are_marked_from_the_right() {
        for (given, expect) in [
            (0, "0"),
            (249, "249"),
            (2560, "2,560"),
            (1234567, "1,234,567"),
        ] {
            assert_eq!(thousands(given, ','), expect);
        }
    }

    #[test]
    fn distance_counts_letters() {
        for (a, b, expect) in [
            ("", "", 0),
            ("tan van", "tan vam", 1),
            ("abc", "", 3),
            ("ab", "ba", 2),
        ] {
            assert_eq!(distance(a, b), expect, "{a} {b}");
        }
    }
}
