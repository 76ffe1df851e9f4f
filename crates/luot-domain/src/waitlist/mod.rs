//! Who waits is offered what comes free: the displaced first, then by priority and time of
//! joining. A party waits as one: one that does not fit is passed over, keeps its rank, and
//! is told why.
//!
//! [`match_up()`] is a pure function over the facts of bookings, so that an offer follows the
//! same rules as a booking: whoever accepts one is refused nothing that was known before.
//!
//! The hazard: places that cool ([`crate::booking::Kind::Cooling`]) are counted as taken, but
//! are to be offered. Give them back to the facts before matching.

mod admit;
mod match_up;
mod wishes;

pub use admit::admit;
pub use match_up::{Entry, Matched, Offer, Party, PassedOver, Spot, TooLarge, Why, match_up};
pub use wishes::{DISPLACED, Ground, Wishes, priority};

use chrono::{DateTime, Duration, Utc};

use crate::policies::Waitlist;

/// A window that begins in less than so many hours is of the day itself: offers for it run
/// out sooner.
const ON_THE_DAY_HOURS: i64 = 12;

/// Whether a window begins so soon that its places go to those who can come at once.
#[must_use]
pub fn is_late(policies: &Waitlist, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    starts_at - now < Duration::minutes(i64::from(policies.late_minutes))
}

/// For how long an offer in a window holds its places, from now on: by policy, shorter on the
/// day, and never beyond the window's beginning (or its end, for those who come at once).
#[must_use]
pub fn offer_for(policies: &Waitlist, spot: &Spot, now: DateTime<Utc>) -> Duration {
    let left = spot.starts_at - now;
    let minutes = if left < Duration::hours(ON_THE_DAY_HOURS) {
        policies.offer_minutes_on_day
    } else {
        policies.offer_minutes
    };
    let most = if is_late(policies, spot.starts_at, now) {
        spot.ends_at - now
    } else {
        left
    };
    Duration::minutes(i64::from(minutes)).min(most)
}

/// For how long a place that was given back is not open to everybody: between the policy's
/// bounds, by a number that nobody outside can foresee.
#[must_use]
pub fn cooling_for(policies: &Waitlist, unforeseen: u64) -> Option<Duration> {
    if policies.cooling_seconds_most == 0 {
        return None;
    }
    let least = policies.cooling_seconds_least;
    let span = u64::from(policies.cooling_seconds_most.saturating_sub(least)) + 1;
    // Below `span`, which is a u32 and one, so it fits.
    let more = i64::try_from(unforeseen % span).unwrap_or(0);
    Some(Duration::seconds(i64::from(least) + more))
}

#[cfg(test)]
mod tests;
