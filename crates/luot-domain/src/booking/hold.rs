//! Places kept without an appointment: while a form is filled in, offered to who waits, or
//! cooling after they were given back. All of them count as taken.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::decide::{Draws, draw, open_window};
use super::facts::Facts;
use super::refusal::Refusal;

/// Why places are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// While a form is filled in.
    Form,
    /// Offered to a party that waits.
    Offer,
    /// Given back, and not yet open to everybody.
    Cooling,
}

impl Kind {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Offer => "offer",
            Self::Cooling => "cooling",
        }
    }

    /// From what is stored.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        [Self::Form, Self::Offer, Self::Cooling]
            .into_iter()
            .find(|k| k.as_str() == text)
    }
}

/// Places of one pool that are kept: so many people, so many of them for a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Out of which pool.
    pub pool_id: Uuid,
    /// People.
    pub people: i32,
    /// Of them, people who need a card.
    pub cards: i32,
}

/// A hold, as bookings see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Which.
    pub id: Uuid,
    /// Of which campaign.
    pub campaign_id: Uuid,
    /// In which window.
    pub window_id: Uuid,
    /// Why.
    pub kind: Kind,
    /// The party it was offered to.
    pub entry_id: Option<Uuid>,
    /// Whether its places are kept still.
    pub kept: bool,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// Its places.
    pub places: Vec<Kept>,
}

impl Hold {
    /// Lets a hold pass that can still be turned into appointments.
    ///
    /// # Errors
    /// [`Refusal::HoldExpired`] or [`Refusal::OfferExpired`] once it has run out or was used.
    pub fn good(&self, now: DateTime<Utc>) -> Result<&Self, Refusal> {
        match self.kind {
            Kind::Form | Kind::Offer if self.kept && now < self.expires_at => Ok(self),
            Kind::Offer => Err(Refusal::OfferExpired),
            Kind::Form | Kind::Cooling => Err(Refusal::HoldExpired),
        }
    }
}

/// Somebody who asks for a hold.
#[derive(Debug, Clone)]
pub struct AskedHold<'a> {
    /// In which window.
    pub window_id: Uuid,
    /// For how many people.
    pub people: u32,
    /// How many of them need a card.
    pub cards: u32,
    /// The cohort they come with.
    pub cohort_id: Option<Uuid>,
    /// Whether staff ask, who may vouch that somebody belongs to a cohort.
    pub by_staff: bool,
    /// The phone they gave, by its blind index.
    pub phone: Option<&'a [u8]>,
    /// The address they come from, by its blind index.
    pub address: Option<&'a [u8]>,
}

/// Decides on a hold: all places or none. Nobody is named yet, so that only a cohort without
/// a list (or staff) draws on a cohort's places.
///
/// # Errors
/// The first rule that says no.
pub fn decide_hold(facts: &Facts, asked: &AskedHold<'_>) -> Result<Vec<Kept>, Refusal> {
    let window = open_window(facts, asked.window_id)?;
    let campaign = window.campaign_id;
    let policies = facts.policies.get(&campaign).cloned().unwrap_or_default();
    if asked.people > policies.party_most {
        return Err(Refusal::PartyTooLarge {
            most: policies.party_most,
        });
    }
    let cohort = match asked.cohort_id {
        Some(id) => Some(facts.cohorts.get(&id).ok_or(Refusal::CohortUnknown(0))?),
        None => None,
    };
    let budgets = [
        (asked.phone, policies.hold_places_per_phone),
        (asked.address, policies.hold_places_per_address),
    ];
    for (who, most) in budgets {
        let Some(who) = who.filter(|_| !asked.by_staff) else {
            continue;
        };
        let held = facts.kept_by.get(&(campaign, who.to_vec())).copied();
        let held = u32::try_from(held.unwrap_or(0)).unwrap_or(0);
        if held + asked.people > most {
            return Err(Refusal::HoldsSpent {
                most,
                retry_seconds: policies.hold_seconds,
            });
        }
    }
    let admitted = cohort
        .filter(|c| asked.by_staff || !c.has_roster)
        .map(|c| c.id);
    let mut pools = window.pools.clone();
    let draws = Draws {
        facts,
        admitted,
        rosters: &[],
        served: false,
    };
    let mut drawn = Vec::new();
    for n in 0..asked.people {
        let needs_card = n < asked.cards;
        let pool = draw(&mut pools, &draws, needs_card).ok_or(Refusal::WindowFull {
            needed: asked.people as usize,
            needed_cards: asked.cards as usize,
            cohorts: admitted.into_iter().collect(),
        })?;
        drawn.push((pool.id, needs_card));
    }
    Ok(gather(drawn))
}

/// Places by pool, in the order of the pools' ids.
#[must_use]
pub fn gather(places: impl IntoIterator<Item = (Uuid, bool)>) -> Vec<Kept> {
    let mut by_pool = std::collections::BTreeMap::new();
    for (pool_id, needs_card) in places {
        let kept = by_pool.entry(pool_id).or_insert(Kept {
            pool_id,
            people: 0,
            cards: 0,
        });
        kept.people += 1;
        kept.cards += i32::from(needs_card);
    }
    by_pool.into_values().collect()
}
