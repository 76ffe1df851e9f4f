//! A workbook to rows: the first visible sheet that holds anything, merged cells spread downward.
//!
//! The hazard: an archive may unpack to a thousand times its size, and a sheet may claim a million
//! rows with one cell in the last. So the archive is measured before it is opened, and cells are
//! taken one by one, never as a rectangle.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Dimensions, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use chrono::{NaiveDate, NaiveDateTime};

use super::{Cell, Row, too_many_cells, too_many_columns, too_many_rows};
use crate::finding::{Note, Report, note};
use crate::{limits, text};

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;
type Grid = BTreeMap<u32, BTreeMap<usize, Cell>>;

/// Why a workbook gave nothing.
enum Refused {
    Damaged(String),
    Limit(Note),
}

impl From<XlsxError> for Refused {
    fn from(error: XlsxError) -> Self {
        Refused::Damaged(error.to_string())
    }
}

pub(super) fn rows(bytes: &[u8], report: &mut Report) -> (Option<String>, Vec<Row>) {
    if let Some(fault) = measure(bytes, limits::UNPACKED_BYTES) {
        report.fault(fault);
        return (None, Vec::new());
    }
    // The parser is somebody else's and meets hostile input here: should it panic on a malformed
    // part, that is a damaged file and not the end of the caller's thread.
    let read = catch_unwind(AssertUnwindSafe(|| read(bytes)))
        .unwrap_or_else(|_| Err(Refused::Damaged("a malformed part".to_owned())));
    match read {
        Ok(sheet) => {
            if !sheet.others.is_empty() {
                report.info(other_sheets(&sheet.name, &sheet.others));
            }
            (Some(sheet.name), sheet.rows)
        }
        Err(Refused::Limit(fault)) => {
            report.fault(fault);
            (None, Vec::new())
        }
        Err(Refused::Damaged(why)) => {
            report.fault(damaged(&why));
            (None, Vec::new())
        }
    }
}

/// Unpacks the archive to nowhere, counting: what the archive says of its own size is not to be
/// relied on.
fn measure(bytes: &[u8], limit: u64) -> Option<Note> {
    let mut archive = match zip::ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => archive,
        Err(error) => return Some(damaged(&error.to_string())),
    };
    if archive.len() > limits::ARCHIVE_PARTS {
        return Some(unpacked_too_large());
    }
    let mut left = limit;
    for part in 0..archive.len() {
        let unpacked = archive
            .by_index(part)
            .map_err(std::io::Error::from)
            .and_then(|mut part| {
                std::io::copy(&mut part.by_ref().take(left + 1), &mut std::io::sink())
            });
        match unpacked {
            Ok(size) if size > left => return Some(unpacked_too_large()),
            Ok(size) => left -= size,
            Err(error) => return Some(damaged(&error.to_string())),
        }
    }
    None
}

struct Sheet {
    name: String,
    /// Further sheets that hold something.
    others: Vec<String>,
    rows: Vec<Row>,
}

fn read(bytes: &[u8]) -> Result<Sheet, Refused> {
    let mut book: Book = Xlsx::new(Cursor::new(bytes))?;
    let names: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    let mut found: Option<(String, Grid)> = None;
    let mut others = Vec::new();
    for name in names {
        if found.is_none() {
            let grid = cells(&mut book, &name)?;
            if !grid.is_empty() {
                found = Some((name, grid));
            }
        } else if holds_something(&mut book, &name) {
            others.push(name);
        }
    }
    let Some((name, mut grid)) = found else {
        return Ok(Sheet {
            name: String::new(),
            others,
            rows: Vec::new(),
        });
    };
    let width = |cells: &BTreeMap<usize, Cell>| cells.keys().last().map_or(0, |last| last + 1);
    if grid.values().map(width).sum::<usize>() > limits::CELLS {
        return Err(Refused::Limit(too_many_cells(1)));
    }
    let merged = book.merge_cells_by_sheet_name(&name).unwrap_or_default();
    let spread = spread(&mut grid, &merged)?;
    let rows = grid
        .into_iter()
        .map(|(row, cells)| line(row, cells, &spread))
        .collect();
    Ok(Sheet { name, others, rows })
}

/// What cells take so far.
#[derive(Default)]
struct Taken {
    cells: usize,
    text: usize,
}

impl Taken {
    fn add(&mut self, cell: &Cell, row: u32) -> Result<(), Refused> {
        self.cells += 1;
        if let Cell::Text(text) | Cell::Error(text) = cell {
            self.text += text.len();
        }
        if self.cells > limits::CELLS || self.text > limits::TEXT_BYTES {
            return Err(Refused::Limit(too_many_cells(row)));
        }
        Ok(())
    }
}

/// Every cell of a sheet that holds something, by row and column from 0.
fn cells(book: &mut Book<'_>, sheet: &str) -> Result<Grid, Refused> {
    let mut grid = Grid::new();
    let mut taken = Taken::default();
    let mut reader = book.worksheet_cells_reader(sheet)?;
    while let Some(found) = reader.next_cell()? {
        let (row, column) = found.get_position();
        let cell = cell(found.get_value());
        if cell.is_empty() {
            continue;
        }
        let shown = row.saturating_add(1);
        let Some(column) = within(column) else {
            return Err(Refused::Limit(too_many_columns(shown)));
        };
        taken.add(&cell, shown)?;
        grid.entry(row).or_default().insert(column, cell);
        if grid.len() > limits::ROWS {
            return Err(Refused::Limit(too_many_rows(shown)));
        }
    }
    Ok(grid)
}

/// The column's place in a row, where it is one of those that are read.
fn within(column: u32) -> Option<usize> {
    usize::try_from(column)
        .ok()
        .filter(|column| *column < limits::COLUMNS)
}

fn holds_something(book: &mut Book<'_>, sheet: &str) -> bool {
    let Ok(mut reader) = book.worksheet_cells_reader(sheet) else {
        return false;
    };
    while let Ok(Some(found)) = reader.next_cell() {
        if !cell(found.get_value()).is_empty() {
            return true;
        }
    }
    false
}

fn cell(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        // Some programs write whole numbers as such; they are far below where a float loses them.
        DataRef::Int(n) => Cell::Number(*n as f64),
        DataRef::Float(n) => Cell::Number(*n),
        DataRef::String(text) => Cell::text(text),
        DataRef::SharedString(text) => Cell::text(text),
        DataRef::Bool(yes) => Cell::Bool(*yes),
        DataRef::DateTime(at) if at.is_duration() => Cell::Number(at.as_f64()),
        DataRef::DateTime(at) => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            NaiveDate::from_ymd_opt(year.into(), month.into(), day.into())
                .and_then(|date| date.and_hms_opt(hour.into(), minute.into(), second.into()))
                .map_or(Cell::Number(at.as_f64()), Cell::Date)
        }
        DataRef::DateTimeIso(text) => iso(text),
        DataRef::DurationIso(text) => Cell::text(text),
        DataRef::Error(error) => Cell::Error(error.to_string()),
    }
}

fn iso(text: &str) -> Cell {
    let plain = text.trim_end_matches('Z');
    NaiveDateTime::parse_from_str(plain, "%Y-%m-%dT%H:%M:%S%.f")
        .ok()
        .or_else(|| plain.parse::<NaiveDate>().ok().map(NaiveDate::into))
        .map_or_else(|| Cell::text(text), Cell::Date)
}

/// Copies the cell of each merged region into the rows below its first that exist, in the region's
/// first column; gives back where. Across columns nothing is copied: a title over the whole table is
/// one text, not eight.
fn spread(grid: &mut Grid, merged: &[Dimensions]) -> Result<BTreeMap<u32, Vec<usize>>, Refused> {
    let mut spread = BTreeMap::<u32, Vec<usize>>::new();
    let mut taken = Taken::default();
    for region in merged {
        let (top, column) = region.start;
        let Some(column) = within(column) else {
            continue;
        };
        let bottom = region.end.0;
        if bottom <= top {
            continue;
        }
        let Some(cell) = grid.get(&top).and_then(|row| row.get(&column)).cloned() else {
            continue;
        };
        for (row, cells) in grid.range_mut(top + 1..=bottom) {
            taken.add(&cell, row.saturating_add(1))?;
            // A merged region hides what its other cells hold; where one does hold something, the
            // sheet was merged by force, and what is seen counts.
            cells.insert(column, cell.clone());
            spread.entry(*row).or_default().push(column);
        }
    }
    Ok(spread)
}

fn line(row: u32, cells: BTreeMap<usize, Cell>, spread: &BTreeMap<u32, Vec<usize>>) -> Row {
    let mut line = Vec::new();
    for (column, cell) in cells {
        line.resize(column, Cell::Empty);
        line.push(cell);
    }
    let mut merged = spread.get(&row).cloned().unwrap_or_default();
    merged.sort_unstable();
    Row {
        number: row.saturating_add(1),
        cells: line,
        merged,
    }
}

fn other_sheets(name: &str, others: &[String]) -> Note {
    let list = others.join(", ");
    note(
        "other-sheets-left-aside",
        format!(
            "Only the first sheet that holds anything was read; {} left aside.",
            text::count(others.len(), "sheet was", "sheets were")
        ),
        format!(
            "Chỉ đọc trang tính đầu tiên có dữ liệu; bỏ qua {} trang khác.",
            others.len()
        ),
    )
    .read(&list)
    .assumed(name)
}

fn unpacked_too_large() -> Note {
    let mib = limits::UNPACKED_BYTES / (1024 * 1024);
    note(
        "file-too-large",
        format!(
            "The workbook unpacks to more than {mib} MiB or {} parts, the limit for one file. Copy the table into a new workbook.",
            limits::ARCHIVE_PARTS
        ),
        format!(
            "Bảng tính sau khi giải nén lớn hơn {mib} MiB hoặc {} phần là mức tối đa cho một tệp. Hãy chép bảng sang tệp mới.",
            limits::ARCHIVE_PARTS
        ),
    )
}

fn damaged(why: &str) -> Note {
    note(
        "file-damaged",
        format!(
            "The workbook is damaged and cannot be read ({}). Open it in a spreadsheet program and save it again.",
            text::quoted(why)
        ),
        "Bảng tính bị hỏng, không đọc được. Hãy mở bằng phần mềm bảng tính rồi lưu lại.",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]
    use super::*;

    /// What the archive claims of its size is not asked: it is unpacked and counted.
    #[test]
    fn an_archive_that_unpacks_beyond_the_limit_is_refused() {
        use std::io::Write as _;
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in ["xl/workbook.xml", "xl/styles.xml"] {
            archive
                .start_file(name, zip::write::SimpleFileOptions::default())
                .unwrap();
            archive.write_all(&[0; 500_000]).unwrap();
        }
        let bytes = archive.finish().unwrap().into_inner();
        assert!(bytes.len() < 5_000, "it is small as it is sent");
        assert!(measure(&bytes, 1_000_000).is_none());
        let fault = measure(&bytes, 999_999).unwrap().fault();
        assert_eq!(fault.code, "file-too-large");
        assert!(fault.detail.contains("128 MiB") && fault.detail_vi.contains("128 MiB"));
    }
}
