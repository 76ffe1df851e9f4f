//! Who may wait.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::booking::{AskedPerson, Consent, Facts, Ineligible, Refusal, eligible, service_for};

/// Lets a party wait, and tells the service each person waits for. Whoever is eligible on
/// neither the first nor the last day on which the party would come can never be offered a
/// place, and is told so now.
///
/// # Errors
/// The first rule that says no; of the same rule, all persons it is about.
pub fn admit(
    facts: &Facts,
    campaign: Uuid,
    persons: &[AskedPerson],
    consent: Consent,
    days: (NaiveDate, NaiveDate),
) -> Result<Vec<Uuid>, Refusal> {
    let policies = facts.policies.get(&campaign).cloned().unwrap_or_default();
    consent.suffices(&policies)?;
    if persons.len() > policies.party_most as usize {
        return Err(Refusal::PartyTooLarge {
            most: policies.party_most,
        });
    }
    let twice: Vec<usize> = (0..persons.len())
        .filter(|&i| persons[..i].iter().any(|p| p.key == persons[i].key))
        .collect();
    if !twice.is_empty() {
        return Err(Refusal::NamedTwice(twice));
    }
    let mut services = Vec::with_capacity(persons.len());
    let mut not_eligible = Vec::new();
    let mut mismatched = Vec::new();
    let mut booked = Vec::new();
    for (i, person) in persons.iter().enumerate() {
        let cohort = match person.cohort_id {
            Some(id) => Some(facts.cohorts.get(&id).ok_or(Refusal::CohortUnknown(i))?),
            None => None,
        };
        let of_cohort = cohort.map(|c| c.service_id);
        let Some(service) = service_for(facts, campaign, person.needs_card, of_cohort) else {
            not_eligible.push((i, Ineligible::NoService));
            continue;
        };
        let on = |day| eligible(person.birth, day, &policies, service);
        if let Err(why) = on(days.0).or_else(|_| on(days.1)) {
            not_eligible.push((i, why));
        }
        let known = facts.people.get(&(campaign, person.key.clone()));
        let meant = known.filter(|p| p.is_known_to(person));
        if known.is_some() && meant.is_none() {
            mismatched.push(i);
        }
        if meant.is_some_and(|p| p.live.iter().any(|l| l.service_id == service.id)) {
            booked.push(i);
        }
        services.push(service.id);
    }
    if !not_eligible.is_empty() {
        return Err(Refusal::NotEligible(not_eligible));
    }
    // Who is not meant is looked at no further, and told of last: a party that would wait for
    // another reason in vain learns nothing about the numbers in it.
    if !booked.is_empty() {
        return Err(Refusal::AlreadyBooked(booked));
    }
    if !mismatched.is_empty() {
        return Err(Refusal::PersonMismatch(mismatched));
    }
    Ok(services)
}
