//! The first annex: which machine stands where on which days in which hours.
//!
//! The hazard: the table is written for people, who skip what contradicts itself. Hours are taken
//! for the truth and shift labels are checked against them; a day that does not exist, or a machine
//! in two places, is a fault.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};
use serde::Serialize;

use crate::columns::{self, Header, ROTATION};
use crate::finding::{Fault, Finding, Note, Report, note};
use crate::table::{Cell, Row, Table};
use crate::{limits, text};

mod cells;
mod checks;
mod days;
mod fill;

use fill::Fill;

/// The machines' rotation, one entry for each machine, day and hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rotation {
    /// In the order of the table, a row's days in the order they are written.
    pub entries: Vec<RotationEntry>,
    /// What is odd.
    pub findings: Vec<Finding>,
}

/// A machine, at a site, on a day, in some hours, for a unit's people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RotationEntry {
    /// As a spreadsheet counts it.
    pub row: u32,
    /// As written where it first stands; one machine has one spelling here.
    pub machine: String,
    /// As written where it first stands; one site has one spelling here.
    pub site: String,
    /// As written.
    pub unit: String,
    /// The day.
    pub date: NaiveDate,
    /// From when.
    pub start: NaiveTime,
    /// Until when; after `start`, on the same day.
    pub end: NaiveTime,
    /// How many records the machine takes in these hours.
    pub records: u32,
}

/// Reads the rotation annex. The year comes from the column of months; `year` is taken, with a
/// finding, where that says none.
pub fn read_rotation(table: &Table, year: Option<i32>) -> Result<Rotation, Vec<Fault>> {
    let mut report = Report::default();
    let header = Header::find(table, ROTATION);
    let machine_rows = table.rows.iter().any(|row| machine_row(row).is_some());
    let mut required = vec!["site", "unit", "month", "hours", "dates", "target"];
    if !machine_rows {
        required.push("machine");
    }
    if !header.require(&required, ROTATION, &mut report) {
        return Err(report.close().err().unwrap_or_default());
    }
    header.report_unknown(&mut report);
    let rows = header.rows(table, &mut report);
    let mut reader = Reader {
        fill: Fill::default(),
        spelling: BTreeMap::new(),
        year,
        header,
        report,
        rows: Vec::new(),
        entries: Vec::new(),
    };
    for row in rows {
        reader.row(row);
    }
    reader.close()
}

struct Reader {
    header: Header,
    report: Report,
    year: Option<i32>,
    fill: Fill,
    /// Machines and sites by their folded names, as first written.
    spelling: BTreeMap<(&'static str, String), String>,
    rows: Vec<RowHours>,
    entries: Vec<RotationEntry>,
}

/// What a row says about its shift.
struct RowHours {
    row: u32,
    label: Option<String>,
    start: NaiveTime,
    end: NaiveTime,
}

impl Reader {
    fn row(&mut self, row: &Row) {
        if let Some(machine) = machine_row(row) {
            self.fill.section(machine);
            self.report.info(
                note(
                    "machine-from-its-own-row",
                    "The machine stands in a row of its own; the rows below are taken for its.",
                    "Tên máy nằm ở một dòng riêng; các dòng bên dưới được tính cho máy đó.",
                )
                .row(row.number)
                .read(&row.shown()),
            );
            return;
        }
        if self.is_remark(row) {
            self.report.warning(columns::skipped(
                row,
                "row-skipped",
                "This row does not look like one of the rotation: hours, dates and records are missing.",
                "Dòng này không giống dòng xếp lịch: thiếu giờ, ngày và chỉ tiêu.",
            ));
            return;
        }
        self.fill.next_row(row, &self.header);
        let machine = self
            .filled(row, "machine")
            .map(|name| self.spelt("machine", row, name));
        let site = self
            .filled(row, "site")
            .map(|name| self.spelt("site", row, name));
        let unit = self.filled(row, "unit");
        let month = self.month(row);
        let hours = self.hours(row);
        let records = self.records(row);
        let dates = month.and_then(|(year, month)| self.dates(row, year, month));
        if let Some((start, end)) = hours {
            let label = self
                .header
                .index("shift_label")
                .map(|at| row.cell(at).shown());
            let label = label.filter(|label| !label.is_empty());
            self.rows.push(RowHours {
                row: row.number,
                label,
                start,
                end,
            });
        }
        let (Some(machine), Some(site), Some(unit), Some((start, end)), Some(records), Some(dates)) =
            (machine, site, unit, hours, records, dates)
        else {
            return;
        };
        if self.entries.len() + dates.len() > limits::ROTATION_ENTRIES {
            self.too_many(row.number);
            return;
        }
        self.entries
            .extend(dates.into_iter().map(|date| RotationEntry {
                row: row.number,
                machine: machine.clone(),
                site: site.clone(),
                unit: unit.clone(),
                date,
                start,
                end,
                records,
            }));
    }

    /// Titles and signatures: no hours, no dates and no records, or one cell of these by chance and
    /// nothing of a place. A row of the rotation that lacks one of them is not passed over.
    fn is_remark(&self, row: &Row) -> bool {
        let filled = |keys: &[&str]| {
            let has = |key: &&&str| {
                self.header
                    .index(key)
                    .is_some_and(|at| !row.cell(at).is_empty())
            };
            keys.iter().filter(has).count()
        };
        match filled(&["hours", "dates", "target"]) {
            0 => true,
            1 => filled(&["site", "unit", "month"]) == 0,
            _ => false,
        }
    }

    /// The cell of a column that the annex leaves blank where it says the same as above.
    fn filled(&mut self, row: &Row, key: &'static str) -> Option<String> {
        match self
            .fill
            .cell(row, key, &self.header)
            .map(|cell| cell.shown())
        {
            Some(name) if name.chars().nth(limits::NAME_CHARS).is_none() => Some(name),
            Some(name) => {
                let said = name_too_long(&name).row(row.number);
                self.report.fault(said.column(self.header.heading(key)));
                None
            }
            None => {
                self.empty(row, key);
                None
            }
        }
    }

    fn empty(&mut self, row: &Row, key: &'static str) {
        let column = ROTATION.iter().find(|column| column.key == key);
        let expected = column.map_or(key, |column| column.heading);
        let heading = if self.header.has(key) {
            self.header.heading(key)
        } else {
            expected
        };
        self.report.fault(
            note(
                "cell-empty",
                "This cell is empty, and the rows above do not say what belongs here. Fill it in.",
                "Ô này trống và các dòng trên không cho biết nội dung. Hãy điền vào.",
            )
            .row(row.number)
            .column(heading),
        );
    }

    /// One spelling for names that differ by case, blanks or accents only.
    fn spelt(&mut self, key: &'static str, row: &Row, name: String) -> String {
        let words = text::words(&name);
        let words = if words.is_empty() {
            text::fold(&name)
        } else {
            words
        };
        let first = self
            .spelling
            .entry((key, words))
            .or_insert_with(|| name.clone());
        if *first != name {
            let first = first.clone();
            self.report.info(
                note(
                    "spelling-varies",
                    "The same name is written another way above.",
                    "Tên này được viết khác ở dòng trên.",
                )
                .row(row.number)
                .column(self.header.heading(key))
                .read(&name)
                .assumed(first.clone()),
            );
            return first;
        }
        name
    }

    fn too_many(&mut self, row: u32) {
        let limit = limits::ROTATION_ENTRIES;
        self.report.fault(
            note(
                "too-many-entries",
                format!("The rotation has more than {limit} entries of machine and day, the limit for one file. Send it in parts."),
                format!("Lịch có hơn {limit} lượt máy theo ngày là mức tối đa cho một tệp. Hãy chia thành nhiều tệp."),
            )
            .row(row),
        );
    }

    fn close(mut self) -> Result<Rotation, Vec<Fault>> {
        self.fill.report(&self.header, &mut self.report);
        checks::labels(
            &self.rows,
            self.header.heading("shift_label"),
            &mut self.report,
        );
        let entries = checks::two_places(self.entries, &self.header, &mut self.report);
        if entries.is_empty() && !self.report.has_faults() {
            self.report.fault(
                note(
                    "no-rows",
                    "No row puts a machine anywhere.",
                    "Không có dòng nào xếp máy.",
                )
                .row(self.header.row),
            );
        }
        Ok(Rotation {
            findings: self.report.close()?,
            entries,
        })
    }
}

/// What is said of a name that is a text.
pub(crate) fn name_too_long(name: &str) -> Note {
    let limit = limits::NAME_CHARS;
    note(
        "name-too-long",
        format!("A name of at most {limit} characters is expected here."),
        format!("Ô này phải là tên không quá {limit} ký tự."),
    )
    .read(name)
}

/// A row that holds a machine's name and, at most, a number before it.
fn machine_row(row: &Row) -> Option<Cell> {
    let cells: Vec<&Cell> = row.filled().map(|(_, cell)| cell).collect();
    let name = match cells.as_slice() {
        [name] => name,
        [number, name] if number.shown().len() <= 4 => name,
        _ => return None,
    };
    let words = text::words(&name.shown());
    let rest = words
        .strip_prefix("may so ")
        .or_else(|| words.strip_prefix("may "))?;
    let short = rest.len() <= 12 && rest.bytes().any(|b| b.is_ascii_digit());
    short.then(|| (*name).clone())
}
