//! What a campaign decides about its days.

use chrono::Duration;
use serde::{Deserialize, Serialize};

use super::Instant;
use crate::finding::Note;
use crate::policies::out_of_range;

/// A campaign's policies for the day itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinePolicies {
    /// How long after its window's end an appointment still counts as on time, in minutes (10).
    pub grace_minutes: u32,
    /// How long after its window's end who has not come is marked as not come, in minutes (20).
    pub noshow_minutes: u32,
    /// How much later than their arrival those without an appointment count, in minutes (30).
    pub walk_in_delay_minutes: u32,
    /// The credit of those who must not be made to stand, in minutes (30).
    pub priority_minutes: u32,
    /// Behind how many of those who wait somebody goes who did not answer a call (3).
    pub miss_behind: u32,
    /// After how many calls without an answer somebody is out (3).
    pub misses_most: u32,
    /// How long somebody is set aside, where the station does not say, in minutes (15).
    pub park_minutes: u32,
    /// How long a station may be silent after a call before the call goes back, in seconds (300).
    pub call_lease_seconds: u32,
    /// The same while it serves, in seconds (1800).
    pub serve_lease_seconds: u32,
    /// Whether anybody may take a ticket, or only staff and kiosks give them (anybody).
    pub tickets_for_anybody: bool,
    /// Whether a kiosk may be believed about the grounds for a credit (no: staff only).
    pub kiosk_grants_priority: bool,
    /// How many hours before its session an allotment's unclaimed places open to everybody
    /// (2); never when empty.
    pub allotments_open_hours: Option<u32>,
    /// How many hours after its end a session's line is closed (3).
    pub close_hours: u32,
}

impl Default for LinePolicies {
    fn default() -> Self {
        Self {
            grace_minutes: 10,
            noshow_minutes: 20,
            walk_in_delay_minutes: 30,
            priority_minutes: 30,
            miss_behind: 3,
            misses_most: 3,
            park_minutes: 15,
            call_lease_seconds: 300,
            serve_lease_seconds: 1_800,
            tickets_for_anybody: true,
            kiosk_grants_priority: false,
            allotments_open_hours: Some(2),
            close_hours: 3,
        }
    }
}

impl LinePolicies {
    /// Until when a session must begin for its unclaimed places to be everybody's by now; never
    /// when empty.
    #[must_use]
    pub fn opens_before(&self, now: Instant) -> Option<Instant> {
        let hours = self.allotments_open_hours?;
        Some(now + Duration::hours(i64::from(hours)))
    }

    /// What is out of bounds or contradicts itself; empty when all is well.
    #[must_use]
    pub fn faults(&self) -> Vec<Note> {
        let mut faults = Vec::new();
        let mut within = |name: &str, value: u32, least: u32, most: u32| {
            faults.extend(out_of_range("/policies/line", name, value, least..=most));
        };
        within("grace_minutes", self.grace_minutes, 0, 240);
        within("noshow_minutes", self.noshow_minutes, 0, 480);
        within("walk_in_delay_minutes", self.walk_in_delay_minutes, 0, 480);
        within("priority_minutes", self.priority_minutes, 0, 480);
        within("miss_behind", self.miss_behind, 1, 50);
        within("misses_most", self.misses_most, 1, 10);
        within("park_minutes", self.park_minutes, 1, 480);
        within("call_lease_seconds", self.call_lease_seconds, 30, 7_200);
        within("serve_lease_seconds", self.serve_lease_seconds, 60, 14_400);
        within("close_hours", self.close_hours, 1, 24);
        let opens = self.allotments_open_hours.unwrap_or(1);
        within("allotments_open_hours", opens, 1, 2_400);
        if self.noshow_minutes < self.grace_minutes {
            faults.push(Note::new(
                "/policies/line/noshow_minutes",
                "before-grace",
                "somebody would be marked as not come while still on time",
                "người còn trong thời gian cho phép sẽ bị ghi là không đến",
            ));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_sound_and_contradictions_are_found() {
        assert!(LinePolicies::default().faults().is_empty());
        let odd = LinePolicies {
            grace_minutes: 60,
            misses_most: 0,
            ..LinePolicies::default()
        };
        let found: Vec<_> = odd.faults().into_iter().map(|f| f.pointer).collect();
        assert_eq!(
            found,
            [
                "/policies/line/misses_most",
                "/policies/line/noshow_minutes"
            ]
        );
    }
}
