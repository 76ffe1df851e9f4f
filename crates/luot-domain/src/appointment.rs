//! The states of an appointment, and the ways from one to another.

use serde::{Deserialize, Serialize};

/// Where an appointment stands (FHIR's codes where it has one).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// A place is kept.
    Booked,
    /// The person is there.
    Arrived,
    /// The person was called to a station.
    Called,
    /// Done.
    Fulfilled,
    /// Given up by the person.
    Cancelled,
    /// The person did not come.
    Noshow,
    /// Capacity went away; the person keeps a claim to an equal place.
    Displaced,
}

impl State {
    /// All of them, in the order of a visit.
    pub const ALL: [Self; 7] = [
        Self::Booked,
        Self::Arrived,
        Self::Called,
        Self::Fulfilled,
        Self::Cancelled,
        Self::Noshow,
        Self::Displaced,
    ];

    /// As stored and as sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Arrived => "arrived",
            Self::Called => "called",
            Self::Fulfilled => "fulfilled",
            Self::Cancelled => "cancelled",
            Self::Noshow => "noshow",
            Self::Displaced => "displaced",
        }
    }

    /// From what is stored.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }

    /// Whether a person may have only one such appointment per campaign and service.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(
            self,
            Self::Booked | Self::Arrived | Self::Called | Self::Displaced
        )
    }

    /// Whether it takes a place of its pool. One that was fulfilled or missed has used its
    /// place up; one cancelled or displaced has none.
    #[must_use]
    pub const fn takes_a_place(self) -> bool {
        !matches!(self, Self::Cancelled | Self::Displaced)
    }

    /// Whether its holder may still move or cancel it.
    #[must_use]
    pub const fn may_change(self) -> bool {
        matches!(self, Self::Booked | Self::Displaced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_stored_by_name() {
        for state in State::ALL {
            assert_eq!(State::read(state.as_str()), Some(state));
        }
        assert_eq!(State::read("lost"), None);
    }

    #[test]
    fn a_displaced_person_keeps_the_claim_but_takes_no_place() {
        assert!(State::Displaced.is_live() && !State::Displaced.takes_a_place());
        assert!(State::Displaced.may_change());
        assert!(!State::Cancelled.is_live());
    }
}
