//! The secrets that keys are made of, as they stand in a file or in the environment: one a
//! line, `k1` and 64 hexadecimal digits, the word `current` after the one in use.
//!
//! ```text
//! k1 0f0f…0f
//! k2 3c3c…3c current
//! ```
//!
//! The first line must stay the first. A file of nothing but 64 digits holds `k1`.

use std::fmt::Write as _;

use crate::keys::SECRET_BYTES;

/// A secret and its number.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// Its number, from 1.
    pub number: u16,
    /// Itself.
    pub bytes: [u8; SECRET_BYTES],
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret(k{})", self.number)
    }
}

/// Some secrets, of which one is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secrets {
    first: Secret,
    rest: Vec<Secret>,
    current: u16,
}

/// Why a text holds no secrets; never what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoSecrets {
    /// There is none.
    #[error("there is no key in it")]
    Empty,
    /// A line cannot be read.
    #[error("line {0} is not a name such as `k1` and 64 hexadecimal digits")]
    Line(usize),
    /// Two have one number.
    #[error("line {0} has the number of another")]
    Twice(usize),
    /// Several are marked as the one in use, or of several none is.
    #[error("exactly one of several keys must be marked `current`")]
    Current,
}

impl Secrets {
    /// One alone.
    #[must_use]
    pub fn one(bytes: [u8; SECRET_BYTES]) -> Self {
        Self {
            first: Secret { number: 1, bytes },
            rest: Vec::new(),
            current: 1,
        }
    }

    /// Reads a file, or a variable in which `;` may stand for the end of a line.
    ///
    /// # Errors
    /// Where and why it cannot be read.
    pub fn read(text: &str) -> Result<Self, NoSecrets> {
        let mut all: Vec<Secret> = Vec::new();
        let mut current = None;
        let lines = text.split(['\n', ';']).enumerate();
        let lines = lines.map(|(i, line)| (i + 1, line.trim()));
        for (i, line) in lines.filter(|(_, l)| !l.is_empty() && !l.starts_with('#')) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let (number, digits, marked) = match words.as_slice() {
                [digits] => (1, *digits, false),
                [name, digits] => (number(name).ok_or(NoSecrets::Line(i))?, *digits, false),
                [name, digits, "current"] => {
                    (number(name).ok_or(NoSecrets::Line(i))?, *digits, true)
                }
                _ => return Err(NoSecrets::Line(i)),
            };
            let bytes = bytes(digits).ok_or(NoSecrets::Line(i))?;
            if all.iter().any(|s| s.number == number) {
                return Err(NoSecrets::Twice(i));
            }
            if marked && current.replace(number).is_some() {
                return Err(NoSecrets::Current);
            }
            all.push(Secret { number, bytes });
        }
        let mut all = all.into_iter();
        let first = all.next().ok_or(NoSecrets::Empty)?;
        let rest: Vec<Secret> = all.collect();
        let current = match current {
            Some(number) => number,
            None if rest.is_empty() => first.number,
            None => return Err(NoSecrets::Current),
        };
        Ok(Self {
            first,
            rest,
            current,
        })
    }

    /// As a file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for secret in self.all() {
            let _ = write!(text, "k{} ", secret.number);
            for byte in secret.bytes {
                let _ = write!(text, "{byte:02x}");
            }
            text.push_str(if secret.number == self.current {
                " current\n"
            } else {
                "\n"
            });
        }
        text
    }

    /// The first.
    #[must_use]
    pub fn first(&self) -> &Secret {
        &self.first
    }

    /// The one in use.
    #[must_use]
    pub fn current(&self) -> &Secret {
        let mut rest = self.rest.iter();
        rest.find(|s| s.number == self.current)
            .unwrap_or(&self.first)
    }

    /// All of them, the first first.
    #[must_use]
    pub fn all(&self) -> Vec<&Secret> {
        std::iter::once(&self.first).chain(&self.rest).collect()
    }

    /// The number that the next gets.
    #[must_use]
    pub fn next_number(&self) -> u16 {
        let most = self.all().iter().map(|s| s.number).max();
        most.unwrap_or(0).saturating_add(1)
    }

    /// With one more, which is not in use yet.
    #[must_use]
    pub fn with(mut self, secret: Secret) -> Self {
        self.rest.push(secret);
        self
    }

    /// With the last one in use.
    #[must_use]
    pub fn promoted(mut self) -> Self {
        self.current = self.rest.last().unwrap_or(&self.first).number;
        self
    }
}

fn number(name: &str) -> Option<u16> {
    let number = name.strip_prefix('k')?.parse().ok()?;
    (number > 0).then_some(number)
}

fn bytes(digits: &str) -> Option<[u8; SECRET_BYTES]> {
    let mut bytes = [0_u8; SECRET_BYTES];
    if digits.len() != 2 * SECRET_BYTES || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, i) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(digits.get(i..i + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_read_as_they_are_written() {
        let digits = |b: &str| b.repeat(SECRET_BYTES);
        let old = Secrets::read(&digits("0f"));
        assert_eq!(old, Ok(Secrets::one([15; SECRET_BYTES])));
        let text = format!(
            "# of ours\nk1 {}\nk2 {} current\n",
            digits("0f"),
            digits("aB")
        );
        let read = Secrets::read(&text).expect("two keys");
        assert_eq!(read.current().number, 2);
        assert_eq!(read.first().number, 1);
        assert_eq!(read.next_number(), 3);
        assert_eq!(Secrets::read(&read.text()), Ok(read.clone()));
        assert_eq!(Secrets::read(&text.replace('\n', ";")), Ok(read));
    }

    #[test]
    fn what_is_wrong_is_told_by_line_and_never_shown() {
        let digits = "0f".repeat(SECRET_BYTES);
        for (text, why) in [
            (String::new(), NoSecrets::Empty),
            (digits[2..].to_owned(), NoSecrets::Line(1)),
            (format!("k0 {digits}"), NoSecrets::Line(1)),
            (format!("k1 {digits}\nk1 {digits}"), NoSecrets::Twice(2)),
            (format!("k1 {digits}\nk2 {digits}"), NoSecrets::Current),
            (
                format!("k1 {digits} current\nk2 {digits} current"),
                NoSecrets::Current,
            ),
            ("é".repeat(SECRET_BYTES), NoSecrets::Line(1)),
        ] {
            assert_eq!(Secrets::read(&text), Err(why));
            assert!(!why.to_string().contains("0f0f"));
        }
    }
}
