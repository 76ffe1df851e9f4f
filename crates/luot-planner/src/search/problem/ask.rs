//! What the search asks a problem, step by step.

use super::{Group, NONE, Problem};
use crate::search::bits;

impl Problem<'_> {
    pub(crate) fn is_held(&self, machine: u32, cell: usize) -> bool {
        self.held[machine as usize * self.words + cell / 64] >> (cell % 64) & 1 == 1
    }

    pub(crate) fn does_run(&self, machine: u32, cell: usize) -> bool {
        self.runs[machine as usize * self.words + cell / 64] >> (cell % 64) & 1 == 1
    }

    pub(crate) fn is_open(&self, site: u32, cell: usize) -> bool {
        self.open[site as usize * self.words + cell / 64] >> (cell % 64) & 1 == 1
    }

    /// Records of a machine in a cell.
    pub(crate) fn records_in(&self, machine: u32, cell: usize) -> i32 {
        self.records[machine as usize * self.shifts + usize::from(self.shift[cell])]
    }

    /// Whether a machine that works at `from` in one cell can work at `to` in a later cell of the same day.
    pub(crate) fn reaches(&self, from: u32, early: usize, to: u32, late: usize) -> bool {
        let (early, late) = (
            usize::from(self.shift[early]),
            usize::from(self.shift[late]),
        );
        let gap = self.gap[early * self.shifts + late];
        gap >= i32::from(self.need[from as usize * self.sites + to as usize])
    }

    pub(crate) fn site(&self, session: u32) -> u32 {
        session / self.cells as u32
    }

    pub(crate) fn cell(&self, session: u32) -> usize {
        (session % self.cells as u32) as usize
    }

    pub(crate) fn session(&self, site: u32, cell: usize) -> u32 {
        site * self.cells as u32 + cell as u32
    }

    pub(crate) fn menu(&self, cohort: u32) -> &[u64] {
        &self.menus[self.cohorts[cohort as usize].menu as usize]
    }

    /// The number of sessions that a cohort could go to.
    pub(crate) fn choices(&self, cohort: u32) -> u32 {
        self.menu_sizes[self.cohorts[cohort as usize].menu as usize]
    }

    /// Whether a session is on the menu of a cohort.
    pub(crate) fn offers(&self, cohort: u32, session: u32) -> bool {
        let sites = &self.cohorts[cohort as usize].sites;
        session != NONE
            && sites
                .binary_search(&self.site(session))
                .is_ok_and(|k| bits::has(&self.menu(cohort)[k * self.words..], self.cell(session)))
    }

    /// Days from when a cohort was due to a cell.
    pub(crate) fn days_late(&self, cohort: &Group, cell: usize) -> i64 {
        // Before, not after: a due date may be as late as a number can be.
        let day = i32::from(self.day[cell]);
        if day <= cohort.due {
            0
        } else {
            i64::from(day - cohort.due)
        }
    }

    /// Cost of lateness of one person of a cohort in a cell.
    pub(crate) fn late(&self, cohort: &Group, cell: usize) -> i64 {
        self.days_late(cohort, cell) * cohort.weight * self.costs.late
    }
}
