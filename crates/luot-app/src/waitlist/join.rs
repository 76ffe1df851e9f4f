//! Joining the waitlist: a party waits as one.

use std::collections::BTreeSet;
use std::net::IpAddr;

use chrono::NaiveDate;
use luot_domain::finding::Note;
use luot_domain::waitlist::{Ground, Wishes, admit, priority};
use luot_store::entities::{consent, person};
use luot_store::facts::{self, Wanted};
use luot_store::waitlist::{self, Entry, WaitingPerson};
use luot_store::{Conflict, StoreError, Tx, appointments, campaigns, parts, people};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::settle::look_at_once;
use crate::appointments::{BookPerson, ReadParty, agreed, check_consent, given_by, unknown_cohort};
use crate::authz::{Action, Actor};
use crate::campaigns::present;
use crate::error::{Error, Invalid, Result};
use crate::idempotency::{Once, keep, replayed};
use crate::instances::json as to_json;
use crate::sessions::{find_cohort, find_site};
use crate::trail::did_by;
use crate::{App, claims, new_id};

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
        let joined = self.let_wait(actor, once, &join, &party).await;
        if let Ok(joined) = &joined {
            look_at_once(&self.store, &self.keys, &*self.clock, joined.entry_id).await;
        }
        let joined = match joined {
            // Perhaps by the first of the same request, which was answered in the meantime.
            Err(error @ Error::Store(StoreError::Conflict(Conflict::Waiting))) => {
                let now = self.clock.now();
                let first = self.store.read(async |tx| replayed(tx, once, now).await);
                first.await?.ok_or(error)
            }
            other => other,
        };
        // A retry has the booking of the first.
        self.settle_party(counted, joined, |joined: &Joined| {
            joined.booking_id == party.booking.id
        })
    }

    /// Writes the party down, unless the rules say no or it is a retry.
    async fn let_wait(
        &self,
        actor: &Actor,
        once: Option<&Once>,
        join: &Join,
        party: &ReadParty,
    ) -> Result<Joined> {
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                if let Some(first) = replayed(tx, once, now).await? {
                    return Ok(first);
                }
                let campaign = campaigns::find(tx, join.campaign_id)
                    .await?
                    .ok_or(Error::NotFound("campaign"))?;
                let (_, today) = present(&campaign, now)?;
                let wishes = wishes_of(tx, join).await?;
                let days = (
                    join.from.unwrap_or(campaign.starts_on).max(today),
                    join.to.unwrap_or(campaign.ends_on).min(campaign.ends_on),
                );
                if days.0 > days.1 {
                    return Err(Error::Invalid(
                        Invalid::Input,
                        vec![Note::new(
                            "/to",
                            "no-days",
                            "none of these days is still to come in this campaign",
                            "không còn ngày nào như vậy trong đợt này",
                        )],
                    ));
                }
                let wanted = Wanted {
                    campaigns: BTreeSet::from([campaign.id]),
                    keys: party
                        .persons
                        .iter()
                        .map(|p| (campaign.id, p.asked.key.clone()))
                        .collect(),
                    cohorts: party
                        .persons
                        .iter()
                        .filter_map(|p| p.asked.cohort_id)
                        .collect(),
                    ..Wanted::default()
                };
                let mut facts = facts::load(tx, &wanted, now).await?;
                claims::complete(&self.keys, tx, &mut facts).await?;
                let asked: Vec<_> = party.persons.iter().map(|p| p.asked.clone()).collect();
                let consent = agreed(actor, join.consent.as_deref());
                let services = admit(&facts, campaign.id, &asked, consent, days)?;
                let mut new: Vec<person::Model> = Vec::new();
                let mut ids = Vec::new();
                for person in &party.persons {
                    let known = facts.people.get(&(campaign.id, person.asked.key.clone()));
                    let id = known.and_then(|k| k.id);
                    ids.push(id.unwrap_or(person.row.id));
                    if id.is_none() {
                        new.push(person::Model {
                            campaign_id: campaign.id,
                            ..person.row.clone()
                        });
                    }
                }
                people::insert(tx, new).await?;
                let parent = actor.parent_id().ok();
                let consents = join.consent.iter().flat_map(|text| {
                    ids.iter().map(|&person_id| consent::Model {
                        id: new_id(),
                        created_at: now,
                        person_id,
                        text_version: text.clone(),
                        given_by: given_by(parent).into(),
                        given_at: now,
                        withdrawn_at: None,
                        parent_id: parent,
                        channel: Some("waitlist".into()),
                    })
                });
                people::insert_consents(tx, consents.collect()).await?;
                let booking = luot_store::entities::booking::Model {
                    campaign_id: campaign.id,
                    created_at: now,
                    ..party.booking.clone()
                };
                appointments::insert(tx, vec![booking], Vec::new()).await?;
                let mut grounds = Vec::new();
                if waitlist::was_displaced(tx, &ids).await? || waitlist::was_moved(tx, &ids).await?
                {
                    grounds.push(Ground::MovedBefore);
                }
                let policies = facts
                    .policies
                    .get(&campaign.id)
                    .cloned()
                    .unwrap_or_default();
                let entry = Entry {
                    id: new_id(),
                    created_at: now,
                    campaign_id: campaign.id,
                    booking_id: party.booking.id,
                    kind: "party".into(),
                    state: "waiting".into(),
                    priority: priority(&policies.waitlist, &grounds),
                    grounds: to_json(&grounds)?,
                    wishes: to_json(&wishes)?,
                    at_once: join.at_once,
                    vouched: actor.may(Action::Vouch, Some(campaign.id)),
                    people: i32::try_from(ids.len()).unwrap_or(i32::MAX),
                    missed: 0,
                    passed_over: None,
                    version: 1,
                    updated_at: now,
                };
                let rows = ids.iter().zip(&services).zip(&party.persons).enumerate();
                let persons = rows
                    .map(|(i, ((&person_id, &service_id), person))| WaitingPerson {
                        id: new_id(),
                        created_at: now,
                        entry_id: entry.id,
                        person_id,
                        service_id,
                        cohort_id: person.asked.cohort_id,
                        position: i32::try_from(i).unwrap_or(i32::MAX),
                        live: true,
                    })
                    .collect();
                waitlist::insert(tx, vec![entry.clone()], persons).await?;
                let row = did_by(
                    now,
                    Some(campaign.id),
                    actor,
                    "waitlist.join",
                    json!({ "ids": [entry.id] }),
                );
                luot_store::audit::record(tx, vec![row]).await?;
                let joined = Joined {
                    entry_id: entry.id,
                    booking_id: entry.booking_id,
                };
                keep(tx, once, &joined, now).await?;
                Ok(joined)
            })
            .await
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
