//! Blank cells that mean "as above".
//!
//! An official table states the machine, the site, the unit and the month once and leaves the cells
//! below blank or merges them. A blank is taken for "as above" only while what stands left of it in
//! rank is unchanged: a new machine with a blank site is not at the old machine's site.

use std::collections::BTreeMap;

use crate::columns::Header;
use crate::finding::{Report, note};
use crate::table::{Cell, Row};

/// From the widest to the narrowest.
const RANKS: [&str; 3] = ["machine", "site", "unit"];

#[derive(Default)]
pub(super) struct Fill {
    /// What was last stated in each column.
    last: BTreeMap<&'static str, Cell>,
    /// Rows that were filled, by column: how many, the first, the last.
    filled: BTreeMap<&'static str, (u32, u32, u32)>,
}

impl Fill {
    /// A machine named in a row of its own: what stood above belongs to another machine.
    pub(super) fn section(&mut self, machine: Cell) {
        self.last.insert("machine", machine);
        self.last.remove("site");
        self.last.remove("unit");
    }

    /// Forgets what the row's own statements make invalid, and learns them.
    pub(super) fn next_row(&mut self, row: &Row, header: &Header) {
        for (rank, key) in RANKS.into_iter().enumerate() {
            let Some(cell) = stated(row, key, header) else {
                continue;
            };
            if self.last.get(key) != Some(cell) {
                for narrower in RANKS.iter().skip(rank + 1) {
                    self.last.remove(narrower);
                }
            }
            self.last.insert(key, cell.clone());
        }
        if let Some(cell) = stated(row, "month", header) {
            self.last.insert("month", cell.clone());
        }
        // These are never taken from above where they are blank, but a merged cell says it covers them.
        for key in ["hours", "dates", "shift_label", "target"] {
            if header.index(key).is_some_and(|at| row.merged.contains(&at)) {
                self.count(key, row.number);
            }
        }
    }

    fn count(&mut self, key: &'static str, row: u32) {
        let entry = self.filled.entry(key).or_insert((0, row, row));
        entry.0 += 1;
        entry.2 = row;
    }

    /// The row's cell in this column, or the one it takes from above.
    pub(super) fn cell(&mut self, row: &Row, key: &'static str, header: &Header) -> Option<Cell> {
        let from_merged = header.index(key).is_some_and(|at| row.merged.contains(&at));
        if let Some(cell) = stated(row, key, header)
            && !from_merged
        {
            return Some(cell.clone());
        }
        let cell = self.last.get(key)?.clone();
        if header.has(key) {
            self.count(key, row.number);
        }
        Some(cell)
    }

    /// One finding for each column that was filled.
    pub(super) fn report(&self, header: &Header, report: &mut Report) {
        for (key, (count, first, last)) in &self.filled {
            report.info(
                note(
                    "filled-down",
                    format!("{count} blank or merged cells of this column, rows {first} to {last}, take the value above them."),
                    format!("{count} ô trống hoặc gộp của cột này, từ dòng {first} đến dòng {last}, lấy theo ô phía trên."),
                )
                .row(*first)
                .column(header.heading(key)),
            );
        }
    }
}

fn stated<'r>(row: &'r Row, key: &str, header: &Header) -> Option<&'r Cell> {
    header
        .index(key)
        .map(|at| row.cell(at))
        .filter(|cell| !cell.is_empty())
}
