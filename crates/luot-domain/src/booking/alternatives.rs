//! The three nearest windows that fit, for somebody who found theirs full.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// How many alternatives are told.
pub const MOST: usize = 3;

/// A window somebody could have instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Which.
    pub window_id: Uuid,
    /// Where.
    pub site_id: Uuid,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// Places open to everybody.
    pub places_left: i32,
    /// Of them, places for people who need a card.
    pub card_places_left: i32,
}

/// The nearest that take the whole party: the same site before others, then by distance in
/// time from the window that was wanted; the earlier wins a tie.
#[must_use]
pub fn nearest(
    mut candidates: Vec<Candidate>,
    wanted_site: Uuid,
    wanted_at: DateTime<Utc>,
    needed: i32,
    needed_cards: i32,
) -> Vec<Candidate> {
    candidates.retain(|c| c.places_left >= needed && c.card_places_left >= needed_cards);
    candidates.sort_by_key(|c| {
        (
            c.site_id != wanted_site,
            (c.starts_at - wanted_at).abs(),
            c.starts_at,
            c.window_id,
        )
    });
    candidates.truncate(MOST);
    candidates
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;

    #[test]
    fn the_same_site_comes_first_then_the_nearest_hour_and_what_is_too_small_is_left_out() {
        let noon = DateTime::<Utc>::UNIX_EPOCH;
        let window = |id: u128, site: u128, minutes: i64, places_left: i32| Candidate {
            window_id: Uuid::from_u128(id),
            site_id: Uuid::from_u128(site),
            starts_at: noon + Duration::minutes(minutes),
            places_left,
            card_places_left: 0,
        };
        let found = nearest(
            vec![
                window(1, 9, 0, 5),
                window(2, 1, 60, 5),
                window(3, 1, -30, 5),
                window(4, 1, 10, 1),
                window(5, 1, 90, 2),
            ],
            Uuid::from_u128(1),
            noon,
            2,
            0,
        );
        let ids: Vec<_> = found.iter().map(|c| c.window_id.as_u128()).collect();
        assert_eq!(ids, [3, 2, 5]);
    }
}
