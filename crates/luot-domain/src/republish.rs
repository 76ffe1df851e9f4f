//! Publishing again: what becomes of the places people have.
//!
//! A window keeps its identity by session (site, date, shift) and start. Appointments whose
//! window and place remain stay as they are; a cohort whose places went elsewhere takes its
//! appointments along; all others become displaced: they keep a claim, and are never
//! dropped. The past, and people who have arrived, are left alone.

use std::collections::{HashMap, HashSet};

use chrono::{NaiveDate, NaiveTime};
use uuid::Uuid;

use crate::booking::Kept;

/// When and where a window is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct At {
    /// The site.
    pub site_id: Uuid,
    /// The day, by the campaign's time zone.
    pub date: NaiveDate,
    /// When it begins.
    pub starts: NaiveTime,
}

impl At {
    /// How far it is for somebody who was to come to another: days first, then whether the
    /// site is another one, then minutes of the day.
    fn from(self, other: Self) -> (i64, bool, i64) {
        let days = (self.date - other.date).num_days().abs();
        let minutes = (self.starts - other.starts).num_minutes().abs();
        (days, self.site_id != other.site_id, minutes)
    }
}

/// A pool as it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The pool's row (its old one where it had one).
    pub pool_id: Uuid,
    /// The window's row.
    pub window_id: Uuid,
    /// When and where that is.
    pub at: At,
    /// Whose places; everybody's when empty.
    pub cohort_id: Option<Uuid>,
    /// The cohort whose people are left over in it, where it is of such a cohort.
    pub left_of: Option<Uuid>,
    /// How many people.
    pub places: i32,
    /// Of them, people who need a card.
    pub card_places: i32,
    /// Whether it is so late that what a cohort does not take of it is everybody's.
    pub opens: bool,
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
    /// When and where that is.
    pub at: At,
    /// The cohort it was booked with.
    pub cohort_id: Option<Uuid>,
    /// Whether it takes a card place.
    pub needs_card: bool,
    /// Whether it cannot be moved any more: arrived, called, or used up.
    pub fixed: bool,
    /// Whether it has lost its place before, and has a claim to one.
    pub displaced: bool,
    /// Whether a new plan has moved it before: then others are moved first.
    pub moved_before: bool,
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

/// The wanted pools as they fill.
struct Rooms {
    rooms: HashMap<Uuid, Room>,
    /// By everybody's pool, the pools of cohorts in the same window whose unclaimed places are
    /// everybody's by now.
    opened: HashMap<Uuid, Vec<Uuid>>,
}

impl Rooms {
    fn new(wanted: &[Wanted], everybody: &HashMap<Uuid, Uuid>) -> Self {
        let mut opened: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
        for w in wanted.iter().filter(|w| w.opens && w.cohort_id.is_some()) {
            if let Some(pool) = everybody.get(&w.window_id) {
                opened.entry(*pool).or_default().push(w.pool_id);
            }
        }
        let room = |w: &Wanted| Room {
            places: w.places,
            taken: 0,
            cards: w.card_places,
            cards_taken: 0,
        };
        Self {
            rooms: wanted.iter().map(|w| (w.pool_id, room(w))).collect(),
            opened,
        }
    }

    fn fits(&self, pool: Uuid, needs_card: bool) -> bool {
        self.rooms.get(&pool).is_some_and(|r| r.fits(needs_card))
    }

    fn take(&mut self, pool: Uuid, needs_card: bool) {
        if let Some(room) = self.rooms.get_mut(&pool) {
            room.take(needs_card);
        }
    }

    /// Takes for somebody who stands there already.
    fn force(&mut self, pool: Uuid, needs_card: bool) {
        self.open(pool, 1, i32::from(needs_card));
        if let Some(room) = self.rooms.get_mut(&pool) {
            room.force(needs_card);
        }
    }

    /// Whether it was taken in the pool where it was.
    fn stays(&mut self, h: &Held) -> bool {
        self.open(h.pool_id, 1, i32::from(h.needs_card));
        let fits = self.fits(h.pool_id, h.needs_card);
        if fits {
            self.take(h.pool_id, h.needs_card);
        }
        fits
    }

    /// Makes as much room as so many people want in everybody's pool, of what the cohorts of
    /// its window have left and is everybody's by now. Only what somebody has there already is
    /// moved: the rest opens in the ordinary way, with those who wait asked first.
    fn open(&mut self, pool: Uuid, people: i32, cards: i32) {
        let Some(opened) = self.opened.get(&pool) else {
            return;
        };
        for from in opened {
            let (Some(to), Some(left)) = (self.rooms.get(&pool), self.rooms.get(from)) else {
                continue;
            };
            let short = to.taken + people - to.places;
            let short_of_cards = to.cards_taken + cards - to.cards;
            let spare = left.places - left.taken;
            // A card place is a place, and goes with it.
            let with_cards = Ord::min(left.cards - left.cards_taken, spare);
            let short = if with_cards > 0 {
                short.max(short_of_cards)
            } else {
                short
            };
            let places = short.min(spare).max(0);
            let cards = with_cards.min(places).max(0);
            for (id, sign) in [(from, -1), (&pool, 1)] {
                if let Some(room) = self.rooms.get_mut(id) {
                    room.places += sign * places;
                    room.cards += sign * cards;
                }
            }
        }
    }

    /// Keeps the places of a hold, if all of them are there.
    fn keeps(&mut self, places: &[Kept]) -> bool {
        for kept in places {
            self.open(kept.pool_id, kept.people, kept.cards);
        }
        let fits = places.iter().all(|kept| {
            let room = self.rooms.get(&kept.pool_id);
            room.is_some_and(|r| {
                r.taken + kept.people <= r.places && r.cards_taken + kept.cards <= r.cards
            })
        });
        for kept in places.iter().filter(|_| fits) {
            if let Some(room) = self.rooms.get_mut(&kept.pool_id) {
                room.taken += kept.people;
                room.cards_taken += kept.cards;
            }
        }
        fits
    }
}

/// Settles who stays, who moves and who is displaced.
///
/// `held` is in order of booking: the earlier booking keeps its place first, and finds another
/// first, but who was moved by a plan before comes before all who were not. Who goes along
/// with the cohort gets the window nearest to the old one: by day, by site, by time of day;
/// where two are as near, the first in `wanted`, which is in order of time. Only
/// windows that may still change are in either, except for `fixed` appointments, which keep
/// their pool as it is when that is not wanted any more. `kept` are the places that are held,
/// offered or cooling there, by hold: they come after all people, and stay whole or go.
#[must_use]
pub fn settle(wanted: &[Wanted], held: &[Held], kept: &[(Uuid, Vec<Kept>)]) -> Settled {
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

    let mut rooms = Rooms::new(wanted, &everybody);

    // What a cohort's people take is theirs before it is everybody's.
    let by_pool = |h: &&Held| everybody.get(&h.window_id) == Some(&h.pool_id);
    let (open, own): (Vec<&Held>, Vec<&Held>) = held.iter().filter(|h| h.fixed).partition(by_pool);
    for h in own.into_iter().chain(open) {
        rooms.force(h.pool_id, h.needs_card);
    }
    let mut settled = Settled::default();
    // Nobody is moved twice while another way exists.
    let (before, never): (Vec<&Held>, Vec<&Held>) = held.iter().partition(|h| h.moved_before);
    let in_order = || before.iter().chain(&never).copied();
    let (open, own): (Vec<&Held>, Vec<&Held>) = in_order()
        .filter(|h| !h.fixed && !h.displaced)
        .partition(by_pool);
    let stay: HashSet<Uuid> = own
        .into_iter()
        .chain(open)
        .filter(|h| rooms.stays(h))
        .map(|h| h.appointment_id)
        .collect();
    let mut without: Vec<&Held> = in_order()
        .filter(|h| !h.fixed && !h.displaced && !stay.contains(&h.appointment_id))
        .collect();
    // Those booked with a cohort look first for their cohort's place in the same window,
    // then for an open place in it, then for their cohort's places elsewhere. Those who were
    // displaced before come after those who lose their place now, and before anybody new.
    without.extend(in_order().filter(|h| h.displaced));
    for h in without {
        let of_cohort = || {
            let own = h.cohort_id.and_then(|c| of_cohort.get(&c));
            own.into_iter().flatten().copied()
        };
        let fits = |pool: &Uuid| rooms.fits(*pool, h.needs_card);
        let same_window = of_cohort()
            .filter(|w| w.window_id == h.window_id)
            .map(|w| w.pool_id)
            .chain(everybody.get(&h.window_id).copied())
            .find(fits)
            .map(|pool| (h.window_id, pool));
        let elsewhere = || {
            let free = of_cohort().filter(|w| fits(&w.pool_id));
            let nearest = free.min_by_key(|w| w.at.from(h.at))?;
            Some((nearest.window_id, nearest.pool_id))
        };
        let found = same_window.or_else(elsewhere);
        let fate = match found {
            Some((window_id, pool_id)) => {
                rooms.take(pool_id, h.needs_card);
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
        if !rooms.keeps(places) {
            settled.withdrawn.push(*hold);
        }
    }
    settled.pools = rooms
        .rooms
        .into_iter()
        .map(|(id, r)| (id, (r.places, r.taken, r.cards, r.cards_taken)))
        .collect();
    settled
}

#[cfg(test)]
#[path = "republish_tests.rs"]
mod tests;
