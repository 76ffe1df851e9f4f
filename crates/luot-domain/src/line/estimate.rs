//! How long somebody still waits: the median, and what nine in ten stay under.
//!
//! Read off the same order that decides: those who are ahead are laid out over the stations
//! as they become free, at the learned pace; people with appointments who would go ahead
//! when they come count by how likely they come in time.

use chrono::Duration;

use super::Instant;
use super::order::Window;
use super::pace::Pace;

/// A station at work, or planned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Station {
    /// Since when it is busy, and with how many people; nothing while it is free.
    pub busy: Option<(Instant, u32)>,
    /// Whether it issues cards.
    pub cards: bool,
}

/// Somebody with an appointment who may still come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToCome {
    /// The window.
    pub window: Window,
    /// Whether they need a machine that issues cards.
    pub needs_card: bool,
}

/// What is known of a session when somebody asks.
#[derive(Debug, Clone, Copy)]
pub struct Hall<'a> {
    /// Now.
    pub now: Instant,
    /// When the session's stations begin.
    pub starts_at: Instant,
    /// Stations at work; before any is, those that are planned.
    pub stations: &'a [Station],
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
const UNFORESEEN: f64 = 0.3;
/// People come to their window from so many minutes before it.
const COME_EARLY_MINUTES: i64 = 10;
/// A wait of more than two days says nothing.
const SECONDS_MOST: f64 = 172_800.0;

impl<'a> Forecast<'a> {
    /// With nobody in the line yet.
    #[must_use]
    pub fn of(hall: Hall<'a>) -> Self {
        let opens = seconds(hall.starts_at - hall.now).max(0.0);
        let free = |station: &Station| match &station.busy {
            None => opens,
            Some((since, people)) => {
                let whole = hall.pace.mean * f64::from((*people).max(1));
                // Who is there longer than usual stays a while longer still.
                (whole - seconds(hall.now - *since)).max(whole / 4.0)
            }
        };
        Self {
            free: hall.stations.iter().map(free).collect(),
            before: f64::from(u8::from(hall.stations.iter().any(|s| s.busy.is_some()))),
            hall,
        }
    }

    /// Puts a ticket of so many people behind those that are in: at the station that is free
    /// first of those that can serve them. Whom none can serve holds nobody up.
    pub fn push(&mut self, people: u32, needs_card: bool) {
        let people = f64::from(people);
        let stations = self.free.iter_mut().zip(self.hall.stations);
        let able = stations.filter(|(_, station)| station.cards || !needs_card);
        if let Some((first, _)) = able.min_by(|(a, _), (b, _)| a.total_cmp(b)) {
            *first += self.hall.pace.mean * people;
            self.before += people;
        }
    }

    /// How long whoever is next now waits, if these people would go ahead when they come;
    /// `None` where no station that can serve them is at work or planned.
    #[must_use]
    pub fn wait(&self, to_come: &[ToCome], needs_card: bool) -> Option<Estimate> {
        let stations = self.free.iter().zip(self.hall.stations);
        let able = stations.filter(|(_, station)| station.cards || !needs_card);
        let (able, first) = able.fold((0.0, None::<f64>), |(able, first), (free, _)| {
            (
                able + 1.0,
                Some(first.map_or(*free, |first| first.min(*free))),
            )
        });
        let (first, stations) = (first?, able);
        // Those before are shared by all stations.
        let before = self.before * stations / self.free.len() as f64;
        let pace = self.hall.pace;
        let (mut mean, mut come, mut uncertain) = (first, 0.0, 0.0);
        // Who comes before the call goes ahead, which makes it later, so that more come. A
        // few rounds settle it, since each adds less than the one before.
        for _ in 0..if to_come.is_empty() { 0 } else { 6 } {
            (come, uncertain) = coming(&self.hall, to_come, needs_card, mean);
            mean = first + come * pace.mean / stations;
        }
        let by_people = (before + come) * pace.spread.powi(2) / stations.powi(2);
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
/// variance of it. To somebody who needs a card, who needs none counts by the share of
/// stations that issue them: the others may take them.
fn coming(hall: &Hall<'_>, to_come: &[ToCome], needs_card: bool, within: f64) -> (f64, f64) {
    let show = hall.show.clamp(0.0, 1.0);
    let cards = hall.stations.iter().filter(|s| s.cards).count() as f64;
    let share_of_cards = cards / hall.stations.len().max(1) as f64;
    let mut sums = (0.0, 0.0);
    for one in to_come {
        let window = one.window;
        let show = if needs_card && !one.needs_card {
            show * share_of_cards
        } else {
            show
        };
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

    const FREE: Station = Station {
        busy: None,
        cards: false,
    };

    fn busy(since: &str) -> Station {
        Station {
            busy: Some((at(since), 1)),
            cards: false,
        }
    }

    fn hall(stations: &[Station]) -> Hall<'_> {
        Hall {
            now: at("09:00:00"),
            starts_at: at("08:00:00"),
            stations,
            show: 0.9,
            pace: Pace::learned(180.0, Done::default()),
        }
    }

    fn behind(hall: Hall<'_>, ahead: &[u32], to_come: &[ToCome]) -> Option<Estimate> {
        let mut forecast = Forecast::of(hall);
        for people in ahead {
            forecast.push(*people, false);
        }
        forecast.wait(to_come, false)
    }

    #[test]
    fn nobody_ahead_and_a_free_station_is_no_wait() {
        let no_wait = Some(Estimate { p50: 0, p90: 0 });
        assert_eq!(behind(hall(&[FREE]), &[], &[]), no_wait);
        assert_eq!(behind(hall(&[]), &[], &[]), None);
    }

    #[test]
    fn each_one_ahead_takes_their_time_shared_by_the_stations() {
        let just = busy("09:00:00");
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
            ..hall(&[FREE])
        };
        let wait = behind(early, &[], &[]);
        assert!(
            wait.is_some_and(|e| (1_780..=1_800).contains(&e.p50)),
            "{wait:?}"
        );
    }

    #[test]
    fn those_who_would_go_ahead_count_by_how_likely_they_come() {
        let one = ToCome {
            window: Window {
                starts_at: at("09:00:00"),
                ends_at: at("09:30:00"),
            },
            needs_card: false,
        };
        let just = [busy("09:00:00")];
        let wait = |ahead: &[u32], to_come: &[ToCome]| {
            behind(hall(&just), ahead, to_come).map_or(0, |e| e.p50)
        };
        let (alone, more, most) = (
            wait(&[1; 4], &[]),
            wait(&[1; 4], &[one; 6]),
            wait(&[1; 10], &[]),
        );
        assert!(alone < more && more < most, "{alone} {more} {most}");
    }

    #[test]
    fn who_needs_a_card_waits_for_the_stations_that_issue_them() {
        let cards = Station {
            cards: true,
            ..busy("09:00:00")
        };
        let (one, two) = ([busy("09:00:00")], [busy("09:00:00"), cards]);
        let wait = |stations: &[Station], ahead: &[bool], needs_card| {
            let mut forecast = Forecast::of(hall(stations));
            for card in ahead {
                forecast.push(1, *card);
            }
            Some(forecast.wait(&[], needs_card)?.p50)
        };
        assert_eq!(wait(&one, &[], true), None);
        // Whom nobody can serve holds nobody up.
        assert_eq!(wait(&one, &[true; 5], false), wait(&one, &[], false));
        // Five cards make the one station late, and leave the other free.
        let (card, other) = (wait(&two, &[true; 5], true), wait(&two, &[true; 5], false));
        assert!(card > Some(600) && other < Some(200), "{card:?} {other:?}");
        let shared = wait(&two, &[false; 5], true);
        assert!(Some(300) < shared && shared < card, "{shared:?} {card:?}");
    }
}
