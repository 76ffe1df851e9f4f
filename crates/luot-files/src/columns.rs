//! Headings: which column of a table is which, by what people write over it.
//!
//! A heading is compared folded and without punctuation: first whole, then by phrases in it. Columns
//! are tried in the order of their list, so that the narrower one stands first (a target per day
//! before a target). What is matched to nothing is told, never guessed.

use std::collections::BTreeMap;

use crate::finding::{Note, Report, note};
use crate::table::{Row, Table};
use crate::{limits, text};

/// A column that a reader knows.
pub(crate) struct Column {
    /// The reader's own name for it.
    pub(crate) key: &'static str,
    /// The heading that an official table would have.
    pub(crate) heading: &'static str,
    /// Whole headings, as [`text::words`] gives them.
    whole: &'static [&'static str],
    /// Phrases, all of which a heading must have.
    phrases: &'static [&'static [&'static str]],
}

/// The rotation annex.
pub(crate) const ROTATION: &[Column] = &[
    Column {
        key: "machine",
        heading: "Máy",
        whole: &[
            "may",
            "machine",
            "may so",
            "ten may",
            "may thu nhan",
            "ma may",
        ],
        phrases: &[],
    },
    Column {
        key: "number",
        heading: "STT",
        whole: NUMBER,
        phrases: &[],
    },
    Column {
        key: "site",
        heading: "Địa điểm",
        whole: &["site", "diem thu nhan", "noi dat may", "noi thu nhan"],
        phrases: &[&["dia diem"]],
    },
    Column {
        key: "unit",
        heading: "Đơn vị",
        whole: &["unit", "xa", "phuong", "cac xa"],
        phrases: UNIT,
    },
    Column {
        key: "month",
        heading: "Tháng",
        whole: &["month", "thang", "thang nam"],
        phrases: &[],
    },
    Column {
        key: "hours",
        heading: "Thời gian",
        whole: &[
            "hours",
            "gio",
            "thoi gian",
            "khung gio",
            "gio lam viec",
            "thoi gian lam viec",
            "thoi gian thu nhan",
        ],
        phrases: &[],
    },
    Column {
        key: "dates",
        heading: "Ngày",
        whole: &[
            "dates",
            "date",
            "ngay",
            "cac ngay",
            "ngay lam viec",
            "ngay thu nhan",
            "ngay thuc hien",
        ],
        phrases: &[],
    },
    Column {
        key: "shift_label",
        heading: "Ca",
        whole: &[
            "shift label",
            "shift",
            "ca",
            "buoi",
            "ca lam viec",
            "ten ca",
            "ca truc",
        ],
        phrases: &[],
    },
    Column {
        key: "target",
        heading: "Chỉ tiêu",
        whole: &["target", "records", "so ho so", "ho so ca", "ho so ca ngay"],
        phrases: &[&["chi tieu"]],
    },
];

/// The targets annex.
pub(crate) const TARGETS: &[Column] = &[
    Column {
        key: "number",
        heading: "STT",
        whole: NUMBER,
        phrases: &[],
    },
    Column {
        key: "per_day",
        heading: "Chỉ tiêu theo ngày",
        whole: &["per day"],
        phrases: &[&["chi tieu", "ngay"]],
    },
    Column {
        key: "residents",
        heading: "Tổng số dân thường trú",
        whole: &["residents", "dan so", "so dan", "nhan khau"],
        phrases: &[&["tong so dan"], &["thuong tru"]],
    },
    Column {
        key: "target",
        heading: "Chỉ tiêu",
        whole: &["target"],
        phrases: &[&["chi tieu"]],
    },
    Column {
        key: "name",
        heading: "Xã, thị trấn",
        whole: &["unit", "name", "xa", "phuong", "cac xa"],
        phrases: UNIT,
    },
];

/// The people of a class or a village.
pub(crate) const ROSTER: &[Column] = &[
    Column {
        key: "number",
        heading: "STT",
        whole: NUMBER,
        phrases: &[],
    },
    // Numbers that are not a person's: matched so that they are never taken for one.
    Column {
        key: "pupil_code",
        heading: "Mã học sinh",
        whole: &["ma hs", "ma so hoc sinh"],
        phrases: &[
            &["ma hoc sinh"],
            &["ma dinh danh", "bo gd"],
            &["ma dinh danh", "giao duc"],
            &["ma dinh danh", "hoc sinh"],
        ],
    },
    Column {
        key: "insurance",
        heading: "Số thẻ BHYT",
        whole: &["bhyt"],
        phrases: &[&["bhyt"], &["bao hiem"]],
    },
    Column {
        key: "family_name",
        heading: "Họ và tên đệm",
        whole: &[
            "ho",
            "ho dem",
            "ho va dem",
            "ho va ten dem",
            "ho ten dem",
            "ho va chu dem",
            "ho lot",
            "family name",
        ],
        phrases: &[],
    },
    Column {
        key: "full_name",
        heading: "Họ và tên",
        whole: &[
            "ho va ten",
            "ho ten",
            "ho va ten hoc sinh",
            "ho ten hoc sinh",
            "full name",
            "ten hoc sinh",
            "ho va ten tre",
            "ho ten tre",
            "ho va ten cong dan",
            "ho va ten nguoi dan",
            "ho va ten khai sinh",
            "ho chu dem va ten khai sinh",
            "ho chu dem va ten",
        ],
        phrases: &[],
    },
    Column {
        key: "given_name",
        heading: "Tên",
        whole: &["ten", "given name"],
        phrases: &[],
    },
    Column {
        key: "birth_date",
        heading: "Ngày sinh",
        whole: &[
            "birth date",
            "date of birth",
            "ngay thang nam sinh",
            "sinh ngay",
            "ngay sinh",
        ],
        phrases: &[&["ngay sinh"], &["nam sinh", "ngay"]],
    },
    Column {
        key: "sex",
        heading: "Giới tính",
        whole: &["sex", "gender", "gioi", "nam nu", "nu nam"],
        phrases: &[&["gioi tinh"]],
    },
    Column {
        key: "female",
        heading: "Nữ",
        whole: &["nu"],
        phrases: &[],
    },
    Column {
        key: "personal_number",
        heading: "Số định danh cá nhân",
        whole: &[
            "personal number",
            "cccd",
            "ddcn",
            "so ddcn",
            "ma dinh danh",
            "so cccd",
        ],
        phrases: &[
            &["so dinh danh"],
            &["cccd"],
            &["can cuoc cong dan"],
            &["so can cuoc"],
            &["dinh danh ca nhan"],
        ],
    },
    Column {
        key: "card_number",
        heading: "Số thẻ",
        whole: &["card number", "so the", "so the can cuoc"],
        phrases: &[],
    },
    Column {
        key: "class",
        heading: "Lớp",
        whole: &["class", "lop", "lop hoc", "ten lop"],
        phrases: &[],
    },
    Column {
        key: "phone",
        heading: "Điện thoại phụ huynh",
        whole: &["phone", "dien thoai", "dt", "sdt", "so dt", "so dien thoai"],
        phrases: &[&["dien thoai"], &["sdt"], &["so dt"]],
    },
];

const NUMBER: &[&str] = &["stt", "tt", "so tt", "row", "no", "so thu tu", "number"];
const UNIT: &[&[&str]] = &[
    &["don vi"],
    &["xa thi tran"],
    &["xa phuong"],
    &["phuong xa"],
    &["ten xa"],
    &["dia phuong"],
];

/// Where a table's columns are.
pub(crate) struct Header {
    /// The row of the headings.
    pub(crate) row: u32,
    at: BTreeMap<&'static str, Place>,
    /// Headings that were matched to nothing.
    unknown: Vec<String>,
    /// Every heading, for whoever looks for a missing one.
    found: Vec<String>,
    /// The index of the first row below the headings.
    below: usize,
}

struct Place {
    index: usize,
    heading: String,
}

impl Header {
    /// Finds the headings: the row near the top that has the most of them.
    pub(crate) fn find(table: &Table, columns: &'static [Column]) -> Header {
        let mut best = Header::none();
        for (index, row) in table.rows.iter().enumerate().take(limits::HEADER_ROWS) {
            let header = Header::of(row, index, columns);
            // A heading merged over two rows stands in both; the lower row is the header's end.
            let lower_half = index == best.below && !row.merged.is_empty();
            if header.at.len() > best.at.len()
                || (lower_half && !header.at.is_empty() && header.at.len() == best.at.len())
                || best.row == 0
            {
                best = header;
            }
        }
        best
    }

    fn none() -> Header {
        Header {
            row: 0,
            at: BTreeMap::new(),
            unknown: Vec::new(),
            found: Vec::new(),
            below: 0,
        }
    }

    fn of(row: &Row, index: usize, columns: &'static [Column]) -> Header {
        let headings: Vec<(usize, String)> = row
            .filled()
            .map(|(place, cell)| (place, cell.shown()))
            .collect();
        let matched = matched(
            headings.iter().map(|(_, heading)| heading.as_str()),
            columns,
        );
        let mut header = Header {
            row: row.number,
            below: index + 1,
            ..Header::none()
        };
        for ((place, heading), key) in headings.into_iter().zip(matched) {
            header.found.push(heading.clone());
            match key {
                Some(key) => {
                    header.at.insert(
                        key,
                        Place {
                            index: place,
                            heading,
                        },
                    );
                }
                None => header.unknown.push(heading),
            }
        }
        header
    }

    pub(crate) fn index(&self, key: &str) -> Option<usize> {
        self.at.get(key).map(|place| place.index)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.at.contains_key(key)
    }

    /// The column's heading as the file has it.
    pub(crate) fn heading(&self, key: &'static str) -> &str {
        self.at.get(key).map_or(key, |place| place.heading.as_str())
    }

    /// Reports the columns that are not there, all in one fault.
    pub(crate) fn require(&self, keys: &[&str], columns: &[Column], report: &mut Report) -> bool {
        let missing: Vec<&str> = columns
            .iter()
            .filter(|column| keys.contains(&column.key) && !self.has(column.key))
            .map(|column| column.heading)
            .collect();
        if missing.is_empty() {
            return true;
        }
        let (missing, found) = (missing.join(" · "), self.found.join(" · "));
        report.fault(
            note(
                "missing-columns",
                format!(
                    "These columns are missing: {missing}. Found: {found}. Give the table one row of headings with these names above the data."
                ),
                format!(
                    "Thiếu các cột: {missing}. Tìm thấy: {found}. Hãy thêm một dòng tiêu đề có các tên cột này phía trên dữ liệu."
                ),
            )
            .row(self.row)
            .read(&found),
        );
        false
    }

    /// Says which columns nothing is read from.
    pub(crate) fn report_unknown(&self, report: &mut Report) {
        for heading in &self.unknown {
            report.info(ignored(self.row, heading));
        }
    }

    /// The rows below the headings, without headings that are repeated (at the top of a page) and
    /// without the row that numbers the columns.
    pub(crate) fn rows<'t>(&self, table: &'t Table, report: &mut Report) -> Vec<&'t Row> {
        let mut rows = Vec::new();
        for (n, row) in table.rows.iter().skip(self.below).enumerate() {
            if self.is_repeated(row) {
                report.info(skipped(
                    row,
                    "header-repeated",
                    "The headings stand here again.",
                    "Dòng tiêu đề lặp lại.",
                ));
            } else if n == 0 && numbers_columns(row) {
                report.info(skipped(
                    row,
                    "column-numbers",
                    "This row numbers the columns.",
                    "Dòng đánh số cột.",
                ));
            } else {
                rows.push(row);
            }
        }
        if rows.is_empty() {
            report.fault(
                note(
                    "no-rows",
                    "There are headings, but no row below them. Choose the file that holds the data.",
                    "Chỉ có dòng tiêu đề, không có dữ liệu. Hãy chọn đúng tệp có dữ liệu.",
                )
                .row(self.row),
            );
        }
        rows
    }

    fn is_repeated(&self, row: &Row) -> bool {
        self.at.len() >= 2
            && self.at.values().all(|place| {
                text::fold(&row.cell(place.index).shown()) == text::fold(&place.heading)
            })
    }
}

/// What is said of a column that nothing is read from.
pub(crate) fn ignored(row: u32, heading: &str) -> Note {
    note(
        "column-ignored",
        "Nothing is read from this column.",
        "Cột này không được đọc.",
    )
    .row(row)
    .column(heading)
}

/// What is said of a row that is not data.
pub(crate) fn skipped(row: &Row, code: &str, why: &str, why_vi: &str) -> Note {
    note(
        code,
        format!("{why} It was passed over."),
        format!("{why_vi} Đã bỏ qua."),
    )
    .row(row.number)
    .read(&row.shown())
}

/// Whether the cells are 1, 2, 3, … or (1), (2), (3), …
fn numbers_columns(row: &Row) -> bool {
    let cells: Vec<String> = row.filled().map(|(_, cell)| cell.shown()).collect();
    cells.len() >= 3
        && cells
            .iter()
            .enumerate()
            .all(|(n, cell)| cell.trim_matches(['(', ')']).parse() == Ok(n + 1))
}

/// For each heading the column that it is of; each column at most once, the first heading wins.
fn matched<'h>(
    headings: impl Iterator<Item = &'h str>,
    columns: &'static [Column],
) -> Vec<Option<&'static str>> {
    let headings: Vec<String> = headings.map(text::words).collect();
    let mut keys = vec![None; headings.len()];
    let mut taken = Vec::new();
    for whole in [true, false] {
        for column in columns {
            if taken.contains(&column.key) {
                continue;
            }
            let hit = headings.iter().zip(&keys).position(|(heading, key)| {
                key.is_none()
                    && if whole {
                        column.is(heading)
                    } else {
                        column.is_in(heading)
                    }
            });
            if let Some(key) = hit.and_then(|hit| keys.get_mut(hit)) {
                *key = Some(column.key);
                taken.push(column.key);
            }
        }
    }
    keys
}

impl Column {
    fn is(&self, heading: &str) -> bool {
        self.whole.contains(&heading)
    }

    fn is_in(&self, heading: &str) -> bool {
        let padded = format!(" {heading} ");
        self.phrases.iter().any(|all| {
            all.iter()
                .all(|phrase| padded.contains(&format!(" {phrase} ")))
        })
    }
}

/// How many of these cells are headings that some reader knows.
pub(crate) fn known_headings<'c>(cells: impl Iterator<Item = &'c str>) -> usize {
    let cells: Vec<&str> = cells
        .take(limits::COLUMNS)
        .filter(|cell| cell.len() < 200)
        .collect();
    [ROTATION, TARGETS, ROSTER]
        .into_iter()
        .map(|columns| {
            matched(cells.iter().copied(), columns)
                .iter()
                .flatten()
                .count()
        })
        .max()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(headings: &[&str], columns: &'static [Column]) -> Vec<&'static str> {
        matched(headings.iter().copied(), columns)
            .into_iter()
            .map(|key| key.unwrap_or("?"))
            .collect()
    }

    #[test]
    fn rotation_headings_are_known_in_both_languages() {
        let expect = [
            "machine",
            "number",
            "site",
            "unit",
            "month",
            "hours",
            "dates",
            "shift_label",
            "target",
        ];
        for headings in [
            [
                "machine",
                "row",
                "site",
                "unit",
                "month",
                "hours",
                "dates",
                "shift_label",
                "target",
            ],
            [
                "Máy",
                "STT",
                "Địa điểm",
                "Đơn vị",
                "Tháng",
                "Thời gian",
                "Ngày",
                "Ca",
                "Chỉ tiêu",
            ],
            [
                "MÁY",
                "TT",
                "Địa điểm thu nhận",
                "Xã, thị trấn",
                "tháng",
                "Giờ",
                "NGÀY",
                "Ca",
                "Chỉ tiêu/ca",
            ],
        ] {
            assert_eq!(keys(&headings, ROTATION), expect);
        }
    }

    #[test]
    fn target_headings_are_told_apart() {
        assert_eq!(
            keys(
                &[
                    "STT",
                    "Xã, thị trấn",
                    "Tổng số dân thường trú trên 14 tuổi",
                    "Chỉ tiêu TK ĐDĐT cần kích hoạt (mức 1, mức 2)",
                    "Chỉ tiêu kích hoạt theo ngày",
                ],
                TARGETS
            ),
            ["number", "name", "residents", "target", "per_day"]
        );
    }

    #[test]
    fn the_ministrys_pupil_code_is_not_the_personal_number() {
        assert_eq!(
            keys(
                &[
                    "Mã định danh Bộ GD&ĐT",
                    "Mã định danh",
                    "Số thẻ BHYT",
                    "Ghi chú"
                ],
                ROSTER
            ),
            ["pupil_code", "personal_number", "insurance", "?"]
        );
    }
}
