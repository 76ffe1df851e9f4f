//! Matching those who wait with what is free.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use uuid::Uuid;

use super::{Wishes, is_late, offer_for};
use crate::booking::{Asked, AskedPerson, Consent, Decision, Facts, Given, Mover, Refusal};
use crate::booking::{decide, decide_move};

/// A window with places that are free or cooling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The window.
    pub window_id: Uuid,
    /// Where.
    pub site_id: Uuid,
    /// In which shift.
    pub shift_id: Uuid,
    /// On which local date.
    pub date: NaiveDate,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it is over.
    pub ends_at: DateTime<Utc>,
}

/// Who waits together.
#[derive(Debug, Clone)]
pub enum Party {
    /// People without a place.
    New {
        /// Who.
        persons: Vec<AskedPerson>,
        /// Whether staff vouched for the cohorts they named.
        vouched: bool,
    },
    /// Appointments that lost their place, and the window they had.
    Claim {
        /// The appointments.
        movers: Vec<Mover>,
        /// Where they were to come.
        site_id: Uuid,
        /// When.
        starts_at: DateTime<Utc>,
    },
}

/// A party that waits.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Which.
    pub id: Uuid,
    /// Who.
    pub party: Party,
    /// Where and when.
    pub wishes: Wishes,
    /// Whether they can come at once.
    pub at_once: bool,
    /// Windows that it was offered before and did not take.
    pub refused: HashSet<Uuid>,
}

/// An offer to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// To whom.
    pub entry_id: Uuid,
    /// In which window.
    pub window_id: Uuid,
    /// The places, one a person.
    pub given: Vec<Given>,
    /// For how long from now.
    pub kept_for: Duration,
}

/// Why somebody behind a party was preferred to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// There were fewer places than it needs together, or fewer that it may draw on.
    TooFewPlaces,
    /// The places came free so late that they went to those who can come at once.
    NotAtOnce,
    /// Somebody of it may not come to that window: by age on the day, or by service.
    NotEligible,
}

impl Why {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooFewPlaces => "too-few-places",
            Self::NotAtOnce => "not-at-once",
            Self::NotEligible => "not-eligible",
        }
    }
}

/// A party that somebody behind it was preferred to, because it did not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// Who.
    pub entry_id: Uuid,
    /// In which window.
    pub window_id: Uuid,
    /// Why.
    pub why: Why,
    /// What it needed: people, and of them people who need a card.
    pub needed: (usize, usize),
}

/// What matching found.
#[derive(Debug, Default)]
pub struct Matched {
    /// Offers to be made; the facts count their places as taken.
    pub offers: Vec<Offer>,
    /// Who was passed over by one of them.
    pub passed_over: Vec<PassedOver>,
    /// People who have a place by now, by entry and key: they wait no more.
    pub booked: Vec<(Uuid, Vec<u8>)>,
}

/// Parties that did not fit, or may not have it, by window: those behind them are preferred to
/// them there.
pub type TooLarge = HashMap<Uuid, Vec<PassedOver>>;

/// Matches entries, in the order of their rank, with spots, in the order of time. Each entry
/// gets at most one offer: the earliest spot that takes it whole; for a claim, the nearest to
/// what was lost (the same site first).
///
/// `now` is the instant that counts as now in the campaign. `too_large` are those of earlier
/// pages of the same list.
#[must_use]
pub fn match_up(
    facts: &mut Facts,
    spots: &[Spot],
    entries: &[Entry],
    now: DateTime<Utc>,
    too_large: &mut TooLarge,
) -> Matched {
    let mut matched = Matched::default();
    for entry in entries {
        let mut party = entry.party.clone();
        for spot in in_order(&party, spots) {
            if !has_room(facts, spot.window_id)
                || entry.refused.contains(&spot.window_id)
                || !entry.wishes.take(spot)
            {
                continue;
            }
            let Some(policies) = policies_of(facts, spot.window_id) else {
                continue;
            };
            let window_id = spot.window_id;
            let mut passes = |why, needed| {
                let all = too_large.entry(window_id).or_default();
                all.push(PassedOver {
                    entry_id: entry.id,
                    window_id,
                    why,
                    needed,
                });
            };
            if is_late(&policies, spot.starts_at, now) && !entry.at_once {
                passes(Why::NotAtOnce, needs(&party));
                continue;
            }
            match fit(facts, &mut party, window_id, entry.id, &mut matched) {
                Ok(given) => {
                    let passed = too_large.get(&spot.window_id).into_iter().flatten();
                    matched.passed_over.extend(passed.cloned());
                    matched.offers.push(Offer {
                        entry_id: entry.id,
                        window_id: spot.window_id,
                        given,
                        kept_for: offer_for(&policies, spot, now),
                    });
                    break;
                }
                Err(Refusal::WindowFull {
                    needed,
                    needed_cards,
                    ..
                }) => passes(Why::TooFewPlaces, (needed, needed_cards)),
                Err(Refusal::NotEligible(_)) => passes(Why::NotEligible, needs(&party)),
                Err(_) => {}
            }
        }
    }
    let with_offer: HashSet<Uuid> = matched.offers.iter().map(|o| o.entry_id).collect();
    matched
        .passed_over
        .retain(|p| !with_offer.contains(&p.entry_id));
    matched
}

/// How many of a party need a place, and how many of them a card for sure.
fn needs(party: &Party) -> (usize, usize) {
    match party {
        Party::New { persons, .. } => {
            let cards = persons.iter().filter(|p| p.needs_card == Some(true));
            (persons.len(), cards.count())
        }
        Party::Claim { movers, .. } => (movers.len(), 0),
    }
}

fn policies_of(facts: &Facts, window: Uuid) -> Option<crate::policies::Waitlist> {
    let campaign = facts.windows.get(&window)?.campaign_id;
    Some(
        facts
            .policies
            .get(&campaign)
            .cloned()
            .unwrap_or_default()
            .waitlist,
    )
}

fn has_room(facts: &Facts, window: Uuid) -> bool {
    let window = facts.windows.get(&window);
    window.is_some_and(|w| w.pools.iter().any(|p| p.has_room(false)))
}

/// The spots in the order in which a party would have them.
fn in_order<'a>(party: &Party, spots: &'a [Spot]) -> Vec<&'a Spot> {
    let mut spots: Vec<&Spot> = spots.iter().collect();
    if let Party::Claim {
        site_id, starts_at, ..
    } = party
    {
        spots.sort_by_key(|s| {
            (
                s.site_id != *site_id,
                (s.starts_at - *starts_at).abs(),
                s.window_id,
            )
        });
    }
    spots
}

/// Takes places for the whole party, or leaves the facts as they were. Who has found a place
/// in the meantime drops out of the party.
fn fit(
    facts: &mut Facts,
    party: &mut Party,
    window_id: Uuid,
    entry_id: Uuid,
    matched: &mut Matched,
) -> Result<Vec<Given>, Refusal> {
    match party {
        Party::New { persons, vouched } => loop {
            if persons.is_empty() {
                return Err(Refusal::WindowClosed);
            }
            let asked = Asked {
                window_id,
                persons: persons.clone(),
                by_staff: *vouched,
                consent: Consent::NotAsked,
            };
            match decide(facts, &asked) {
                Ok(decision) => {
                    count(facts, &decision);
                    return Ok(decision.given);
                }
                Err(Refusal::AlreadyBooked(who)) => {
                    for i in who.into_iter().rev() {
                        matched.booked.push((entry_id, persons.remove(i).key));
                    }
                }
                Err(other) => return Err(other),
            }
        },
        Party::Claim { movers, .. } => {
            let before = facts.windows.get(&window_id).map(|w| w.pools.clone());
            let mut given = Vec::with_capacity(movers.len());
            for mover in movers.iter() {
                match decide_move(facts, mover, window_id) {
                    Ok(decision) => {
                        count(facts, &decision);
                        given.extend(decision.given);
                    }
                    Err(refusal) => {
                        if let (Some(window), Some(pools)) =
                            (facts.windows.get_mut(&window_id), before)
                        {
                            window.pools = pools;
                        }
                        return Err(match refusal {
                            Refusal::WindowFull {
                                needed_cards,
                                cohorts,
                                ..
                            } => Refusal::WindowFull {
                                needed: movers.len(),
                                needed_cards: needed_cards * movers.len(),
                                cohorts,
                            },
                            other => other,
                        });
                    }
                }
            }
            if given.is_empty() {
                return Err(Refusal::WindowClosed);
            }
            Ok(given)
        }
    }
}

/// Counts places as taken without saying that anybody has an appointment: an offer is none.
fn count(facts: &mut Facts, decision: &Decision) {
    let places = decision.given.iter().map(|g| (g.pool_id, g.needs_card));
    facts.count(decision.window_id, &crate::booking::gather(places), 1);
}
