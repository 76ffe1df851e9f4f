//! What a simulated campaign was like for those who waited.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};

use super::{Crashes, Kind, Unserved};

/// One who was called.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub came: String,
    pub arrived_at: DateTime<Utc>,
    /// Nobody waits before the doors open.
    pub from: DateTime<Utc>,
    pub called_at: Option<DateTime<Utc>>,
    /// Whether a machine broke while they waited: nobody could have told them.
    pub overtaken: bool,
    /// What they were told: half wait less, nine in ten wait less.
    pub told: Option<(i64, i64)>,
}

/// What became of those who waited for places.
#[derive(Debug, Clone, Copy, Default)]
pub struct Waitlist {
    /// Parties that joined.
    pub joined: usize,
    /// Offers made.
    pub offered: usize,
    /// Offers taken.
    pub taken: usize,
    /// Offers declined.
    pub declined: usize,
    /// Offers that ran out, and places that had cooled.
    pub expired: usize,
}

/// The figures of a simulation.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// Everything that happened, as one number: the same seed gives the same.
    pub digest: u64,
    /// Events.
    pub events: usize,
    /// Sessions held.
    pub sessions: usize,
    /// People booked, and bookings refused because the window was full.
    pub booked: (usize, usize),
    /// Tickets refused because the day was full.
    pub full: usize,
    /// Appointments that were marked as not come.
    pub noshow: usize,
    /// Crashes, by what the server was at.
    pub crashes: BTreeMap<Kind, Crashes>,
    /// What befell the index, how often.
    pub losses: BTreeMap<String, usize>,
    /// Looks at an index of those who wait that was of the store's version.
    pub orders: usize,
    /// Calls of people who need a card.
    pub cards: usize,
    /// Stations that vanished.
    pub vanished: usize,
    /// Calls that went back because their station was silent.
    pub lapsed: usize,
    /// Machines that broke down for days to come.
    pub breakdowns: usize,
    /// Machines that broke down while people waited for them.
    pub broke_on_the_day: usize,
    /// People who went along with their class to another time.
    pub moved_along: usize,
    /// Proposals published.
    pub proposals: usize,
    /// People without their place after one of them.
    pub displaced: usize,
    /// Pupils booked by their schools.
    pub pupils: usize,
    /// Places that schools left, and that opened to everybody.
    pub opened: usize,
    /// Appointments given up.
    pub cancelled: usize,
    /// Appointments moved.
    pub moved: usize,
    /// Of those who waited for places.
    pub waitlist: Waitlist,
    /// Answers that were asked for again and compared.
    pub repeated: usize,
    /// Who was not served, and why.
    pub unserved: Unserved,
    /// Seconds that stations served, and were there.
    pub busy: (i64, i64),
    pub(super) visits: Vec<Visit>,
}

impl Report {
    fn waits(&self, only: impl Fn(&Visit) -> bool) -> Vec<i64> {
        let mut waits: Vec<i64> = self
            .visits
            .iter()
            .filter(|v| only(v))
            .filter_map(|v| Some((v.called_at? - v.from).num_seconds().max(0)))
            .collect();
        waits.sort_unstable();
        waits
    }

    /// The share of those who waited no longer than they were told, for the median and for
    /// nine in ten; of those who were told more than a minute, and for whom no machine broke
    /// while they waited. Whoever was never called waited longer than both.
    #[must_use]
    pub fn calibration(&self) -> (f64, f64, usize) {
        let told: Vec<(i64, i64, i64)> = self
            .visits
            .iter()
            .filter(|v| !v.overtaken)
            .filter_map(|v| {
                let (p50, p90) = v.told?;
                let called = v.called_at.map(|at| (at - v.arrived_at).num_seconds());
                Some((called.unwrap_or(i64::MAX), p50, p90))
            })
            .filter(|(_, _, p90)| *p90 > 60)
            .collect();
        let share = |kept: usize| kept as f64 / told.len().max(1) as f64;
        (
            share(told.iter().filter(|(wait, p50, _)| wait <= p50).count()),
            share(told.iter().filter(|(wait, _, p90)| wait <= p90).count()),
            told.len(),
        )
    }

    /// How many came later and were called before somebody: on average, and at most.
    #[must_use]
    pub fn passed(&self) -> (f64, usize) {
        let called: Vec<(DateTime<Utc>, DateTime<Utc>)> = self
            .visits
            .iter()
            .filter_map(|v| Some((v.arrived_at, v.called_at?)))
            .collect();
        let passed: Vec<usize> = called
            .iter()
            .map(|(arrived, at)| called.iter().filter(|(a, c)| a > arrived && c < at).count())
            .collect();
        let mean = passed.iter().sum::<usize>() as f64 / passed.len().max(1) as f64;
        (mean, passed.into_iter().max().unwrap_or(0))
    }
}

impl Report {
    /// Crashes of all kinds, by point.
    #[must_use]
    pub fn crashes_at(&self, point: usize) -> usize {
        self.crashes.values().map(|c| c.at_point[point]).sum()
    }

    fn tell_trouble(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "trouble: {} machines broke down for days to come and {} in the middle of a session ({} plans published for it, {} people displaced, {} moved along), \
             {} calls were for cards, {} stations vanished, {} calls went back; {} answers repeated and equal",
            self.breakdowns,
            self.broke_on_the_day,
            self.proposals,
            self.displaced,
            self.moved_along,
            self.cards,
            self.vanished,
            self.lapsed,
            self.repeated
        )?;
        let points: Vec<usize> = (0..4).map(|point| self.crashes_at(point)).collect();
        write!(
            f,
            "{} crashes (begun {}, worked {}, committed {}, before the answer {}):",
            points.iter().sum::<usize>(),
            points[0],
            points[1],
            points[2],
            points[3]
        )?;
        for (kind, crashes) in &self.crashes {
            let all: usize = crashes.at_step.values().sum();
            let last = crashes.at_step.keys().last().unwrap_or(&0);
            write!(f, " {kind:?} {all} (up to step {last})")?;
        }
        write!(f, "\nthe index was:")?;
        for (loss, times) in &self.losses {
            write!(f, " {loss} {times}")?;
        }
        writeln!(f)
    }
}

fn minutes(seconds: i64) -> f64 {
    seconds as f64 / 60.0
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "seed {}: {} events, {} sessions, {} booked ({} refused)",
            self.seed, self.events, self.sessions, self.booked.0, self.booked.1,
        )?;
        writeln!(f, "not served: {}", self.unserved)?;
        let w = &self.waitlist;
        writeln!(
            f,
            "{} pupils booked by schools, {} places of theirs opened; {} cancelled, {} moved; {} parties waited for places, {} offers: {} taken, {} declined",
            self.pupils,
            self.opened,
            self.cancelled,
            self.moved,
            w.joined,
            w.offered,
            w.taken,
            w.declined
        )?;
        self.tell_trouble(f)?;
        writeln!(
            f,
            "{:<22}{:>8}{:>10}{:>10}{:>10}",
            "waiting, minutes", "people", "half", "9 in 10", "most"
        )?;
        for (name, kinds) in [
            ("early or on time", &["early", "on_time"][..]),
            ("late", &["late"][..]),
            ("without appointment", &["walk_in", "too_late"][..]),
        ] {
            let waits = self.waits(|v| kinds.contains(&v.came.as_str()));
            let at = |share: usize| {
                let n = waits.len().saturating_sub(1) * share / 100;
                minutes(waits.get(n).copied().unwrap_or(0))
            };
            writeln!(
                f,
                "{name:<22}{:>8}{:>10.1}{:>10.1}{:>10.1}",
                waits.len(),
                at(50),
                at(90),
                at(100)
            )?;
        }
        let (p50, p90, people) = self.calibration();
        let (passed, most) = self.passed();
        writeln!(
            f,
            "utilisation {:.0} %; passed by later comers: {passed:.1} on average, {most} at most",
            100.0 * self.busy.0 as f64 / self.busy.1.max(1) as f64
        )?;
        writeln!(
            f,
            "told a time: {people}; waited no longer than the median {:.0} %, than nine in ten {:.0} %",
            100.0 * p50,
            100.0 * p90
        )?;
        write!(f, "digest {:016x}", self.digest)
    }
}
