//! The columns that the readers know, and by what headings.
//!
//! A heading is compared folded and without punctuation: first whole, then by phrases in it. Columns
//! are tried in the order of their list, so that the narrower one stands first (a target per day
//! before a target).

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

/// For each heading the column that it is of; each column at most once, the first heading wins.
pub(super) fn matched<'h>(
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
