//! Files that are not what they should be.

use luot_files::{Cell, limits, read_table};
use rust_xlsxwriter::Workbook;

use crate::make::{assert_clear, codes, finding, workbook, xlsx};

#[test]
fn what_is_no_table_is_refused_by_name() {
    let sheet = workbook(|sheet| {
        sheet.write_string(0, 0, "STT").unwrap();
    });
    let large = vec![b'a'; limits::FILE_BYTES + 1];
    for (name, bytes, code) in [
        ("a.csv", &b""[..], "file-empty"),
        ("a.csv", b" \n\n,,\n", "file-empty"),
        ("a.csv", &sheet, "file-not-what-its-name-says"),
        ("a.xls", &sheet, "file-not-what-its-name-says"),
        (
            "a.xlsx",
            b"STT,Ho ten\n1,2\n",
            "file-not-what-its-name-says",
        ),
        (
            "a.xlsx",
            &sheet[..sheet.len() / 2],
            "file-not-what-its-name-says",
        ),
        ("a.pdf", b"%PDF-1.4", "file-type-unsupported"),
        ("a.csv", &large, "file-too-large"),
        ("a.csv", b"STT,T\xEAn\n", "encoding-unknown"),
        ("a.csv", b"STT,\"Ten\n1,2\n", "quote-not-closed"),
    ] {
        let faults = read_table(name, bytes).expect_err(name);
        assert_clear(&faults);
        assert_eq!(faults[0].code, code, "{name}");
        assert_eq!(faults.len(), 1);
    }
    let fault = &read_table("a.csv", &large).unwrap_err()[0];
    assert!(fault.detail.contains("16 MiB") && fault.detail_vi.contains("16 MiB"));
}

#[test]
fn an_empty_workbook_is_an_empty_file() {
    assert_eq!(
        codes(&read_table("a.xlsx", &workbook(|_| {})).unwrap_err()),
        [("file-empty", None)]
    );
}

#[test]
fn an_archive_of_too_many_parts_is_refused() {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("xl/workbook.xml", options).unwrap();
    for n in 0..=limits::ARCHIVE_PARTS {
        archive.start_file(format!("{n}"), options).unwrap();
    }
    let bytes = archive.finish().unwrap().into_inner();
    assert_eq!(
        codes(&read_table("a.xlsx", &bytes).unwrap_err()),
        [("file-too-large", None)]
    );
}

#[test]
fn a_cell_far_away_costs_nothing() {
    let table = xlsx(|sheet| {
        sheet.write_string(0, 0, "STT").unwrap();
        sheet.write_string(1_048_575, 0, "x").unwrap();
    });
    assert_eq!(
        table.rows.iter().map(|row| row.number).collect::<Vec<_>>(),
        [1, 1_048_576]
    );
    let wide = workbook(|sheet| {
        sheet.write_string(4, 16_383, "x").unwrap();
    });
    assert_eq!(
        codes(&read_table("a.xlsx", &wide).unwrap_err()),
        [("too-many-columns", Some(5))]
    );
}

#[test]
fn the_first_visible_sheet_that_holds_anything_is_read() {
    let mut book = Workbook::new();
    book.add_worksheet();
    book.add_worksheet()
        .set_name("Ẩn")
        .unwrap()
        .set_hidden(true)
        .write_string(0, 0, "x")
        .unwrap();
    book.add_worksheet()
        .set_name("Lớp 3A")
        .unwrap()
        .write_string(0, 0, "STT")
        .unwrap();
    book.add_worksheet()
        .set_name("Lớp 3B")
        .unwrap()
        .write_string(0, 0, "STT")
        .unwrap();
    let table = read_table("a.xlsx", &book.save_to_buffer().unwrap()).unwrap();
    assert_eq!(table.sheet.as_deref(), Some("Lớp 3A"));
    let told = finding(&table.findings, "other-sheets-left-aside");
    assert_eq!(told.read.as_deref(), Some("Lớp 3B"));
}

#[test]
fn cells_keep_their_kind() {
    let table = xlsx(|sheet| {
        let format = rust_xlsxwriter::Format::new().set_num_format("dd/mm/yyyy");
        let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2015, 4, 5).unwrap();
        sheet
            .write_datetime_with_format(0, 0, date, &format)
            .unwrap();
        sheet.write_number(0, 1, 42_099).unwrap();
        sheet.write_number(0, 2, 1.5).unwrap();
        sheet.write_boolean(0, 3, true).unwrap();
        sheet.write_string(0, 4, "  Hoa\u{300}  ").unwrap();
    });
    let row = &table.rows[0];
    assert!(matches!(row.cell(0), Cell::Date(_)));
    assert_eq!(*row.cell(1), Cell::Number(42_099.0));
    assert_eq!(*row.cell(3), Cell::Bool(true));
    let shown: Vec<String> = row.cells.iter().map(Cell::shown).collect();
    assert_eq!(shown, ["05/04/2015", "42099", "1.5", "TRUE", "Hoà"]);
    assert!(row.cell(99).shown().is_empty());
}

#[test]
fn delimiters_and_encodings_are_told() {
    let table = read_table(
        "a.csv",
        "STT;Họ và tên;Ngày sinh\n1;Lò A;1/2/2015\n".as_bytes(),
    )
    .unwrap();
    assert_eq!(
        finding(&table.findings, "delimiter-not-comma")
            .assumed
            .as_deref(),
        Some(";")
    );
    let utf16: Vec<u8> = "\u{FEFF}STT\tTên\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let table = read_table("a.txt", &utf16).unwrap();
    finding(&table.findings, "encoding-utf-16");
    assert_eq!(table.rows[0].cell(1).shown(), "Tên");
    let table = read_table("a.csv", b"\xEF\xBB\xBFSTT,b\n").unwrap();
    assert_eq!(table.rows[0].cell(0).shown(), "STT");
    assert!(table.findings.is_empty());
}
