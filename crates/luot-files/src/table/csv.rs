//! Delimited text to rows.
//!
//! The hazard: dates stand in these tables as `12,13,14`, so that counting commas does not tell the
//! delimiter. The delimiter is the one under which a row of headings appears.

use super::{Cell, Row, decode, too_many_cells, too_many_columns, too_many_rows};
use crate::columns;
use crate::finding::{Report, note};
use crate::limits;

/// Stands alone on a line after the end; where it does not come out alone, a quote was never closed.
const SENTINEL: &str = "\u{E000}luot-end";

pub(super) fn rows(bytes: &[u8], report: &mut Report) -> Vec<Row> {
    let Some(mut text) = decode::text(bytes, report) else {
        return Vec::new();
    };
    let delimiter = delimiter(&text);
    if delimiter != b',' && text.contains(char::from(delimiter)) {
        let name = if delimiter == b';' { ";" } else { "tab" };
        report.info(
            note(
                "delimiter-not-comma",
                "The cells are divided by a semicolon or a tab; they were read so.",
                "Các ô được phân cách bằng dấu chấm phẩy hoặc tab và đã được đọc theo đó.",
            )
            .assumed(name),
        );
    }
    text.push('\n');
    text.push_str(SENTINEL);
    parse(&text, delimiter, report)
}

fn parse(text: &str, delimiter: u8, report: &mut Report) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut reader = reader(text, delimiter);
    let mut record = csv::StringRecord::new();
    // Row numbers count records and blank lines, which the parser passes over; line breaks inside a
    // quoted cell are not rows.
    let (mut number, mut cells, mut line) = (0_u64, 0_usize, reader.position().line());
    let mut start = 0_u64;
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                report.fault(damaged(&error, row_number(number)));
                return rows;
            }
        }
        if record.get(0) == Some(SENTINEL) {
            return rows;
        }
        let after = reader.position().line();
        let inside: usize = record.iter().map(|cell| cell.matches('\n').count()).sum();
        let passed = (after - line).saturating_sub(inside as u64).max(1);
        line = after;
        start = number + passed;
        number = start;
        let row = row_number(number);
        // Far beyond the limit, blank or not: a line of a million commas is not worth reading.
        if record.len() > 100 * limits::COLUMNS {
            report.fault(too_many_columns(row));
            return rows;
        }
        let cleaned: Vec<Cell> = record.iter().map(Cell::text).collect();
        let width = cleaned
            .iter()
            .rposition(|cell| !cell.is_empty())
            .map_or(0, |last| last + 1);
        if width == 0 {
            continue;
        }
        cells += width;
        if width > limits::COLUMNS {
            report.fault(too_many_columns(row));
            return rows;
        }
        if rows.len() == limits::ROWS {
            report.fault(too_many_rows(row));
            return rows;
        }
        if cells > limits::CELLS {
            report.fault(too_many_cells(row));
            return rows;
        }
        rows.push(Row {
            number: row,
            cells: cleaned.into_iter().take(width).collect(),
            merged: Vec::new(),
        });
    }
    report.fault(unclosed(row_number(start)));
    rows
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes())
}

fn row_number(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The delimiter under which some row near the top has the most known headings; if none has, the one
/// that divides the first lines into the most cells.
fn delimiter(text: &str) -> u8 {
    let mut best = (b',', (0, 0));
    for candidate in [b',', b';', b'\t'] {
        let score = reader(text, candidate)
            .records()
            .take(limits::HEADER_ROWS)
            .map_while(Result::ok)
            .map(|row| (columns::known_headings(row.iter()), row.len()))
            .max()
            .unwrap_or_default();
        if score > best.1 {
            best = (candidate, score);
        }
    }
    best.0
}

fn damaged(error: &csv::Error, after: u32) -> crate::finding::Note {
    note(
        "file-damaged",
        format!("The text cannot be read as a table after this row ({error})."),
        "Không đọc được nội dung dạng bảng sau dòng này.",
    )
    .row(after)
}

fn unclosed(row: u32) -> crate::finding::Note {
    note(
        "quote-not-closed",
        "A quotation mark that opens a cell in this row is never closed, so that the rest of the file \
         falls into one cell. Close it or delete it.",
        "Dấu ngoặc kép mở ô ở dòng này không được đóng, nên phần còn lại của tệp bị dồn vào một ô. \
         Hãy đóng hoặc xóa dấu đó.",
    )
    .row(row)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]
    use super::*;

    fn read(text: &str) -> Vec<(u32, Vec<String>)> {
        let mut report = Report::default();
        let rows = rows(text.as_bytes(), &mut report);
        report.close().unwrap();
        rows.iter()
            .map(|r| (r.number, r.cells.iter().map(Cell::shown).collect()))
            .collect()
    }

    #[test]
    fn rows_bear_the_numbers_of_a_spreadsheet() {
        let text = "\n\nSTT,Họ và tên\n1,\"Lò\nVăn A\"\n\n,,\n2,\"x\n\ny\"\n3,z";
        let numbers: Vec<u32> = read(text).iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [3, 4, 7, 8]);
    }

    #[test]
    fn the_headings_tell_the_delimiter() {
        for (text, cells) in [
            ("Máy;Ngày;Ca\nM;11,12,13,14,15;1", 3),
            ("Máy\tNgày\tCa\nM\t11,12;13\t1", 3),
            ("Máy,Ngày,Ca\nM,\"1;2;3;4\",1", 3),
            (
                "DANH SÁCH, kèm theo, số 1, năm 2023\nHọ và tên;Ngày sinh\na;b",
                2,
            ),
        ] {
            assert_eq!(read(text).last().unwrap().1.len(), cells, "{text}");
        }
    }

    #[test]
    fn a_quote_that_is_never_closed_is_a_fault() {
        let mut report = Report::default();
        rows(b"a,b\nc,\"d\ne,f\n", &mut report);
        let faults = report.close().unwrap_err();
        assert_eq!(
            (faults[0].code.as_str(), faults[0].row),
            ("quote-not-closed", Some(2))
        );
    }

    #[test]
    fn too_wide_and_too_long_tables_are_faults() {
        for (text, code) in [
            ("a,".repeat(limits::COLUMNS) + "b", "too-many-columns"),
            ("a\n".repeat(limits::ROWS + 1), "too-many-rows"),
        ] {
            let mut report = Report::default();
            rows(text.as_bytes(), &mut report);
            assert_eq!(report.close().unwrap_err()[0].code, code);
        }
    }
}
