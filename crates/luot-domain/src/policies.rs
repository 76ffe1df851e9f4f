//! What a campaign decides for itself. All of it is data, with a default for each.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::finding::Note;
use crate::line::policies::LinePolicies;

/// A campaign's policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policies {
    /// Length of a window, in minutes (30).
    pub window_minutes: u32,
    /// How long a hold is kept, in seconds (600).
    pub hold_seconds: u32,
    /// Most places that one phone holds at a time (10).
    pub hold_places_per_phone: u32,
    /// Most places that one address holds at a time (200). Whole villages come from one
    /// address of their mobile network: this keeps a machine from holding a day, not more.
    pub hold_places_per_address: u32,
    /// Most people that book together (10).
    pub party_most: u32,
    /// From which age, in full years on the day; everybody when empty.
    pub age_from: Option<u32>,
    /// Under which age, in full years on the day; no bound when empty.
    pub age_under: Option<u32>,
    /// The day itself: grace, priorities, stations.
    pub line: LinePolicies,
    /// For how many days after the campaign's end names, dates, numbers and phones are kept
    /// (90): for what comes after, complaints and late activations.
    pub keep_days: u32,
    /// Whether who books or waits without an account must name the text they agree to (no: what
    /// was built on this service books without). Parents who have signed in always must, staff
    /// never.
    pub consent_required: bool,
    /// Waiting for places.
    pub waitlist: Waitlist,
}

/// What a campaign decides about those who wait, and about places that come free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Waitlist {
    /// How long an offer holds its places, in minutes (240).
    pub offer_minutes: u32,
    /// The same for a window that begins in less than twelve hours (20).
    pub offer_minutes_on_day: u32,
    /// Offers that a party may let run out before it waits no more (3).
    pub offers_most: u32,
    /// Places of a window that begins in less than so many minutes go to those who can come
    /// at once (60).
    pub late_minutes: u32,
    /// Shortest time for which a place that was given back is not open to everybody, in
    /// seconds (60).
    pub cooling_seconds_least: u32,
    /// Longest such time, in seconds (600); with 0 it is open at once.
    pub cooling_seconds_most: u32,
    /// What being out of school adds to the priority (30).
    pub priority_out_of_school: u32,
    /// What hardship adds to the priority (20).
    pub priority_hardship: u32,
    /// What having been moved or displaced before adds to the priority (10).
    pub priority_moved_before: u32,
}

impl Default for Waitlist {
    fn default() -> Self {
        Self {
            offer_minutes: 240,
            offer_minutes_on_day: 20,
            offers_most: 3,
            late_minutes: 60,
            cooling_seconds_least: 60,
            cooling_seconds_most: 600,
            priority_out_of_school: 30,
            priority_hardship: 20,
            priority_moved_before: 10,
        }
    }
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            window_minutes: 30,
            hold_seconds: 600,
            hold_places_per_phone: 10,
            hold_places_per_address: 200,
            party_most: 10,
            age_from: None,
            age_under: None,
            line: LinePolicies::default(),
            waitlist: Waitlist::default(),
            keep_days: 90,
            consent_required: false,
        }
    }
}

/// A number out of bounds, as a fault; nothing when it is within them.
pub(crate) fn out_of_range(
    at: &str,
    name: &str,
    value: u32,
    bounds: RangeInclusive<u32>,
) -> Option<Note> {
    let (least, most) = (bounds.start(), bounds.end());
    (!bounds.contains(&value)).then(|| {
        Note::new(
            format!("{at}/{name}"),
            "out-of-range",
            format!("{name} is {value}; it must be from {least} to {most}"),
            format!("{name} là {value}; phải từ {least} đến {most}"),
        )
    })
}

impl Policies {
    /// What contradicts itself or is out of bounds; empty when all is well.
    #[must_use]
    pub fn faults(&self) -> Vec<Note> {
        let mut faults = Vec::new();
        let mut within = |name: &str, value: u32, least: u32, most: u32| {
            faults.extend(out_of_range("/policies", name, value, least..=most));
        };
        within("window_minutes", self.window_minutes, 5, 480);
        within("hold_seconds", self.hold_seconds, 30, 3_600);
        within(
            "hold_places_per_phone",
            self.hold_places_per_phone,
            1,
            1_000,
        );
        within(
            "hold_places_per_address",
            self.hold_places_per_address,
            1,
            100_000,
        );
        within("keep_days", self.keep_days, 0, 3_650);
        within("party_most", self.party_most, 1, 50);
        within("age_from", self.age_from.unwrap_or(0), 0, 150);
        within("age_under", self.age_under.unwrap_or(150), 1, 150);
        let w = &self.waitlist;
        for (name, value, least, most) in [
            ("offer_minutes", w.offer_minutes, 5, 10_080),
            ("offer_minutes_on_day", w.offer_minutes_on_day, 1, 720),
            ("offers_most", w.offers_most, 1, 100),
            ("late_minutes", w.late_minutes, 0, 720),
            ("cooling_seconds_most", w.cooling_seconds_most, 0, 86_400),
            ("cooling_seconds_least", w.cooling_seconds_least, 0, 86_400),
            ("priority_out_of_school", w.priority_out_of_school, 0, 100),
            ("priority_hardship", w.priority_hardship, 0, 100),
            ("priority_moved_before", w.priority_moved_before, 0, 100),
        ] {
            within(&format!("waitlist/{name}"), value, least, most);
        }
        if w.cooling_seconds_most > 0 && w.cooling_seconds_least > w.cooling_seconds_most {
            faults.push(Note::new(
                "/policies/waitlist/cooling_seconds_least",
                "times-reversed",
                "the shortest time of cooling is longer than the longest",
                "thời gian chờ ngắn nhất lại dài hơn thời gian chờ dài nhất",
            ));
        }
        if let (Some(from), Some(under)) = (self.age_from, self.age_under)
            && from >= under
        {
            faults.push(Note::new(
                "/policies/age_under",
                "ages-reversed",
                format!("nobody is at least {from} and under {under}"),
                format!("không ai vừa đủ {from} tuổi vừa dưới {under} tuổi"),
            ));
        }
        faults.extend(self.line.faults());
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_sound_and_contradictions_are_found() {
        assert!(Policies::default().faults().is_empty());
        let odd = Policies {
            window_minutes: 0,
            age_from: Some(14),
            age_under: Some(6),
            ..Policies::default()
        };
        let codes: Vec<_> = odd.faults().into_iter().map(|f| f.pointer).collect();
        assert_eq!(codes, ["/policies/window_minutes", "/policies/age_under"]);
    }
}
