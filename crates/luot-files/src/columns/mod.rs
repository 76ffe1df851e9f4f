//! Headings: which row of a table they are, which column is which, and what lies below them. What is
//! matched to nothing is told, never guessed.

mod known;

use std::collections::BTreeMap;

use crate::finding::{Note, Report, note};
use crate::table::{Row, Table};
use crate::{limits, text};

use known::matched;
pub(crate) use known::{Column, ROSTER, ROTATION, TARGETS, known_headings};

/// Where a table's columns are.
pub(crate) struct Header {
    /// The row of the headings.
    pub(crate) row: u32,
    at: BTreeMap<&'static str, Place>,
    /// Headings that were matched to nothing.
    unknown: Vec<String>,
    /// Every heading, for whoever looks for a missing one.
    found: Vec<String>,
    /// The index of the first row below the headings.
    below: usize,
}

struct Place {
    index: usize,
    heading: String,
}

impl Header {
    /// Finds the headings: the row near the top that has the most of them.
    pub(crate) fn find(table: &Table, columns: &'static [Column]) -> Header {
        let mut best = Header::none();
        for (index, row) in table.rows.iter().enumerate().take(limits::HEADER_ROWS) {
            let header = Header::of(row, index, columns);
            // A heading merged over two rows stands in both; the lower row is the header's end.
            let lower_half = index == best.below && !row.merged.is_empty();
            if header.at.len() > best.at.len()
                || (lower_half && !header.at.is_empty() && header.at.len() == best.at.len())
                || best.row == 0
            {
                best = header;
            }
        }
        best
    }

    fn none() -> Header {
        Header {
            row: 0,
            at: BTreeMap::new(),
            unknown: Vec::new(),
            found: Vec::new(),
            below: 0,
        }
    }

    fn of(row: &Row, index: usize, columns: &'static [Column]) -> Header {
        let headings: Vec<(usize, String)> = row
            .filled()
            .map(|(place, cell)| (place, cell.shown()))
            .collect();
        let matched = matched(
            headings.iter().map(|(_, heading)| heading.as_str()),
            columns,
        );
        let mut header = Header {
            row: row.number,
            below: index + 1,
            ..Header::none()
        };
        for ((place, heading), key) in headings.into_iter().zip(matched) {
            header.found.push(heading.clone());
            match key {
                Some(key) => {
                    header.at.insert(
                        key,
                        Place {
                            index: place,
                            heading,
                        },
                    );
                }
                None => header.unknown.push(heading),
            }
        }
        header
    }

    pub(crate) fn index(&self, key: &str) -> Option<usize> {
        self.at.get(key).map(|place| place.index)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.at.contains_key(key)
    }

    /// The column's heading as the file has it.
    pub(crate) fn heading(&self, key: &'static str) -> &str {
        self.at.get(key).map_or(key, |place| place.heading.as_str())
    }

    /// Reports the columns that are not there, all in one fault.
    pub(crate) fn require(&self, keys: &[&str], columns: &[Column], report: &mut Report) -> bool {
        let missing: Vec<&str> = columns
            .iter()
            .filter(|column| keys.contains(&column.key) && !self.has(column.key))
            .map(|column| column.heading)
            .collect();
        if missing.is_empty() {
            return true;
        }
        let (missing, found) = (missing.join(" · "), self.found.join(" · "));
        report.fault(
            note(
                "missing-columns",
                format!(
                    "These columns are missing: {missing}. Found: {found}. Give the table one row of headings with these names above the data."
                ),
                format!(
                    "Thiếu các cột: {missing}. Tìm thấy: {found}. Hãy thêm một dòng tiêu đề có các tên cột này phía trên dữ liệu."
                ),
            )
            .row(self.row)
            .read(&found),
        );
        false
    }

    /// Says which columns nothing is read from.
    pub(crate) fn report_unknown(&self, report: &mut Report) {
        for heading in &self.unknown {
            report.info(ignored(self.row, heading));
        }
    }

    /// The rows below the headings, without headings that are repeated (at the top of a page) and
    /// without the row that numbers the columns.
    pub(crate) fn rows<'t>(&self, table: &'t Table, report: &mut Report) -> Vec<&'t Row> {
        let mut rows = Vec::new();
        for (n, row) in table.rows.iter().skip(self.below).enumerate() {
            if self.is_repeated(row) {
                report.info(skipped(
                    row,
                    "header-repeated",
                    "The headings stand here again.",
                    "Dòng tiêu đề lặp lại.",
                ));
            } else if n == 0 && numbers_columns(row) {
                report.info(skipped(
                    row,
                    "column-numbers",
                    "This row numbers the columns.",
                    "Dòng đánh số cột.",
                ));
            } else {
                rows.push(row);
            }
        }
        if rows.is_empty() {
            report.fault(
                note(
                    "no-rows",
                    "There are headings, but no row below them. Choose the file that holds the data.",
                    "Chỉ có dòng tiêu đề, không có dữ liệu. Hãy chọn đúng tệp có dữ liệu.",
                )
                .row(self.row),
            );
        }
        rows
    }

    fn is_repeated(&self, row: &Row) -> bool {
        self.at.len() >= 2
            && self.at.values().all(|place| {
                text::fold(&row.cell(place.index).shown()) == text::fold(&place.heading)
            })
    }
}

/// What is said of a column that nothing is read from.
pub(crate) fn ignored(row: u32, heading: &str) -> Note {
    note(
        "column-ignored",
        "Nothing is read from this column.",
        "Cột này không được đọc.",
    )
    .row(row)
    .column(heading)
}

/// What is said of a row that is not data.
pub(crate) fn skipped(row: &Row, code: &str, why: &str, why_vi: &str) -> Note {
    note(
        code,
        format!("{why} It was passed over."),
        format!("{why_vi} Đã bỏ qua."),
    )
    .row(row.number)
    .read(&row.shown())
}

/// Whether the cells are 1, 2, 3, … or (1), (2), (3), …
fn numbers_columns(row: &Row) -> bool {
    let cells: Vec<String> = row.filled().map(|(_, cell)| cell.shown()).collect();
    cells.len() >= 3
        && cells
            .iter()
            .enumerate()
            .all(|(n, cell)| cell.trim_matches(['(', ')']).parse() == Ok(n + 1))
}
