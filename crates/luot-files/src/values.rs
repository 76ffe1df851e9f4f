//! What stands in a cell, as a value: numbers, hours, months, lists of days.
//!
//! Pure and without a report: each gives the value and what was odd about it, or that it cannot be
//! read; the readers know the row and say so.

use chrono::{Datelike, NaiveDate, NaiveTime};

use crate::table::Cell;
use crate::text;

/// A whole number, and whether its thousands were marked (`45.934`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whole {
    pub(crate) value: u32,
    pub(crate) marked: bool,
}

/// A whole number from zero. A number cell with a fraction is none: where it stands for marked
/// thousands that a spreadsheet took for a decimal point, only the context can tell.
pub(crate) fn whole(cell: &Cell) -> Option<Whole> {
    match cell {
        Cell::Number(n) if n.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(n) => {
            // Checked above: whole, and within the type.
            Some(Whole {
                value: *n as u32,
                marked: false,
            })
        }
        Cell::Text(text) => whole_text(text),
        _ => None,
    }
}

fn whole_text(text: &str) -> Option<Whole> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok().map(|value| Whole {
            value,
            marked: false,
        });
    }
    let mark = text
        .chars()
        .find(|c| !c.is_ascii_digit())
        .filter(|c| ['.', ',', ' '].contains(c))?;
    let mut groups = text.split(mark);
    let first = groups.next()?;
    let digits = |group: &str| group.bytes().all(|b| b.is_ascii_digit());
    let well_formed = (1..=3).contains(&first.len())
        && digits(first)
        && groups.all(|group| group.len() == 3 && digits(group));
    if !well_formed {
        return None;
    }
    text.replace(mark, "").parse().ok().map(|value| Whole {
        value,
        marked: true,
    })
}

/// The number at the beginning of a text such as `160 hồ sơ/ Ca/ngày`.
pub(crate) fn leading_whole(cell: &Cell) -> Option<Whole> {
    let Cell::Text(text) = cell else {
        return whole(cell);
    };
    let end = text.find(|c: char| !c.is_ascii_digit() && !['.', ','].contains(&c));
    let number = text
        .get(..end.unwrap_or(text.len()))?
        .trim_end_matches(['.', ',']);
    whole_text(number)
}

/// A number cell's value times a thousand, where that is whole: `45.934` typed with Vietnamese
/// thousands into a spreadsheet that reads English numbers.
pub(crate) fn swallowed_thousands(cell: &Cell) -> Option<u32> {
    let Cell::Number(n) = cell else { return None };
    let thousandfold = (n * 1000.0).round();
    let fits = n.fract() != 0.0
        && (thousandfold / 1000.0 - n).abs() < 1e-9
        && (0.0..=f64::from(u32::MAX)).contains(&thousandfold);
    // Checked above: rounded, and within the type.
    fits.then_some(thousandfold as u32)
}

/// Two clock times, in the order they are written: `Từ 7h00 đến 15h00`, `7:00-15:00`, `7 giờ - 11 giờ
/// 30`. None where there are not exactly two, or one is no time of a day.
pub(crate) fn hours(text: &str) -> Option<(NaiveTime, NaiveTime)> {
    let folded = text::fold(text).replace("gio", "h");
    let characters: Vec<char> = folded.chars().collect();
    let (mut marked, mut all) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(found) = characters.get(at..).and_then(|rest| clock(rest, at)) {
        let (time, has_mark, next) = found;
        all.push(time);
        if has_mark {
            marked.push(time);
        }
        at = next;
    }
    let times = if marked.len() == 2 { marked } else { all };
    match times.as_slice() {
        [Some(start), Some(end)] => Some((*start, *end)),
        _ => None,
    }
}

/// The next number in the text as a clock time, whether it bears a mark of hours, and where it ends.
fn clock(rest: &[char], offset: usize) -> Option<(Option<NaiveTime>, bool, usize)> {
    let number = |from: usize| {
        let digits: String = rest
            .iter()
            .skip(from)
            .take_while(|c| c.is_ascii_digit())
            .take(9)
            .collect();
        (digits.parse::<u32>().ok(), from + digits.len())
    };
    let is_mark = |at: usize| rest.get(at).is_some_and(|c| ['h', 'g', ':'].contains(c));
    let start = rest.iter().position(char::is_ascii_digit)?;
    let (hour, mut end) = number(start);
    let mut mark = end;
    while rest.get(mark) == Some(&' ') {
        mark += 1;
    }
    let mut minute = 0;
    let mut marked = false;
    if is_mark(mark) {
        let colon = rest.get(mark) == Some(&':');
        let mut from = mark + 1;
        while !colon && rest.get(from) == Some(&' ') {
            from += 1;
        }
        let (minutes, after) = number(from);
        let mut beyond = after;
        while rest.get(beyond) == Some(&' ') {
            beyond += 1;
        }
        // `7h 15h`: what follows is a time of its own. `Ca 1: 7h`: this colon marks no hours.
        let own = after - from == 2 && !is_mark(beyond);
        marked = !colon || own;
        if marked {
            end = mark + 1;
        }
        if own {
            minute = minutes.unwrap_or_default();
            end = after;
        }
    }
    let time = hour.and_then(|hour| NaiveTime::from_hms_opt(hour, minute, 0));
    Some((time, marked, offset + end.max(start + 1)))
}

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

/// How a person's birth date cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoDate {
    /// Nothing like a date.
    Unreadable,
    /// The year has two digits.
    TwoDigitYear,
    /// 31 April, a thirteenth month.
    NoSuchDay,
    /// Only a year, or a month and a year.
    NoDay,
}

/// A whole date: `05/04/2015`, `5-4-2015`, `5.4.2015`, `2015-04-05`, or a date cell.
pub(crate) fn date(cell: &Cell) -> Result<NaiveDate, NoDate> {
    let text = match cell {
        Cell::Date(at) => return Ok(at.date()),
        Cell::Number(n) if n.fract() == 0.0 && (1900.0..2100.0).contains(n) => {
            return Err(NoDate::NoDay);
        }
        Cell::Text(text) => text,
        _ => return Err(NoDate::Unreadable),
    };
    let separators = ['/', '-', '.', ' '];
    let parts: Vec<&str> = text
        .split(separators)
        .filter(|part| !part.is_empty())
        .collect();
    if !parts
        .iter()
        .all(|part| part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit()))
    {
        return Err(NoDate::Unreadable);
    }
    let (day, month, year) = match parts.as_slice() {
        [year, month, day] if year.len() == 4 => (day, month, year),
        [day, month, year] if year.len() == 4 => (day, month, year),
        [_, _, year] if year.len() == 2 => return Err(NoDate::TwoDigitYear),
        [_, year] | [year] if year.len() == 4 => return Err(NoDate::NoDay),
        _ => return Err(NoDate::Unreadable),
    };
    let (Ok(day), Ok(month), Ok(year)) = (day.parse(), month.parse(), year.parse()) else {
        return Err(NoDate::Unreadable);
    };
    NaiveDate::from_ymd_opt(year, month, day).ok_or(NoDate::NoSuchDay)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]
    use super::*;

    #[test]
    fn numbers_are_read_with_and_without_marked_thousands() {
        for (given, expect) in [
            ("39", Some((39, false))),
            ("45.934", Some((45_934, true))),
            ("17,410", Some((17_410, true))),
            ("1 234 567", Some((1_234_567, true))),
            ("007", Some((7, false))),
            ("4.5", None),
            ("45.93", None),
            ("1.234,567", None),
            ("", None),
            (".123", None),
            ("-5", None),
            ("99999999999", None),
            ("khoảng 40", None),
        ] {
            let read = whole(&Cell::Text(given.into())).map(|w| (w.value, w.marked));
            assert_eq!(read, expect, "{given}");
        }
        for (given, expect) in [
            (160.0, Some(160)),
            (17.41, None),
            (-1.0, None),
            (5e9, None),
            (f64::NAN, None),
        ] {
            assert_eq!(
                whole(&Cell::Number(given)).map(|w| w.value),
                expect,
                "{given}"
            );
        }
        assert_eq!(swallowed_thousands(&Cell::Number(17.41)), Some(17_410));
        assert_eq!(swallowed_thousands(&Cell::Number(17.4105)), None);
        assert_eq!(swallowed_thousands(&Cell::Number(17.0)), None);
    }

    #[test]
    fn records_are_the_number_at_the_beginning() {
        for (given, expect) in [
            ("160 hồ sơ/ Ca/ngày", Some(160)),
            ("160", Some(160)),
            ("1.600 hồ sơ", Some(1600)),
            ("80, tối đa", Some(80)),
            ("hồ sơ 160", None),
        ] {
            assert_eq!(
                leading_whole(&Cell::Text(given.into())).map(|w| w.value),
                expect,
                "{given}"
            );
        }
    }

    #[test]
    fn hours_are_read_as_people_write_them() {
        for (given, expect) in [
            ("Từ 7h00 đến 15h00", Some("07:00 15:00")),
            ("Từ 15h00 đến 23h00", Some("15:00 23:00")),
            ("7:00-15:00", Some("07:00 15:00")),
            ("07h30 – 11h30", Some("07:30 11:30")),
            ("7h - 11h", Some("07:00 11:00")),
            ("7h 15h", Some("07:00 15:00")),
            ("7 giờ 30 đến 11 giờ", Some("07:30 11:00")),
            ("7g30-11g", Some("07:30 11:00")),
            ("7 - 11h30", Some("07:00 11:30")),
            ("Ca 1: 7h00-11h00", Some("07:00 11:00")),
            ("Ca 1: 7h-11h30", Some("07:00 11:30")),
            ("22h00-6h00", Some("22:00 06:00")),
            ("7h00", None),
            ("7h60-9h00", None),
            ("15h00-24h00", None),
            ("sáng", None),
            ("", None),
            ("7h-8h-9h", None),
            ("99999999999999h - 3h", None),
        ] {
            let read =
                hours(given).map(|(a, b)| format!("{} {}", a.format("%H:%M"), b.format("%H:%M")));
            assert_eq!(read.as_deref(), expect, "{given}");
        }
    }

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

    #[test]
    fn birth_dates_are_whole_or_refused() {
        let read = |text: &str| date(&Cell::Text(text.into())).map(|d| d.to_string());
        for given in [
            "05/04/2015",
            "5/4/2015",
            "5-4-2015",
            "05.04.2015",
            "2015-04-05",
            "5 / 4 / 2015",
        ] {
            assert_eq!(read(given).as_deref(), Ok("2015-04-05"), "{given}");
        }
        for (given, expect) in [
            ("05/04/15", NoDate::TwoDigitYear),
            ("31/04/2015", NoDate::NoSuchDay),
            ("12/25/2015", NoDate::NoSuchDay),
            ("29/02/2015", NoDate::NoSuchDay),
            ("2015", NoDate::NoDay),
            ("04/2015", NoDate::NoDay),
            ("hôm qua", NoDate::Unreadable),
            ("1/2/3/2015", NoDate::Unreadable),
        ] {
            assert_eq!(read(given), Err(expect), "{given}");
        }
        assert_eq!(date(&Cell::Number(2015.0)), Err(NoDate::NoDay));
        assert_eq!(date(&Cell::Number(42_099.0)), Err(NoDate::Unreadable));
    }
}
