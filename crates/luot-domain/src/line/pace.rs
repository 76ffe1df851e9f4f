//! How long a person takes at a machine: planned before the day, learned during it.

/// What was completed in a session so far, as sums that can be kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// People served.
    pub people: u32,
    /// Seconds that stations spent on them, from the call to the end.
    pub seconds: i64,
    /// The sum of the squares of each one's seconds.
    pub squares: i64,
}

impl Done {
    /// Adds a call that took so long for so many people. A party counts as people who took
    /// equally long.
    #[must_use]
    pub fn and(self, seconds: i64, people: u32) -> Self {
        let people = people.max(1);
        let seconds = seconds.clamp(0, SECONDS_MOST);
        Self {
            people: self.people.saturating_add(people),
            seconds: self.seconds + seconds,
            squares: self.squares + seconds * seconds / i64::from(people),
        }
    }
}

/// Longest that one call counts for: beyond four hours somebody forgot to finish it.
const SECONDS_MOST: i64 = 4 * 3_600;
/// How many completions the plan is worth: with so many of the day's own, both count alike.
const PRIOR_PEOPLE: f64 = 8.0;
/// How much people differ, as planned: the standard deviation is half of the mean.
const PRIOR_SPREAD: f64 = 0.5;
/// Least and most that a person may take, whatever plan and day say, in seconds.
const BOUNDS: (f64, f64) = (5.0, 7_200.0);

/// How long a person takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// On average, in seconds.
    pub mean: f64,
    /// The standard deviation of one person, in seconds.
    pub spread: f64,
    /// How many completions it rests on; the plan counts for some.
    pub weight: f64,
}

impl Pace {
    /// What the plan says, mended by what was seen.
    #[must_use]
    pub fn learned(planned_seconds: f64, done: Done) -> Self {
        let planned = planned_seconds.clamp(BOUNDS.0, BOUNDS.1);
        let people = f64::from(done.people);
        let weight = PRIOR_PEOPLE + people;
        // Sums of a day's seconds are far below 2⁵³.
        let (seconds, squares) = (done.seconds as f64, done.squares as f64);
        let mean = (PRIOR_PEOPLE * planned + seconds) / weight;
        let prior = (planned * PRIOR_SPREAD).powi(2) + planned.powi(2);
        let variance = (PRIOR_PEOPLE * prior + squares) / weight - mean * mean;
        Self {
            mean: mean.clamp(BOUNDS.0, BOUNDS.1),
            spread: variance.max(1.0).sqrt(),
            weight,
        }
    }

    /// People an hour at one station.
    #[must_use]
    pub fn per_hour(&self) -> f64 {
        3_600.0 / self.mean
    }
}

/// Seconds a person takes by plan: what a session's machines are there for, over its records.
/// Twenty an hour where the plan says nothing.
#[must_use]
pub fn planned_seconds(session_seconds: i64, machines: usize, records: i32) -> f64 {
    if records <= 0 || machines == 0 || session_seconds <= 0 {
        return 180.0;
    }
    session_seconds as f64 * machines as f64 / f64::from(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_counts_until_the_day_has_shown_better() {
        let planned = planned_seconds(8 * 3_600, 1, 160);
        assert!((planned - 180.0).abs() < 1e-9);
        let none = Pace::learned(planned, Done::default());
        assert!((none.mean - 180.0).abs() < 1e-9 && (none.spread - 90.0).abs() < 1e-9);
        let slow = (0..8).fold(Done::default(), |done, _| done.and(300, 1));
        let half = Pace::learned(planned, slow);
        assert!((half.mean - 240.0).abs() < 1e-9, "{half:?}");
        let slower = (0..400).fold(Done::default(), |done, _| done.and(300, 1));
        let day = Pace::learned(planned, slower);
        assert!((day.mean - 300.0).abs() < 5.0, "{day:?}");
        assert!(day.spread < 30.0, "{day:?}");
        assert!((day.per_hour() - 12.0).abs() < 0.2);
    }

    #[test]
    fn a_party_counts_as_so_many_people() {
        let done = Done::default().and(600, 4);
        assert_eq!((done.people, done.seconds, done.squares), (4, 600, 90_000));
    }

    #[test]
    fn odd_plans_and_forgotten_calls_do_not_upset_it() {
        assert!((planned_seconds(0, 0, 0) - 180.0).abs() < 1e-9);
        let forgotten = Done::default().and(1_000_000, 1).and(-5, 0);
        assert_eq!((forgotten.people, forgotten.seconds), (2, SECONDS_MOST));
        let quick = (0..1_000).fold(Done::default(), |done, _| done.and(0, 1));
        assert!(Pace::learned(180.0, quick).mean >= 5.0);
    }
}
