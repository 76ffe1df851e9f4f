//! How many more people fit into a session's day.

use super::Instant;
use super::pace::Pace;

/// Stations, and the people who take their time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Load {
    /// Stations at work; before any is, those that are planned.
    pub stations: u32,
    /// People who wait or are set aside.
    pub waiting: u32,
    /// People at a station or on the way to it.
    pub at_stations: u32,
    /// Live appointments still to come.
    pub to_come: u32,
}

/// What is known of a session when somebody without an appointment asks for a ticket.
#[derive(Debug, Clone, Copy)]
pub struct Day {
    /// When its stations begin.
    pub starts_at: Instant,
    /// When they end.
    pub ends_at: Instant,
    /// All stations and all people.
    pub all: Load,
    /// Of them the stations that issue cards, who is there, and who needs a card.
    pub cards: Load,
}

/// How many more people fit, of those who need a card or of the others: the staffed time that
/// is left, at the learned pace, less those who wait and those who have an appointment and may
/// still come. Who needs a card fits only where cards are issued; and those for whom there is
/// no such time left take none of the other stations'.
#[must_use]
pub fn room(day: &Day, needs_card: bool, now: Instant, pace: &Pace) -> u32 {
    let left = (day.ends_at - now.max(day.starts_at)).num_seconds().max(0);
    // Within a day these are small whole numbers.
    let fit = |load: &Load| left as f64 * f64::from(load.stations) / pace.mean;
    // Who is at a station is half done, as far as one can know.
    let spoken = |load: &Load| {
        f64::from(load.waiting) + f64::from(load.to_come) + f64::from(load.at_stations) / 2.0
    };
    let cards = fit(&day.cards) - spoken(&day.cards);
    let all = fit(&day.all) - spoken(&day.all) - cards.min(0.0);
    let free = if needs_card { all.min(cards) } else { all };
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

    fn day(all: Load, cards: Load) -> Day {
        Day {
            starts_at: at("08:00:00"),
            ends_at: at("10:00:00"),
            all,
            cards,
        }
    }

    #[test]
    fn what_is_left_of_the_day_is_shared_between_those_who_wait_and_those_to_come() {
        let pace = Pace::learned(180.0, Done::default());
        let one = Load {
            stations: 1,
            ..Load::default()
        };
        let no = Load::default();
        for (all, now, expect) in [
            (one, "07:00:00", 40),
            (one, "09:00:00", 20),
            (one, "10:00:00", 0),
            (one, "11:00:00", 0),
            (Load { stations: 2, ..one }, "09:00:00", 40),
            (no, "09:00:00", 0),
            (Load { to_come: 15, ..one }, "09:00:00", 5),
            (
                Load {
                    to_come: 15,
                    waiting: 4,
                    at_stations: 2,
                    ..one
                },
                "09:00:00",
                0,
            ),
            (
                Load {
                    to_come: 500,
                    ..one
                },
                "09:00:00",
                0,
            ),
        ] {
            let day = day(all, no);
            assert_eq!(
                room(&day, false, at(now), &pace),
                expect,
                "{all:?} at {now}"
            );
        }
    }

    #[test]
    fn cards_fit_where_they_are_issued_and_their_surplus_keeps_nobody_out() {
        let pace = Pace::learned(180.0, Done::default());
        let load = |stations, waiting| Load {
            stations,
            waiting,
            ..Load::default()
        };
        // An hour is left: twenty people a station.
        for (all, cards, expect) in [
            (load(2, 0), load(0, 0), (40, 0)),
            (load(2, 0), load(1, 0), (40, 20)),
            (load(2, 5), load(1, 5), (35, 15)),
            // The others may stand at the machine for cards too.
            (load(2, 30), load(1, 0), (10, 10)),
            // Thirty for whom there is time for twenty, or for none.
            (load(2, 30), load(1, 30), (20, 0)),
            (load(1, 30), load(0, 30), (20, 0)),
        ] {
            let day = day(all, cards);
            let room = |needs_card| room(&day, needs_card, at("09:00:00"), &pace);
            assert_eq!((room(false), room(true)), expect, "{all:?} {cards:?}");
        }
    }
}
