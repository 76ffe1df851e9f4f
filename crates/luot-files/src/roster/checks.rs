//! What can be checked only over the whole list: persons who stand in it twice, and dates that a
//! spreadsheet has turned round.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};

use super::{Pupil, grouped};
use crate::finding::{Report, note};
use crate::table::Cell;
use crate::text;

/// What kinds of cell the birth dates stood in.
#[derive(Default)]
pub(super) struct Dates {
    texts_beyond_twelve: u32,
    cells: u32,
    cells_beyond_twelve: u32,
    first_cell: Option<u32>,
}

impl Dates {
    pub(super) fn learn(&mut self, row: u32, cell: &Cell, date: NaiveDate) {
        let beyond = u32::from(date.day() > 12);
        if matches!(cell, Cell::Date(_)) {
            self.cells += 1;
            self.cells_beyond_twelve += beyond;
            self.first_cell.get_or_insert(row);
        } else {
            self.texts_beyond_twelve += beyond;
        }
    }

    /// A spreadsheet with American dates turns `05/04/2015` into 4 May and leaves `25/04/2015` as
    /// text, for there is no 25th month. A column where dates have days up to 12 only and texts have
    /// the others looks just so.
    pub(super) fn report(&self, heading: &str, report: &mut Report) {
        let Some(row) = self.first_cell else { return };
        if self.texts_beyond_twelve == 0 || self.cells_beyond_twelve > 0 {
            return;
        }
        report.warning(
            note(
                "dates-perhaps-swapped",
                format!("{} of the birth dates are date cells, none with a day after the 12th, beside dates written as text: a spreadsheet may have swapped day and month. Check them against the papers.", self.cells),
                format!("{} ngày sinh là ô kiểu ngày, không ô nào có ngày sau 12, trong khi các ngày khác là văn bản: bảng tính có thể đã đảo ngày và tháng. Hãy đối chiếu giấy tờ.", self.cells),
            )
            .row(row)
            .column(heading),
        );
    }
}

/// Leaves each person once; says who stood there twice, and who cannot be told apart.
pub(super) fn each_once(
    pupils: Vec<Pupil>,
    name: &str,
    number: &str,
    report: &mut Report,
) -> Vec<Pupil> {
    let mut again = BTreeSet::new();
    for (_, group) in grouped(&pupils, |p| p.personal_number.clone()) {
        for (first, other, n) in pairs(&pupils, &group) {
            if person(first) == person(other) {
                again.insert(n);
                report.warning(repeated(first, other, number));
            } else {
                report.warning(
                    note(
                        "number-shared",
                        format!("Row {} has the same personal number for another person. Both are kept; correct one.", first.row),
                        format!("Dòng {} có cùng số định danh cho người khác. Giữ cả hai; hãy sửa một dòng.", first.row),
                    )
                    .row(other.row)
                    .column(number),
                );
            }
        }
    }
    for (_, group) in grouped(&pupils, |p| Some(person(p))) {
        for (first, other, n) in pairs(&pupils, &group) {
            if again.contains(&n) {
                continue;
            }
            let numbers_differ = first.personal_number.is_some()
                && other.personal_number.is_some()
                && first.personal_number != other.personal_number;
            let classes_differ = first.class.is_some()
                && other.class.is_some()
                && first.class.as_deref().map(text::fold) != other.class.as_deref().map(text::fold);
            // Tú and Tư are two names: accents do not make one child of two.
            let names_differ = first.full_name.to_lowercase() != other.full_name.to_lowercase();
            if numbers_differ || classes_differ || names_differ {
                report.warning(
                    note(
                        "same-name-and-birth-date",
                        format!("Row {} has the same birth date and the same name, but for its accents, the number or the class. Both are kept; make sure they are two persons.", first.row),
                        format!("Dòng {} trùng ngày sinh và họ tên, chỉ khác dấu, số định danh hoặc lớp. Giữ cả hai; hãy kiểm tra có phải hai người.", first.row),
                    )
                    .row(other.row)
                    .column(name),
                );
            } else {
                again.insert(n);
                report.warning(repeated(first, other, name));
            }
        }
    }
    pupils
        .into_iter()
        .enumerate()
        .filter(|(n, _)| !again.contains(n))
        .map(|(_, p)| p)
        .collect()
}

/// The first of a group with each of the others, and the other's place.
fn pairs<'p>(
    pupils: &'p [Pupil],
    group: &'p [usize],
) -> impl Iterator<Item = (&'p Pupil, &'p Pupil, usize)> {
    let first = group.first().and_then(|n| pupils.get(*n));
    group
        .iter()
        .skip(1)
        .filter_map(move |n| Some((first?, pupils.get(*n)?, *n)))
}

fn person(pupil: &Pupil) -> (String, NaiveDate) {
    (text::fold(&pupil.full_name), pupil.birth_date)
}

fn repeated(first: &Pupil, other: &Pupil, column: &str) -> crate::finding::Note {
    note(
        "person-repeated",
        format!(
            "This person already stands in row {}; the first row is taken.",
            first.row
        ),
        format!("Người này đã có ở dòng {}; chỉ lấy dòng đầu.", first.row),
    )
    .row(other.row)
    .column(column)
}
