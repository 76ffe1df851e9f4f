//! Vietnamese text: what is stored, and what is searched.

use std::borrow::Cow;

use unicode_normalization::char::{decompose_canonical, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// NFC, with white space squeezed and trimmed: how text is stored.
#[must_use]
pub fn tidy(text: &str) -> String {
    let composed: Cow<'_, str> = match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.into(),
        _ => text.nfc().collect(),
    };
    join(composed.split_whitespace(), composed.len())
}

/// Lower case without accents, đ as d, blanks squeezed: how text is searched and compared.
/// `Bùi Thị Đào` and `bui thi dao` fold to the same; so do names that differ by accents
/// alone, which whoever compares must bear in mind.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    // Letter by letter: what a whole text would need more is to put marks in order, which go.
    for letter in text.chars() {
        if letter.is_ascii() {
            bare.push(letter.to_ascii_lowercase());
            continue;
        }
        decompose_canonical(letter, |c| {
            // Lower-casing may bring a mark of its own (İ), and đ is a letter, not a d with a mark.
            let lower = (!is_combining_mark(c)).then(|| c.to_lowercase());
            let lower = lower
                .into_iter()
                .flatten()
                .filter(|c| !is_combining_mark(*c));
            bare.extend(lower.map(|c| if c == 'đ' { 'd' } else { c }));
        });
    }
    squeeze(&bare)
}

/// One blank where there were several, or where a control character stood; none at the ends.
#[must_use]
pub fn squeeze(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    join(words.filter(|word| !word.is_empty()), text.len())
}

/// Words with one blank between them.
fn join<'a>(words: impl Iterator<Item = &'a str>, room: usize) -> String {
    let mut joined = String::with_capacity(room);
    for word in words {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(word);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_ignores_accents_case_and_the_way_they_are_composed() {
        for text in [
            "Bùi Thị  Đào",
            "BÙI THỊ ĐÀO",
            "Bu\u{300}i Thi\u{323} Đa\u{300}o",
        ] {
            assert_eq!(fold(text), "bui thi dao");
        }
        assert_eq!(tidy(" Bu\u{300}i \n Thị "), "Bùi Thị");
        assert_eq!(tidy("  Bùi \t Thị\n"), "Bùi Thị");
    }

    #[test]
    fn every_letter_folds_as_a_whole_text_would() {
        let whole = |text: &str| {
            let bare: String = text
                .nfd()
                .filter(|c| !is_combining_mark(*c))
                .flat_map(char::to_lowercase)
                .filter(|c| !is_combining_mark(*c))
                .map(|c| if c == 'đ' { 'd' } else { c })
                .collect();
            squeeze(&bare)
        };
        for letter in '\0'..=char::MAX {
            let text = format!("A\u{323}{letter}\u{301} {letter}");
            assert_eq!(fold(&text), whole(&text), "{letter:?}");
        }
    }
}
