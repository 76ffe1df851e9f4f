//! Cutting a session's windows into pools: places for one cohort, and places for everybody.

use uuid::Uuid;

use crate::windows::Window;

/// Places of a session given to a cohort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allotted {
    /// Whose they are.
    pub cohort_id: Uuid,
    /// How many.
    pub places: u32,
    /// Whether each of them is for somebody who needs a card.
    pub needs_card: bool,
}

/// A number of places in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// The cohort they are for; for everybody when empty.
    pub cohort_id: Option<Uuid>,
    /// How many people.
    pub places: u32,
    /// Of them, people who need a card.
    pub card_places: u32,
}

/// For each window its pools: each allotment in consecutive windows, in the order given;
/// what is left is open to everybody (always the last pool of a window, even if empty).
///
/// Those who need a card are laid out before the others, because only they depend on which
/// windows have card places; within either kind the order is kept. Whatever fits the
/// session as a whole fits the windows then.
#[must_use]
pub fn lay_out(windows: &[Window], allotted: &[Allotted]) -> Vec<Vec<Pool>> {
    let mut pools: Vec<Vec<Pool>> = vec![Vec::new(); windows.len()];
    let mut left: Vec<(u32, u32)> = windows.iter().map(|w| (w.places, w.card_places)).collect();
    let cards = allotted.iter().filter(|a| a.needs_card);
    let accounts = allotted.iter().filter(|a| !a.needs_card);
    for given in cards.chain(accounts) {
        let mut rest = given.places;
        for (here, (places, card_places)) in pools.iter_mut().zip(&mut left) {
            let room = if given.needs_card {
                (*places).min(*card_places)
            } else {
                *places
            };
            let taken = rest.min(room);
            if taken == 0 {
                continue;
            }
            rest -= taken;
            *places -= taken;
            let of_them_cards = if given.needs_card { taken } else { 0 };
            *card_places -= of_them_cards;
            here.push(Pool {
                cohort_id: Some(given.cohort_id),
                places: taken,
                card_places: of_them_cards,
            });
        }
    }
    for (here, (places, card_places)) in pools.iter_mut().zip(left) {
        here.push(Pool {
            cohort_id: None,
            places,
            card_places: card_places.min(places),
        });
    }
    pools
}

#[cfg(test)]
mod tests {
    use chrono::NaiveTime;

    use super::*;
    use crate::windows::cut;

    fn at(hour: u32, minute: u32) -> NaiveTime {
        NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default()
    }

    fn class(n: u128, places: u32, needs_card: bool) -> Allotted {
        Allotted {
            cohort_id: Uuid::from_u128(n),
            places,
            needs_card,
        }
    }

    #[test]
    fn classes_come_in_consecutive_windows_and_the_rest_is_open() {
        let windows = cut(at(7, 30), at(9, 30), 30, 40, 0);
        let pools = lay_out(&windows, &[class(1, 15, false), class(2, 12, false)]);
        let flat: Vec<_> = pools
            .iter()
            .map(|w| {
                w.iter()
                    .map(|p| (p.cohort_id.map(|c| c.as_u128()), p.places))
                    .collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(
            flat,
            [
                vec![(Some(1), 10), (None, 0)],
                vec![(Some(1), 5), (Some(2), 5), (None, 0)],
                vec![(Some(2), 7), (None, 3)],
                vec![(None, 10)],
            ]
        );
    }

    #[test]
    fn whatever_fits_the_session_fits_its_windows() {
        for cards in 0..=30 {
            for card_people in 0..=cards {
                for others in 0..=(60 - card_people) {
                    let windows = cut(at(7, 0), at(11, 0), 30, 60, cards);
                    let pools = lay_out(
                        &windows,
                        &[class(1, others, false), class(2, card_people, true)],
                    );
                    let given: u32 = pools
                        .iter()
                        .flatten()
                        .filter(|p| p.cohort_id.is_some())
                        .map(|p| p.places)
                        .sum();
                    assert_eq!(given, others + card_people);
                    for (window, pools) in windows.iter().zip(&pools) {
                        assert_eq!(pools.iter().map(|p| p.places).sum::<u32>(), window.places);
                        assert!(
                            pools.iter().map(|p| p.card_places).sum::<u32>() <= window.card_places
                        );
                    }
                }
            }
        }
    }
}
