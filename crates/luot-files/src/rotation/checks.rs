//! What can be checked only over the whole table: shift labels against hours, and that a machine is
//! in one place at a time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveTime, Timelike};

use super::{RotationEntry, RowHours};
use crate::columns::Header;
use crate::finding::{Report, note};
use crate::text;

type Hours = (NaiveTime, NaiveTime);

/// Warns of rows whose label names another shift than their hours do.
pub(super) fn labels(rows: &[RowHours], heading: &str, report: &mut Report) {
    let hours: BTreeSet<Hours> = rows.iter().map(|row| (row.start, row.end)).collect();
    let ranks: BTreeMap<Hours, u32> = hours.into_iter().zip(1..).collect();
    let consistent = numbers_follow_hours(rows);
    for row in rows {
        let Some(label) = &row.label else { continue };
        let hours = (row.start, row.end);
        let rank = ranks.get(&hours).copied().unwrap_or_default();
        let contradicts = match part_of_day(label) {
            Some(part) => !part.contains(&row.start.hour()),
            None => !consistent && label_number(label).is_some_and(|number| number != rank),
        };
        if !contradicts {
            continue;
        }
        let (start, end) = (row.start.format("%H:%M"), row.end.format("%H:%M"));
        report.warning(
            note(
                "shift-label-contradicts-hours",
                format!("The hours {start}–{end} are those of shift {rank} of the day; the label says “{label}”. The hours count."),
                format!("Giờ {start}–{end} là ca {rank} trong ngày nhưng cột ca ghi “{label}”. Lấy theo giờ."),
            )
            .row(row.row)
            .column(heading)
            .read(label)
            .assumed(format!("Ca {rank:02} ({start}–{end})")),
        );
    }
}

/// Whether each label's number stands for one pair of hours, and later hours have greater numbers.
/// Then the labels are right whatever they begin with: a table of afternoons may have only `Ca 02`.
fn numbers_follow_hours(rows: &[RowHours]) -> bool {
    let mut of_number = BTreeMap::<u32, Hours>::new();
    for row in rows {
        let Some(number) = row.label.as_deref().and_then(label_number) else {
            continue;
        };
        let hours = (row.start, row.end);
        if *of_number.entry(number).or_insert(hours) != hours {
            return false;
        }
    }
    of_number
        .values()
        .is_sorted_by(|earlier, later| earlier < later)
}

/// `Ca 01` is 1.
fn label_number(label: &str) -> Option<u32> {
    let digits: String = label
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

/// The hours in which a shift of this name begins; generous, for a morning may begin at five.
fn part_of_day(label: &str) -> Option<std::ops::Range<u32>> {
    let words = text::words(label);
    words.split(' ').find_map(|word| match word {
        "sang" => Some(0..12),
        "chieu" => Some(11..18),
        "toi" => Some(17..24),
        _ => None,
    })
}

/// Refuses a machine in two places; takes a repeated row once. Gives back the entries that count.
pub(super) fn two_places(
    entries: Vec<RotationEntry>,
    header: &Header,
    report: &mut Report,
) -> Vec<RotationEntry> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|n| {
        entries
            .get(*n)
            .map(|e| (&e.machine, e.date, e.start, e.end, *n))
    });
    let mut repeated = BTreeSet::new();
    let mut clashes = BTreeMap::<(u32, u32, Clash), Vec<NaiveDate>>::new();
    // The entry of the machine and day that ends last so far: what begins before its end overlaps.
    let mut standing: Option<&RotationEntry> = None;
    for n in order {
        let Some(entry) = entries.get(n) else {
            continue;
        };
        let same_day = standing.filter(|s| s.machine == entry.machine && s.date == entry.date);
        if let Some(other) = same_day.filter(|other| entry.start < other.end) {
            let clash = Clash::of(other, entry);
            if clash == Clash::Repeated {
                repeated.insert(n);
            }
            let (first, second) = (other.row.min(entry.row), other.row.max(entry.row));
            clashes
                .entry((second, first, clash))
                .or_default()
                .push(entry.date);
        }
        if same_day.is_none_or(|other| entry.end > other.end) {
            standing = Some(entry);
        }
    }
    let of_row: BTreeMap<u32, &RotationEntry> = entries.iter().map(|e| (e.row, e)).collect();
    for ((row, other, clash), dates) in clashes {
        if let (Some(entry), Some(other)) = (of_row.get(&row), of_row.get(&other)) {
            clash.report(entry, other, &dates, header, report);
        }
    }
    entries
        .into_iter()
        .enumerate()
        .filter(|(n, _)| !repeated.contains(n))
        .map(|(_, entry)| entry)
        .collect()
}

/// How two entries of one machine on one day get into each other's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Clash {
    /// The same statement twice.
    Repeated,
    /// The same session for two units.
    Shared,
    /// The same place in hours that overlap.
    Overlap,
    /// Two places.
    TwoPlaces,
}

impl Clash {
    fn of(a: &RotationEntry, b: &RotationEntry) -> Clash {
        if a.site != b.site {
            Clash::TwoPlaces
        } else if (a.start, a.end) != (b.start, b.end) {
            Clash::Overlap
        } else if text::fold(&a.unit) == text::fold(&b.unit) && a.records == b.records {
            Clash::Repeated
        } else {
            Clash::Shared
        }
    }

    fn report(
        self,
        entry: &RotationEntry,
        other: &RotationEntry,
        dates: &[NaiveDate],
        header: &Header,
        report: &mut Report,
    ) {
        let days: Vec<String> = dates
            .iter()
            .map(|date| date.format("%d/%m/%Y").to_string())
            .collect();
        let days = days.join(", ");
        let (row, machine) = (other.row, &entry.machine);
        let hours =
            |e: &RotationEntry| format!("{}–{}", e.start.format("%H:%M"), e.end.format("%H:%M"));
        match self {
            Clash::Repeated => report.warning(
                note(
                    "row-repeated",
                    format!("Row {row} says the same of {machine} on {days}. It is taken once."),
                    format!("Dòng {row} đã ghi như vậy cho {machine} ngày {days}. Chỉ tính một lần."),
                )
                .row(entry.row)
                .column(header.heading("dates"))
                .read(&days),
            ),
            Clash::Shared => report.warning(
                note(
                    "session-shared",
                    format!("In row {row}, {machine} serves another unit at the same site in the same hours on {days}. The two share its records."),
                    format!("Ở dòng {row}, {machine} phục vụ đơn vị khác tại cùng địa điểm, cùng giờ, ngày {days}. Hai đơn vị dùng chung số hồ sơ."),
                )
                .row(entry.row)
                .column(header.heading("unit"))
                .read(&entry.unit)
                .assumed(format!("{} + {}", other.unit, entry.unit)),
            ),
            Clash::Overlap => report.fault(
                note(
                    "hours-overlap",
                    format!("{machine} has the hours {} here and {} in row {row} on {days}; they overlap. Correct the hours or the days.", hours(entry), hours(other)),
                    format!("{machine} có giờ {} ở đây và {} ở dòng {row}, ngày {days}; hai khoảng giờ chồng nhau. Hãy sửa giờ hoặc ngày.", hours(entry), hours(other)),
                )
                .row(entry.row)
                .column(header.heading("hours"))
                .read(&hours(entry)),
            ),
            Clash::TwoPlaces => report.fault(
                note(
                    "machine-in-two-places",
                    format!("{machine} is at “{}” here ({}) and at “{}” in row {row} ({}) on {days}. Correct the machine, the days or the hours of one of them.", entry.site, hours(entry), other.site, hours(other)),
                    format!("{machine} ở “{}” tại dòng này ({}) và ở “{}” tại dòng {row} ({}), ngày {days}. Hãy sửa máy, ngày hoặc giờ của một trong hai dòng.", entry.site, hours(entry), other.site, hours(other)),
                )
                .row(entry.row)
                .column(header.heading("dates"))
                .read(&days),
            ),
        }
    }
}
