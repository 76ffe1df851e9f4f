//! Local dates and hours of a campaign, and the instants they are.
//!
//! The only place that knows time zones.

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

/// A campaign's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Tz);

/// The name is no IANA time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone {0:?}")]
pub struct UnknownZone(pub String);

impl Zone {
    /// From an IANA name such as `Asia/Ho_Chi_Minh`.
    ///
    /// # Errors
    /// When there is no such zone.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        name.parse().map(Self).map_err(|_| UnknownZone(name.into()))
    }

    /// The instant at which this local date and hour comes. In an hour that a change of
    /// clocks skips, the first instant after it; in one it repeats, the earlier.
    #[must_use]
    pub fn instant(self, date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
        let mut local = date.and_time(time);
        // A gap is at most a few hours; stepping by a quarter always leaves it.
        for _ in 0..100 {
            if let Some(found) = self.0.from_local_datetime(&local).earliest() {
                return found.with_timezone(&Utc);
            }
            local += Duration::minutes(15);
        }
        Utc.from_utc_datetime(&local)
    }

    /// The local date and hour at an instant.
    #[must_use]
    pub fn local(self, instant: DateTime<Utc>) -> NaiveDateTime {
        instant.with_timezone(&self.0).naive_local()
    }

    /// The local date at an instant.
    #[must_use]
    pub fn date_at(self, instant: DateTime<Utc>) -> NaiveDate {
        instant.with_timezone(&self.0).date_naive()
    }
}

/// Full years of age on a day; somebody born on 29 February has their birthday on 1 March
/// in other years. `None` when the day is before the birth.
#[must_use]
pub fn age_on(birth: NaiveDate, day: NaiveDate) -> Option<u32> {
    day.years_since(birth)
}

/// The whole weeks by which a past campaign must move so that it starts on `from` or later.
/// Zero when it does already.
#[must_use]
pub fn weeks_to_reach(start: NaiveDate, from: NaiveDate) -> u64 {
    let behind = (from - start).num_days();
    u64::try_from(behind).map_or(0, |days| days.div_ceil(7))
}

/// A date moved by whole weeks; the date itself where the calendar ends.
#[must_use]
pub fn later_by_weeks(date: NaiveDate, weeks: u64) -> NaiveDate {
    date.checked_add_days(Days::new(weeks.saturating_mul(7)))
        .unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap_or_default()
    }

    #[test]
    fn hours_in_viet_nam_are_seven_ahead_of_utc() {
        let zone = Zone::named("Asia/Ho_Chi_Minh");
        let seven = NaiveTime::from_hms_opt(7, 0, 0).unwrap_or_default();
        assert_eq!(
            zone.map(|z| z.instant(day("2026-04-08"), seven).to_rfc3339()),
            Ok("2026-04-08T00:00:00+00:00".into())
        );
    }

    #[test]
    fn an_hour_that_the_clocks_skip_becomes_the_next_that_exists() {
        let zone = Zone::named("Europe/Berlin");
        let half_past_two = NaiveTime::from_hms_opt(2, 30, 0).unwrap_or_default();
        assert_eq!(
            zone.map(|z| z.instant(day("2026-03-29"), half_past_two).to_rfc3339()),
            Ok("2026-03-29T01:00:00+00:00".into())
        );
    }

    #[test]
    fn age_turns_on_the_birthday() {
        for (birth, on, years) in [
            ("2020-04-08", "2026-04-07", Some(5)),
            ("2020-04-08", "2026-04-08", Some(6)),
            ("2012-04-09", "2026-04-08", Some(13)),
            ("2012-04-08", "2026-04-08", Some(14)),
            ("2020-02-29", "2026-02-28", Some(5)),
            ("2020-02-29", "2026-03-01", Some(6)),
            ("2027-01-01", "2026-03-01", None),
        ] {
            assert_eq!(age_on(day(birth), day(on)), years, "{birth} on {on}");
        }
    }

    #[test]
    fn a_past_campaign_moves_by_whole_weeks() {
        let (start, today) = (day("2023-04-11"), day("2026-11-21"));
        let moved = later_by_weeks(start, weeks_to_reach(start, today));
        assert!(moved >= today && moved < today + Duration::days(7));
        assert_eq!(weeks_to_reach(today, start), 0);
    }
}
