//! A class's or village's list as a file, for whoever works with spreadsheets.
//!
//! Names come from people. A program that opens a table takes a cell that begins with `=`,
//! `+`, `-` or `@` for a formula, which can call out or worse: in CSV such a cell gets an
//! apostrophe before it, which those programs do not show; in XLSX every cell is a text.

use rust_xlsxwriter::{Workbook, XlsxError};

/// A row: everything as it is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPerson {
    /// Full name.
    pub full_name: String,
    /// Day of birth.
    pub birth_date: String,
    /// Where their appointment stands.
    pub state: String,
}

const HEADINGS: [&str; 4] = ["STT", "Họ và tên", "Ngày sinh", "Tình trạng"];

/// As CSV, in UTF-8 with its mark, which spreadsheet programs want.
#[must_use]
pub fn write_list_csv(people: &[ListedPerson]) -> Vec<u8> {
    let mut text = String::from("\u{feff}");
    line(&mut text, HEADINGS);
    for (n, person) in (1..).zip(people) {
        let number = n.to_string();
        line(
            &mut text,
            [
                &number,
                &person.full_name,
                &person.birth_date,
                &person.state,
            ],
        );
    }
    text.into_bytes()
}

fn line<T: AsRef<str>>(text: &mut String, cells: [T; 4]) {
    let cells: Vec<String> = cells.iter().map(|c| cell(c.as_ref())).collect();
    text.push_str(&cells.join(","));
    text.push_str("\r\n");
}

/// A cell, quoted, and no formula.
fn cell(text: &str) -> String {
    let begins = text.trim_start().chars().next();
    let formula = begins.is_some_and(|c| "=+-@\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".contains(c))
        || text.starts_with(['\t', '\r', '\n']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

/// As an XLSX workbook.
///
/// # Errors
/// When the workbook cannot be made.
pub fn write_list_xlsx(people: &[ListedPerson]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, heading) in (0..).zip(HEADINGS) {
        sheet.write_string(0, column, heading)?;
    }
    for (row, person) in (1..).zip(people) {
        sheet.write_number(row, 0, f64::from(row))?;
        for (column, text) in (1..).zip([&person.full_name, &person.birth_date, &person.state]) {
            // As a text: never taken for a formula, whatever it begins with.
            sheet.write_string(row, column, text)?;
        }
    }
    sheet.set_column_width(1, 30)?;
    workbook.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (text, written) in [
            ("Bùi Thị Đào", "\"Bùi Thị Đào\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("+84", "\"'+84\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("  =1", "\"'  =1\""),
            ("\t=1", "\"'\t=1\""),
            ("＝1", "\"'＝1\""),
            ("a=b", "\"a=b\""),
        ] {
            assert_eq!(cell(text), written);
        }
    }

    #[test]
    fn a_workbook_holds_texts() {
        let people = [ListedPerson {
            full_name: "=cmd|' /C calc'!A0".into(),
            birth_date: "06/05/2017".into(),
            state: String::new(),
        }];
        let bytes = write_list_xlsx(&people).expect("a workbook");
        let table = crate::read_table("x.xlsx", &bytes).expect("a table");
        let shown = format!("{:?}", table.rows);
        assert!(shown.contains("=cmd"), "{shown}");
    }
}
