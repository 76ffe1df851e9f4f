//! What a party that waits wants, and what gives it precedence.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Spot;
use crate::policies::Waitlist;

/// Where and when a party can come. What is left empty does not matter to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wishes {
    /// At one of these sites.
    pub sites: Vec<Uuid>,
    /// From this local date on.
    pub from: Option<NaiveDate>,
    /// To this local date, itself included.
    pub to: Option<NaiveDate>,
    /// In one of these shifts.
    pub shifts: Vec<Uuid>,
}

impl Wishes {
    /// Whether the party can come there and then.
    #[must_use]
    pub fn take(&self, spot: &Spot) -> bool {
        (self.sites.is_empty() || self.sites.contains(&spot.site_id))
            && (self.shifts.is_empty() || self.shifts.contains(&spot.shift_id))
            && self.from.is_none_or(|from| from <= spot.date)
            && self.to.is_none_or(|to| spot.date <= to)
    }
}

/// What gives a party precedence. Said by staff, or found by the service: never taken from
/// whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ground {
    /// A child out of school, or living away from the family.
    OutOfSchool,
    /// Hardship: illness, disability, a long way, no phone.
    Hardship,
    /// Moved or displaced before, by no doing of its own.
    MovedBefore,
}

impl Ground {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::OutOfSchool, Self::Hardship, Self::MovedBefore];

    /// As stored and as sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OutOfSchool => "out-of-school",
            Self::Hardship => "hardship",
            Self::MovedBefore => "moved-before",
        }
    }
}

/// The priority of those who lost a place they had: above any sum of grounds.
pub const DISPLACED: i32 = 1_000;

/// The priority that grounds give: their sum by policy. The greater goes first.
#[must_use]
pub fn priority(policies: &Waitlist, grounds: &[Ground]) -> i32 {
    let of = |ground: &Ground| match ground {
        Ground::OutOfSchool => policies.priority_out_of_school,
        Ground::Hardship => policies.priority_hardship,
        Ground::MovedBefore => policies.priority_moved_before,
    };
    let mut once = grounds.to_vec();
    once.sort_unstable();
    once.dedup();
    let sum: u32 = once.iter().map(of).sum();
    i32::try_from(sum).map_or(DISPLACED - 1, |sum| sum.min(DISPLACED - 1))
}
