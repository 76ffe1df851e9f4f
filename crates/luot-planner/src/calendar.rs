//! What calendars admit, what machines take, how far it is: the readings of the input that the judge and the search
//! have in common.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};

use crate::types::{Calendar, Cohort, Instance, Machine, Service, Shift};

/// Records that a machine takes in a shift: the shift's records times its rate, rounded down.
///
/// Counted in hundredths, so that no rounding differs between programs.
#[must_use]
pub fn records(shift: &Shift, machine: &Machine) -> u32 {
    let taken = u64::from(shift.records) * u64::from(machine.rate_hundredths) / 100;
    u32::try_from(taken).unwrap_or(u32::MAX)
}

impl Calendar {
    /// Whether this calendar has this date and shift.
    #[must_use]
    pub fn admits(&self, date: NaiveDate, shift: &str) -> bool {
        self.from.is_none_or(|from| from <= date)
            && self.to.is_none_or(|to| date <= to)
            && self
                .shifts
                .as_ref()
                .is_none_or(|shifts| shifts.iter().any(|s| s == shift))
            && self.weekdays.as_ref().is_none_or(|days| {
                days.iter()
                    .any(|d| u32::from(*d) == date.weekday().number_from_monday())
            })
            && !self.closed.contains(&date)
    }
}

impl Machine {
    /// Whether it runs on this date and shift: its calendar has them and it is not out.
    #[must_use]
    pub fn runs(&self, date: NaiveDate, shift: &str) -> bool {
        self.calendar.admits(date, shift) && !self.out.iter().any(|(d, s)| *d == date && s == shift)
    }

    /// Whether it issues cards.
    #[must_use]
    pub fn issues_cards(&self) -> bool {
        self.services.contains(&Service::Card)
    }
}

impl Instance {
    /// Minutes of travel from one site to another; none from a site to itself.
    #[must_use]
    pub fn travel(&self, from: &str, to: &str) -> u32 {
        if from == to {
            return 0;
        }
        let entry = |a: &str, b: &str| {
            self.travel_minutes
                .get(a)
                .and_then(|row| row.get(b))
                .copied()
        };
        entry(from, to)
            .or_else(|| entry(to, from))
            .unwrap_or(self.travel_default)
    }
}

impl Instance {
    /// Whether nothing may differ from what is published in this shift of this date.
    #[must_use]
    pub fn is_frozen(&self, date: NaiveDate, shift: &str) -> bool {
        let Some(frozen) = self.frozen_before else {
            return false;
        };
        let position = |id: &str| self.shifts.iter().position(|s| s.id == id);
        date < frozen || (date == frozen && position(shift) < self.first_shift())
    }

    /// On the date before which all is frozen, the position of the first shift that is not.
    pub(crate) fn first_shift(&self) -> Option<usize> {
        let first = self.frozen_shift.as_ref()?;
        self.shifts.iter().position(|s| s.id == *first)
    }
}

impl Cohort {
    /// Days by which a date is after the due date; 0 when it is not, or when nothing is due.
    #[must_use]
    pub fn days_late(&self, date: NaiveDate) -> i64 {
        self.due.map_or(0, |due| (date - due).num_days().max(0))
    }
}

/// Minutes between the end of one shift and the start of another on the same day; negative when they overlap.
pub(crate) fn gap_minutes(end: NaiveTime, start: NaiveTime) -> i64 {
    let minutes = |t: NaiveTime| i64::from(t.hour() * 60 + t.minute());
    minutes(start) - minutes(end)
}
