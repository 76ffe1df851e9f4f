//! The people of a class or a village, as a school or a village head sends them.
//!
//! The hazard: these are children's data, and spreadsheets spoil them in silence: leading zeros of
//! numbers are dropped, days and months are swapped. What can be restored is restored with a
//! finding; a birth date is never guessed. Findings name rows and columns, and quote of a number
//! only its ends.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use crate::columns::{self, Header, ROSTER};
use crate::finding::{Fault, Finding, Note, Report, note};
use crate::table::{Cell, Row, Table};
use crate::text;
use crate::values::{self, NoDate};

mod checks;
mod numbers;

/// A cohort's people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Roster {
    /// In the order of the list, each person once.
    pub pupils: Vec<Pupil>,
    /// What is odd.
    pub findings: Vec<Finding>,
}

/// One person of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pupil {
    /// As a spreadsheet counts it.
    pub row: u32,
    /// Family name, middle names, given name; composed (NFC).
    pub full_name: String,
    /// Day, month and year are all known.
    pub birth_date: NaiveDate,
    /// Where the list says it.
    pub sex: Option<Sex>,
    /// Twelve digits.
    pub personal_number: Option<String>,
    /// The class, as written.
    pub class: Option<String>,
    /// The guardian's phone as `0…`, nine or ten digits after it.
    pub guardian_phone: Option<String>,
    /// The number of the person's card, as written, where the list has such a column.
    pub card_number: Option<String>,
}

/// Sex as official papers have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    /// Nam.
    Male,
    /// Nữ.
    Female,
}

/// Reads a roster. Needed are names (in one column, or family and given name in two) and birth
/// dates; everything else is taken where it is.
pub fn read_roster(table: &Table) -> Result<Roster, Vec<Fault>> {
    let mut report = Report::default();
    let header = Header::find(table, ROSTER);
    let in_two = header.has("family_name") && header.has("given_name");
    let one_name = if header.has("full_name") || !header.has("given_name") {
        "full_name"
    } else {
        "given_name"
    };
    let required: &[&str] = if in_two {
        &["birth_date"]
    } else {
        &[one_name, "birth_date"]
    };
    if !header.require(required, ROSTER, &mut report) {
        return Err(report.close().err().unwrap_or_default());
    }
    header.report_unknown(&mut report);
    for key in ["pupil_code", "insurance"] {
        if header.has(key) {
            report.info(columns::ignored(header.row, header.heading(key)));
        }
    }
    let mut reader = Reader {
        header,
        report,
        in_two,
        one_name,
        pupils: Vec::new(),
        dates: checks::Dates::default(),
    };
    for row in reader.header.rows(table, &mut reader.report) {
        reader.row(row);
    }
    reader.close()
}

struct Reader {
    header: Header,
    report: Report,
    /// Family and given name stand in columns of their own.
    in_two: bool,
    /// The column of names where they stand in one.
    one_name: &'static str,
    pupils: Vec<Pupil>,
    dates: checks::Dates,
}

impl Reader {
    fn row(&mut self, row: &Row) {
        let name = self.name(row);
        let birth = self.cell(row, "birth_date").clone();
        if birth.is_empty() && (name.is_empty() || row.filled().count() <= 2) {
            self.report.warning(self.skipped(row));
            return;
        }
        if name.is_empty() {
            self.report.fault(self.at(
                row,
                if self.in_two {
                    "family_name"
                } else {
                    self.one_name
                },
                note(
                    "cell-empty",
                    "The name is missing. Fill it in.",
                    "Thiếu họ và tên. Hãy điền vào.",
                ),
            ));
        }
        let Some(birth_date) = self.birth_date(row, &birth) else {
            return;
        };
        let sex = self.sex(row);
        let personal_number = self.personal_number(row);
        if let Some(number) = &personal_number {
            self.compare(row, number, birth_date, sex);
        }
        let guardian_phone = self.phone(row);
        self.pupils.push(Pupil {
            row: row.number,
            full_name: name,
            birth_date,
            sex,
            personal_number,
            class: self.text(row, "class"),
            guardian_phone,
            card_number: self.text(row, "card_number"),
        });
    }

    fn cell<'r>(&self, row: &'r Row, key: &str) -> &'r Cell {
        self.header
            .index(key)
            .map_or(&Cell::Empty, |at| row.cell(at))
    }

    fn text(&self, row: &Row, key: &str) -> Option<String> {
        Some(self.cell(row, key).shown()).filter(|text| !text.is_empty())
    }

    fn name(&self, row: &Row) -> String {
        if self.in_two {
            let parts = ["family_name", "given_name"].map(|key| self.cell(row, key).shown());
            return parts.join(" ").trim().to_owned();
        }
        self.cell(row, self.one_name).shown()
    }

    fn at(&self, row: &Row, key: &'static str, note: Note) -> Note {
        note.row(row.number).column(self.header.heading(key))
    }

    /// Titles of groups, totals and signatures stand between and below the persons.
    fn skipped(&self, row: &Row) -> Note {
        // The row is not quoted: it may be a person whose birth date is missing.
        note(
            "row-skipped",
            "This row has no birth date and hardly anything else; it was taken for a remark and passed over.",
            "Dòng này không có ngày sinh và gần như trống; đã coi là ghi chú và bỏ qua.",
        )
        .row(row.number)
    }

    fn birth_date(&mut self, row: &Row, cell: &Cell) -> Option<NaiveDate> {
        let read = values::date(cell);
        let (code, en, vi) = match read {
            Ok(date) if (1900..2100).contains(&date.year()) => {
                self.dates.learn(row.number, cell, date);
                return Some(date);
            }
            Ok(_) | Err(NoDate::NoSuchDay) => (
                "no-such-date",
                "There is no such day. Dates are written day/month/year, as 25/12/2015.",
                "Không có ngày này. Hãy ghi theo thứ tự ngày/tháng/năm, ví dụ 25/12/2015.",
            ),
            Err(NoDate::TwoDigitYear) => (
                "two-digit-year",
                "The year has two digits. Write all four, as 05/04/2015.",
                "Năm chỉ có hai chữ số. Hãy ghi đủ bốn chữ số, ví dụ 05/04/2015.",
            ),
            Err(NoDate::NoDay) => (
                "birth-date-incomplete",
                "Day and month are needed too, as 05/04/2015: eligibility is by age on the day.",
                "Cần đủ ngày, tháng, năm, ví dụ 05/04/2015, vì độ tuổi được tính theo ngày.",
            ),
            Err(NoDate::Unreadable) if cell.is_empty() => (
                "cell-empty",
                "The birth date is missing. Fill it in.",
                "Thiếu ngày sinh. Hãy điền vào.",
            ),
            Err(NoDate::Unreadable) => (
                "birth-date-unreadable",
                "A date is expected here, as 05/04/2015; a number has to be formatted as a date.",
                "Ô này phải là ngày, ví dụ 05/04/2015; nếu là số thì hãy định dạng ô thành ngày.",
            ),
        };
        // What was read is not quoted: row and column lead there, and nobody else does.
        self.report
            .fault(self.at(row, "birth_date", note(code, en, vi)));
        None
    }

    fn sex(&mut self, row: &Row) -> Option<Sex> {
        if !self.header.has("sex") {
            // A list may have a column "Nữ" with a cross for each girl.
            self.header.index("female")?;
            let crossed = !self.cell(row, "female").is_empty();
            return Some(if crossed { Sex::Female } else { Sex::Male });
        }
        let shown = self.text(row, "sex")?;
        match text::words(&shown).as_str() {
            "nam" | "male" | "m" => Some(Sex::Male),
            "nu" | "female" | "f" => Some(Sex::Female),
            _ => {
                let said = note(
                    "sex-unreadable",
                    "Neither “Nam” nor “Nữ”; taken as not stated.",
                    "Không phải “Nam” hoặc “Nữ”; coi như không ghi.",
                );
                self.report.warning(self.at(row, "sex", said));
                None
            }
        }
    }

    fn close(mut self) -> Result<Roster, Vec<Fault>> {
        self.dates
            .report(self.header.heading("birth_date"), &mut self.report);
        let name = if self.in_two {
            "given_name"
        } else {
            self.one_name
        };
        let (name, number) = (
            self.header.heading(name),
            self.header.heading("personal_number"),
        );
        let pupils = checks::each_once(self.pupils, name, number, &mut self.report);
        if pupils.is_empty() && !self.report.has_faults() {
            self.report.fault(
                note(
                    "no-rows",
                    "The list has no person.",
                    "Danh sách không có người nào.",
                )
                .row(self.header.row),
            );
        }
        Ok(Roster {
            findings: self.report.close()?,
            pupils,
        })
    }
}

/// Groups by a key, keeping the order of rows within a group.
fn grouped<K: Ord>(pupils: &[Pupil], key: impl Fn(&Pupil) -> Option<K>) -> BTreeMap<K, Vec<usize>> {
    let mut groups = BTreeMap::<K, Vec<usize>>::new();
    for (n, pupil) in pupils.iter().enumerate() {
        if let Some(key) = key(pupil) {
            groups.entry(key).or_default().push(n);
        }
    }
    groups
}
