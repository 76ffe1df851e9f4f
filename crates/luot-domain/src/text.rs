//! Vietnamese text: what is stored, and what is searched.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// NFC, with white space squeezed and trimmed: how text is stored.
#[must_use]
pub fn tidy(text: &str) -> String {
    let composed: String = text.nfc().collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lower case without accents, đ as d, blanks squeezed: how text is searched and compared.
/// `Bùi Thị Đào` and `bui thi dao` fold to the same; so do names that differ by accents
/// alone, which whoever compares must bear in mind.
#[must_use]
pub fn fold(text: &str) -> String {
    let bare: String = text
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        // Lower-casing may bring a mark of its own (İ), and đ is a letter, not a d with a mark.
        .filter(|c| !is_combining_mark(*c))
        .map(|c| if c == 'đ' { 'd' } else { c })
        .collect();
    squeeze(&bare)
}

/// One blank where there were several, or where a control character stood; none at the ends.
#[must_use]
pub fn squeeze(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
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
    }
}
