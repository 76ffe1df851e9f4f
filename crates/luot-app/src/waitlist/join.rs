//! Joining the waitlist: a party waits as one.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::NaiveDate;
use luot_domain::finding::Note;
use luot_domain::waitlist::Wishes;
use luot_store::{Conflict, StoreError, Tx, parts};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::joining::JoinOrder;
use crate::App;
use crate::appointments::{BookPerson, ReadParty, agreed, check_consent, unknown_cohort};
use crate::authz::{Action, Actor};
use crate::error::{Error, Invalid, Result};
use crate::idempotency::{Once, replayed};
use crate::sessions::{find_cohort, find_site};
use crate::trail::Asker;

/// A party that wants to wait.
#[derive(Debug, Clone)]
pub struct Join {
    /// In which campaign.
    pub campaign_id: Uuid,
    /// At these sites (by id or code); at any when empty.
    pub sites: Vec<String>,
    /// In these shifts (by id or code); in any when empty.
    pub shifts: Vec<String>,
    /// From this date.
    pub from: Option<NaiveDate>,
    /// To this date.
    pub to: Option<NaiveDate>,
    /// Whether they can come at once, when a place comes free late.
    pub at_once: bool,
    /// Whom to tell, by phone.
    pub contact_phone: String,
    /// And by name.
    pub contact_name: String,
    /// Who waits.
    pub persons: Vec<BookPerson>,
    /// The cohort of those who name none of their own.
    pub cohort: Option<String>,
    /// The version of the text that whoever joins agreed to.
    pub consent: Option<String>,
    /// The address the request comes from: what it may learn is counted.
    pub address: Option<IpAddr>,
}

/// The party waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// Its entry.
    pub entry_id: Uuid,
    /// The booking it is to become; the manage token is made from it.
    pub booking_id: Uuid,
}

impl App {
    /// Lets a party wait. What is free and fits is offered to it at once.
    ///
    /// # Errors
    /// [`Error::Booking`] with the rule that said no; a conflict when somebody of it waits
    /// already.
    pub async fn join_waitlist(
        &self,
        actor: &Actor,
        once: Option<&Once>,
        join: Join,
    ) -> Result<Joined> {
        let (cohorts, mut faults) = self.cohorts_of(&join).await?;
        check_consent(join.consent.as_deref(), &mut faults);
        let contact = (join.contact_phone.as_str(), join.contact_name.as_str());
        let party = self
            .party(actor, contact, &join.persons, cohorts, faults)?
            .sealed(&self.keys);
        let counted = self.count_party(actor, join.address, &party, once).await?;
        let party = Arc::new(party);
        let joined = match self.let_wait(actor, once, join, &party).await {
            Err(error) => self.answered_before(once, error).await,
            joined => joined,
        };
        // A retry has the booking of the first.
        self.settle_party(counted, joined, |joined: &Joined| {
            joined.booking_id == party.booking.id
        })
    }

    async fn let_wait(
        &self,
        actor: &Actor,
        once: Option<&Once>,
        join: Join,
        party: &Arc<ReadParty>,
    ) -> Result<Joined> {
        let order = JoinOrder {
            once: once.cloned(),
            asker: Asker::of(actor),
            vouched: actor.may(Action::Vouch, Some(join.campaign_id)),
            campaign_id: join.campaign_id,
            wishes: self.wishes_of(&join).await?,
            at_once: join.at_once,
            agreed: agreed(actor, join.consent.as_deref()),
            consent: join.consent,
            party: party.clone(),
        };
        self.joining.join(order).await
    }

    /// The answer to a request that is refused because it was answered before: its party waits,
    /// or was served since; or its days have passed.
    async fn answered_before(&self, once: Option<&Once>, refused: Error) -> Result<Joined> {
        let is_refusal = match &refused {
            Error::Store(error) => matches!(error, StoreError::Conflict(Conflict::Waiting)),
            Error::Booking { .. } | Error::Invalid(..) | Error::NotFound(_) => true,
            _ => false,
        };
        if !is_refusal {
            return Err(refused);
        }
        let now = self.clock.now();
        let first = self.store.read(async |tx| replayed(tx, once, now).await);
        first.await?.ok_or(refused)
    }

    /// The wishes with sites and shifts by id.
    async fn wishes_of(&self, join: &Join) -> Result<Wishes> {
        if join.sites.is_empty() && join.shifts.is_empty() {
            return Ok(Wishes {
                from: join.from,
                to: join.to,
                ..Wishes::default()
            });
        }
        self.store.read(async |tx| wishes_of(tx, join).await).await
    }

    /// The cohort of each person: their own, or the party's.
    async fn cohorts_of(&self, join: &Join) -> Result<(Vec<Option<Uuid>>, Vec<Note>)> {
        let mut faults = Vec::new();
        let mut cohorts = Vec::with_capacity(join.persons.len());
        for (i, person) in join.persons.iter().enumerate() {
            let Some(named) = person.cohort.as_ref().or(join.cohort.as_ref()) else {
                cohorts.push(None);
                continue;
            };
            let found = self
                .store
                .read(async |tx| find_cohort(tx, join.campaign_id, named).await)
                .await;
            match found {
                Ok(cohort) => cohorts.push(Some(cohort.id)),
                Err(Error::NotFound("cohort")) => {
                    faults.push(if person.cohort.is_some() {
                        unknown_cohort(i)
                    } else {
                        unknown("/cohort_id".into(), "cohort", "lớp, thôn hoặc tổ")
                    });
                    cohorts.push(None);
                }
                Err(other) => return Err(other),
            }
        }
        Ok((cohorts, faults))
    }
}

/// The wishes with sites and shifts by id.
async fn wishes_of(tx: &Tx, join: &Join) -> Result<Wishes> {
    let mut faults = Vec::new();
    let mut wishes = Wishes {
        from: join.from,
        to: join.to,
        ..Wishes::default()
    };
    for (i, named) in join.sites.iter().enumerate() {
        match find_site(tx, join.campaign_id, named).await {
            Ok(site) => wishes.sites.push(site.id),
            Err(Error::NotFound("site")) => {
                faults.push(unknown(format!("/sites/{i}"), "site", "điểm thu nhận"));
            }
            Err(other) => return Err(other),
        }
    }
    if !join.shifts.is_empty() {
        let shifts = parts::shifts::list(tx, join.campaign_id).await?;
        for (i, named) in join.shifts.iter().enumerate() {
            let id = Uuid::parse_str(named).ok();
            match shifts.iter().find(|s| s.code == *named || Some(s.id) == id) {
                Some(shift) => wishes.shifts.push(shift.id),
                None => faults.push(unknown(format!("/shifts/{i}"), "shift", "ca")),
            }
        }
    }
    if faults.is_empty() {
        Ok(wishes)
    } else {
        Err(Error::Invalid(Invalid::Input, faults))
    }
}

fn unknown(pointer: String, en: &str, vi: &str) -> Note {
    Note::new(
        pointer,
        &format!("unknown-{en}"),
        format!("there is no such {en} in this campaign"),
        format!("đợt này không có {vi} đó"),
    )
}
