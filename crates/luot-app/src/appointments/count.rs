//! What booking and waiting cost who is not staff.
//!
//! A booking counts against the phone it gives. Whoever names somebody by number who is known
//! here otherwise learns that the number is known: that is counted by caller, and by the person
//! tried at. The hazard: whole networks of phones have one address, and anybody may spend what
//! is counted by it or by a number; so a parent who is signed in has a count of their own.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use luot_domain::booking::Refusal;
use luot_domain::phone::Mobile;

use super::book::ReadParty;
use crate::App;
use crate::authz::Actor;
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::rates::{Budget, Spending, network};

/// What a party is counted by, until it is known what came of it.
pub(crate) struct Counted {
    booking: Spending,
    persons: Vec<Spending>,
    /// By whom it is counted that they named somebody otherwise.
    caller: Option<String>,
}

impl Counted {
    fn nothing() -> Self {
        Self {
            booking: Spending::nothing(),
            persons: Vec::new(),
            caller: None,
        }
    }
}

impl App {
    /// Counts a party that is to be booked, or to wait; not where it is answered already.
    pub(crate) async fn count_party(
        &self,
        actor: &Actor,
        address: Option<IpAddr>,
        party: &ReadParty,
        once: Option<&Once>,
    ) -> Result<Counted> {
        if matches!(actor, Actor::Staff { .. }) || self.rates.is_none() {
            return Ok(Counted::nothing());
        }
        let limited = match self.reserve_party(actor, address, party) {
            Ok(counted) => return Ok(counted),
            Err(error) => error,
        };
        match self.is_answered(once).await? {
            true => Ok(Counted::nothing()),
            false => Err(limited),
        }
    }

    fn reserve_party(
        &self,
        actor: &Actor,
        address: Option<IpAddr>,
        party: &ReadParty,
    ) -> Result<Counted> {
        let mut counted = Counted::nothing();
        let parent = actor.parent_id().ok().map(|id| id.to_string());
        let numbered = party.persons.iter().zip(&party.clear.people);
        let numbered = numbered.filter(|(_, clear)| clear.number.is_some());
        for (person, _) in numbered {
            let key = URL_SAFE_NO_PAD.encode(&person.asked.key);
            let whose = format!("{key} {}", parent.as_deref().unwrap_or_default());
            match self.reserve(Budget::Person, &whose) {
                Ok(spending) => counted.persons.push(spending),
                Err(error) => {
                    counted.persons.into_iter().for_each(Spending::give_back);
                    return Err(error);
                }
            }
        }
        counted.caller = match counted.persons.is_empty() {
            true => None,
            false => parent.or_else(|| address.map(network)),
        };
        let left = match &counted.caller {
            Some(caller) => self.require_left(Budget::Mismatch, caller),
            None => Ok(()),
        };
        let booking = match (left, Mobile::read(&party.clear.phone)) {
            (Ok(()), Ok(mobile)) => self.reserve(Budget::Booking, mobile.as_str()),
            (Ok(()), Err(_)) => Ok(Spending::nothing()),
            (Err(error), _) => Err(error),
        };
        match booking {
            Ok(booking) => Ok(Counted { booking, ..counted }),
            Err(error) => {
                counted.persons.into_iter().for_each(Spending::give_back);
                Err(error)
            }
        }
    }

    /// Gives back what the answer need not cost. `is_first` tells whether it is no retry's.
    pub(crate) fn settle_party<T>(
        &self,
        counted: Counted,
        answer: Result<T>,
        is_first: impl FnOnce(&T) -> bool,
    ) -> Result<T> {
        counted.booking.settle(&answer, is_first);
        let mismatch = matches!(
            &answer,
            Err(Error::Booking {
                refusal: Refusal::PersonMismatch(_),
                ..
            })
        );
        if !mismatch {
            counted.persons.into_iter().for_each(Spending::give_back);
            return answer;
        }
        if let Some(caller) = &counted.caller {
            drop(self.reserve(Budget::Mismatch, caller)?);
        }
        answer
    }
}
