//! The order: effective times, and what a miss and a parking do to them.

use chrono::{Duration, SubsecRound};
use serde::{Deserialize, Serialize};

use super::Instant;
use super::policies::LinePolicies;

/// Why somebody must not be made to stand. Granted by staff, or by a kiosk that may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// An elderly person.
    Elderly,
    /// A disabled person.
    Disabled,
    /// A pregnant woman.
    Pregnant,
    /// Somebody with small children.
    SmallChildren,
    /// Somebody whose appointment was taken away by a change of plans.
    Displaced,
}

impl Ground {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Elderly,
        Self::Disabled,
        Self::Pregnant,
        Self::SmallChildren,
        Self::Displaced,
    ];

    /// As stored and as sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Elderly => "elderly",
            Self::Disabled => "disabled",
            Self::Pregnant => "pregnant",
            Self::SmallChildren => "small_children",
            Self::Displaced => "displaced",
        }
    }

    /// From what is stored.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|g| g.as_str() == text)
    }
}

/// An appointment's window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// When it begins.
    pub starts_at: Instant,
    /// When it is over.
    pub ends_at: Instant,
}

/// How somebody came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    /// With an appointment, before its window.
    Early,
    /// With an appointment, within its window and the grace.
    OnTime,
    /// With an appointment, after the grace.
    Late,
    /// With an appointment that counts as missed: like somebody without one.
    TooLate,
    /// Without an appointment.
    WalkIn,
}

impl Came {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Early,
        Self::OnTime,
        Self::Late,
        Self::TooLate,
        Self::WalkIn,
    ];

    /// As stored and as sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Early => "early",
            Self::OnTime => "on_time",
            Self::Late => "late",
            Self::TooLate => "too_late",
            Self::WalkIn => "walk_in",
        }
    }

    /// From what is stored.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|g| g.as_str() == text)
    }

    /// How somebody with that window came who arrived then.
    #[must_use]
    pub fn with(window: Window, arrived_at: Instant, policies: &LinePolicies) -> Self {
        if arrived_at < window.starts_at {
            Self::Early
        } else if arrived_at <= window.ends_at + minutes(policies.grace_minutes) {
            Self::OnTime
        } else if arrived_at <= window.ends_at + minutes(policies.noshow_minutes) {
            Self::Late
        } else {
            Self::TooLate
        }
    }

    /// Whether it needs room in the day that nobody has spoken for.
    #[must_use]
    pub const fn needs_room(self) -> bool {
        matches!(self, Self::TooLate | Self::WalkIn)
    }
}

/// The time by which somebody's turn is decided; the least is next. To the second.
#[must_use]
pub fn effective(
    came: Came,
    window: Option<Window>,
    arrived_at: Instant,
    ground: Option<Ground>,
    policies: &LinePolicies,
) -> Instant {
    let base = match (came, window) {
        (Came::Early | Came::OnTime, Some(window)) => window.starts_at,
        (Came::Late, Some(_)) => arrived_at,
        // Without a window there is no appointment, whatever is said.
        (Came::TooLate | Came::WalkIn, _) | (_, None) => {
            arrived_at + minutes(policies.walk_in_delay_minutes)
        }
    };
    let credit = if ground.is_some() {
        minutes(policies.priority_minutes)
    } else {
        Duration::zero()
    };
    (base - credit).trunc_subsecs(0)
}

/// When somebody counts as not come.
#[must_use]
pub fn noshow_at(window: Window, policies: &LinePolicies) -> Instant {
    window.ends_at + minutes(policies.noshow_minutes)
}

/// What becomes of somebody who did not answer a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// Back in the line, with this effective time.
    Back(Instant),
    /// Out of it.
    Out,
}

/// The miss number `misses` (from one) of somebody with that effective time, while those
/// wait, in their order: they go behind a few of them.
#[must_use]
pub fn missed(own: Instant, misses: u32, waiting: &[Instant], policies: &LinePolicies) -> Missed {
    if misses >= policies.misses_most {
        return Missed::Out;
    }
    let few = usize::try_from(policies.miss_behind).unwrap_or(usize::MAX);
    match waiting.iter().take(few).next_back() {
        Some(last) => Missed::Back(own.max(*last + Duration::seconds(1))),
        None => Missed::Back(own),
    }
}

/// The effective time of somebody who was set aside and is back at that time.
#[must_use]
pub fn returned(own: Instant, back_at: Instant) -> Instant {
    own.max(back_at.trunc_subsecs(0))
}

/// Bits of a rank for the ticket's number.
const NUMBER_BITS: u32 = 20;
/// Highest number of a ticket in a session: what fits the rank's last bits.
pub const NUMBER_MOST: i32 = (1 << NUMBER_BITS) - 1;

/// The order as one number: the effective time in seconds, then the ticket's number, which
/// follows the arrival. Below 2⁵³ until the year 2242, so that it is exact as a floating-point
/// number too.
#[must_use]
pub fn rank(effective_at: Instant, number: i32) -> i64 {
    (effective_at.timestamp().max(0) << NUMBER_BITS) + i64::from(number.clamp(0, NUMBER_MOST))
}

/// The effective time that a rank was made of.
#[must_use]
pub fn effective_of(rank: i64) -> Instant {
    Instant::from_timestamp(rank >> NUMBER_BITS, 0).unwrap_or_default()
}

pub(super) fn minutes(n: u32) -> Duration {
    Duration::minutes(i64::from(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A clock time of the day.
    fn at(text: &str) -> Instant {
        format!("2026-04-08T{text}Z").parse().unwrap_or_default()
    }

    fn window(from: &str, to: &str) -> Window {
        Window {
            starts_at: at(from),
            ends_at: at(to),
        }
    }

    #[test]
    fn how_somebody_came_and_when_their_turn_is() {
        let policies = LinePolicies::default();
        let eight = Some(window("08:00:00", "08:30:00"));
        let elderly = Some(Ground::Elderly);
        for (came, arrived, window, ground, expect) in [
            // Their own window's start, however early or late within the grace.
            (Came::Early, "07:10:00", eight, None, "08:00:00"),
            (Came::OnTime, "08:00:00", eight, None, "08:00:00"),
            (Came::OnTime, "08:40:00", eight, None, "08:00:00"),
            // Beyond it, when they came.
            (Came::Late, "08:40:01", eight, None, "08:40:01"),
            (Came::Late, "08:50:00", eight, None, "08:50:00"),
            // Then, like somebody without an appointment.
            (Came::TooLate, "08:50:01", eight, None, "09:20:01"),
            (Came::WalkIn, "08:00:00", None, None, "08:30:00"),
            (Came::WalkIn, "08:00:00", None, elderly, "08:00:00"),
            (Came::Early, "07:50:00", eight, elderly, "07:30:00"),
        ] {
            let arrived_at = at(arrived);
            if let Some(window) = window {
                assert_eq!(Came::with(window, arrived_at, &policies), came, "{arrived}");
            }
            let time = effective(came, window, arrived_at, ground, &policies);
            assert_eq!(time, at(expect), "{came:?} at {arrived}");
        }
    }

    #[test]
    fn who_misses_goes_behind_a_few_and_is_out_after_three() {
        let policies = LinePolicies::default();
        let waiting = [
            at("08:10:00"),
            at("08:20:00"),
            at("08:30:00"),
            at("08:40:00"),
        ];
        let own = at("08:00:00");
        let missed = |misses, waiting| missed(own, misses, waiting, &policies);
        assert_eq!(missed(1, &waiting), Missed::Back(at("08:30:01")));
        assert_eq!(missed(2, &waiting[..1]), Missed::Back(at("08:10:01")));
        assert_eq!(missed(1, &[]), Missed::Back(own));
        assert_eq!(missed(3, &waiting), Missed::Out);
        // Nobody gains by not answering.
        let early = [at("07:00:00")];
        assert_eq!(missed(1, &early), Missed::Back(own));
    }

    #[test]
    fn who_was_set_aside_is_back_with_the_time_of_the_return() {
        let (own, back) = (at("08:00:00"), at("08:15:00"));
        assert_eq!(returned(own, back), back);
        assert_eq!(returned(back, own), back);
    }

    #[test]
    fn ranks_order_by_effective_time_and_then_by_arrival() {
        let ranks = [
            rank(at("08:00:00"), 7),
            rank(at("08:00:00"), 8),
            rank(at("08:00:01"), 1),
            rank(at("08:00:01"), NUMBER_MOST),
            rank(at("08:00:02"), 0),
        ];
        assert!(ranks.is_sorted());
        assert_eq!(effective_of(ranks[3]), at("08:00:01"));
        let last: Instant = "2242-01-01T00:00:00Z".parse().unwrap_or_default();
        assert!(rank(last, NUMBER_MOST) < 1 << 53);
    }
}
