//! Oddities and faults of the targets annex.

use luot_files::{Targets, read_targets};

use crate::make::{assert_clear, codes, csv, finding, rows};

fn read(rows: &str) -> Result<Targets, Vec<luot_files::Fault>> {
    let text = format!("STT,Đơn vị,Tổng số dân thường trú,Chỉ tiêu,Chỉ tiêu theo ngày\n{rows}");
    let read = read_targets(&csv(&text));
    if let Err(faults) = &read {
        assert_clear(faults);
    }
    read
}

#[test]
fn a_target_that_is_no_number_is_a_fault() {
    for value in ["khoảng 100", "4.5", "-3", "", "12.34.567"] {
        let faults = read(&format!("1,Xã A,10,{value},1\n")).expect_err(value);
        assert_eq!(codes(&faults), [("not-a-number", Some(2))], "{value}");
        assert_eq!(faults[0].column.as_deref(), Some("Chỉ tiêu"));
        assert_eq!(faults[0].read.as_deref(), Some(value));
    }
}

#[test]
fn a_unit_stands_once() {
    let faults = read("1,Xã Hòa Bình,,10,1\n2,Xã B,,x,\n3,HOÀ BÌNH,,20,1\n").unwrap_err();
    assert_eq!(
        codes(&faults),
        [("not-a-number", Some(3)), ("unit-repeated", Some(4))]
    );
    assert!(faults[1].detail.contains("row 2"));
    assert_eq!(
        read("1,Xã A,,1,\n2,Thị trấn A,,1,\n").unwrap().units.len(),
        2
    );
}

#[test]
fn marked_thousands_are_read_and_told() {
    let targets = read("1,Xã A,\"3,797\",1.439,\n").unwrap();
    assert_eq!(
        (targets.units[0].residents, targets.units[0].target),
        (Some(3797), 1439)
    );
    assert_eq!(rows(&targets.findings, "thousands-separator"), [2, 2]);
}

#[test]
fn the_row_of_totals_is_known_wherever_its_word_stands() {
    for total in ["TỔNG,,10,20,", ",Tổng cộng,10,20,", "Cộng:,,10,20,"] {
        let targets = read(&format!("1,Xã A,10,20,\n{total}\n")).expect(total);
        assert_eq!(
            (targets.units.len(), targets.stated_target),
            (1, Some(20)),
            "{total}"
        );
        assert!(targets.findings.is_empty(), "{total}");
    }
    let targets = read("1,Xã A,10,20,\nTỔNG,,11,hai mươi,\n").unwrap();
    finding(&targets.findings, "total-differs");
    finding(&targets.findings, "total-unreadable");
}

#[test]
fn remarks_are_passed_over_and_told() {
    let targets = read("I,Các xã vùng cao,,,\n1,Xã A,,20,\nNgười lập biểu,,,,\n").unwrap_err();
    assert_eq!(
        codes(&targets),
        [("not-a-number", Some(2))],
        "a numbered unit without a target is no remark"
    );
    let targets = read("Các xã vùng cao,,,,\n1,Xã A,,20,\n,Người lập biểu,,,\n").unwrap();
    assert_eq!(rows(&targets.findings, "row-skipped"), [2, 4]);
}

#[test]
fn a_target_without_a_unit_is_a_fault() {
    assert_eq!(
        codes(&read("1,,,20,\n").unwrap_err()),
        [("cell-empty", Some(2))]
    );
}

#[test]
fn missing_columns_and_missing_rows() {
    let faults = read_targets(&csv("STT,Xã\n1,A\n")).unwrap_err();
    assert_eq!(codes(&faults), [("missing-columns", Some(1))]);
    assert!(faults[0].detail.contains("Chỉ tiêu"));
    assert_eq!(codes(&read("").unwrap_err()), [("no-rows", Some(1))]);
}

#[test]
fn a_column_nobody_asked_for_is_told() {
    let targets = read_targets(&csv("Xã,Chỉ tiêu,Ghi chú\nA,5,x\n")).unwrap();
    assert_eq!(
        finding(&targets.findings, "column-ignored")
            .column
            .as_deref(),
        Some("Ghi chú")
    );
    assert_eq!(targets.units[0].number, 1);
}
