//! What a campaign decides for itself. All of it is data, with a default for each.

use serde::{Deserialize, Serialize};

use crate::finding::Note;

/// A campaign's policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policies {
    /// Length of a window, in minutes (30).
    pub window_minutes: u32,
    /// How long a hold is kept, in seconds (600).
    pub hold_seconds: u32,
    /// Most people that book together (10).
    pub party_most: u32,
    /// From which age, in full years on the day; everybody when empty.
    pub age_from: Option<u32>,
    /// Under which age, in full years on the day; no bound when empty.
    pub age_under: Option<u32>,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            window_minutes: 30,
            hold_seconds: 600,
            party_most: 10,
            age_from: None,
            age_under: None,
        }
    }
}

impl Policies {
    /// What contradicts itself or is out of bounds; empty when all is well.
    #[must_use]
    pub fn faults(&self) -> Vec<Note> {
        let mut faults = Vec::new();
        let mut within = |name: &str, value: u32, least: u32, most: u32| {
            if !(least..=most).contains(&value) {
                faults.push(Note::new(
                    format!("/policies/{name}"),
                    "out-of-range",
                    format!("{name} is {value}; it must be from {least} to {most}"),
                    format!("{name} là {value}; phải từ {least} đến {most}"),
                ));
            }
        };
        within("window_minutes", self.window_minutes, 5, 480);
        within("hold_seconds", self.hold_seconds, 30, 3_600);
        within("party_most", self.party_most, 1, 50);
        within("age_from", self.age_from.unwrap_or(0), 0, 150);
        within("age_under", self.age_under.unwrap_or(150), 1, 150);
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
