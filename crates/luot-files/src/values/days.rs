//! A month, and a list of days in it. Whether a day exists in its month is not asked here.

use chrono::Datelike;

use crate::table::Cell;
use crate::{limits, text};

/// A month, and its year where it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Month {
    pub(crate) year: Option<i32>,
    pub(crate) month: u32,
}

/// `Tháng 4/2023`, `04/2023`, `4 năm 2023`, `2023-04`, `Tháng 4`; or a date cell, which is what a
/// spreadsheet makes of `4/2023`.
pub(crate) fn month(cell: &Cell) -> Option<Month> {
    if let Cell::Date(at) = cell {
        return Some(Month {
            year: Some(at.year()),
            month: at.month(),
        });
    }
    let shown = cell.shown();
    let numbers = numbers(&shown)?;
    let (year, month) = match numbers.as_slice() {
        [month] => (None, *month),
        [month, year] if *year >= 1000 => (Some(*year), *month),
        [year, month] if *year >= 1000 => (Some(*year), *month),
        _ => return None,
    };
    let year = year.map(i32::try_from).transpose().ok()?;
    let plausible = (1..=12).contains(&month) && year.is_none_or(|y| (2000..=2100).contains(&y));
    plausible.then_some(Month { year, month })
}

/// Every run of digits; none where one is too long to be a number.
fn numbers(text: &str) -> Option<Vec<u32>> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|n| !n.is_empty())
        .map(|n| n.parse().ok())
        .collect()
}

/// One item of a list of days, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) day: u32,
    pub(crate) month: Option<u32>,
    pub(crate) year: Option<i32>,
}

/// A list of days, and what is odd about how it is written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Days {
    pub(crate) days: Vec<Day>,
    /// `12,13,`
    pub(crate) trailing_comma: bool,
    /// `12,,13`
    pub(crate) doubled_comma: bool,
    /// `01,2,3`: one way of writing beside the other.
    pub(crate) mixed_zeros: bool,
    /// `12-16`
    pub(crate) ranges: bool,
    /// Items that are no day.
    pub(crate) unreadable: Vec<String>,
}

/// Takes a list of days apart; whether a day exists in its month is not asked here.
pub(crate) fn days(text: &str) -> Days {
    let mut list = Days::default();
    if text.chars().nth(limits::DAYS_CHARS).is_some() {
        list.unreadable.push(text::quoted(text));
        return list;
    }
    let normal = text::fold(text)
        .replace(['–', '—', '−'], "-")
        .replace(" den ", "-")
        .replace(" va ", ",")
        .replace(';', ",")
        .replace("ngay ", "")
        .replace("tu ", "");
    let parts: Vec<&str> = normal.split(',').map(str::trim).collect();
    let last = parts.len().saturating_sub(1);
    let (mut zero_led, mut bare) = (false, false);
    for (n, part) in parts.iter().enumerate() {
        if part.is_empty() {
            list.trailing_comma |= n == last;
            list.doubled_comma |= n != last;
            continue;
        }
        zero_led |= part.starts_with('0');
        bare |= part.len() == 1;
        let joined = part.replace(" -", "-").replace("- ", "-");
        for item in joined.split(' ').filter(|item| !item.is_empty()) {
            match item.split_once('-') {
                None => match day(item) {
                    Some(day) => list.days.push(day),
                    None => list.unreadable.push(item.to_owned()),
                },
                Some((from, to)) => {
                    list.ranges = true;
                    match (day(from), day(to)) {
                        (Some(from), Some(to)) if in_order(from, to) => list
                            .days
                            .extend((from.day..=to.day).map(|day| Day { day, ..to })),
                        _ => list.unreadable.push(item.to_owned()),
                    }
                }
            }
        }
    }
    list.mixed_zeros = zero_led && bare;
    list
}

/// Whether a range goes forward within one month.
fn in_order(from: Day, to: Day) -> bool {
    from.day <= to.day
        && to.day <= 31
        && (from.month.is_none() || from.month == to.month)
        && (from.year.is_none() || from.year == to.year)
}

/// `12`, `12/4` or `12/4/2023`.
fn day(item: &str) -> Option<Day> {
    let parts: Vec<&str> = item.split('/').collect();
    let number = |n: &&str| {
        if n.len() <= 4 && !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()) {
            n.parse().ok()
        } else {
            None
        }
    };
    let numbers: Vec<u32> = parts.iter().map(number).collect::<Option<_>>()?;
    match numbers.as_slice() {
        [day] => Some(Day {
            day: *day,
            month: None,
            year: None,
        }),
        [day, month] => Some(Day {
            day: *day,
            month: Some(*month),
            year: None,
        }),
        [day, month, year] => Some(Day {
            day: *day,
            month: Some(*month),
            year: i32::try_from(*year).ok(),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]
    use super::*;
    use chrono::NaiveDate;

    #[test]
    fn months_are_read_with_and_without_their_year() {
        for (given, expect) in [
            ("Tháng 4/2023", Some((Some(2023), 4))),
            ("04/2023", Some((Some(2023), 4))),
            ("Tháng 4 năm 2023", Some((Some(2023), 4))),
            ("2023-04", Some((Some(2023), 4))),
            ("Tháng 12", Some((None, 12))),
            ("Tháng 13/2023", None),
            ("Tháng tư", None),
            ("4/23", None),
            ("1/4/2023", None),
        ] {
            let read = month(&Cell::Text(given.into())).map(|m| (m.year, m.month));
            assert_eq!(read, expect, "{given}");
        }
        let cell = Cell::Date(NaiveDate::from_ymd_opt(2023, 4, 1).unwrap().into());
        assert_eq!(
            month(&cell),
            Some(Month {
                year: Some(2023),
                month: 4
            })
        );
    }

    #[test]
    fn lists_of_days_are_taken_apart() {
        let plain = |text: &str| days(text).days.iter().map(|d| d.day).collect::<Vec<_>>();
        for (given, expect) in [
            ("12,13,14", vec![12, 13, 14]),
            ("25,26,", vec![25, 26]),
            ("01,2,3,4", vec![1, 2, 3, 4]),
            ("1; 2 ; 3", vec![1, 2, 3]),
            ("1 2 3", vec![1, 2, 3]),
            ("từ ngày 12 đến 15", vec![12, 13, 14, 15]),
            ("12 - 14, 20", vec![12, 13, 14, 20]),
            ("12 và 14", vec![12, 14]),
            ("31", vec![31]),
        ] {
            assert_eq!(plain(given), expect, "{given}");
            assert!(days(given).unreadable.is_empty(), "{given}");
        }
        assert!(days("25,26,").trailing_comma && !days("25,26").trailing_comma);
        assert!(days("1,,2").doubled_comma && !days("1,2,").doubled_comma);
        assert!(
            days("01,2").mixed_zeros && !days("01,02").mixed_zeros && !days("9,10").mixed_zeros
        );
        assert_eq!(
            days("12/4/2023").days,
            [Day {
                day: 12,
                month: Some(4),
                year: Some(2023)
            }]
        );
        for given in ["mười", "16-12", "1-99999999", "12/", "12.13", "1/2/3/4"] {
            assert!(!days(given).unreadable.is_empty(), "{given}");
        }
    }
}
