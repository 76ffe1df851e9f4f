//! Phone numbers of Viet Nam: `0…`, `+84…`, `84…`; for messages, mobiles only.
//!
//! The prefixes of mobile networks are those of the numbering plan in force since the
//! change of 2018: 03, 05, 07, 08, 09, ten digits in all.

/// A mobile number in international form, `+84` and nine digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mobile(String);

/// Why a text is no mobile number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotMobile {
    /// No number of Viet Nam.
    #[error("not a phone number of Viet Nam")]
    NotANumber,
    /// A number, but no message reaches it.
    #[error("a number that takes no messages; a mobile number is needed")]
    Landline,
}

impl Mobile {
    /// Reads the ways people write it.
    ///
    /// # Errors
    /// When it is no Vietnamese number, or none that takes messages.
    pub fn read(text: &str) -> Result<Self, NotMobile> {
        let mut digits = String::with_capacity(12);
        for (i, c) in text.trim().chars().enumerate() {
            match c {
                '0'..='9' => digits.push(c),
                '+' if i == 0 => {}
                ' ' | '.' | '-' | '(' | ')' | '\u{a0}' => {}
                _ => return Err(NotMobile::NotANumber),
            }
        }
        let national = digits
            .strip_prefix("84")
            .filter(|rest| rest.len() >= 9)
            .or_else(|| digits.strip_prefix('0'))
            .ok_or(NotMobile::NotANumber)?;
        match (national.len(), national.as_bytes().first()) {
            (9, Some(b'3' | b'5' | b'7' | b'8' | b'9')) => Ok(Self(format!("+84{national}"))),
            (9 | 10, Some(b'1' | b'2')) => Err(NotMobile::Landline),
            _ => Err(NotMobile::NotANumber),
        }
    }

    /// `+84…`
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_people_write_a_mobile_number_are_one() {
        for text in [
            "0912345678",
            "+84912345678",
            "84912345678",
            "091 234 5678",
            "091-234.5678",
        ] {
            assert_eq!(
                Mobile::read(text).as_ref().map(Mobile::as_str),
                Ok("+84912345678")
            );
        }
    }

    #[test]
    fn what_takes_no_message_is_told_apart() {
        for (text, why) in [
            ("02438251234", NotMobile::Landline),
            ("19001234", NotMobile::NotANumber),
            ("12345", NotMobile::NotANumber),
            ("", NotMobile::NotANumber),
            ("o912345678", NotMobile::NotANumber),
            ("+1 202 555 0100", NotMobile::NotANumber),
        ] {
            assert_eq!(Mobile::read(text), Err(why), "{text}");
        }
    }
}
