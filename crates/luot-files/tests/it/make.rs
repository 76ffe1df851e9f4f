//! Files for the tests, and what to ask of the answers.

use luot_files::{Fault, Finding, Table, read_table};
use rust_xlsxwriter::Workbook;

/// A CSV as a table.
pub fn csv(text: &str) -> Table {
    read_table("a.csv", text.as_bytes()).expect("a table")
}

/// The rows of a CSV as a workbook, every cell a text.
pub fn xlsx_of(text: &[u8]) -> Vec<u8> {
    let rows = csv(std::str::from_utf8(text).unwrap()).rows;
    workbook(|sheet| {
        for row in &rows {
            for (column, cell) in row.cells.iter().enumerate() {
                let at = u16::try_from(column).unwrap();
                let shown = cell.shown();
                if !shown.is_empty() {
                    sheet.write_string(row.number - 1, at, shown).unwrap();
                }
            }
        }
    })
}

/// A workbook of one sheet.
pub fn workbook(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(book.add_worksheet());
    book.save_to_buffer().unwrap()
}

pub fn xlsx(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Table {
    read_table("a.xlsx", &workbook(fill)).expect("a table")
}

/// Rows of the findings with a code, ascending as they were found.
pub fn rows(findings: &[Finding], code: &str) -> Vec<u32> {
    findings
        .iter()
        .filter(|f| f.code == code)
        .filter_map(|f| f.row)
        .collect()
}

pub fn finding<'f>(findings: &'f [Finding], code: &str) -> &'f Finding {
    let found: Vec<&Finding> = findings.iter().filter(|f| f.code == code).collect();
    assert_eq!(found.len(), 1, "{code} in {findings:#?}");
    found[0]
}

/// The codes and rows of faults.
pub fn codes(faults: &[Fault]) -> Vec<(&str, Option<u32>)> {
    faults
        .iter()
        .map(|fault| (fault.code.as_str(), fault.row))
        .collect()
}

/// Every fault and finding says in both languages what is the matter.
pub fn assert_clear(faults: &[Fault]) {
    for fault in faults {
        assert!(
            fault.detail.len() > 20 && fault.detail_vi.len() > 15,
            "{fault:?}"
        );
        assert_ne!(fault.detail, fault.detail_vi);
    }
}
