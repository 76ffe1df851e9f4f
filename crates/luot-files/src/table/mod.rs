//! A table as it stands in a file, whatever it means: rows of cells, each row with the number that
//! a spreadsheet shows beside it.
//!
//! Nothing is interpreted here but the file itself. The heading row is not found here either: what a
//! heading is depends on what the file is to be read as.

mod csv;
mod decode;
mod sniff;
mod xlsx;

use chrono::NaiveDateTime;

use crate::finding::{Fault, Finding, Report, note};
use crate::{Format, limits, text};

/// A file's table, or the first sheet of a workbook that holds anything.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What the file is made of.
    pub format: Format,
    /// The sheet's name, in a workbook.
    pub sheet: Option<String>,
    /// Every row that holds something, the header and what stands above it too.
    pub rows: Vec<Row>,
    /// Oddities of the file itself: its encoding, its delimiter, sheets that were left aside.
    pub findings: Vec<Finding>,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// As a spreadsheet counts it, from 1; blank rows count and are left out.
    pub number: u32,
    /// From the first column on; rows need not be of one length.
    pub cells: Vec<Cell>,
    /// Columns whose cell belongs to a merged one that begins in a row above; ascending.
    pub(crate) merged: Vec<usize>,
}

/// One cell. Texts are composed (NFC) and without blanks around them.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing, or blanks only.
    Empty,
    /// Text; every cell of a CSV.
    Text(String),
    /// A number cell that is not formatted as a date.
    Number(f64),
    /// A cell formatted as a date or time.
    Date(NaiveDateTime),
    /// True or false.
    Bool(bool),
    /// A formula that failed, such as `#REF!`.
    Error(String),
}

impl Row {
    /// The cell in a column, counted from 0; rows end where their last cell does.
    pub fn cell(&self, column: usize) -> &Cell {
        self.cells.get(column).unwrap_or(&Cell::Empty)
    }

    /// The cells that hold something.
    pub(crate) fn filled(&self) -> impl Iterator<Item = (usize, &Cell)> {
        self.cells
            .iter()
            .enumerate()
            .filter(|(_, cell)| !cell.is_empty())
    }

    /// The whole row, as a finding quotes it.
    pub(crate) fn shown(&self) -> String {
        self.filled()
            .map(|(_, cell)| cell.shown())
            .collect::<Vec<_>>()
            .join(" | ")
    }
}

impl Cell {
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Cell::Empty)
    }

    /// A text cell's content, cleaned; blank text is no content.
    pub(crate) fn text(raw: &str) -> Cell {
        let text = text::clean(raw);
        if text.is_empty() {
            Cell::Empty
        } else {
            Cell::Text(text)
        }
    }

    /// What a person sees in the cell, near enough.
    pub fn shown(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) | Cell::Error(text) => text.clone(),
            // Up to here a float counts whole numbers exactly.
            Cell::Number(n) if n.fract() == 0.0 && n.abs() < 9e15 => format!("{n:.0}"),
            Cell::Number(n) => n.to_string(),
            Cell::Date(at) if at.time() == chrono::NaiveTime::MIN => {
                at.format("%d/%m/%Y").to_string()
            }
            Cell::Date(at) => at.format("%d/%m/%Y %H:%M").to_string(),
            Cell::Bool(yes) => if *yes { "TRUE" } else { "FALSE" }.to_owned(),
        }
    }
}

/// Reads a file's table. The name serves only to be checked against the content by its ending; a
/// name without one is no contradiction.
pub fn read_table(name: &str, bytes: &[u8]) -> Result<Table, Vec<Fault>> {
    if bytes.len() > limits::FILE_BYTES {
        return Err(vec![Fault::file_too_large()]);
    }
    let format = sniff::format(name, bytes).map_err(|note| vec![note.fault()])?;
    let mut report = Report::default();
    let (sheet, rows) = match format {
        Format::Csv => (None, csv::rows(bytes, &mut report)),
        Format::Xlsx => xlsx::rows(bytes, &mut report),
    };
    if rows.is_empty() && !report.has_faults() {
        report.fault(empty());
    }
    let findings = report.close()?;
    Ok(Table {
        format,
        sheet,
        rows,
        findings,
    })
}

fn empty() -> crate::finding::Note {
    note(
        "file-empty",
        "The file holds nothing. Choose the file that holds the table.",
        "Tệp không có nội dung. Hãy chọn đúng tệp có bảng dữ liệu.",
    )
}

/// What both formats say when a table is beyond the limits.
fn too_many_rows(row: u32) -> crate::finding::Note {
    let limit = limits::ROWS;
    note(
        "too-many-rows",
        format!("The table has more than {limit} rows, the limit for one file. Send it in parts."),
        format!("Bảng có hơn {limit} dòng là mức tối đa cho một tệp. Hãy chia thành nhiều tệp."),
    )
    .row(row)
}

fn too_many_columns(row: u32) -> crate::finding::Note {
    let limit = limits::COLUMNS;
    note(
        "too-many-columns",
        format!("This row has a cell beyond column {limit}, the limit. Delete what stands beside the table."),
        format!("Dòng này có ô nằm ngoài cột thứ {limit} là mức tối đa. Hãy xóa phần nằm ngoài bảng."),
    )
    .row(row)
}

fn too_many_cells(row: u32) -> crate::finding::Note {
    let (limit, mib) = (limits::CELLS, limits::TEXT_BYTES / (1024 * 1024));
    note(
        "too-many-cells",
        format!("The table has more than {limit} cells or {mib} MiB of text, the limit for one file. Send it in parts."),
        format!("Bảng có hơn {limit} ô hoặc {mib} MiB văn bản là mức tối đa cho một tệp. Hãy chia thành nhiều tệp."),
    )
    .row(row)
}
