//! The second annex: how many people each unit is to reach.
//!
//! The rows count, not the totals under them: where a stated total differs from the sum of its rows,
//! the sum is taken and the difference is a finding.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::columns::{self, Header, TARGETS};
use crate::finding::{Fault, Finding, Report, note};
use crate::rotation::name_too_long;
use crate::table::{Row, Table};
use crate::units::UnitName;
use crate::values::{self, Whole};
use crate::{limits, text};

/// Each unit's target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Targets {
    /// In the order of the table.
    pub units: Vec<UnitTarget>,
    /// The total of residents as the table states it.
    pub stated_residents: Option<u32>,
    /// The total of targets as the table states it.
    pub stated_target: Option<u32>,
    /// The total of targets per day as the table states it.
    pub stated_per_day: Option<u32>,
    /// The heading of the column of targets, for findings about them.
    pub target_heading: String,
    /// What is odd.
    pub findings: Vec<Finding>,
}

/// One unit's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitTarget {
    /// As a spreadsheet counts it.
    pub row: u32,
    /// The row's number as the table has it; counted from 1 where it has none.
    pub number: u32,
    /// The unit's name as written, composed (NFC).
    pub name: String,
    /// People of the age in question who live there.
    pub residents: Option<u32>,
    /// People to be reached by the campaign's end.
    pub target: u32,
    /// People to be reached each day.
    pub per_day: Option<u32>,
}

impl Targets {
    /// What the rows add up to.
    pub fn target_sum(&self) -> u64 {
        self.units.iter().map(|unit| u64::from(unit.target)).sum()
    }
}

/// Reads the targets annex.
pub fn read_targets(table: &Table) -> Result<Targets, Vec<Fault>> {
    let mut report = Report::default();
    let header = Header::find(table, TARGETS);
    if !header.require(&["name", "target"], TARGETS, &mut report) {
        return Err(report.close().err().unwrap_or_default());
    }
    header.report_unknown(&mut report);
    let mut reader = Reader {
        header,
        report,
        units: Vec::new(),
        seen: BTreeMap::new(),
        totals: None,
    };
    for row in reader.header.rows(table, &mut reader.report) {
        reader.row(row);
    }
    reader.close()
}

struct Reader {
    header: Header,
    report: Report,
    units: Vec<UnitTarget>,
    /// By the bare name: the unit, its row, as written.
    seen: BTreeMap<String, Vec<(UnitName, u32, String)>>,
    totals: Option<Totals>,
}

/// The row of stated totals.
struct Totals {
    row: u32,
    residents: Option<Stated>,
    target: Option<Stated>,
    per_day: Option<Stated>,
}

struct Stated {
    value: u32,
    read: String,
}

impl Reader {
    fn row(&mut self, row: &Row) {
        let name = self.shown(row, "name");
        if let Some(label) = row.filled().next().map(|(_, cell)| cell.shown())
            && (is_total(&label) || is_total(&name))
        {
            self.total_row(row);
            return;
        }
        let has = |key| {
            self.header
                .index(key)
                .is_some_and(|at| !row.cell(at).is_empty())
        };
        if !has("target") && (name.is_empty() || (!has("residents") && !has("number"))) {
            self.report.warning(columns::skipped(
                row,
                "row-skipped",
                "This row has no unit with a target.",
                "Dòng này không có đơn vị kèm chỉ tiêu.",
            ));
            return;
        }
        if name.is_empty() {
            self.report.fault(
                note(
                    "cell-empty",
                    "This row has a target and no unit. Write the unit's name.",
                    "Dòng này có chỉ tiêu nhưng thiếu tên đơn vị. Hãy ghi tên đơn vị.",
                )
                .row(row.number)
                .column(self.header.heading("name")),
            );
            return;
        }
        if name.chars().nth(limits::NAME_CHARS).is_some() {
            let said = name_too_long(&name).row(row.number);
            self.report.fault(said.column(self.header.heading("name")));
            return;
        }
        if self.units.len() == limits::UNITS {
            self.too_many(row.number);
            return;
        }
        let target = self.number(row, "target", true);
        let residents = self.number(row, "residents", false);
        let per_day = self.number(row, "per_day", false);
        let count = u32::try_from(self.units.len())
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        let number = self
            .header
            .index("number")
            .and_then(|at| values::whole(row.cell(at)));
        let number = number.map_or(count, |number| number.value);
        self.repeated(row.number, &name);
        // A row with a fault is kept, so that a repeated unit is found behind it; nothing of it is
        // given back.
        let target = target.unwrap_or_default();
        self.units.push(UnitTarget {
            row: row.number,
            number,
            name,
            residents,
            target,
            per_day,
        });
    }

    fn shown(&self, row: &Row, key: &str) -> String {
        self.header
            .index(key)
            .map(|at| row.cell(at).shown())
            .unwrap_or_default()
    }

    /// A unit that already has a row is a fault.
    fn repeated(&mut self, row: u32, name: &str) {
        let unit = UnitName::of(name);
        let same_name = self.seen.entry(unit.bare.clone()).or_default();
        let first = same_name
            .iter()
            .find(|(other, ..)| other.may_be(&unit))
            .cloned();
        let Some((_, first, written)) = first else {
            same_name.push((unit, row, name.to_owned()));
            return;
        };
        self.report.fault(
            note(
                "unit-repeated",
                format!("This unit already stands in row {first} (“{written}”). Keep one row; where they are two units, write their kind (xã, thị trấn) before the name."),
                format!("Đơn vị này đã có ở dòng {first} (“{written}”). Hãy giữ một dòng; nếu là hai đơn vị khác nhau thì ghi rõ xã, thị trấn trước tên."),
            )
            .row(row)
            .column(self.header.heading("name"))
            .read(name),
        );
    }

    fn too_many(&mut self, row: u32) {
        let limit = limits::UNITS;
        self.report.fault(
            note(
                "too-many-units",
                format!("The table has more than {limit} units, the limit for one file. Send it in parts."),
                format!("Bảng có hơn {limit} đơn vị là mức tối đa cho một tệp. Hãy chia thành nhiều tệp."),
            )
            .row(row),
        );
    }

    fn number(&mut self, row: &Row, key: &'static str, required: bool) -> Option<u32> {
        let cell = row.cell(self.header.index(key)?);
        if cell.is_empty() && !required {
            return None;
        }
        let heading = self.header.heading(key);
        match values::whole(cell) {
            Some(Whole { value, marked }) => {
                if marked {
                    self.report
                        .info(marked_thousands(row.number, heading, &cell.shown(), value));
                }
                Some(value)
            }
            None => {
                self.report.fault(
                    note(
                        "not-a-number",
                        "A whole number is expected here, such as 2700 or 2.700.",
                        "Ô này phải là số nguyên, ví dụ 2700 hoặc 2.700.",
                    )
                    .row(row.number)
                    .column(heading)
                    .read(&cell.shown()),
                );
                None
            }
        }
    }

    fn total_row(&mut self, row: &Row) {
        let totals = Totals {
            row: row.number,
            residents: self.stated(row, "residents"),
            target: self.stated(row, "target"),
            per_day: self.stated(row, "per_day"),
        };
        if self.totals.is_some() {
            self.report.info(columns::skipped(
                row,
                "total-repeated",
                "A second row of totals.",
                "Dòng tổng thứ hai.",
            ));
        } else {
            self.totals = Some(totals);
        }
    }

    /// A stated total; one that cannot be read is a finding only, for nothing hangs on it.
    fn stated(&mut self, row: &Row, key: &'static str) -> Option<Stated> {
        let cell = row.cell(self.header.index(key)?);
        if cell.is_empty() {
            return None;
        }
        let (heading, read) = (self.header.heading(key), cell.shown());
        if let Some(Whole { value, marked }) = values::whole(cell) {
            if marked {
                self.report
                    .info(marked_thousands(row.number, heading, &read, value));
            }
            return Some(Stated { value, read });
        }
        if let Some(value) = values::swallowed_thousands(cell) {
            self.report.warning(
                note(
                    "decimal-read-as-thousands",
                    "A spreadsheet took the mark of thousands for a decimal point.",
                    "Phần mềm bảng tính đã hiểu dấu phân cách hàng nghìn thành dấu thập phân.",
                )
                .row(row.number)
                .column(heading)
                .read(&read)
                .assumed(value.to_string()),
            );
            return Some(Stated { value, read });
        }
        self.report.warning(
            note(
                "total-unreadable",
                "The stated total is no whole number; the sum of the rows is taken.",
                "Dòng tổng không phải số nguyên; lấy tổng cộng các dòng.",
            )
            .row(row.number)
            .column(heading)
            .read(&read),
        );
        None
    }

    fn close(mut self) -> Result<Targets, Vec<Fault>> {
        if self.units.is_empty() && !self.report.has_faults() {
            self.report.fault(
                note(
                    "no-rows",
                    "No row has a unit with a target.",
                    "Không có dòng nào ghi đơn vị kèm chỉ tiêu.",
                )
                .row(self.header.row),
            );
        }
        if !self.report.has_faults() {
            self.check_totals();
        }
        let totals = self.totals;
        let stated = |pick: fn(&Totals) -> &Option<Stated>| {
            totals
                .as_ref()
                .and_then(|totals| pick(totals).as_ref())
                .map(|stated| stated.value)
        };
        Ok(Targets {
            stated_residents: stated(|t| &t.residents),
            stated_target: stated(|t| &t.target),
            stated_per_day: stated(|t| &t.per_day),
            target_heading: self.header.heading("target").to_owned(),
            findings: self.report.close()?,
            units: self.units,
        })
    }

    fn check_totals(&mut self) {
        let Some(totals) = &self.totals else { return };
        type Pick = fn(&UnitTarget) -> Option<u32>;
        let columns: [(&'static str, &Option<Stated>, Pick); 3] = [
            ("residents", &totals.residents, |unit| unit.residents),
            ("target", &totals.target, |unit| Some(unit.target)),
            ("per_day", &totals.per_day, |unit| unit.per_day),
        ];
        for (key, stated, pick) in columns {
            let Some(stated) = stated else { continue };
            let sum: u64 = self.units.iter().filter_map(pick).map(u64::from).sum();
            if sum == u64::from(stated.value) {
                continue;
            }
            let said = u64::from(stated.value);
            let (said_en, sum_en) = (text::thousands(said, ','), text::thousands(sum, ','));
            let (said_vi, sum_vi) = (text::thousands(said, '.'), text::thousands(sum, '.'));
            self.report.warning(
                note(
                    "total-differs",
                    format!("The stated total is {said_en}; the rows add up to {sum_en}, and the rows count."),
                    format!("Dòng tổng ghi {said_vi} nhưng các dòng cộng lại là {sum_vi}; lấy theo các dòng."),
                )
                .row(totals.row)
                .column(self.header.heading(key))
                .read(&stated.read)
                .assumed(sum.to_string()),
            );
        }
    }
}

fn is_total(label: &str) -> bool {
    let words = text::words(label);
    [
        "tong",
        "tong cong",
        "tong so",
        "cong",
        "total",
        "toan huyen",
        "toan tinh",
        "toan xa",
    ]
    .contains(&words.as_str())
        || words.starts_with("tong cong ")
}

/// What is said of `45.934` wherever it stands.
pub(crate) fn marked_thousands(
    row: u32,
    heading: &str,
    read: &str,
    value: u32,
) -> crate::finding::Note {
    note(
        "thousands-separator",
        "The number is written with its thousands marked.",
        "Số được viết có dấu phân cách hàng nghìn.",
    )
    .row(row)
    .column(heading)
    .read(read)
    .assumed(value.to_string())
}
