//! Publishing again: what becomes of the places people have.
//!
//! A window keeps its identity by session (site, date, shift) and start. Appointments whose
//! window and place remain stay as they are; a cohort whose places went elsewhere takes its
//! appointments along; all others become displaced: they keep a claim, and are never
//! dropped. The past, and people who have arrived, are left alone.

use std::collections::HashMap;

use uuid::Uuid;

use crate::booking::Kept;

/// A pool as it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The pool's row (its old one where it had one).
    pub pool_id: Uuid,
    /// The window's row.
    pub window_id: Uuid,
    /// Whose places; everybody's when empty.
    pub cohort_id: Option<Uuid>,
    /// The cohort whose people are left over in it, where it is of such a cohort.
    pub left_of: Option<Uuid>,
    /// How many people.
    pub places: i32,
    /// Of them, people who need a card.
    pub card_places: i32,
}

/// An appointment that takes a place, or claims one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub appointment_id: Uuid,
    /// The pool it takes from now.
    pub pool_id: Uuid,
    /// The window it is in now.
    pub window_id: Uuid,
    /// The cohort it was booked with.
    pub cohort_id: Option<Uuid>,
    /// Whether it takes a card place.
    pub needs_card: bool,
    /// Whether it cannot be moved any more: arrived, called, or used up.
    pub fixed: bool,
    /// Whether it has lost its place before, and has a claim to one.
    pub displaced: bool,
}

/// What happens to an appointment that does not simply stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Same window, another pool: nothing that the person notices.
    Repooled {
        /// Out of which pool now.
        pool_id: Uuid,
    },
    /// Along with its cohort to another window.
    Moved {
        /// Where to.
        window_id: Uuid,
        /// Out of which pool.
        pool_id: Uuid,
    },
    /// No place any more; a claim to one.
    Displaced,
    /// A place again, after it was displaced.
    Restored {
        /// Where.
        window_id: Uuid,
        /// Out of which pool.
        pool_id: Uuid,
    },
}

/// The outcome: counts per pool, and the fates of those who do not stay.
#[derive(Debug, Default)]
pub struct Settled {
    /// `(places, taken, card_places, card_taken)` by pool, for every wanted pool. Places
    /// exceed what was wanted only where people already stand.
    pub pools: HashMap<Uuid, (i32, i32, i32, i32)>,
    /// By appointment.
    pub fates: HashMap<Uuid, Fate>,
    /// Holds whose places are not there any more.
    pub withdrawn: Vec<Uuid>,
}

#[derive(Clone, Copy)]
struct Room {
    places: i32,
    taken: i32,
    cards: i32,
    cards_taken: i32,
}

impl Room {
    fn fits(self, needs_card: bool) -> bool {
        self.taken < self.places && (!needs_card || self.cards_taken < self.cards)
    }

    fn take(&mut self, needs_card: bool) {
        self.taken += 1;
        self.cards_taken += i32::from(needs_card);
    }

    /// Takes even where there is no room: for those who stand there already.
    fn force(&mut self, needs_card: bool) {
        self.take(needs_card);
        self.places = self.places.max(self.taken);
        self.cards = self.cards.max(self.cards_taken);
    }
}

/// Settles who stays, who moves and who is displaced.
///
/// `wanted` is in order of time (that is the order in which a cohort's people get their new
/// windows); `held` in order of booking (the earlier booking keeps its place first). Only
/// windows that may still change are in either, except for `fixed` appointments, which keep
/// their pool as it is when that is not wanted any more. `kept` are the places that are held,
/// offered or cooling there, by hold: they come after all people, and stay whole or go.
#[must_use]
pub fn settle(wanted: &[Wanted], held: &[Held], kept: &[(Uuid, Vec<Kept>)]) -> Settled {
    let mut rooms: HashMap<Uuid, Room> = wanted
        .iter()
        .map(|w| {
            let room = Room {
                places: w.places,
                taken: 0,
                cards: w.card_places,
                cards_taken: 0,
            };
            (w.pool_id, room)
        })
        .collect();
    let mut everybody: HashMap<Uuid, Uuid> = HashMap::new();
    let mut of_cohort: HashMap<Uuid, Vec<&Wanted>> = HashMap::new();
    for w in wanted {
        match w.cohort_id {
            None => {
                everybody.insert(w.window_id, w.pool_id);
            }
            Some(cohort) => of_cohort.entry(cohort).or_default().push(w),
        }
    }
    // Who is left over finds their places behind those of the whole cohort.
    for w in wanted {
        if let Some(cohort) = w.left_of {
            of_cohort.entry(cohort).or_default().push(w);
        }
    }

    for h in held.iter().filter(|h| h.fixed) {
        if let Some(room) = rooms.get_mut(&h.pool_id) {
            room.force(h.needs_card);
        }
    }
    let mut settled = Settled::default();
    let mut without = Vec::new();
    for h in held.iter().filter(|h| !h.fixed && !h.displaced) {
        match rooms.get_mut(&h.pool_id) {
            Some(room) if room.fits(h.needs_card) => room.take(h.needs_card),
            _ => without.push(h),
        }
    }
    // Those booked with a cohort look first for their cohort's place in the same window,
    // then for an open place in it, then for their cohort's places elsewhere. Those who were
    // displaced before come after those who lose their place now, and before anybody new.
    without.extend(held.iter().filter(|h| h.displaced));
    for h in without {
        let same_window = h
            .cohort_id
            .and_then(|c| of_cohort.get(&c))
            .into_iter()
            .flatten()
            .filter(|w| w.window_id == h.window_id)
            .map(|w| w.pool_id)
            .chain(everybody.get(&h.window_id).copied());
        let elsewhere = h
            .cohort_id
            .and_then(|c| of_cohort.get(&c))
            .into_iter()
            .flatten()
            .map(|w| (w.window_id, w.pool_id));
        let found = same_window
            .map(|pool| (h.window_id, pool))
            .chain(elsewhere)
            .find(|(_, pool)| rooms.get(pool).is_some_and(|r| r.fits(h.needs_card)));
        let fate = match found {
            Some((window_id, pool_id)) => {
                if let Some(room) = rooms.get_mut(&pool_id) {
                    room.take(h.needs_card);
                }
                if h.displaced {
                    Fate::Restored { window_id, pool_id }
                } else if window_id == h.window_id {
                    Fate::Repooled { pool_id }
                } else {
                    Fate::Moved { window_id, pool_id }
                }
            }
            // Who was displaced before stays so; there is nothing new to tell.
            None if h.displaced => continue,
            None => Fate::Displaced,
        };
        settled.fates.insert(h.appointment_id, fate);
    }
    for (hold, places) in kept {
        let fits = places.iter().all(|kept| {
            let room = rooms.get(&kept.pool_id);
            room.is_some_and(|r| {
                r.taken + kept.people <= r.places && r.cards_taken + kept.cards <= r.cards
            })
        });
        if !fits {
            settled.withdrawn.push(*hold);
            continue;
        }
        for kept in places {
            if let Some(room) = rooms.get_mut(&kept.pool_id) {
                room.taken += kept.people;
                room.cards_taken += kept.cards;
            }
        }
    }
    settled.pools = rooms
        .into_iter()
        .map(|(id, r)| (id, (r.places, r.taken, r.cards, r.cards_taken)))
        .collect();
    settled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn wanted(pool: u128, window: u128, cohort: Option<u128>, places: i32) -> Wanted {
        Wanted {
            pool_id: id(pool),
            window_id: id(window),
            cohort_id: cohort.map(id),
            left_of: None,
            places,
            card_places: 0,
        }
    }

    fn held(n: u128, pool: u128, window: u128, cohort: Option<u128>) -> Held {
        Held {
            appointment_id: id(n),
            pool_id: id(pool),
            window_id: id(window),
            cohort_id: cohort.map(id),
            needs_card: false,
            fixed: false,
            displaced: false,
        }
    }

    fn taken(settled: &Settled, pool: u128) -> Option<i32> {
        settled.pools.get(&id(pool)).map(|p| p.1)
    }

    #[test]
    fn who_has_a_place_that_remains_stays_and_the_earlier_booking_first() {
        let settled = settle(
            &[wanted(1, 1, None, 2)],
            &[
                held(10, 1, 1, None),
                held(11, 1, 1, None),
                held(12, 1, 1, None),
            ],
            &[],
        );
        assert_eq!(taken(&settled, 1), Some(2));
        assert_eq!(
            settled.fates.into_iter().collect::<Vec<_>>(),
            [(id(12), Fate::Displaced)]
        );
    }

    #[test]
    fn a_cohort_that_moved_takes_its_appointments_along() {
        let settled = settle(
            &[
                wanted(5, 2, Some(7), 1),
                wanted(6, 3, Some(7), 1),
                wanted(8, 1, None, 0),
            ],
            &[
                held(10, 1, 1, Some(7)),
                held(11, 1, 1, Some(7)),
                held(12, 1, 1, Some(7)),
            ],
            &[],
        );
        let moved = |window, pool| {
            Some(Fate::Moved {
                window_id: id(window),
                pool_id: id(pool),
            })
        };
        assert_eq!(settled.fates.get(&id(10)).copied(), moved(2, 5));
        assert_eq!(settled.fates.get(&id(11)).copied(), moved(3, 6));
        assert_eq!(settled.fates.get(&id(12)), Some(&Fate::Displaced));
    }

    #[test]
    fn who_loses_the_cohort_s_place_keeps_the_window_while_an_open_place_is_there() {
        let settled = settle(
            &[wanted(2, 1, None, 1), wanted(5, 2, Some(7), 9)],
            &[held(10, 1, 1, Some(7))],
            &[],
        );
        assert_eq!(
            settled.fates.get(&id(10)),
            Some(&Fate::Repooled { pool_id: id(2) })
        );
    }

    #[test]
    fn a_claim_is_met_when_the_cohort_has_places_again() {
        let claim = Held {
            displaced: true,
            ..held(10, 9, 9, Some(7))
        };
        let late = Held {
            displaced: true,
            ..held(11, 9, 9, Some(7))
        };
        let settled = settle(
            &[wanted(5, 2, Some(7), 2)],
            &[claim, late, held(12, 5, 2, Some(7))],
            &[],
        );
        let restored = Fate::Restored {
            window_id: id(2),
            pool_id: id(5),
        };
        assert_eq!(
            settled.fates.into_iter().collect::<Vec<_>>(),
            [(id(10), restored)]
        );
        assert_eq!(settled.pools.get(&id(5)).map(|p| p.1), Some(2));
    }

    #[test]
    fn a_claim_is_met_by_places_for_those_left_over() {
        let claim = Held {
            displaced: true,
            ..held(10, 9, 9, Some(7))
        };
        let left_over = Wanted {
            left_of: Some(id(7)),
            ..wanted(5, 2, Some(8), 1)
        };
        let settled = settle(&[left_over], &[claim], &[]);
        let restored = Fate::Restored {
            window_id: id(2),
            pool_id: id(5),
        };
        assert_eq!(settled.fates.get(&id(10)), Some(&restored));
    }

    #[test]
    fn who_has_arrived_is_left_alone_even_where_places_shrink() {
        let arrived = Held {
            fixed: true,
            ..held(10, 1, 1, None)
        };
        let gone = Held {
            fixed: true,
            ..held(11, 99, 9, None)
        };
        let settled = settle(&[wanted(1, 1, None, 0)], &[arrived, gone], &[]);
        assert!(settled.fates.is_empty());
        assert_eq!(settled.pools.get(&id(1)), Some(&(1, 1, 0, 0)));
    }

    #[test]
    fn nobody_is_dropped() {
        // Every appointment either stays in a wanted pool or has a fate.
        let wanted: Vec<_> = (0..6)
            .map(|n| wanted(n, n / 2, (n % 2 == 1).then_some(7), 2))
            .collect();
        let held: Vec<_> = (0..40)
            .map(|n| held(100 + n, n % 9, (n % 9) / 2, (n % 3 == 0).then_some(7)))
            .collect();
        let settled = settle(&wanted, &held, &[]);
        let placed: i32 = settled.pools.values().map(|p| p.1).sum();
        let displaced = settled
            .fates
            .values()
            .filter(|f| **f == Fate::Displaced)
            .count();
        assert_eq!(placed as usize + displaced, held.len());
        assert!(settled.pools.values().all(|p| p.1 <= p.0));
    }

    #[test]
    fn a_hold_stays_whole_or_goes_and_never_costs_anybody_a_place() {
        let kept = |hold: u128, pool: u128, people: i32| {
            let places = vec![Kept {
                pool_id: id(pool),
                people,
                cards: 0,
            }];
            (id(hold), places)
        };
        let settled = settle(
            &[wanted(1, 1, None, 3)],
            &[held(10, 1, 1, None)],
            &[kept(50, 1, 2), kept(51, 1, 1), kept(52, 9, 1)],
        );
        assert!(settled.fates.is_empty());
        assert_eq!(settled.withdrawn, [id(51), id(52)]);
        assert_eq!(settled.pools[&id(1)], (3, 3, 0, 0));
    }
}
