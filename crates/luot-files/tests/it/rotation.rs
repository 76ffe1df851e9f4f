//! Oddities and faults of the rotation annex, one at a time.

use luot_files::{Rotation, read_rotation};

use crate::make::{assert_clear, codes, csv, finding, rows, xlsx};

const HEAD: &str = "Máy,STT,Địa điểm,Đơn vị,Tháng,Thời gian,Ngày,Ca,Chỉ tiêu\n";

fn read(rows: &str) -> Result<Rotation, Vec<luot_files::Fault>> {
    let read = read_rotation(&csv(&format!("{HEAD}{rows}")), None);
    if let Err(faults) = &read {
        assert_clear(faults);
    }
    read
}

/// A row with these hours and days.
fn row(hours: &str, days: &str) -> String {
    format!("MÁY 1,1,CAX A,Xã A,Tháng 4/2023,{hours},\"{days}\",,160 hồ sơ/ Ca/ngày\n")
}

#[test]
fn each_thing_that_cannot_be_read_is_a_fault_of_its_own() {
    for (rows, code, column, value) in [
        (row("7h-15h", "31"), "no-such-date", "Ngày", "31"),
        (row("7h-15h", "0"), "no-such-date", "Ngày", "0"),
        (
            row("7h-15h", "12,1/5"),
            "date-outside-month",
            "Ngày",
            "12,1/5",
        ),
        (
            row("7h-15h", "12/4/2022"),
            "date-outside-month",
            "Ngày",
            "12/4/2022",
        ),
        (
            row("7h-15h", "mười hai"),
            "dates-unreadable",
            "Ngày",
            "mười hai",
        ),
        (
            row("buổi sáng", "12"),
            "hours-unreadable",
            "Thời gian",
            "buổi sáng",
        ),
        (row("7h00", "12"), "hours-unreadable", "Thời gian", "7h00"),
        (
            row("15h-24h00", "12"),
            "hours-unreadable",
            "Thời gian",
            "15h-24h00",
        ),
        (
            row("15h-7h", "12"),
            "end-before-start",
            "Thời gian",
            "15h-7h",
        ),
        (row("7h-7h", "12"), "end-before-start", "Thời gian", "7h-7h"),
        (
            row("7h-9h", "12").replace("160 hồ", "hồ"),
            "records-unreadable",
            "Chỉ tiêu",
            "hồ sơ/ Ca/ngày",
        ),
        (
            row("7h-9h", "12").replace("160 hồ", "0 hồ"),
            "records-unreadable",
            "Chỉ tiêu",
            "0 hồ sơ/ Ca/ngày",
        ),
        (
            row("7h-9h", "12").replace("4/2023", "13/2023"),
            "month-unreadable",
            "Tháng",
            "Tháng 13/2023",
        ),
        (
            row("7h-9h", "12").replace("4/2023", "4"),
            "year-missing",
            "Tháng",
            "Tháng 4",
        ),
    ] {
        let faults = read(&rows).expect_err(&rows);
        assert_eq!(codes(&faults), [(code, Some(2))], "{rows}");
        assert_eq!(faults[0].column.as_deref(), Some(column), "{rows}");
        assert_eq!(faults[0].read.as_deref(), Some(value), "{rows}");
    }
}

#[test]
fn empty_cells_that_nothing_above_explains_are_faults() {
    for (rows, column) in [
        ("MÁY 1,1,CAX A,Xã A,Tháng 4/2023,,12,,160\n", "Thời gian"),
        ("MÁY 1,1,CAX A,Xã A,Tháng 4/2023,7h-15h,,,160\n", "Ngày"),
        (
            "MÁY 1,1,CAX A,Xã A,Tháng 4/2023,7h-15h,\",\",,160\n",
            "Ngày",
        ),
        ("MÁY 1,1,CAX A,Xã A,Tháng 4/2023,7h-15h,12,,\n", "Chỉ tiêu"),
        (",1,CAX A,Xã A,Tháng 4/2023,7h-15h,12,,160\n", "Máy"),
        ("MÁY 1,1,,Xã A,Tháng 4/2023,7h-15h,12,,160\n", "Địa điểm"),
    ] {
        let faults = read(rows).expect_err(rows);
        assert_eq!(codes(&faults), [("cell-empty", Some(2))], "{rows}");
        assert_eq!(faults[0].column.as_deref(), Some(column), "{rows}");
    }
}

#[test]
fn a_new_machine_is_not_at_the_old_ones_site() {
    let faults =
        read("MÁY 1,1,CAX A,Xã A,Tháng 4/2023,7h-15h,12,,160\nMÁY 2,2,,,,7h-15h,12,,160\n")
            .unwrap_err();
    assert_eq!(
        codes(&faults),
        [("cell-empty", Some(3)), ("cell-empty", Some(3))]
    );
}

#[test]
fn blanks_below_a_statement_take_it() {
    let read = read(
        "MÁY 1,1,CAX A,Xã A,Tháng 4/2023,7h-15h,12,,160\n\
         ,,,,,15h-23h,12,,160\n\
         ,2,CAX B,Xã B,,7h-15h,13,,160\n",
    )
    .unwrap();
    let last = &read.entries[2];
    assert_eq!(
        (last.machine.as_str(), last.site.as_str(), last.row),
        ("MÁY 1", "CAX B", 4)
    );
    assert_eq!(last.date.to_string(), "2023-04-13");
    assert_eq!(rows(&read.findings, "filled-down").len(), 4);
}

#[test]
fn a_machine_may_stand_in_a_row_of_its_own() {
    let text = "STT,Địa điểm,Đơn vị,Tháng,Giờ,Ngày,Chỉ tiêu\n\
                I,MÁY SỐ 1\n1,CAX A,Xã A,Tháng 4/2023,7h-15h,12,160\n\
                II,MÁY SỐ 2\n1,CAX B,Xã B,Tháng 4/2023,7h-15h,12,160\n";
    let read = read_rotation(&csv(text), None).unwrap();
    let machines: Vec<&str> = read.entries.iter().map(|e| e.machine.as_str()).collect();
    assert_eq!(machines, ["MÁY SỐ 1", "MÁY SỐ 2"]);
    assert_eq!(rows(&read.findings, "machine-from-its-own-row"), [2, 4]);
}

#[test]
fn a_machine_in_two_places_is_a_fault() {
    let faults = read(
        "MÁY 1,1,CAX A,Xã A,Tháng 4/2023,7h-15h,\"12,13,14\",,160\n\
         Máy 1,2,CAX B,Xã B,Tháng 4/2023,14h-20h,\"13,14,15\",,160\n\
         MÁY 2,3,CAX B,Xã B,Tháng 4/2023,7h-15h,\"12,13\",,160\n",
    )
    .unwrap_err();
    assert_eq!(codes(&faults), [("machine-in-two-places", Some(3))]);
    let fault = &faults[0];
    assert_eq!(fault.read.as_deref(), Some("13/04/2023, 14/04/2023"));
    for part in ["CAX A", "CAX B", "row 2", "07:00–15:00", "14:00–20:00"] {
        assert!(fault.detail.contains(part), "{}", fault.detail);
    }
    assert!(fault.detail_vi.contains("dòng 2"), "{}", fault.detail_vi);
}

#[test]
fn hours_that_touch_do_not_overlap() {
    let ok = format!("{}{}", row("7h-15h", "12"), row("15h-23h", "12"));
    assert_eq!(read(&ok).unwrap().entries.len(), 2);
    let overlap = format!("{}{}", row("7h-15h", "12"), row("14h-23h", "12"));
    assert_eq!(
        codes(&read(&overlap).unwrap_err()),
        [("hours-overlap", Some(3))]
    );
    // An overlap with an earlier row behind a shorter one is found too.
    let behind = format!(
        "{}{}{}",
        row("7h-20h", "12"),
        row("7h-20h", "12"),
        row("18h-22h", "12")
    );
    assert_eq!(
        codes(&read(&behind).unwrap_err()),
        [("hours-overlap", Some(4))]
    );
}

#[test]
fn a_row_that_says_the_same_again_counts_once() {
    let read = read(&format!(
        "{}{}",
        row("7h-15h", "12,13"),
        row("7h-15h", "13,14")
    ))
    .unwrap();
    assert_eq!(read.entries.len(), 3);
    let told = finding(&read.findings, "row-repeated");
    assert_eq!(
        (told.row, told.read.as_deref()),
        (Some(3), Some("13/04/2023"))
    );
}

#[test]
fn days_are_read_in_whatever_way_they_are_listed() {
    for (days, count, code) in [
        ("12,13,14,", 3, Some("trailing-comma")),
        ("12,,14", 2, Some("doubled-comma")),
        ("01,2,3", 3, Some("leading-zero")),
        ("01,02,03", 3, None),
        ("từ 12 đến 16", 5, Some("date-range")),
        ("12-16", 5, Some("date-range")),
        ("12,12", 1, Some("date-repeated")),
        ("12/4,13/4/2023", 2, None),
        ("12; 13", 2, None),
    ] {
        let read = read(&row("7h-15h", days)).expect(days);
        assert_eq!(read.entries.len(), count, "{days}");
        let codes: Vec<&str> = read.findings.iter().map(|f| f.code.as_str()).collect();
        assert_eq!(codes, code.into_iter().collect::<Vec<_>>(), "{days}");
    }
}

#[test]
fn labels_are_held_against_hours_only_where_they_contradict_each_other() {
    let labelled = |list: &[(&str, &str)]| {
        let rows: String = list
            .iter()
            .enumerate()
            .map(|(n, (hours, label))| {
                format!(
                    "MÁY 1,1,CAX A,Xã A,Tháng 4/2023,{hours},{},{label},160\n",
                    n + 1
                )
            })
            .collect();
        rows_of(&read(&rows).unwrap())
    };
    for (list, expect) in [
        (vec![("7h-15h", "Ca 01"), ("15h-23h", "Ca 02")], vec![]),
        (vec![("15h-23h", "Ca 02"), ("15h-23h", "Ca 02")], vec![]),
        (vec![("7h-15h", "Ca 02"), ("15h-23h", "Ca 01")], vec![2, 3]),
        (
            vec![("7h-15h", "Ca 1"), ("7h-15h", "Ca 2"), ("15h-23h", "Ca 2")],
            vec![3],
        ),
        (
            vec![("7h-11h", "Sáng"), ("13h-17h", "Chiều"), ("19h-22h", "Tối")],
            vec![],
        ),
        (
            vec![("7h-11h", "Ca chiều"), ("13h-17h", "Ca sáng")],
            vec![2, 3],
        ),
        (vec![("7h-11h", ""), ("13h-17h", "hành chính")], vec![]),
    ] {
        assert_eq!(labelled(&list), expect, "{list:?}");
    }
}

fn rows_of(rotation: &Rotation) -> Vec<u32> {
    rows(&rotation.findings, "shift-label-contradicts-hours")
}

#[test]
fn the_year_may_come_from_outside() {
    let text = format!("{HEAD}{}", row("7h-15h", "12").replace("4/2023", "4"));
    let read = read_rotation(&csv(&text), Some(2026)).unwrap();
    assert_eq!(read.entries[0].date.to_string(), "2026-04-12");
    assert_eq!(
        finding(&read.findings, "year-assumed").assumed.as_deref(),
        Some("2026")
    );
}

#[test]
fn missing_columns_are_named_with_what_was_found() {
    let faults = read_rotation(&csv("Máy,Tuần,Đơn vị\nM1,2,A\n"), None).unwrap_err();
    assert_clear(&faults);
    assert_eq!(codes(&faults), [("missing-columns", Some(1))]);
    for part in [
        "Địa điểm",
        "Tháng",
        "Thời gian",
        "Ngày",
        "Chỉ tiêu",
        "Found: Máy · Tuần · Đơn vị",
    ] {
        assert!(faults[0].detail.contains(part), "{}", faults[0].detail);
    }
    assert!(!faults[0].detail.contains("Ca ·"));
}

#[test]
fn headings_alone_are_no_rotation() {
    assert_eq!(codes(&read("").unwrap_err()), [("no-rows", Some(1))]);
    assert_eq!(
        codes(&read("ghi chú,,,,,,,,\n").unwrap_err()),
        [("no-rows", Some(1))]
    );
}

#[test]
fn all_faults_are_told_at_once() {
    let faults = read(&format!(
        "{}{}{}",
        row("7h", "31"),
        row("9h-8h", "x"),
        row("7h-8h", "99")
    ))
    .unwrap_err();
    assert_eq!(
        codes(&faults),
        [
            ("hours-unreadable", Some(2)),
            ("no-such-date", Some(2)),
            ("end-before-start", Some(3)),
            ("dates-unreadable", Some(3)),
            ("no-such-date", Some(4)),
        ]
    );
}

#[test]
fn cells_that_a_spreadsheet_made_numbers_or_dates_of() {
    let table = |days: f64| {
        xlsx(move |sheet| {
            for (column, heading) in (0..).zip(HEAD.trim().split(',')) {
                sheet.write_string(0, column, heading).unwrap();
            }
            let cells = ["Máy 1", "1", "CAX A", "Xã A", "", "7h-15h"];
            for (column, cell) in (0..).zip(cells) {
                sheet.write_string(1, column, cell).unwrap();
            }
            let month = rust_xlsxwriter::ExcelDateTime::from_ymd(2023, 4, 1).unwrap();
            let format = rust_xlsxwriter::Format::new().set_num_format("mmm-yy");
            sheet
                .write_datetime_with_format(1, 4, month, &format)
                .unwrap();
            sheet.write_number(1, 6, days).unwrap();
            sheet.write_number(1, 8, 160).unwrap();
        })
    };
    let read = read_rotation(&table(12.0), None).unwrap();
    assert_eq!(
        (
            read.entries[0].date.to_string().as_str(),
            read.entries[0].records
        ),
        ("2023-04-12", 160)
    );
    let faults = read_rotation(&table(25.26), None).unwrap_err();
    assert_eq!(codes(&faults), [("dates-became-a-number", Some(2))]);
}

#[test]
fn headings_repeated_on_a_new_page_and_numbered_columns_are_passed_over() {
    let numbers = "(1),(2),(3),(4),(5),(6),(7),(8),(9)\n";
    let text = format!(
        "{numbers}{}{HEAD}{}",
        row("7h-15h", "12"),
        row("7h-15h", "13")
    );
    let read = read(&text).unwrap();
    assert_eq!(read.entries.len(), 2);
    assert_eq!(rows(&read.findings, "column-numbers"), [2]);
    assert_eq!(rows(&read.findings, "header-repeated"), [4]);
}

#[test]
fn one_machine_has_one_spelling() {
    let text = format!(
        "{}{}",
        row("7h-15h", "12"),
        row("7h-15h", "13").replace("MÁY 1", "Máy  1")
    );
    let read = read(&text).unwrap();
    assert!(read.entries.iter().all(|e| e.machine == "MÁY 1"));
    finding(&read.findings, "spelling-varies");
}
