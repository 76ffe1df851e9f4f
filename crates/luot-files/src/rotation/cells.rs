//! A row's month, hours and records.

use chrono::NaiveTime;

use super::Reader;
use crate::columns::Header;
use crate::finding::{Note, note};
use crate::table::{Cell, Row};
use crate::targets::marked_thousands;
use crate::values::{self, Month};

impl Reader {
    pub(super) fn month(&mut self, row: &Row) -> Option<(i32, u32)> {
        let Some(cell) = self.fill.cell(row, "month", &self.header) else {
            self.empty(row, "month");
            return None;
        };
        let at = |note: Note, header: &Header| {
            note.row(row.number)
                .column(header.heading("month"))
                .read(&cell.shown())
        };
        match (values::month(&cell), self.year) {
            (
                Some(Month {
                    year: Some(year),
                    month,
                }),
                _,
            ) => Some((year, month)),
            (Some(Month { year: None, month }), Some(year)) => {
                let said = note(
                    "year-assumed",
                    "The month says no year; the campaign's is taken.",
                    "Cột tháng không ghi năm; lấy theo năm của đợt cao điểm.",
                );
                self.report
                    .info(at(said, &self.header).assumed(year.to_string()));
                Some((year, month))
            }
            (Some(_), None) => {
                let said = note(
                    "year-missing",
                    "The month says no year. Write it as “Tháng 4/2023”.",
                    "Cột tháng không ghi năm. Hãy ghi dạng “Tháng 4/2023”.",
                );
                self.report.fault(at(said, &self.header));
                None
            }
            (None, _) => {
                let said = note(
                    "month-unreadable",
                    "This is no month. Write it as “Tháng 4/2023”.",
                    "Không đọc được tháng. Hãy ghi dạng “Tháng 4/2023”.",
                );
                self.report.fault(at(said, &self.header));
                None
            }
        }
    }

    pub(super) fn hours(&mut self, row: &Row) -> Option<(NaiveTime, NaiveTime)> {
        let cell = row.cell(self.header.index("hours")?);
        let (code, en, vi) = match cell {
            Cell::Empty => {
                self.empty(row, "hours");
                return None;
            }
            _ => match values::hours(&cell.shown()) {
                Some((start, end)) if start < end => return Some((start, end)),
                Some(_) => (
                    "end-before-start",
                    "The end is not after the start. Hours are within one day, as 15h00 to 23h00.",
                    "Giờ kết thúc không sau giờ bắt đầu. Giờ phải nằm trong một ngày, ví dụ 15h00 đến 23h00.",
                ),
                None => (
                    "hours-unreadable",
                    "Two times of a day are expected here, such as “Từ 7h00 đến 15h00”; the last time of a day is 23h59.",
                    "Ô này phải có giờ bắt đầu và giờ kết thúc, ví dụ “Từ 7h00 đến 15h00”; muộn nhất là 23h59.",
                ),
            },
        };
        let heading = self.header.heading("hours");
        self.report.fault(
            note(code, en, vi)
                .row(row.number)
                .column(heading)
                .read(&cell.shown()),
        );
        None
    }

    pub(super) fn records(&mut self, row: &Row) -> Option<u32> {
        let cell = row.cell(self.header.index("target")?);
        if cell.is_empty() {
            self.empty(row, "target");
            return None;
        }
        let heading = self.header.heading("target");
        match values::leading_whole(cell) {
            Some(records) if records.value > 0 => {
                if records.marked {
                    let read = cell.shown();
                    self.report
                        .info(marked_thousands(row.number, heading, &read, records.value));
                }
                Some(records.value)
            }
            _ => {
                self.report.fault(
                    note(
                        "records-unreadable",
                        "A number of records per shift is expected here, such as “160 hồ sơ/ca”.",
                        "Ô này phải có số hồ sơ mỗi ca, ví dụ “160 hồ sơ/ca”.",
                    )
                    .row(row.number)
                    .column(heading)
                    .read(&cell.shown()),
                );
                None
            }
        }
    }
}
