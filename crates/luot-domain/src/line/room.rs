//! How many more people fit into a session's day.

use super::Instant;
use super::pace::Pace;

/// What is known of a session when somebody without an appointment asks for a ticket.
#[derive(Debug, Clone, Copy)]
pub struct Day {
    /// When its stations begin.
    pub starts_at: Instant,
    /// When they end.
    pub ends_at: Instant,
    /// Stations at work; before any is, those that are planned.
    pub stations: u32,
    /// People who wait or are set aside.
    pub waiting: u32,
    /// People at a station or on the way to it.
    pub at_stations: u32,
    /// Live appointments still to come.
    pub to_come: u32,
}

/// How many more people fit: the staffed time that is left, at the learned pace, less those
/// who wait and those who have an appointment and may still come.
#[must_use]
pub fn room(day: &Day, now: Instant, pace: &Pace) -> u32 {
    let left = (day.ends_at - now.max(day.starts_at)).num_seconds().max(0);
    // Within a day these are small whole numbers.
    let staffed = left as f64 * f64::from(day.stations);
    // Who is at a station is half done, as far as one can know.
    let spoken = f64::from(day.waiting) + f64::from(day.to_come) + f64::from(day.at_stations) / 2.0;
    let free = staffed / pace.mean - spoken;
    // A millionth of a person is rounding. Negative and large values saturate.
    (free + 1e-6).floor() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::pace::Done;

    fn at(text: &str) -> Instant {
        format!("2026-04-08T{text}Z").parse().unwrap_or_default()
    }

    #[test]
    fn what_is_left_of_the_day_is_shared_between_those_who_wait_and_those_to_come() {
        let pace = Pace::learned(180.0, Done::default());
        let day = Day {
            starts_at: at("08:00:00"),
            ends_at: at("10:00:00"),
            stations: 1,
            waiting: 0,
            at_stations: 0,
            to_come: 0,
        };
        for (change, now, expect) in [
            (day, "07:00:00", 40),
            (day, "09:00:00", 20),
            (day, "10:00:00", 0),
            (day, "11:00:00", 0),
            (Day { stations: 2, ..day }, "09:00:00", 40),
            (Day { stations: 0, ..day }, "09:00:00", 0),
            (Day { to_come: 15, ..day }, "09:00:00", 5),
            (
                Day {
                    to_come: 15,
                    waiting: 4,
                    at_stations: 2,
                    ..day
                },
                "09:00:00",
                0,
            ),
            (
                Day {
                    to_come: 500,
                    ..day
                },
                "09:00:00",
                0,
            ),
        ] {
            assert_eq!(room(&change, at(now), &pace), expect, "{change:?} at {now}");
        }
    }
}
