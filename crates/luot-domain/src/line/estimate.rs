//! How long somebody still waits: the median, and what nine in ten stay under.
//!
//! Read off the same order that decides: those who are ahead are laid out over the stations
//! as they become free, at the learned pace; people with appointments who would go ahead
//! when they come count by how likely they come in time.

use chrono::Duration;

use super::Instant;
use super::order::Window;
use super::pace::Pace;

/// What is known of a session when somebody asks.
#[derive(Debug, Clone, Copy)]
pub struct Hall<'a> {
    /// Now.
    pub now: Instant,
    /// When the session's stations begin.
    pub starts_at: Instant,
    /// Stations at work (or, before any is, planned): since when each is busy, and with how
    /// many people.
    pub stations: &'a [Option<(Instant, u32)>],
    /// How many of those with appointments come, from 0 to 1.
    pub show: f64,
    /// How long a person takes.
    pub pace: Pace,
}

/// The line laid out over the stations, one ticket after the other.
#[derive(Debug, Clone)]
pub struct Forecast<'a> {
    hall: Hall<'a>,
    /// In how many seconds each station is free.
    free: Vec<f64>,
    /// People laid out so far, and those at stations.
    before: f64,
}

/// A waiting time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// Half of those who are told so wait less, in seconds.
    pub p50: i64,
    /// Nine in ten do, in seconds.
    pub p90: i64,
}

/// The quantile of the normal distribution for nine in ten.
const NINE_IN_TEN: f64 = 1.281_6;
/// What nobody foresees (a station that breaks down, somebody with priority who comes later,
/// calls without an answer), as a share of the wait: with it nine in ten held nine times in
/// ten in simulated campaigns.
const UNFORESEEN: f64 = 0.2;
/// People come to their window from so many minutes before it.
const COME_EARLY_MINUTES: i64 = 10;
/// A wait of more than two days says nothing.
const SECONDS_MOST: f64 = 172_800.0;

impl<'a> Forecast<'a> {
    /// With nobody in the line yet.
    #[must_use]
    pub fn of(hall: Hall<'a>) -> Self {
        let opens = seconds(hall.starts_at - hall.now).max(0.0);
        let free = |busy: &Option<(Instant, u32)>| match busy {
            None => opens,
            Some((since, people)) => {
                let whole = hall.pace.mean * f64::from((*people).max(1));
                // Who is there longer than usual stays a while longer still.
                (whole - seconds(hall.now - *since)).max(whole / 4.0)
            }
        };
        Self {
            free: hall.stations.iter().map(free).collect(),
            before: f64::from(u8::from(hall.stations.iter().any(Option::is_some))),
            hall,
        }
    }

    /// Puts a ticket of so many people behind those that are in.
    pub fn push(&mut self, people: u32) {
        let people = f64::from(people);
        self.before += people;
        if let Some(first) = self.free.iter_mut().min_by(|a, b| a.total_cmp(b)) {
            *first += self.hall.pace.mean * people;
        }
    }

    /// How long whoever is next now waits, if people of these windows would go ahead when
    /// they come; `None` where no station is at work or planned.
    #[must_use]
    pub fn wait(&self, to_come: &[Window]) -> Option<Estimate> {
        let first = self.free.iter().copied().min_by(f64::total_cmp)?;
        let stations = self.free.len() as f64;
        let pace = self.hall.pace;
        let (mut mean, mut come, mut uncertain) = (first, 0.0, 0.0);
        // Who comes before the call goes ahead, which makes it later, so that more come. A
        // few rounds settle it, since each adds less than the one before.
        for _ in 0..if to_come.is_empty() { 0 } else { 6 } {
            (come, uncertain) = coming(&self.hall, to_come, mean);
            mean = first + come * pace.mean / stations;
        }
        let by_people = (self.before + come) * pace.spread.powi(2) / stations.powi(2);
        let by_coming = uncertain * pace.mean.powi(2) / stations.powi(2);
        // Until the doors open there is nothing to be uncertain of.
        let certain = seconds(self.hall.starts_at - self.hall.now).max(0.0);
        let work = (mean - certain).max(0.0);
        let by_pace = (work * pace.spread / pace.mean).powi(2) / pace.weight;
        let unforeseen = (UNFORESEEN * work).powi(2);
        let variance = by_people + by_coming + by_pace + unforeseen;
        let closed = certain.min(SECONDS_MOST).round() as i64;
        Some(Estimate {
            p50: closed + quantile(work, variance, 0.0),
            p90: closed + quantile(work, variance, NINE_IN_TEN),
        })
    }
}

/// How many of those still to come are there before that many seconds are over, and the
/// variance of it.
fn coming(hall: &Hall<'_>, to_come: &[Window], within: f64) -> (f64, f64) {
    let show = hall.show.clamp(0.0, 1.0);
    let mut sums = (0.0, 0.0);
    for window in to_come {
        let from = seconds(window.starts_at - hall.now) - 60.0 * COME_EARLY_MINUTES as f64;
        let to = seconds(window.ends_at - hall.now).max(1.0);
        let from = from.max(0.0).min(to - 1.0);
        let share = ((within - from) / (to - from)).clamp(0.0, 1.0);
        let likely = show * share;
        sums.0 += likely;
        sums.1 += likely * (1.0 - likely);
    }
    sums
}

/// A quantile of a sum of durations (Wilson and Hilferty's approximation to the gamma
/// distribution of that mean and variance).
fn quantile(mean: f64, variance: f64, z: f64) -> i64 {
    if mean < 1.0 {
        return 0;
    }
    let ninth = variance / (9.0 * mean * mean);
    let root = (1.0 - ninth + z * ninth.sqrt()).max(0.0);
    // Within two days' seconds.
    (mean * root.powi(3)).clamp(0.0, SECONDS_MOST).round() as i64
}

fn seconds(duration: Duration) -> f64 {
    duration.num_milliseconds() as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::pace::Done;

    fn at(text: &str) -> Instant {
        format!("2026-04-08T{text}Z").parse().unwrap_or_default()
    }

    fn hall(stations: &[Option<(Instant, u32)>]) -> Hall<'_> {
        Hall {
            now: at("09:00:00"),
            starts_at: at("08:00:00"),
            stations,
            show: 0.9,
            pace: Pace::learned(180.0, Done::default()),
        }
    }

    fn behind(hall: Hall<'_>, ahead: &[u32], to_come: &[Window]) -> Option<Estimate> {
        let mut forecast = Forecast::of(hall);
        for people in ahead {
            forecast.push(*people);
        }
        forecast.wait(to_come)
    }

    #[test]
    fn nobody_ahead_and_a_free_station_is_no_wait() {
        let no_wait = Some(Estimate { p50: 0, p90: 0 });
        assert_eq!(behind(hall(&[None]), &[], &[]), no_wait);
        assert_eq!(behind(hall(&[]), &[], &[]), None);
    }

    #[test]
    fn each_one_ahead_takes_their_time_shared_by_the_stations() {
        let just = Some((at("09:00:00"), 1));
        let none = Estimate { p50: 0, p90: 0 };
        let one = behind(hall(&[just]), &[1; 9], &[]).unwrap_or(none);
        // Ten of three minutes; the median is a little under the mean.
        assert!((1_700..=1_800).contains(&one.p50), "{one:?}");
        assert!(one.p90 > one.p50 + 300 && one.p90 < 2 * one.p50, "{one:?}");
        let two = behind(hall(&[just, just]), &[1; 9], &[]).unwrap_or(none);
        assert!((700..=1_100).contains(&two.p50), "{two:?}");
        assert_eq!(behind(hall(&[just]), &[3, 3, 3], &[]), Some(one));
    }

    #[test]
    fn before_the_doors_open_the_wait_is_until_they_do() {
        let early = Hall {
            starts_at: at("09:30:00"),
            ..hall(&[None])
        };
        let wait = behind(early, &[], &[]);
        assert!(
            wait.is_some_and(|e| (1_780..=1_800).contains(&e.p50)),
            "{wait:?}"
        );
    }

    #[test]
    fn those_who_would_go_ahead_count_by_how_likely_they_come() {
        let window = Window {
            starts_at: at("09:00:00"),
            ends_at: at("09:30:00"),
        };
        let just = [Some((at("09:00:00"), 1))];
        let wait = |ahead: &[u32], to_come: &[Window]| {
            behind(hall(&just), ahead, to_come).map_or(0, |e| e.p50)
        };
        let (alone, more, most) = (
            wait(&[1; 4], &[]),
            wait(&[1; 4], &[window; 6]),
            wait(&[1; 10], &[]),
        );
        assert!(alone < more && more < most, "{alone} {more} {most}");
    }
}
