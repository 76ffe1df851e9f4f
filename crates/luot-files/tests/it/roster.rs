//! Rosters; every person in them is made up.

use luot_files::{Roster, Sex, read_roster};

use crate::make::{assert_clear, codes, csv, finding, rows, xlsx};

const HEAD: &str = "STT,Họ và tên,Ngày sinh,Giới tính,Số định danh,Lớp,Điện thoại phụ huynh\n";

fn read(rows: &str) -> Result<Roster, Vec<luot_files::Fault>> {
    let read = read_roster(&csv(&format!("{HEAD}{rows}")));
    if let Err(faults) = &read {
        assert_clear(faults);
    }
    read
}

#[test]
fn a_class_list_is_read() {
    let roster = read("1,Lò Thị Thử Một,05/04/2015,Nữ,020315001234,3A,0912 345 678\n2,Vi Văn Thử Hai,5/4/2015,Nam,,3A,+84 912 345 679\n").unwrap();
    assert!(roster.findings.is_empty(), "{:#?}", roster.findings);
    let [first, second] = roster.pupils.as_slice() else {
        panic!()
    };
    assert_eq!(first.full_name, "Lò Thị Thử Một");
    assert_eq!(first.birth_date.to_string(), "2015-04-05");
    assert_eq!(first.sex, Some(Sex::Female));
    assert_eq!(first.personal_number.as_deref(), Some("020315001234"));
    assert_eq!(first.class.as_deref(), Some("3A"));
    assert_eq!(first.guardian_phone.as_deref(), Some("0912345678"));
    assert_eq!(second.birth_date, first.birth_date);
    assert_eq!(second.personal_number, None);
    assert_eq!(second.guardian_phone.as_deref(), Some("0912345679"));
}

#[test]
fn headings_may_be_written_in_many_ways() {
    let lists = [
        "TT;HỌ TÊN;NGÀY THÁNG NĂM SINH\n1;Lò Thử;05/04/2015\n",
        "Họ và tên đệm,Tên,Ngày sinh\nLò,Thử,05/04/2015\n",
        "Họ và tên học sinh,Sinh ngày,Nữ\nLò Thử,05/04/2015,x\n",
        "full_name,birth_date,personal_number\nLò Thử,2015-04-05,020315001234\n",
        "TRƯỜNG TIỂU HỌC THỬ\nDANH SÁCH HỌC SINH LỚP 3A\n\nSTT,Họ và tên,Ngày sinh\n1,Lò Thử,05/04/2015\n",
        "Mã học sinh,Tên học sinh,Ngày, tháng năm sinh\n",
    ];
    for list in &lists[..5] {
        let roster = read_roster(&csv(list)).unwrap_or_else(|faults| panic!("{list} {faults:#?}"));
        assert_eq!(roster.pupils[0].full_name, "Lò Thử", "{list}");
        assert_eq!(
            roster.pupils[0].birth_date.to_string(),
            "2015-04-05",
            "{list}"
        );
    }
    let faults = read_roster(&csv(lists[5])).unwrap_err();
    assert_eq!(codes(&faults), [("missing-columns", Some(1))]);
}

#[test]
fn a_cross_in_the_column_of_girls_is_a_girl() {
    let roster = read_roster(&csv(
        "Họ tên,Ngày sinh,Nữ\nLò A,1/1/2015,x\nLò B,1/1/2015,\n",
    ))
    .unwrap();
    assert_eq!(
        roster.pupils.iter().map(|p| p.sex).collect::<Vec<_>>(),
        [Some(Sex::Female), Some(Sex::Male)]
    );
}

#[test]
fn a_birth_date_is_never_guessed() {
    for (date, code) in [
        ("05/04/15", "two-digit-year"),
        ("31/04/2015", "no-such-date"),
        ("12/25/2015", "no-such-date"),
        ("05/04/1815", "no-such-date"),
        ("2015", "birth-date-incomplete"),
        ("04/2015", "birth-date-incomplete"),
        ("mùng năm tháng tư", "birth-date-unreadable"),
        ("", "cell-empty"),
    ] {
        let faults = read(&format!("1,Lò Thử,{date},Nam,,3A,\n")).expect_err(date);
        assert_eq!(codes(&faults), [(code, Some(2))], "{date}");
        assert_eq!(faults[0].column.as_deref(), Some("Ngày sinh"));
        let told = format!("{faults:?}");
        assert!(
            date.is_empty() || !told.contains(&format!("“{date}”")),
            "{told}"
        );
        assert_eq!(faults[0].read, None, "a birth date is not quoted");
    }
    assert_eq!(
        codes(&read("1,,05/04/2015,Nam,,3A,\n").unwrap_err()),
        [("cell-empty", Some(2))]
    );
}

#[test]
fn lost_zeros_are_restored_and_numbers_are_masked() {
    let roster =
        read("1,Lò A,05/04/2015,,20215001234,3A,912345678\n2,Lò B,05/04/2015,,1215001234,3A,\n")
            .unwrap();
    assert_eq!(
        roster.pupils[0].personal_number.as_deref(),
        Some("020215001234")
    );
    assert_eq!(
        roster.pupils[1].personal_number.as_deref(),
        Some("001215001234")
    );
    assert_eq!(
        roster.pupils[0].guardian_phone.as_deref(),
        Some("0912345678")
    );
    assert_eq!(rows(&roster.findings, "leading-zeros-restored"), [2, 2, 3]);
    let told = roster.findings.iter().find(|f| f.row == Some(3)).unwrap();
    assert_eq!(
        (told.read.as_deref(), told.assumed.as_deref()),
        (Some("121•••••34"), Some("001•••••••34"))
    );
}

#[test]
fn number_cells_and_date_cells_are_read_by_their_kind() {
    let table = xlsx(|sheet| {
        for (column, heading) in (0..).zip(["Họ tên", "Ngày sinh", "CCCD", "SĐT"]) {
            sheet.write_string(0, column, heading).unwrap();
        }
        let format = rust_xlsxwriter::Format::new().set_num_format("dd/mm/yyyy");
        let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2015, 4, 25).unwrap();
        sheet.write_string(1, 0, "Lò A").unwrap();
        sheet
            .write_datetime_with_format(1, 1, date, &format)
            .unwrap();
        sheet.write_number(1, 2, 20_215_001_234_f64).unwrap();
        sheet.write_number(1, 3, 912_345_678).unwrap();
    });
    let roster = read_roster(&table).unwrap();
    let pupil = &roster.pupils[0];
    assert_eq!(pupil.birth_date.to_string(), "2015-04-25");
    assert_eq!(pupil.personal_number.as_deref(), Some("020215001234"));
    assert_eq!(pupil.guardian_phone.as_deref(), Some("0912345678"));
    // A plain number is not a date, though a spreadsheet counts dates so.
    let table = xlsx(|sheet| {
        for (column, heading) in (0..).zip(["Họ tên", "Ngày sinh"]) {
            sheet.write_string(0, column, heading).unwrap();
        }
        sheet.write_string(1, 0, "Lò A").unwrap();
        sheet.write_number(1, 1, 42_119).unwrap();
    });
    assert_eq!(
        codes(&read_roster(&table).unwrap_err()),
        [("birth-date-unreadable", Some(2))]
    );
}

#[test]
fn dates_that_a_spreadsheet_may_have_swapped_are_told() {
    let list = |cell_day: u8, text: &'static str| {
        let table = xlsx(move |sheet| {
            for (column, heading) in (0..).zip(["Họ tên", "Ngày sinh"]) {
                sheet.write_string(0, column, heading).unwrap();
            }
            let format = rust_xlsxwriter::Format::new().set_num_format("mm/dd/yyyy");
            let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2015, 4, cell_day).unwrap();
            sheet.write_string(1, 0, "Lò A").unwrap();
            sheet
                .write_datetime_with_format(1, 1, date, &format)
                .unwrap();
            sheet.write_string(2, 0, "Lò B").unwrap();
            sheet.write_string(2, 1, text).unwrap();
        });
        rows(
            &read_roster(&table).unwrap().findings,
            "dates-perhaps-swapped",
        )
    };
    assert_eq!(list(5, "25/04/2015"), [2]);
    assert!(list(25, "25/04/2015").is_empty());
    assert!(list(5, "11/04/2015").is_empty());
}

#[test]
fn a_number_that_contradicts_the_list_is_told_and_kept() {
    let roster = read("1,Lò A,05/04/2016,Nam,020315001234,3A,\n").unwrap();
    finding(&roster.findings, "number-contradicts-birth-date");
    finding(&roster.findings, "number-contradicts-sex");
    assert!(roster.pupils[0].personal_number.is_some());
    assert!(
        roster
            .findings
            .iter()
            .all(|f| !format!("{f:?}").contains("020315001234"))
    );
}

#[test]
fn numbers_that_are_none_are_taken_as_missing() {
    for (number, code) in [
        ("123456789", "old-identity-number"),
        ("1.20301E+11", "personal-number-unreadable"),
        ("0203150012", "personal-number-unreadable"),
        ("không có", "personal-number-unreadable"),
    ] {
        let roster = read(&format!("1,Lò A,05/04/2015,,{number},3A,\n")).expect(number);
        finding(&roster.findings, code);
        assert_eq!(roster.pupils[0].personal_number, None, "{number}");
    }
    for (phone, code, kept) in [
        ("02053812345", "phone-not-mobile", true),
        ("123", "phone-unreadable", false),
        ("0912345678 / 0912345679", "several-phones", true),
    ] {
        let roster = read(&format!("1,Lò A,05/04/2015,,,3A,{phone}\n")).expect(phone);
        finding(&roster.findings, code);
        assert_eq!(roster.pupils[0].guardian_phone.is_some(), kept, "{phone}");
    }
    let roster = read("1,Lò A,05/04/2015,trai,,3A,\n").unwrap();
    finding(&roster.findings, "sex-unreadable");
}

#[test]
fn a_person_who_stands_twice_is_taken_once() {
    let a = "1,Lò Văn A,05/04/2015,,020215001234,3A,\n";
    for (other, code, kept) in [
        (
            "2,LÒ VĂN A,5/4/2015,,020215001234,3A,\n",
            "person-repeated",
            1,
        ),
        ("2,Lò Văn A,5/4/2015,,,3A,\n", "person-repeated", 1),
        (
            "2,Lò Văn A,5/4/2015,,020215001299,3A,\n",
            "same-name-and-birth-date",
            2,
        ),
        ("2,Lò Văn A,5/4/2015,,,3B,\n", "same-name-and-birth-date", 2),
        ("2,Lò Văn Á,5/4/2015,,,3A,\n", "same-name-and-birth-date", 2),
        (
            "2,Vi Thị B,5/4/2015,,020215001234,3A,\n",
            "number-shared",
            2,
        ),
    ] {
        let roster = read(&format!("{a}{other}")).expect(other);
        assert_eq!(finding(&roster.findings, code).row, Some(3), "{other}");
        assert_eq!(roster.pupils.len(), kept, "{other}");
    }
}

#[test]
fn the_ministrys_code_and_the_insurance_number_are_left_aside() {
    let roster = read_roster(&csv(
        "Họ tên,Ngày sinh,Mã định danh Bộ GD&ĐT,Số thẻ BHYT,Ghi chú\nLò A,05/04/2015,0123456789,GD4200,x\n",
    ))
    .unwrap();
    assert_eq!(roster.pupils[0].personal_number, None);
    assert_eq!(rows(&roster.findings, "column-ignored").len(), 3);
}

#[test]
fn remarks_between_and_below_the_persons_are_passed_over() {
    let roster =
        read(",Tổ 1,,,,,\n1,Lò A,05/04/2015,,,3A,\n,Tổng cộng: 1 học sinh,,,,,\n").unwrap();
    assert_eq!(roster.pupils.len(), 1);
    assert_eq!(rows(&roster.findings, "row-skipped"), [2, 4]);
    assert_eq!(
        codes(&read(",Tổ 1,,,,,\n").unwrap_err()),
        [("no-rows", Some(1))]
    );
}
