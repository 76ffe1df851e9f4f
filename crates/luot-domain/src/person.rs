//! Who somebody is: names, personal numbers, and what tells two people apart.

use chrono::{Datelike, NaiveDate};

use crate::text::{fold, tidy};

/// A personal number (số định danh): twelve digits, without a check digit.
///
/// Three digits for the province or country of birth registration, one for century and
/// sex, two for the year of birth, six others (Decree 137/2015, article 13).
#[derive(Clone, PartialEq, Eq)]
pub struct PersonalNumber(String);

/// The text has not twelve digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a personal number has 12 digits")]
pub struct NotTwelveDigits;

impl PersonalNumber {
    /// Reads twelve digits, blanks between them ignored.
    ///
    /// # Errors
    /// When there are more, fewer, or something else.
    pub fn read(text: &str) -> Result<Self, NotTwelveDigits> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if digits.len() == 12 && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(digits))
        } else {
            Err(NotTwelveDigits)
        }
    }

    /// The digits. Personal data: never logged.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// Whether the century and year in the number are those of the birth date. A mismatch
    /// is worth a warning, never a refusal.
    #[must_use]
    pub fn agrees_with(&self, birth: NaiveDate) -> bool {
        let digit = |i: usize| i32::from(self.0.as_bytes()[i] - b'0');
        let century = 1900 + 100 * (digit(3) / 2);
        century + 10 * digit(4) + digit(5) == birth.year()
    }
}

impl std::fmt::Debug for PersonalNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersonalNumber(…)")
    }
}

/// What a person's key is a keyed hash of: the personal number, or, without one, the
/// folded name, the birth date and the phone.
#[must_use]
pub fn key_material(
    number: Option<&PersonalNumber>,
    full_name: &str,
    birth: NaiveDate,
    phone: &str,
) -> String {
    match number {
        Some(number) => format!("number\n{}", number.digits()),
        None => format!("name\n{}\n{birth}\n{phone}", fold(full_name)),
    }
}

/// What shows that somebody knows a person: the given name (the last word), folded, and the
/// birth date. Families write the words before it in many ways, the last one they know.
#[must_use]
pub fn claim_material(full_name: &str, birth: NaiveDate) -> String {
    let folded = fold(full_name);
    let given = folded.rsplit(' ').next().unwrap_or_default();
    format!("claim\n{given}\n{birth}")
}

/// A name as it is stored, or `None` where there is no letter in it.
#[must_use]
pub fn name(text: &str) -> Option<String> {
    let tidied = tidy(text);
    (tidied.chars().any(char::is_alphabetic) && !tidied.chars().any(char::is_control))
        .then_some(tidied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_personal_number_tells_century_and_year() {
        for (digits, birth, agrees) in [
            ("020217000001", "2017-05-06", true),
            ("020317000001", "2017-05-06", true),
            ("020117000001", "2017-05-06", false),
            ("020090000001", "1990-05-06", true),
            ("020217000001", "2018-05-06", false),
        ] {
            let number = PersonalNumber::read(digits);
            let birth: NaiveDate = birth.parse().unwrap_or_default();
            assert_eq!(number.map(|n| n.agrees_with(birth)), Ok(agrees), "{digits}");
        }
        assert_eq!(PersonalNumber::read("20217000001"), Err(NotTwelveDigits));
        assert_eq!(PersonalNumber::read("０20217000001"), Err(NotTwelveDigits));
    }

    #[test]
    fn who_knows_the_given_name_and_the_birth_date_knows_the_person() {
        let (birth, other): (NaiveDate, NaiveDate) = (
            "2017-05-06".parse().unwrap_or_default(),
            "2017-06-05".parse().unwrap_or_default(),
        );
        let stored = claim_material("Bùi Thị Đào", birth);
        for (name, birth, same) in [
            ("bui thi  DAO ", birth, true),
            ("Bu\u{300}i Đa\u{300}o", birth, true),
            ("Đào", birth, true),
            ("Bùi Thị Đao", birth, true),
            ("Bùi Thị Đào", other, false),
            ("Đào Thị Bùi", birth, false),
            ("Ai Đó", birth, false),
        ] {
            assert_eq!(
                claim_material(name, birth) == stored,
                same,
                "{name} {birth}"
            );
        }
    }

    #[test]
    fn the_number_decides_who_somebody_is_where_there_is_one() {
        let birth = NaiveDate::default();
        let number = PersonalNumber::read("020217000001").ok();
        assert_eq!(
            key_material(number.as_ref(), "Bùi Thị Đào", birth, "+84912345678"),
            key_material(number.as_ref(), "Bui Thi Dao", birth, "+84900000000"),
        );
        assert_eq!(
            key_material(None, "Bùi Thị Đào", birth, "+84912345678"),
            key_material(None, "bui thi  dao", birth, "+84912345678"),
        );
        assert_eq!(name("  "), None);
        assert_eq!(name("12"), None);
    }
}
