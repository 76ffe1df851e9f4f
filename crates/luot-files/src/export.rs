//! A plan as the districts' own annex: a machine's way through its sites, a row for each
//! visit, month and shift, with the days in one cell.
//!
//! What is written here can be read again by [`crate::read_rotation`].

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, NaiveTime};
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, XlsxError};

/// A machine at a site in a shift of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stand {
    /// The machine's name.
    pub machine: String,
    /// The site's name.
    pub site: String,
    /// Whose people come, by name.
    pub units: Vec<String>,
    /// The day.
    pub date: NaiveDate,
    /// From when.
    pub start: NaiveTime,
    /// Until when.
    pub end: NaiveTime,
    /// The shift's name.
    pub shift: String,
    /// Records the machine takes.
    pub records: u32,
}

const HEADINGS: [(&str, f64); 9] = [
    ("Máy", 10.0),
    ("STT", 6.0),
    ("Địa điểm", 34.0),
    ("Đơn vị", 30.0),
    ("Tháng", 16.0),
    ("Thời gian", 24.0),
    ("Ngày", 30.0),
    ("Ca", 10.0),
    ("Chỉ tiêu", 22.0),
];

/// A row of the annex: everything but the days is its key.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    visit: u32,
    site: String,
    unit: String,
    month: (i32, u32),
    hours: (NaiveTime, NaiveTime),
    shift: String,
    records: u32,
    days: Vec<u32>,
}

/// Writes the annex as an XLSX workbook.
///
/// # Errors
/// When the workbook cannot be made: a plan of more than a million rows, or a cell of more
/// than 32,767 characters.
pub fn write_rotation_xlsx(title: &str, stands: &[Stand]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("Lịch luân chuyển máy")?;
    let heading = Format::new().set_bold().set_align(FormatAlign::Center);
    let boxed = Format::new()
        .set_border(FormatBorder::Thin)
        .set_text_wrap()
        .set_align(FormatAlign::VerticalCenter);
    let boxed_heading = boxed.clone().set_bold().set_align(FormatAlign::Center);
    sheet.merge_range(0, 0, 0, 8, title, &heading)?;
    for (column, (name, width)) in (0..).zip(HEADINGS) {
        sheet.write_with_format(2, column, name, &boxed_heading)?;
        sheet.set_column_width(column, width)?;
    }
    let mut row = 3;
    let mut machines: BTreeMap<(Vec<Part<'_>>, &str), Vec<&Stand>> = BTreeMap::new();
    for stand in stands {
        let key = (natural(&stand.machine), stand.machine.as_str());
        machines.entry(key).or_default().push(stand);
    }
    for ((_, machine), stands) in machines {
        for line in lines(stands) {
            let cells = [
                machine.to_owned(),
                line.visit.to_string(),
                line.site.clone(),
                line.unit.clone(),
                format!("Tháng {}/{}", line.month.1, line.month.0),
                format!("Từ {} đến {}", hour(line.hours.0), hour(line.hours.1)),
                days(&line.days),
                line.shift.clone(),
                format!("{} hồ sơ/ Ca/ngày", line.records),
            ];
            for (column, text) in (0..).zip(cells) {
                sheet.write_with_format(row, column, text, &boxed)?;
            }
            row += 1;
        }
    }
    sheet.set_freeze_panes(3, 0)?;
    workbook.save_to_buffer()
}

/// A piece of a name: letters, or a number.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    Number(u64),
    Letters(&'a str),
}

/// A name as people order them: "Máy 2" before "Máy 10".
fn natural(name: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digits);
        let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
        parts.push(match part.parse() {
            Ok(number) if digits => Part::Number(number),
            _ => Part::Letters(part),
        });
        rest = after;
    }
    parts
}

/// A machine's rows in order of time: a visit is a run of shifts at one site.
fn lines(mut stands: Vec<&Stand>) -> Vec<Line> {
    stands.sort_by_key(|s| (s.date, s.start));
    let mut lines: Vec<Line> = Vec::new();
    let (mut visit, mut at) = (0, None);
    for stand in stands {
        if at != Some(&stand.site) {
            visit += 1;
            at = Some(&stand.site);
        }
        let line = Line {
            visit,
            site: stand.site.clone(),
            unit: stand.units.join(", "),
            month: (stand.date.year(), stand.date.month()),
            hours: (stand.start, stand.end),
            shift: stand.shift.clone(),
            records: stand.records,
            days: Vec::new(),
        };
        let same = lines.iter_mut().find(|l| {
            Line {
                days: Vec::new(),
                ..(*l).clone()
            } == line
        });
        match same {
            Some(known) => known.days.push(stand.date.day()),
            None => lines.push(Line {
                days: vec![stand.date.day()],
                ..line
            }),
        }
    }
    lines
}

fn hour(time: NaiveTime) -> String {
    time.format("%Hh%M").to_string()
}

fn days(days: &[u32]) -> String {
    days.iter()
        .map(u32::to_string)
        .collect::<Vec<_>>()
        .join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{read_rotation, read_table};

    fn stand(machine: &str, site: &str, unit: &str, date: &str, from: u32) -> Stand {
        let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        Stand {
            machine: machine.into(),
            site: site.into(),
            units: vec![unit.into()],
            date: date.parse().unwrap_or_default(),
            start: at(from),
            end: at(from + 8),
            shift: if from == 7 { "Ca 01" } else { "Ca 02" }.into(),
            records: 160,
        }
    }

    #[test]
    fn machines_are_in_the_order_in_which_people_count() {
        let mut names = vec![
            "MÁY 10",
            "MÁY 2",
            "Máy dự phòng",
            "MÁY 2b",
            "MÁY 007",
            "MÁY",
        ];
        names.sort_by_key(|name| natural(name));
        assert_eq!(
            names,
            [
                "MÁY",
                "MÁY 2",
                "MÁY 2b",
                "MÁY 007",
                "MÁY 10",
                "Máy dự phòng"
            ]
        );
    }

    #[test]
    fn what_is_written_is_read_again_the_same() {
        let stands: Vec<Stand> = ["2026-04-29", "2026-04-30", "2026-05-01"]
            .into_iter()
            .flat_map(|d| {
                [
                    stand("MÁY 1", "CAX Hòa Bình", "Xã Hòa Bình", d, 7),
                    stand("MÁY 1", "CAX Hòa Bình", "Xã Hòa Bình", d, 15),
                    stand("MÁY 2", "Trường Tân Hòa", "Xã Tân Hòa", d, 7),
                ]
            })
            .collect();
        let bytes = write_rotation_xlsx("LỊCH LUÂN CHUYỂN MÁY", &stands);
        let table = bytes
            .map_err(|e| e.to_string())
            .and_then(|b| read_table("annex.xlsx", &b).map_err(|f| format!("{f:?}")));
        let read = table.and_then(|t| read_rotation(&t, None).map_err(|f| format!("{f:?}")));
        let mut read: Vec<Stand> = read
            .map(|r| r.entries)
            .unwrap_or_else(|e| panic!("{e}"))
            .into_iter()
            .map(|e| Stand {
                shift: if e.start.format("%H").to_string() == "07" {
                    "Ca 01"
                } else {
                    "Ca 02"
                }
                .into(),
                machine: e.machine,
                site: e.site,
                units: vec![e.unit],
                date: e.date,
                start: e.start,
                end: e.end,
                records: e.records,
            })
            .collect();
        let key = |s: &Stand| (s.machine.clone(), s.date, s.start);
        let mut written = stands;
        written.sort_by_key(key);
        read.sort_by_key(key);
        assert_eq!(read, written);
    }
}
