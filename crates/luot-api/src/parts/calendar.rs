//! When a site, machine or cohort is available at all. In requests its members stand among the part's own: a request
//! that denies unknown members cannot flatten another into itself, so that macros write them in.

use chrono::NaiveDate;
use luot_planner::Calendar;
use serde::Serialize;
use utoipa::ToSchema;

use crate::words::Day;

/// When it is available; what is null or empty does not restrict.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Calendar)]
pub(crate) struct CalendarBody {
    /// First date.
    #[schema(required = true)]
    from: Option<Day>,
    /// Last date, itself included.
    #[schema(required = true)]
    to: Option<Day>,
    /// ISO days of the week, 1 = Monday.
    #[schema(required = true)]
    weekdays: Option<Vec<u8>>,
    /// Codes of shifts.
    #[schema(required = true)]
    shifts: Option<Vec<String>>,
    /// Dates that are excepted.
    closed: Vec<Day>,
}

impl From<Calendar> for CalendarBody {
    fn from(calendar: Calendar) -> Self {
        Self {
            from: calendar.from.map(Day),
            to: calendar.to.map(Day),
            weekdays: calendar.weekdays,
            shifts: calendar.shifts,
            closed: calendar.closed.into_iter().map(Day).collect(),
        }
    }
}

pub(crate) fn day(day: Option<Day>) -> Option<NaiveDate> {
    day.map(|day| day.0)
}

pub(crate) fn days(days: Vec<Day>) -> Vec<NaiveDate> {
    days.into_iter().map(|day| day.0).collect()
}

/// Declares the request for a new part that has a calendar.
macro_rules! calendar_of_new {
    ($(#[$meta:meta])* struct $name:ident { $($members:tt)* }) => {
        $(#[$meta])*
        struct $name {
            $($members)*
            /// First date on which it is available.
            from: Option<$crate::words::Day>,
            /// Last date, itself included.
            to: Option<$crate::words::Day>,
            /// ISO days of the week, 1 = Monday.
            #[schema(max_items = 100)]
            weekdays: Option<Vec<u8>>,
            /// Codes of shifts.
            #[schema(max_items = 100)]
            shifts: Option<Vec<String>>,
            /// Dates that are excepted.
            #[serde(default)]
            closed: Vec<$crate::words::Day>,
        }

        impl $name {
            /// Takes the calendar's members out.
            fn calendar(&mut self) -> luot_planner::Calendar {
                luot_planner::Calendar {
                    from: $crate::parts::day(self.from),
                    to: $crate::parts::day(self.to),
                    weekdays: self.weekdays.take(),
                    shifts: self.shifts.take(),
                    closed: $crate::parts::days(std::mem::take(&mut self.closed)),
                }
            }
        }
    };
}

/// Declares the request that changes a part that has a calendar.
macro_rules! calendar_changes {
    ($(#[$meta:meta])* struct $name:ident { $($members:tt)* }) => {
        $(#[$meta])*
        struct $name {
            $($members)*
            /// First date on which it is available; null for no bound.
            #[serde(default, deserialize_with = "crate::words::given")]
            #[schema(value_type = Option<Day>)]
            from: Option<Option<$crate::words::Day>>,
            /// Last date, itself included; null for no bound.
            #[serde(default, deserialize_with = "crate::words::given")]
            #[schema(value_type = Option<Day>)]
            to: Option<Option<$crate::words::Day>>,
            /// ISO days of the week, 1 = Monday; null for all.
            #[serde(default, deserialize_with = "crate::words::given")]
            #[schema(value_type = Option<Vec<u8>>, max_items = 100)]
            weekdays: Option<Option<Vec<u8>>>,
            /// Codes of shifts; null for all.
            #[serde(default, deserialize_with = "crate::words::given")]
            #[schema(value_type = Option<Vec<String>>, max_items = 100)]
            shifts: Option<Option<Vec<String>>>,
            /// Dates that are excepted.
            closed: Option<Vec<$crate::words::Day>>,
        }

        impl $name {
            fn calendar(&self, calendar: &mut luot_planner::Calendar) {
                if let Some(from) = self.from {
                    calendar.from = $crate::parts::day(from);
                }
                if let Some(to) = self.to {
                    calendar.to = $crate::parts::day(to);
                }
                if let Some(weekdays) = &self.weekdays {
                    calendar.weekdays.clone_from(weekdays);
                }
                if let Some(shifts) = &self.shifts {
                    calendar.shifts.clone_from(shifts);
                }
                if let Some(closed) = &self.closed {
                    calendar.closed = $crate::parts::days(closed.clone());
                }
            }
        }
    };
}

pub(crate) use {calendar_changes, calendar_of_new};
