//! A row's list of days, against its month.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::Reader;
use crate::finding::{Note, note};
use crate::table::{Cell, Row};
use crate::values::{self, Day, Days};

impl Reader {
    /// The row's days; what is odd or wrong about them is reported. None after a fault.
    pub(super) fn dates(&mut self, row: &Row, year: i32, month: u32) -> Option<Vec<NaiveDate>> {
        let cell = row.cell(self.header.index("dates")?);
        let list = match cell {
            Cell::Empty => {
                self.empty(row, "dates");
                return None;
            }
            Cell::Date(at) => values::days(&at.format("%d/%m/%Y").to_string()),
            Cell::Number(n) if n.fract() != 0.0 => {
                self.report.fault(self.of_dates(row, note(
                    "dates-became-a-number",
                    "A spreadsheet took this list of days for a decimal number, and its end may be lost. Format the cell as text and write the days again.",
                    "Phần mềm bảng tính đã hiểu danh sách ngày này thành số thập phân, có thể mất chữ số cuối. Hãy định dạng ô là văn bản rồi ghi lại các ngày.",
                )));
                return None;
            }
            _ => values::days(&cell.shown()),
        };
        if !list.unreadable.is_empty() {
            let items = crate::text::quoted(&list.unreadable.join(" "));
            let said = note(
                "dates-unreadable",
                format!("“{items}” is no day. Write the days as 12,13,14."),
                format!("“{items}” không phải là ngày. Hãy ghi các ngày dạng 12,13,14."),
            );
            self.report.fault(self.of_dates(row, said));
        }
        let mut dates = Vec::new();
        let mut seen = BTreeSet::new();
        let mut repeated = false;
        let mut sound = list.unreadable.is_empty();
        for day in &list.days {
            match place(*day, year, month) {
                Ok(date) if seen.insert(date) => dates.push(date),
                Ok(_) => repeated = true,
                Err(fault) => {
                    sound = false;
                    self.report.fault(self.of_dates(row, fault));
                }
            }
        }
        self.report_oddities(row, &list, repeated, &dates);
        if dates.is_empty() && sound {
            self.empty(row, "dates");
        }
        (sound && !dates.is_empty()).then_some(dates)
    }

    fn report_oddities(&mut self, row: &Row, list: &Days, repeated: bool, dates: &[NaiveDate]) {
        let days: Vec<String> = dates
            .iter()
            .map(|date| date.format("%-d").to_string())
            .collect();
        let days = days.join(",");
        let info = [
            (
                list.trailing_comma,
                "trailing-comma",
                "The list of days ends with a comma.",
                "Danh sách ngày kết thúc bằng dấu phẩy.",
            ),
            (
                list.doubled_comma,
                "doubled-comma",
                "The list of days has a comma with nothing before it.",
                "Danh sách ngày có dấu phẩy thừa.",
            ),
            (
                list.mixed_zeros,
                "leading-zero",
                "Some days are written with a leading zero and some without.",
                "Có ngày viết số 0 đứng trước, có ngày không.",
            ),
            (
                list.ranges,
                "date-range",
                "The days are written as a range; each day of it is taken.",
                "Ngày được viết dạng khoảng; lấy từng ngày trong khoảng.",
            ),
        ];
        for (odd, code, en, vi) in info {
            if odd {
                let said = self.of_dates(row, note(code, en, vi)).assumed(days.clone());
                self.report.info(said);
            }
        }
        if repeated {
            let said = note(
                "date-repeated",
                "A day stands twice in the list; it is taken once.",
                "Có ngày bị ghi hai lần; chỉ tính một lần.",
            );
            let said = self.of_dates(row, said).assumed(days);
            self.report.warning(said);
        }
    }

    fn of_dates(&self, row: &Row, note: Note) -> Note {
        let shown = self
            .header
            .index("dates")
            .map(|at| row.cell(at).shown())
            .unwrap_or_default();
        note.row(row.number)
            .column(self.header.heading("dates"))
            .read(&shown)
    }
}

/// The day in its month, or why it has no place there.
fn place(day: Day, year: i32, month: u32) -> Result<NaiveDate, Note> {
    let other_month = day.month.is_some_and(|m| m != month) || day.year.is_some_and(|y| y != year);
    if other_month {
        let written = match (day.month, day.year) {
            (Some(m), Some(y)) => format!("{}/{m}/{y}", day.day),
            (Some(m), None) => format!("{}/{m}", day.day),
            _ => day.day.to_string(),
        };
        return Err(note(
            "date-outside-month",
            format!(
                "{written} is not in {month}/{year}, the month of this row. Correct the day or the month, or give the other month a row of its own."
            ),
            format!(
                "Ngày {written} không thuộc tháng {month}/{year} của dòng này. Hãy sửa ngày hoặc tháng, hoặc tách sang dòng riêng."
            ),
        ));
    }
    NaiveDate::from_ymd_opt(year, month, day.day).ok_or_else(|| {
        note(
            "no-such-date",
            format!(
                "{month}/{year} has no day {}. Correct the day or the month.",
                day.day
            ),
            format!(
                "Tháng {month}/{year} không có ngày {}. Hãy sửa ngày hoặc tháng.",
                day.day
            ),
        )
    })
}
