//! What must be known to decide on a booking.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::decide::{AskedPerson, Decision};
use super::hold::{Hold, Kept};
use crate::policies::Policies;

/// A number of places in a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// Which.
    pub id: Uuid,
    /// Whose; everybody's when empty.
    pub cohort_id: Option<Uuid>,
    /// Whether it takes bookings at all.
    pub open: bool,
    /// How many people, and how many of them may need a card.
    pub places: i32,
    /// Taken of `places`.
    pub taken: i32,
    /// Places for people who need a card.
    pub card_places: i32,
    /// Taken of `card_places`.
    pub card_taken: i32,
}

impl Pool {
    /// Whether one more person fits.
    #[must_use]
    pub fn has_room(&self, needs_card: bool) -> bool {
        self.open && self.taken < self.places && (!needs_card || self.card_taken < self.card_places)
    }

    /// Places left: zero where it is closed.
    #[must_use]
    pub fn left(&self, needs_card: bool) -> i32 {
        let places = self.places - self.taken;
        match (self.open, needs_card) {
            (false, _) => 0,
            (true, false) => places,
            (true, true) => places.min(self.card_places - self.card_taken),
        }
    }

    pub(super) fn take(&mut self, needs_card: bool) {
        self.taken += 1;
        self.card_taken += i32::from(needs_card);
    }
}

/// A part of a session that people are booked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Which.
    pub id: Uuid,
    /// Of which campaign.
    pub campaign_id: Uuid,
    /// Of which session.
    pub session_id: Uuid,
    /// The campaign's local date.
    pub date: NaiveDate,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it is over.
    pub ends_at: DateTime<Utc>,
    /// Whether it takes bookings at all.
    pub open: bool,
    /// Its pools.
    pub pools: Vec<Pool>,
}

/// What a person comes for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Which.
    pub id: Uuid,
    /// Whether it takes a place at a machine that issues cards.
    pub issues_card: bool,
    /// Whether it is for a person (or else an organisation).
    pub for_person: bool,
    /// Youngest age in full years on the day.
    pub age_from: Option<u32>,
    /// Age in full years on the day under which one must be.
    pub age_under: Option<u32>,
}

/// People booked as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cohort {
    /// Which.
    pub id: Uuid,
    /// What they come for.
    pub service_id: Uuid,
    /// Whether a list, its own or that of the cohort whose people are left over in it, says
    /// who belongs to it. Without one, it admits whoever names it.
    pub has_roster: bool,
}

/// An appointment that still counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Live {
    /// Which.
    pub appointment_id: Uuid,
    /// For what.
    pub service_id: Uuid,
}

/// What is known of a person, by key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Their row, where there is one.
    pub id: Option<Uuid>,
    /// What shows that somebody knows them; without it nobody can.
    pub claim: Option<Vec<u8>>,
    /// Their live appointments.
    pub live: Vec<Live>,
    /// The cohorts whose lists have them.
    pub rosters: Vec<Uuid>,
    /// Whether they were served already. Known only where a cohort has people left over.
    pub served: bool,
}

impl Person {
    /// Whether whoever asks for somebody under this key may mean this person: there is no
    /// row yet, the row itself is meant, or what was said of them is so.
    #[must_use]
    pub fn is_known_to(&self, asked: &AskedPerson) -> bool {
        self.id.is_none() || asked.claim.is_none() || asked.claim == self.claim
    }
}

/// The facts that a batch of requests is decided on.
#[derive(Debug, Default)]
pub struct Facts {
    /// Holds named, by id.
    pub holds: HashMap<Uuid, Hold>,
    /// How many places a phone or an address (by its blind index) holds in a campaign.
    pub kept_by: HashMap<(Uuid, Vec<u8>), i32>,
    /// Windows, by id.
    pub windows: HashMap<Uuid, Window>,
    /// Services, by campaign.
    pub services: HashMap<Uuid, Vec<Service>>,
    /// Policies, by campaign.
    pub policies: HashMap<Uuid, Policies>,
    /// The instant that counts as now, by campaign.
    pub now: HashMap<Uuid, DateTime<Utc>>,
    /// Cohorts named, by id.
    pub cohorts: HashMap<Uuid, Cohort>,
    /// People, by campaign and key.
    pub people: HashMap<(Uuid, Vec<u8>), Person>,
    /// Cohorts of people who are left over of another one, and which that is.
    pub left_of: HashMap<Uuid, Uuid>,
}

impl Facts {
    /// Whether somebody draws on the places of a cohort they name: its list or that of the
    /// cohort it is left over of has them, or there is no list. Who was served is not left
    /// over any more.
    pub(super) fn admits(&self, cohort: &Cohort, person: &Person) -> bool {
        let listed = |id| person.rosters.contains(id);
        match self.left_of.get(&cohort.id) {
            None => !cohort.has_roster || listed(&cohort.id),
            Some(of) => !person.served && (!cohort.has_roster || listed(&cohort.id) || listed(of)),
        }
    }

    /// The cohorts of people left over of one of these.
    pub(super) fn left_over(&self, cohorts: &[Uuid]) -> Vec<Uuid> {
        let of_them = self.left_of.iter().filter(|(_, of)| cohorts.contains(of));
        let mut left: Vec<Uuid> = of_them.map(|(id, _)| *id).collect();
        left.sort_unstable();
        left
    }

    /// Notes what was decided, so that the next decision of the batch sees it.
    pub fn note(&mut self, campaign_id: Uuid, decision: &Decision) {
        if let Some(window) = self.windows.get_mut(&decision.window_id) {
            for given in &decision.given {
                if let Some(pool) = window.pools.iter_mut().find(|p| p.id == given.pool_id) {
                    pool.take(given.needs_card);
                }
            }
        }
        for given in &decision.given {
            let person = self
                .people
                .entry((campaign_id, given.key.clone()))
                .or_default();
            person.id = Some(given.person_id);
            if given.person_is_new {
                person.claim.clone_from(&given.claim);
            }
            person
                .live
                .retain(|l| l.appointment_id != given.appointment_id);
            person.live.push(Live {
                appointment_id: given.appointment_id,
                service_id: given.service_id,
            });
        }
    }

    /// Counts kept places as taken (`1`) or as free (`-1`) from here on.
    pub fn count(&mut self, window_id: Uuid, places: &[Kept], sign: i32) {
        let Some(window) = self.windows.get_mut(&window_id) else {
            return;
        };
        for kept in places {
            if let Some(pool) = window.pools.iter_mut().find(|p| p.id == kept.pool_id) {
                pool.taken += sign * kept.people;
                pool.card_taken += sign * kept.cards;
            }
        }
    }
}
