//! Cutting a session into windows: when to arrive, and how many at a time.

use chrono::{Duration, NaiveTime};

use crate::share::by_largest_remainder;

/// A part of a session, with its share of the capacity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// When to arrive, local to the campaign.
    pub starts: NaiveTime,
    /// When it ends, local to the campaign.
    pub ends: NaiveTime,
    /// People it takes.
    pub places: u32,
    /// Of them, people who need a card.
    pub card_places: u32,
}

/// Cuts the hours from `starts` to `ends` into windows of `minutes` (the last may be
/// shorter), and shares `capacity` and `card_capacity` out by largest remainder: 60 places
/// over eight windows are four of 8 and four of 7.
///
/// A window never has more card places than places: what does not fit there goes to the
/// next window that has room.
#[must_use]
pub fn cut(
    starts: NaiveTime,
    ends: NaiveTime,
    minutes: u32,
    capacity: u32,
    card_capacity: u32,
) -> Vec<Window> {
    let step = Duration::minutes(i64::from(minutes.max(1)));
    let mut hours = Vec::new();
    let mut from = starts;
    while from < ends {
        // Past midnight wraps round to an earlier time: the session ends there.
        let (next, wrapped) = from.overflowing_add_signed(step);
        let to = if wrapped != 0 || next > ends {
            ends
        } else {
            next
        };
        hours.push((from, to));
        from = to;
    }
    let weights: Vec<u32> = hours
        .iter()
        .map(|(a, b)| u32::try_from((*b - *a).num_minutes()).unwrap_or(0))
        .collect();
    let places = by_largest_remainder(capacity, &weights);
    let cards = by_largest_remainder(card_capacity.min(capacity), &weights);
    let mut windows: Vec<Window> = hours
        .into_iter()
        .zip(places.into_iter().zip(cards))
        .map(|((starts, ends), (places, card_places))| Window {
            starts,
            ends,
            places,
            card_places,
        })
        .collect();
    even_out(&mut windows);
    windows
}

/// Moves card places that exceed a window's places to windows with room.
fn even_out(windows: &mut [Window]) {
    let mut over: u32 = 0;
    for window in windows.iter_mut() {
        let extra = window.card_places.saturating_sub(window.places);
        window.card_places -= extra;
        over += extra;
    }
    for window in windows.iter_mut() {
        let more = over.min(window.places - window.card_places);
        window.card_places += more;
        over -= more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: u32, minute: u32) -> NaiveTime {
        NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default()
    }

    fn places(windows: &[Window]) -> Vec<u32> {
        windows.iter().map(|w| w.places).collect()
    }

    #[test]
    fn sixty_places_over_eight_windows_are_four_of_eight_and_four_of_seven() {
        let windows = cut(at(7, 30), at(11, 30), 30, 60, 0);
        assert_eq!(places(&windows), [8, 8, 8, 8, 7, 7, 7, 7]);
        assert_eq!(
            (windows[7].starts, windows[7].ends),
            (at(11, 0), at(11, 30))
        );
    }

    #[test]
    fn a_short_last_window_takes_less() {
        let windows = cut(at(8, 0), at(9, 15), 30, 10, 10);
        assert_eq!(places(&windows), [4, 4, 2]);
        assert!(windows.iter().all(|w| w.card_places <= w.places));
    }

    #[test]
    fn card_places_never_exceed_places_and_none_is_lost() {
        for capacity in 0..40 {
            for cards in 0..=capacity {
                let windows = cut(at(7, 0), at(9, 20), 30, capacity, cards);
                assert_eq!(places(&windows).iter().sum::<u32>(), capacity);
                assert_eq!(windows.iter().map(|w| w.card_places).sum::<u32>(), cards);
                assert!(windows.iter().all(|w| w.card_places <= w.places));
            }
        }
    }

    #[test]
    fn a_session_to_midnight_ends() {
        let windows = cut(at(23, 0), at(23, 59), 30, 4, 0);
        assert_eq!(windows.len(), 2);
    }
}
