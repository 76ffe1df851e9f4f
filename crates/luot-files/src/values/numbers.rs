//! Whole numbers, as people and spreadsheets write them.

use crate::table::Cell;

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

#[cfg(test)]
mod tests {
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
}
