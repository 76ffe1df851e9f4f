//! The decision: which place each person of a party gets, or why nobody gets one.

use chrono::NaiveDate;
use uuid::Uuid;

use super::consent::Consent;
use super::eligibility::{Ineligible, eligible};
use super::facts::{Cohort, Facts, Person, Pool, Service, Window};
use super::refusal::Refusal;

/// One person of a party, as asked for.
#[derive(Debug, Clone)]
pub struct AskedPerson {
    /// What tells them apart (a keyed hash).
    pub key: Vec<u8>,
    /// What shows that whoever asks knows them (a keyed hash of given name and birth date);
    /// nothing where they are known by their row and not by what was said.
    pub claim: Option<Vec<u8>>,
    /// Day of birth.
    pub birth: NaiveDate,
    /// Whether they need a card; by their cohort's service when not said.
    pub needs_card: Option<bool>,
    /// The cohort they come with.
    pub cohort_id: Option<Uuid>,
    /// The row they get, should they be new.
    pub new_person_id: Uuid,
    /// The appointment they get.
    pub appointment_id: Uuid,
}

/// A party asking for places.
#[derive(Debug, Clone)]
pub struct Asked {
    /// In which window.
    pub window_id: Uuid,
    /// Who.
    pub persons: Vec<AskedPerson>,
    /// Whether staff ask, who may vouch that somebody belongs to a cohort.
    pub by_staff: bool,
    /// What is known of consent.
    pub consent: Consent,
}

/// A place given to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Out of which pool.
    pub pool_id: Uuid,
    /// The appointment.
    pub appointment_id: Uuid,
    /// The person's row.
    pub person_id: Uuid,
    /// Whether that row is still to be made.
    pub person_is_new: bool,
    /// The person's key.
    pub key: Vec<u8>,
    /// What shows of others that they know this person, where the row is still to be made.
    pub claim: Option<Vec<u8>>,
    /// What they come for.
    pub service_id: Uuid,
    /// Whether they need a card.
    pub needs_card: bool,
    /// The cohort they were booked with.
    pub cohort_id: Option<Uuid>,
}

/// Everybody of the party has a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// In which window.
    pub window_id: Uuid,
    /// One each, in the order asked.
    pub given: Vec<Given>,
}

/// A person as asked for, their cohort, their service, and what is known of them.
type Known<'a> = (
    &'a AskedPerson,
    Option<&'a Cohort>,
    Option<&'a Service>,
    &'a Person,
);

/// Decides on a party: all persons or none.
///
/// A person draws on the pool of the cohort they name, where its list has them, it has no
/// list, or staff say so; else on the pools of the cohorts whose lists have them; else on
/// those of people left over of these cohorts; else on everybody's. So strangers cannot
/// drain a class.
///
/// Who is known already is booked only by somebody who knows their name and birth date too:
/// a personal number alone opens nothing.
///
/// # Errors
/// The first rule that says no; of the same rule, all persons it is about.
pub fn decide(facts: &Facts, asked: &Asked) -> Result<Decision, Refusal> {
    let window = open_window(facts, asked.window_id)?;
    let campaign = window.campaign_id;
    let policies = facts.policies.get(&campaign).cloned().unwrap_or_default();
    asked.consent.suffices(&policies)?;
    if asked.persons.len() > policies.party_most as usize {
        return Err(Refusal::PartyTooLarge {
            most: policies.party_most,
        });
    }
    let twice: Vec<usize> = (0..asked.persons.len())
        .filter(|&i| {
            asked.persons[..i]
                .iter()
                .any(|p| p.key == asked.persons[i].key)
        })
        .collect();
    if !twice.is_empty() {
        return Err(Refusal::NamedTwice(twice));
    }

    let stranger = Person::default();
    let mut known: Vec<Known<'_>> = Vec::with_capacity(asked.persons.len());
    let mut not_eligible = Vec::new();
    let mut mismatched = Vec::new();
    for (i, person) in asked.persons.iter().enumerate() {
        let cohort = match person.cohort_id {
            Some(id) => Some(facts.cohorts.get(&id).ok_or(Refusal::CohortUnknown(i))?),
            None => None,
        };
        let service = service_for(
            facts,
            campaign,
            person.needs_card,
            cohort.map(|c| c.service_id),
        );
        match service.map(|s| eligible(person.birth, window.date, &policies, s)) {
            None => not_eligible.push((i, Ineligible::NoService)),
            Some(Err(why)) => not_eligible.push((i, why)),
            Some(Ok(())) => {}
        }
        let row = facts
            .people
            .get(&(campaign, person.key.clone()))
            .unwrap_or(&stranger);
        // Whoever is known otherwise is nobody that anything is told of.
        let row = match row.is_known_to(person) {
            true => row,
            false => {
                mismatched.push(i);
                &stranger
            }
        };
        known.push((person, cohort, service, row));
    }
    if !not_eligible.is_empty() {
        return Err(Refusal::NotEligible(not_eligible));
    }
    let booked: Vec<usize> = known
        .iter()
        .enumerate()
        .filter(|(_, (_, _, service, row))| {
            service.is_some_and(|s| row.live.iter().any(|l| l.service_id == s.id))
        })
        .map(|(i, _)| i)
        .collect();
    if !booked.is_empty() {
        return Err(Refusal::AlreadyBooked(booked));
    }

    let mut pools = window.pools.clone();
    let mut given: Vec<Option<Given>> = vec![None; known.len()];
    let needs_card = |service: Option<&Service>| service.is_some_and(|s| s.issues_card);
    // Those who need a card choose first: they have fewer places to choose from.
    let mut order: Vec<usize> = (0..known.len()).collect();
    order.sort_by_key(|&i| !needs_card(known[i].2));
    for i in order {
        let (person, cohort, Some(service), row) = known[i] else {
            continue;
        };
        let admitted = cohort
            .filter(|c| asked.by_staff || facts.admits(c, row))
            .map(|c| c.id);
        let draws = Draws {
            facts,
            admitted,
            rosters: &row.rosters,
            served: row.served,
        };
        let Some(pool) = draw(&mut pools, &draws, service.issues_card) else {
            return Err(Refusal::WindowFull {
                needed: known.len(),
                needed_cards: known.iter().filter(|k| needs_card(k.2)).count(),
                cohorts: shared(facts, &known, asked.by_staff),
            });
        };
        given[i] = Some(Given {
            pool_id: pool.id,
            appointment_id: person.appointment_id,
            person_id: row.id.unwrap_or(person.new_person_id),
            person_is_new: row.id.is_none(),
            key: person.key.clone(),
            claim: person.claim.clone().filter(|_| row.id.is_none()),
            service_id: service.id,
            needs_card: service.issues_card,
            cohort_id: pool.cohort_id.or(admitted),
        });
    }
    // Last: a party that gets no places for another reason (one of it is booked already, the
    // window is full) learns nothing about the numbers in it.
    if !mismatched.is_empty() {
        return Err(Refusal::PersonMismatch(mismatched));
    }
    Ok(Decision {
        window_id: window.id,
        given: given.into_iter().flatten().collect(),
    })
}

/// The cohorts on whose places each person of a party draws.
fn shared(facts: &Facts, known: &[Known<'_>], by_staff: bool) -> Vec<Uuid> {
    let admits = |cohort: Uuid, k: &Known<'_>| {
        k.3.rosters.contains(&cohort)
            || k.1
                .is_some_and(|c| c.id == cohort && (by_staff || facts.admits(c, k.3)))
    };
    let first = known.first().map(|k| {
        let named = k.1.map(|c| c.id);
        k.3.rosters.iter().copied().chain(named).collect::<Vec<_>>()
    });
    let mut cohorts = first.unwrap_or_default();
    cohorts.retain(|c| known.iter().all(|k| admits(*c, k)));
    cohorts.dedup();
    if known.iter().all(|k| !k.3.served) {
        let left_over = facts.left_over(&cohorts).into_iter();
        let new: Vec<Uuid> = left_over.filter(|c| !cohorts.contains(c)).collect();
        cohorts.extend(new);
    }
    cohorts
}

/// An appointment that is to move.
#[derive(Debug, Clone)]
pub struct Mover {
    /// Which.
    pub appointment_id: Uuid,
    /// Whose.
    pub person_id: Uuid,
    /// The person's key.
    pub key: Vec<u8>,
    /// Day of birth; unknown where it has been erased.
    pub birth: Option<NaiveDate>,
    /// What they come for.
    pub service_id: Uuid,
    /// The campaign it is in.
    pub campaign_id: Uuid,
    /// The cohort it was booked with.
    pub cohort_id: Option<Uuid>,
    /// The window it is in now.
    pub window_id: Uuid,
    /// Whether it takes a place there now (a displaced one does not).
    pub has_place: bool,
}

/// Decides on a move: the place in the other window, taken before the old is given up.
///
/// # Errors
/// The first rule that says no.
pub fn decide_move(facts: &Facts, mover: &Mover, to: Uuid) -> Result<Decision, Refusal> {
    let window = open_window(facts, to)?;
    if window.campaign_id != mover.campaign_id {
        return Err(Refusal::OtherCampaign);
    }
    let policies = facts
        .policies
        .get(&window.campaign_id)
        .cloned()
        .unwrap_or_default();
    let service = facts
        .services
        .get(&window.campaign_id)
        .and_then(|all| all.iter().find(|s| s.id == mover.service_id))
        .ok_or(Refusal::NotEligible(vec![(0, Ineligible::NoService)]))?;
    if let Some(birth) = mover.birth {
        eligible(birth, window.date, &policies, service)
            .map_err(|why| Refusal::NotEligible(vec![(0, why)]))?;
    }
    let stays = mover.has_place && mover.window_id == to;
    if stays {
        return Err(Refusal::StateForbids("in that window already"));
    }
    let rosters = facts
        .people
        .get(&(window.campaign_id, mover.key.clone()))
        .map_or(&[][..], |p| &p.rosters);
    let mut pools = window.pools.clone();
    let draws = Draws {
        facts,
        admitted: mover.cohort_id,
        rosters,
        // An appointment that can move was not kept yet.
        served: false,
    };
    let pool = draw(&mut pools, &draws, service.issues_card).ok_or_else(|| {
        let mut cohorts: Vec<Uuid> = rosters.iter().copied().chain(mover.cohort_id).collect();
        cohorts.extend(facts.left_over(&cohorts));
        Refusal::WindowFull {
            needed: 1,
            needed_cards: usize::from(service.issues_card),
            cohorts,
        }
    })?;
    Ok(Decision {
        window_id: to,
        given: vec![Given {
            pool_id: pool.id,
            appointment_id: mover.appointment_id,
            person_id: mover.person_id,
            person_is_new: false,
            key: mover.key.clone(),
            claim: None,
            service_id: service.id,
            needs_card: service.issues_card,
            cohort_id: mover.cohort_id,
        }],
    })
}

/// The window, if it takes bookings now. One that has begun still does, until it is over.
pub(super) fn open_window(facts: &Facts, id: Uuid) -> Result<&Window, Refusal> {
    let window = facts.windows.get(&id).ok_or(Refusal::WindowUnknown)?;
    if !window.open {
        return Err(Refusal::WindowClosed);
    }
    let over = facts
        .now
        .get(&window.campaign_id)
        .is_none_or(|now| window.ends_at <= *now);
    if over {
        return Err(Refusal::WindowPast);
    }
    Ok(window)
}

/// The service a person comes for: by what they need, else by their cohort's.
pub(crate) fn service_for(
    facts: &Facts,
    campaign: Uuid,
    needs_card: Option<bool>,
    cohort_service: Option<Uuid>,
) -> Option<&Service> {
    let services = facts.services.get(&campaign)?;
    let of_cohort = cohort_service.and_then(|id| services.iter().find(|s| s.id == id));
    match (needs_card, of_cohort) {
        (None, Some(service)) => Some(service),
        (Some(card), Some(service)) if service.issues_card == card => Some(service),
        (card, _) => services
            .iter()
            .find(|s| s.for_person && s.issues_card == card.unwrap_or(false)),
    }
}

/// On which pools somebody draws.
pub(super) struct Draws<'a> {
    /// What is known.
    pub facts: &'a Facts,
    /// The cohort they come with.
    pub admitted: Option<Uuid>,
    /// The cohorts whose lists have them.
    pub rosters: &'a [Uuid],
    /// Whether they were served already, and so are not left over.
    pub served: bool,
}

impl Draws<'_> {
    /// The lower, the sooner; none for places of others.
    fn rank(&self, pool: &Pool) -> Option<u8> {
        let Some(id) = pool.cohort_id else {
            return Some(3);
        };
        if self.admitted == Some(id) {
            return Some(0);
        }
        if self.rosters.contains(&id) {
            return Some(1);
        }
        let of = self.facts.left_of.get(&id).filter(|_| !self.served)?;
        (self.admitted == Some(*of) || self.rosters.contains(of)).then_some(2)
    }
}

/// Takes a place from the first pool that has one: the admitted cohort's, those of the
/// person's lists, those of people left over of these, everybody's.
pub(super) fn draw(pools: &mut [Pool], draws: &Draws<'_>, needs_card: bool) -> Option<Pool> {
    let chosen = pools
        .iter_mut()
        .filter(|p| p.has_room(needs_card))
        .filter_map(|p| draws.rank(p).map(|rank| (rank, p)))
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, p)| p)?;
    chosen.take(needs_card);
    Some(chosen.clone())
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
