//! A whole date. Nothing of it is guessed.

use chrono::NaiveDate;

use crate::table::Cell;

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
    use super::*;

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
