//! The two real annexes, read and joined.

use std::fmt::Write as _;

use luot_files::samples::{BINH_GIA_ROTATION, BINH_GIA_TARGETS};
use luot_files::{
    AnnexCampaign, Rotation, Severity, Targets, campaign_from_annexes, read_rotation, read_table,
    read_targets,
};
use serde_json::Value;

use crate::make::{codes, csv, finding, rows, workbook, xlsx_of};
use crate::plan::{Terms, assess};

/// The instance and the plan that others made by hand of the same annexes.
const INSTANCE: &str = include_str!("../data/binh-gia-2023.json");
const PLAN: &str = include_str!("../data/binh-gia-2023.official.plan.json");

fn rotation() -> Rotation {
    let table = read_table("binh-gia-2023-rotation.csv", BINH_GIA_ROTATION).unwrap();
    read_rotation(&table, None).unwrap()
}

fn targets() -> Targets {
    let table = read_table("binh-gia-2023-targets.csv", BINH_GIA_TARGETS).unwrap();
    read_targets(&table).unwrap()
}

fn campaign() -> AnnexCampaign {
    campaign_from_annexes("Bình Gia 2023", &rotation(), &targets()).unwrap()
}

#[test]
fn the_rotation_has_148_machine_shifts_from_11_april_to_4_june() {
    let entries = rotation().entries;
    assert_eq!(entries.len(), 148);
    let dates = || entries.iter().map(|e| e.date.to_string());
    assert_eq!(dates().min().unwrap(), "2023-04-11");
    assert_eq!(dates().max().unwrap(), "2023-06-04");
    assert!(entries.iter().all(|e| e.records == 160));
    assert_eq!(entries[0].machine, "MÁY 1");
    assert_eq!(entries[0].unit, "Xã Hoàng Văn Thụ");
}

#[test]
fn eighteen_labels_contradict_their_hours() {
    let findings = rotation().findings;
    let contradicting: Vec<_> = findings
        .iter()
        .filter(|f| f.code == "shift-label-contradicts-hours")
        .collect();
    assert_eq!(
        rows(&findings, "shift-label-contradicts-hours"),
        (20..=37).collect::<Vec<u32>>()
    );
    for finding in contradicting {
        assert_eq!(finding.severity, Severity::Warning);
        assert_eq!(finding.column.as_deref(), Some("shift_label"));
    }
    let first = findings.iter().find(|f| f.row == Some(20)).unwrap();
    assert_eq!(first.read.as_deref(), Some("01,2,3,4"));
    let label = findings
        .iter()
        .find(|f| f.row == Some(20) && f.code == "shift-label-contradicts-hours")
        .unwrap();
    assert_eq!(label.read.as_deref(), Some("Ca 02"));
    assert_eq!(label.assumed.as_deref(), Some("Ca 01 (07:00–15:00)"));
    assert!(label.detail.contains("The hours count"), "{}", label.detail);
    assert!(
        label.detail_vi.contains("Lấy theo giờ"),
        "{}",
        label.detail_vi
    );
}

#[test]
fn trailing_commas_and_leading_zeros_are_told() {
    let findings = rotation().findings;
    assert_eq!(rows(&findings, "trailing-comma"), [2, 3, 16]);
    assert_eq!(rows(&findings, "leading-zero"), [20, 21, 38, 39]);
    assert_eq!(findings.len(), 18 + 3 + 4, "nothing else is odd");
    let comma = findings.iter().find(|f| f.row == Some(16)).unwrap();
    assert_eq!(comma.severity, Severity::Info);
    assert_eq!(comma.column.as_deref(), Some("dates"));
    assert_eq!(
        (comma.read.as_deref(), comma.assumed.as_deref()),
        (Some("25,26,"), Some("25,26"))
    );
}

#[test]
fn two_stated_totals_differ_from_their_rows_and_one_does_not() {
    let targets = targets();
    assert_eq!(targets.units.len(), 19);
    assert_eq!(targets.target_sum(), 17_411);
    assert_eq!(
        (
            targets.stated_residents,
            targets.stated_target,
            targets.stated_per_day
        ),
        (Some(45_934), Some(17_410), Some(249))
    );
    let differing: Vec<_> = targets
        .findings
        .iter()
        .filter(|f| f.code == "total-differs")
        .map(|f| {
            (
                f.row,
                f.column.as_deref().unwrap(),
                f.read.as_deref(),
                f.assumed.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        differing,
        [
            (
                Some(21),
                "Chỉ tiêu TK ĐDĐT cần kích hoạt (mức 1, mức 2)",
                Some("17.410"),
                Some("17411")
            ),
            (
                Some(21),
                "Chỉ tiêu kích hoạt theo ngày",
                Some("249"),
                Some("250")
            ),
        ]
    );
    let first = targets
        .findings
        .iter()
        .find(|f| f.code == "total-differs")
        .unwrap();
    assert!(first.detail.contains("17,410") && first.detail.contains("17,411"));
    assert!(first.detail_vi.contains("17.410") && first.detail_vi.contains("17.411"));
    assert_eq!(rows(&targets.findings, "thousands-separator"), [21, 21]);
    assert_eq!(targets.findings.len(), 4, "nothing else is odd");
}

#[test]
fn three_communes_are_short_of_places() {
    let findings = campaign().findings;
    let short: Vec<_> = findings
        .iter()
        .filter(|f| f.code == "rotation-short-of-target")
        .collect();
    assert_eq!(
        short.iter().filter_map(|f| f.row).collect::<Vec<_>>(),
        [2, 12, 15]
    );
    for (finding, (name, places, target)) in short.iter().zip([
        ("Thị trấn Bình Gia", "2,560", "2,700"),
        ("Quang Trung", "960", "1,046"),
        ("Thiện Hòa", "960", "1,059"),
    ]) {
        assert_eq!(finding.severity, Severity::Warning);
        assert!(
            finding
                .detail
                .contains(&format!("{name} {places} places for a target of {target}"))
        );
        assert!(finding.detail_vi.contains(&places.replace(',', ".")));
    }
    assert_eq!(
        finding(&findings, "campaign-end-inferred")
            .assumed
            .as_deref(),
        Some("20/06/2023")
    );
    finding(&findings, "unit-names-differ");
    finding(&findings, "defaults-assumed");
    assert_eq!(findings.len(), 6);
}

#[test]
fn the_joined_campaign_is_the_one_made_by_hand() {
    let campaign = campaign();
    let mut expect: Value = serde_json::from_str(INSTANCE).unwrap();
    // The hand-made instance leaves the one-stop office without its name.
    expect["sites"][0]["name"] = "Bộ phận Một cửa thuộc Văn phòng HĐND & UBND huyện".into();
    assert_eq!(campaign.instance, expect);
    assert_eq!(
        campaign.official_plan,
        serde_json::from_str::<Value>(PLAN).unwrap()
    );
}

#[test]
fn the_districts_plan_costs_what_it_is_known_to_cost() {
    let campaign = campaign();
    let expect = Terms {
        unserved: 325,
        session: 148,
        relocation: 15,
        finish: 55,
        split: 95,
        late: 0,
    };
    assert_eq!(assess(&campaign.instance, &campaign.official_plan), expect);
}

#[test]
fn every_id_has_a_name_to_show() {
    let names = campaign().names;
    assert_eq!(names.len(), 2 + 17 + 2 + 19);
    for (id, name) in [
        ("may-1", "MÁY 1"),
        (
            "mot-cua",
            "Bộ phận Một cửa thuộc Văn phòng HĐND & UBND huyện",
        ),
        ("cax-13", "CAX Thiện Thuật"),
        ("ca1", "Ca 1 (07:00–15:00)"),
        ("c19", "Xã Hoàng Văn Thụ"),
        ("c01", "Thị trấn Bình Gia"),
    ] {
        assert_eq!(names[id], name);
    }
}

#[test]
fn the_annexes_as_workbooks_read_the_same() {
    let table = read_table("annex-1.xlsx", &xlsx_of(BINH_GIA_ROTATION)).unwrap();
    assert_eq!(read_rotation(&table, None).unwrap(), rotation());
    let table = read_table("annex-2.xlsx", &xlsx_of(BINH_GIA_TARGETS)).unwrap();
    assert_eq!(read_targets(&table).unwrap(), targets());
}

/// As an office would lay it out: a title above, Vietnamese headings, machine, site, unit, month and
/// days merged over the rows they are of.
#[test]
fn an_official_looking_workbook_reads_the_same() {
    let table = csv(std::str::from_utf8(BINH_GIA_ROTATION).unwrap());
    let bytes = workbook(|sheet| {
        let center = rust_xlsxwriter::Format::new();
        sheet
            .merge_range(0, 0, 0, 8, "PHỤ LỤC 1: LỊCH LUÂN CHUYỂN MÁY", &center)
            .unwrap();
        let headings = [
            "Máy",
            "STT",
            "Địa điểm",
            "Đơn vị",
            "Tháng",
            "Thời gian",
            "Ngày",
            "Ca",
            "Chỉ tiêu",
        ];
        for (column, heading) in (0..).zip(headings) {
            sheet.write_string(2, column, heading).unwrap();
        }
        let cell = |n: usize, column: usize| table.rows[n].cell(column).shown();
        let mut begun = [1_usize; 9];
        for n in 1..=table.rows.len() {
            for column in 0..9_u16 {
                let at = usize::from(column);
                // Merged where it says the same as above and, but for machine and month, is of the
                // same unit: the second shift of a unit's two rows.
                let merges = [0, 1, 2, 3, 4].contains(&at);
                let same = n < table.rows.len()
                    && n > begun[at]
                    && merges
                    && cell(n, at) == cell(begun[at], at)
                    && (at == 0 || cell(n, 0) == cell(begun[at], 0));
                if same || n == begun[at] {
                    continue;
                }
                let (from, to) = (
                    u32::try_from(begun[at]).unwrap() + 2,
                    u32::try_from(n).unwrap() + 1,
                );
                let text = cell(begun[at], at);
                if from == to {
                    sheet.write_string(from, column, text).unwrap();
                } else {
                    sheet
                        .merge_range(from, column, to, column, &text, &center)
                        .unwrap();
                }
                begun[at] = n;
            }
        }
        let signed = u32::try_from(table.rows.len()).unwrap() + 4;
        sheet.write_string(signed, 6, "TRƯỞNG BAN CHỈ ĐẠO").unwrap();
    });
    let table = read_table("Phụ lục 1.xlsx", &bytes).unwrap();
    let read = read_rotation(&table, None).unwrap();
    let bare = |rotation: &Rotation| {
        let mut text = String::new();
        for e in &rotation.entries {
            writeln!(
                text,
                "{} {} {} {} {}-{} {}",
                e.machine, e.site, e.unit, e.date, e.start, e.end, e.records
            )
            .unwrap();
        }
        text
    };
    assert_eq!(bare(&read), bare(&rotation()));
    assert_eq!(
        rows(&read.findings, "shift-label-contradicts-hours").len(),
        18
    );
    let filled: Vec<&str> = read
        .findings
        .iter()
        .filter(|f| f.code == "filled-down")
        .filter_map(|f| f.column.as_deref())
        .collect();
    assert_eq!(filled, ["Máy", "Tháng", "Địa điểm", "Đơn vị"]);
    let joined = campaign_from_annexes("Bình Gia 2023", &read, &targets()).unwrap();
    assert_eq!(joined.official_plan, campaign().official_plan);
    // Rows are those of the workbook: two lines more above the table than the CSV has.
    assert_eq!(rows(&read.findings, "trailing-comma"), [4, 5, 18]);
}

#[test]
fn numbers_may_be_number_cells() {
    let table = csv(std::str::from_utf8(BINH_GIA_TARGETS).unwrap());
    let bytes = workbook(|sheet| {
        for row in &table.rows {
            for (column, cell) in (0..).zip(&row.cells) {
                let shown = cell.shown();
                match shown.parse::<f64>() {
                    // What an English spreadsheet makes of 45.934.
                    Ok(number) => sheet.write_number(row.number - 1, column, number).unwrap(),
                    Err(_) => sheet.write_string(row.number - 1, column, shown).unwrap(),
                };
            }
        }
    });
    let read = read_targets(&read_table("a.xlsx", &bytes).unwrap()).unwrap();
    assert_eq!(read.units, targets().units);
    assert_eq!(read.stated_residents, Some(45_934));
    assert_eq!(rows(&read.findings, "decimal-read-as-thousands"), [21, 21]);
    assert_eq!(rows(&read.findings, "total-differs"), [21, 21]);
}

#[test]
fn a_unit_that_no_target_knows_is_a_fault_with_a_guess() {
    let text = std::str::from_utf8(BINH_GIA_ROTATION).unwrap();
    let text = text
        .replace("Xã Tân Văn", "Xã Tân Vân Hạ")
        .replace("Xã Bình La", "Xã Bắc Sơn Lâm");
    let rotation = read_rotation(&csv(&text), None).unwrap();
    let faults = campaign_from_annexes("x", &rotation, &targets()).unwrap_err();
    assert_eq!(
        codes(&faults),
        [("unknown-unit", Some(6)), ("unknown-unit", Some(38))]
    );
    assert!(
        faults[0].detail.contains("Is it “Tân Văn”?"),
        "{}",
        faults[0].detail
    );
    assert!(!faults[1].detail.contains("Is it"), "{}", faults[1].detail);
    assert_eq!(faults[0].read.as_deref(), Some("Xã Tân Vân Hạ"));
}

#[test]
fn a_unit_without_rotation_may_go_anywhere_and_is_told() {
    let text = std::str::from_utf8(BINH_GIA_ROTATION).unwrap();
    let kept: Vec<&str> = text
        .lines()
        .filter(|line| !line.contains("Bình La"))
        .collect();
    let rotation = read_rotation(&csv(&kept.join("\n")), None).unwrap();
    let campaign = campaign_from_annexes("x", &rotation, &targets()).unwrap();
    let told = finding(&campaign.findings, "unit-without-rotation");
    assert_eq!((told.row, told.read.as_deref()), (Some(5), Some("Bình La")));
    assert_eq!(
        campaign.instance["cohorts"][3]["sites"]
            .as_array()
            .unwrap()
            .len(),
        16
    );
    assess(&campaign.instance, &campaign.official_plan);
}

const TWO: &str = "STT,Đơn vị,Chỉ tiêu\n1,Xã Đông,100\n2,Thị trấn Đông,200\n";

fn joined(rotation: &str, targets: &str) -> Result<AnnexCampaign, Vec<luot_files::Fault>> {
    let rotation = format!("Máy,Địa điểm,Đơn vị,Tháng,Giờ,Ngày,Chỉ tiêu\n{rotation}");
    let rotation = read_rotation(&csv(&rotation), None).unwrap();
    campaign_from_annexes("x", &rotation, &read_targets(&csv(targets)).unwrap())
}

#[test]
fn units_of_one_name_are_told_apart_by_their_kind() {
    let rotation = "M1,A,Thị trấn Đông,5/2026,7h-11h,4,80\n";
    let campaign = joined(rotation, TWO).unwrap();
    assert_eq!(campaign.official_plan["allotments"][0]["cohort"], "c02");
    let faults = joined("M1,A,Đông,5/2026,7h-11h,4,80\n", TWO).unwrap_err();
    assert_eq!(codes(&faults), [("unit-ambiguous", Some(2))]);
    let campaign = joined(
        "M1,A,Xã Đông,5/2026,7h-11h,4,80\n",
        "STT,Đơn vị,Chỉ tiêu\n1,Phường Đông,9\n",
    );
    finding(&campaign.unwrap().findings, "unit-kind-differs");
}

#[test]
fn a_machine_with_other_records_gets_a_rate() {
    let campaign = joined(
        "M1,A,Xã Đông,5/2026,7h-11h,4,80\nM1,A,Xã Đông,5/2026,13h-17h,4,70\n\
         M2,B,Thị trấn Đông,5/2026,7h-11h,4,40\nM2,B,Thị trấn Đông,5/2026,13h-17h,4,35\n",
        TWO,
    )
    .unwrap();
    assert_eq!(campaign.instance["shifts"][0]["records"], 80);
    assert_eq!(campaign.instance["shifts"][1]["records"], 70);
    assert_eq!(campaign.instance["machines"][0].get("rate"), None);
    assert_eq!(campaign.instance["machines"][1]["rate"], 0.5);
    assert_eq!(
        assess(&campaign.instance, &campaign.official_plan).unserved,
        125
    );
    finding(&campaign.findings, "campaign-end-assumed");
}

#[test]
fn two_machines_at_one_site_are_one_session() {
    let campaign = joined(
        "M1,A,Thị trấn Đông,5/2026,7h-11h,\"4,5\",80\nM2,A,Thị trấn Đông,5/2026,7h-11h,4,80\n",
        TWO,
    )
    .unwrap();
    assert_eq!(campaign.instance["sites"][0]["machines_at_once"], 2);
    let allotments = campaign.official_plan["allotments"].as_array().unwrap();
    assert_eq!(
        allotments
            .iter()
            .map(|a| a["people"].as_i64().unwrap())
            .collect::<Vec<_>>(),
        [160, 40]
    );
    assess(&campaign.instance, &campaign.official_plan);
}

#[test]
fn a_session_shared_by_two_units_is_not_counted_twice() {
    let campaign = joined(
        "M1,A,Xã Đông,5/2026,7h-11h,4,160\nM1,A,Thị trấn Đông,5/2026,7h-11h,4,160\n",
        TWO,
    )
    .unwrap();
    let terms = assess(&campaign.instance, &campaign.official_plan);
    assert_eq!((terms.session, terms.unserved), (1, 140));
}
