//! What went wrong, as it is reported, and in the planner's words.

use chrono::{DateTime, NaiveDate, Utc};
use luot_domain::finding::Note;
use luot_planner::{Disruption, Moment};
use uuid::Uuid;

use crate::campaigns::zone;
use crate::error::{Error, Invalid, Result};
use crate::instances::Campaign;

/// From when, or until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// A whole day: from its first shift, or to its last.
    Day(NaiveDate),
    /// A shift of a day.
    Shift(NaiveDate, String),
    /// An instant: the shifts that it cuts count.
    At(DateTime<Utc>),
}

/// What went wrong. Parts are named by id or code.
#[derive(Debug, Clone)]
pub enum What {
    /// A machine cannot run, from a shift to a shift, both included.
    MachineOut {
        /// Which.
        machine: String,
        /// The first shift without the machine.
        from: Bound,
        /// The last shift without the machine.
        to: Bound,
    },
    /// A site is closed, from a date to a date, both included.
    SiteClosed {
        /// Which.
        site: String,
        /// The first date.
        from: NaiveDate,
        /// The last date.
        to: NaiveDate,
    },
    /// No machine can work in one shift.
    ShiftLost {
        /// The date.
        date: NaiveDate,
        /// The shift.
        shift: String,
    },
    /// In a session that is over, so many people were not served.
    SessionBehind {
        /// Where.
        site: String,
        /// The date.
        date: NaiveDate,
        /// The shift.
        shift: String,
        /// How many.
        people: u32,
    },
    /// A cohort has more people than it had.
    CohortGrew {
        /// Which.
        cohort: String,
        /// By how many.
        people: u32,
    },
}

/// In the planner's words: codes instead of ids.
pub(super) fn read(campaign: &Campaign, what: &What) -> Result<Disruption> {
    let id = |named: &str| Uuid::parse_str(named).ok();
    let machine = |named: &str| {
        campaign
            .machines
            .iter()
            .find(|m| m.code == named || Some(m.id) == id(named))
            .map(|m| m.code.clone())
            .ok_or_else(|| unknown("/machine_id", "machine", "máy"))
    };
    let site = |named: &str| {
        campaign
            .sites
            .iter()
            .find(|s| s.code == named || Some(s.id) == id(named))
            .map(|s| s.code.clone())
            .ok_or_else(|| unknown("/site_id", "site", "điểm thu nhận"))
    };
    let shift = |named: &str| {
        campaign
            .shifts
            .iter()
            .find(|s| s.code == named || Some(s.id) == id(named))
            .map(|s| s.code.clone())
            .ok_or_else(|| unknown("/shift", "shift", "ca"))
    };
    let moment = |bound: &Bound, begins: bool| {
        Ok::<_, Error>(match bound {
            Bound::Shift(date, named) => Moment {
                date: *date,
                shift: shift(named)?,
            },
            Bound::Day(date) => edge(campaign, *date, begins)?,
            Bound::At(instant) => cut_by(campaign, *instant, begins)?,
        })
    };
    Ok(match what {
        What::MachineOut {
            machine: named,
            from,
            to,
        } => {
            let (machine, first, last) = (machine(named)?, moment(from, true)?, moment(to, false)?);
            hits_a_shift(campaign, (from, &first), (to, &last))?;
            Disruption::MachineOut {
                machine,
                from: first,
                to: last,
            }
        }
        What::SiteClosed {
            site: named,
            from,
            to,
        } => Disruption::SiteClosed {
            site: site(named)?,
            from: *from,
            to: *to,
        },
        What::ShiftLost { date, shift: named } => Disruption::ShiftLost {
            at: Moment {
                date: *date,
                shift: shift(named)?,
            },
        },
        What::SessionBehind {
            site: named,
            date,
            shift: of_day,
            people,
        } => Disruption::SessionBehind {
            at: Moment {
                date: *date,
                shift: shift(of_day)?,
            },
            site: site(named)?,
            people: *people,
        },
        What::CohortGrew {
            cohort: named,
            people,
        } => Disruption::CohortGrew {
            cohort: campaign
                .cohorts
                .iter()
                .find(|c| c.code == *named || Some(c.id) == id(named))
                .map(|c| c.code.clone())
                .ok_or_else(|| unknown("/cohort_id", "cohort", "lớp, thôn hoặc tổ"))?,
            people: *people,
        },
    })
}

/// Refuses a machine that is only out between two shifts: nobody would notice.
fn hits_a_shift(
    campaign: &Campaign,
    (from, first): (&Bound, &Moment),
    (to, last): (&Bound, &Moment),
) -> Result<()> {
    let (Bound::At(from), Bound::At(to)) = (from, to) else {
        return Ok(());
    };
    let order = |at: &Moment| {
        let shift = campaign.shifts.iter().position(|s| s.code == at.shift);
        (at.date, shift)
    };
    if from <= to && order(last) < order(first) {
        return Err(Error::Invalid(
            Invalid::Input,
            vec![Note::new(
                "/to",
                "between-shifts",
                "no shift lies between these times: no session is concerned",
                "không có ca nào trong khoảng này: không phiên nào bị ảnh hưởng",
            )],
        ));
    }
    Ok(())
}

/// The first or the last shift of a day.
fn edge(campaign: &Campaign, date: NaiveDate, first: bool) -> Result<Moment> {
    let shifts = &campaign.shifts;
    let shift = if first { shifts.first() } else { shifts.last() };
    let shift = shift.ok_or_else(|| unknown("/shift", "shift", "ca"))?;
    Ok(Moment {
        date,
        shift: shift.code.clone(),
    })
}

/// The first shift that is not over at an instant, or the last that has begun by then.
fn cut_by(campaign: &Campaign, instant: DateTime<Utc>, first: bool) -> Result<Moment> {
    let local = zone(&campaign.row)?.local(instant);
    let (date, time) = (local.date(), local.time());
    let mut shifts = campaign.shifts.iter();
    let found = if first {
        shifts.find(|s| s.ends > time)
    } else {
        shifts.rev().find(|s| s.starts < time)
    };
    match found {
        Some(shift) => Ok(Moment {
            date,
            shift: shift.code.clone(),
        }),
        None if first => edge(campaign, date.succ_opt().unwrap_or(date), true),
        None => edge(campaign, date.pred_opt().unwrap_or(date), false),
    }
}

fn unknown(pointer: &str, what: &str, what_vi: &str) -> Error {
    Error::Invalid(
        Invalid::Input,
        vec![Note::new(
            pointer,
            "unknown-part",
            format!("the campaign has no such {what}"),
            format!("đợt này không có {what_vi} đó"),
        )],
    )
}
