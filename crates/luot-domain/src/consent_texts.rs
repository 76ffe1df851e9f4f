//! The texts that people agree to before a child's data is stored, each in every version
//! there ever was.
//!
//! The hazard: a text that somebody may have agreed to is never changed or removed. What is
//! to be said otherwise is a new version, below the others; the older ones stay good, for
//! whoever has the page open still.

use chrono::NaiveDate;

/// A text to agree to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsentText {
    /// Its version. It is kept as it is, so it is nothing that could be somebody's phone.
    pub version: &'static str,
    /// Since when it is shown.
    pub from: NaiveDate,
    /// In Vietnamese: kept as `VERSION/vi`.
    pub vi: &'static str,
    /// In English: kept as `VERSION/en`.
    pub en: &'static str,
}

/// All of them, the present one last.
pub const ALL: &[ConsentText] = &[ConsentText {
    version: "2026-11",
    from: day(2026, 11, 1),
    vi: include_str!("consent_texts/2026-11.vi.txt"),
    en: include_str!("consent_texts/2026-11.en.txt"),
}];

/// Of that date, which a test compares with what is meant.
const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(day) => day,
        None => NaiveDate::MIN,
    }
}

/// The words that somebody agreed to, by what is kept of it: a version and a language, like
/// `2026-11/vi`.
#[must_use]
pub fn find(agreed: &str) -> Option<&'static str> {
    let (version, language) = agreed.split_once('/')?;
    let text = ALL.iter().find(|text| text.version == version)?;
    match language {
        "vi" => Some(text.vi),
        "en" => Some(text.en),
        _ => None,
    }
}

/// What may be agreed to, as it is kept.
#[must_use]
pub fn known() -> Vec<String> {
    let each =
        |text: &ConsentText| ["vi", "en"].map(|language| format!("{}/{language}", text.version));
    ALL.iter().flat_map(each).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_leads_to_the_words() {
        for text in ALL {
            assert_eq!(find(&format!("{}/vi", text.version)), Some(text.vi));
            assert_eq!(find(&format!("{}/en", text.version)), Some(text.en));
        }
        for unknown in ["2026-11", "2026-11/fr", "/vi", "2026-10/vi", ""] {
            assert_eq!(find(unknown), None, "{unknown}");
        }
        assert!(known().iter().all(|agreed| find(agreed).is_some()));
    }

    #[test]
    fn texts_are_in_order_have_different_names_and_are_short_enough_to_be_kept() {
        for pair in ALL.windows(2) {
            assert!(pair[0].from < pair[1].from && pair[0].version < pair[1].version);
        }
        for text in ALL {
            let digits = text.version.bytes().filter(u8::is_ascii_digit).count();
            assert!(text.version.len() <= 20 && digits <= 8, "{}", text.version);
            assert!(text.from > day(2026, 1, 1) && !text.vi.is_empty() && !text.en.is_empty());
        }
    }
}
