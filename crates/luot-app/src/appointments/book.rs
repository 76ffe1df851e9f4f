//! Booking: a party takes places, all persons or none.

use std::net::IpAddr;

use chrono::NaiveDate;
use luot_domain::booking::{AskedPerson, Consent, Refusal};
use luot_domain::calendar::age_on;
use luot_domain::consent_texts;
use luot_domain::finding::Note;
use luot_domain::person::{PersonalNumber, key_material, name};
use luot_domain::phone::Mobile;
use luot_store::appointments::find_window;
use luot_store::entities::{booking, person};
use luot_store::holds;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::in_clear::{InClear, PartyInClear};
use crate::authz::{Action, Actor, Where};
use crate::claims::claim;
use crate::error::{Error, Invalid, Result};
use crate::idempotency::Once;
use crate::intake::{BookOrder, NewPerson, Wanted};
use crate::keys::Keys;
use crate::trail::Asker;
use crate::{App, limits, new_id};

/// Where a party wants its places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum In {
    /// In this window.
    Window(Uuid),
    /// Those that this hold keeps.
    Hold(Uuid),
}

/// A party that wants places.
#[derive(Debug, Clone)]
pub struct Book {
    /// Where.
    pub wanted: In,
    /// Whom to tell, by phone.
    pub contact_phone: String,
    /// And by name.
    pub contact_name: String,
    /// Who comes.
    pub persons: Vec<BookPerson>,
    /// The version of the text that whoever books agreed to.
    pub consent: Option<String>,
    /// The address the request comes from: what it may learn is counted.
    pub address: Option<IpAddr>,
}

/// Somebody who comes.
#[derive(Debug, Clone)]
pub struct BookPerson {
    /// Full name.
    pub full_name: String,
    /// Day of birth.
    pub birth_date: NaiveDate,
    /// Twelve digits.
    pub personal_number: Option<String>,
    /// Whether they need a card.
    pub needs_card: Option<bool>,
    /// The cohort they come with, by id or code.
    pub cohort: Option<String>,
}

/// The party has its places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// The booking; its manage token is made from it.
    pub booking_id: Uuid,
    /// The campaign.
    pub campaign_id: Uuid,
    /// The window.
    pub window_id: Uuid,
    /// One a person, in the order asked.
    pub appointments: Vec<BookedOne>,
}

/// One person's appointment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookedOne {
    /// Its id.
    pub id: Uuid,
    /// Its code, to be shown at the counter.
    pub code: String,
    /// Whether it takes a card place.
    pub needs_card: bool,
    /// The cohort it was booked with.
    pub cohort_id: Option<Uuid>,
}

/// A party as it was read: who to tell, and who comes. Its rows are to be sealed.
pub(crate) struct ReadParty {
    pub booking: booking::Model,
    pub persons: Vec<NewPerson>,
    pub clear: PartyInClear,
}

impl ReadParty {
    /// Completes its rows.
    pub(crate) fn sealed(mut self, keys: &Keys) -> Self {
        self.clear.seal(keys, &mut self.booking, &mut self.persons);
        self
    }
}

impl App {
    /// Books places for a party. Anybody may; staff may vouch for a cohort.
    ///
    /// # Errors
    /// [`Error::Booking`] with the rule that said no, [`Error::Invalid`] for what cannot be
    /// a person, [`Error::Busy`] when too many are waiting.
    pub async fn book(&self, actor: &Actor, once: Option<Once>, book: Book) -> Result<Booked> {
        let wanted = match book.wanted {
            In::Window(id) => Wanted::Window(id),
            In::Hold(id) => Wanted::Hold(id),
        };
        let party = self.read_party(actor, &book).await?;
        let named: Vec<_> = party.persons.iter().map(|p| p.asked.cohort_id).collect();
        let vouched = match (book.wanted, actor) {
            (In::Window(id), _) => self.vouches(actor, id, &named).await?,
            (In::Hold(id), Actor::Staff { .. }) => {
                let window = self.window_of_hold(id).await?;
                self.vouches(actor, window, &named).await?
            }
            (In::Hold(_), _) => false,
        };
        let counted = self
            .count_party(actor, book.address, &party, once.as_ref())
            .await?;
        let new = party.booking.id;
        let order = BookOrder {
            once,
            asker: Asker::of(actor),
            vouched,
            wanted,
            agreed: agreed(actor, book.consent.as_deref()),
            consent: book.consent.clone(),
            booking: party.booking,
            persons: party.persons,
        };
        let seal = |order: &mut BookOrder| party.clear.seal_order(&self.keys, order);
        let answer = self.intake.book_party(order, seal).await;
        // A retry has the booking of the first.
        let answer = self.settle_party(counted, answer, |booked| booked.booking_id == new);
        match (answer, book.wanted) {
            (Err(error), In::Window(id)) => Err(self.with_alternatives(id, error).await),
            (answer, _) => answer,
        }
    }

    /// The token that manages a booking.
    #[must_use]
    pub fn manage_token(&self, booking: Uuid) -> String {
        self.keys.manage_token(booking)
    }

    /// Whether staff answer for people of these cohorts, where their lists do not have them.
    pub(crate) async fn vouches(
        &self,
        actor: &Actor,
        window: Uuid,
        cohorts: &[Option<Uuid>],
    ) -> Result<bool> {
        if !matches!(actor, Actor::Staff { .. }) || !actor.may(Action::Vouch, Where::Unknown) {
            return Ok(false);
        }
        let Some(window) = self
            .store
            .read(async |tx| find_window(tx, window).await)
            .await?
        else {
            return Ok(false);
        };
        Ok(cohorts.iter().all(|&cohort| {
            let place = Where::Within {
                campaign: window.campaign_id,
                site: Some(window.site_id),
                session: Some(window.session_id),
                cohort,
            };
            actor.may(Action::Vouch, place)
        }))
    }

    async fn read_party(&self, actor: &Actor, book: &Book) -> Result<ReadParty> {
        let mut faults = Vec::new();
        check_consent(book.consent.as_deref(), &mut faults);
        let named = book.persons.iter().map(|p| p.cohort.as_deref());
        let mut cohorts = Vec::with_capacity(book.persons.len());
        for (i, named) in named.enumerate() {
            let Some(named) = named else {
                cohorts.push(None);
                continue;
            };
            match self.cohort_wanted(book.wanted, named).await {
                Ok(id) => cohorts.push(Some(id)),
                Err(Error::NotFound("cohort")) => {
                    faults.push(unknown_cohort(i));
                    cohorts.push(None);
                }
                Err(other) => return Err(other),
            }
        }
        let contact = (book.contact_phone.as_str(), book.contact_name.as_str());
        self.party(actor, contact, &book.persons, cohorts, faults)
    }

    async fn cohort_wanted(&self, wanted: In, named: &str) -> Result<Uuid> {
        if let Ok(id) = Uuid::parse_str(named) {
            return Ok(id);
        }
        let window = match wanted {
            In::Window(id) => id,
            In::Hold(id) => self.window_of_hold(id).await?,
        };
        self.cohort_in(window, named).await
    }

    async fn window_of_hold(&self, id: Uuid) -> Result<Uuid> {
        let ids = std::collections::BTreeSet::from([id]);
        let held: Result<_> = self
            .store
            .read(async |tx| Ok(holds::find(tx, &ids).await?))
            .await;
        let hold = held?.remove(&id).ok_or(Refusal::HoldUnknown)?;
        Ok(hold.window_id)
    }

    /// Reads a party: contact (phone and name), people, and the cohort of each.
    pub(crate) fn party(
        &self,
        actor: &Actor,
        (phone, name): (&str, &str),
        people: &[BookPerson],
        cohorts: Vec<Option<Uuid>>,
        mut faults: Vec<Note>,
    ) -> Result<ReadParty> {
        let phone = read_phone(phone, "/contact/phone", &mut faults);
        let contact_name = read_name(name, "/contact/name", &mut faults);
        if people.is_empty() {
            faults.push(Note::new(
                "/persons",
                "nobody",
                "name at least one person",
                "cần ít nhất một người",
            ));
        }
        let booking_id = new_id();
        let mut persons = Vec::with_capacity(people.len());
        let mut in_clear = Vec::with_capacity(people.len());
        for ((i, person), cohort_id) in people.iter().enumerate().zip(cohorts) {
            let new = self.new_person(i, person, cohort_id, &phone, &mut faults);
            if let Some((new, clear)) = new {
                persons.push(new);
                in_clear.push(clear);
            }
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(Invalid::Input, faults));
        }
        Ok(ReadParty {
            booking: booking::Model {
                id: booking_id,
                created_at: self.clock.now(),
                campaign_id: Uuid::nil(),
                booked_by_id: actor.staff_id(),
                contact_name_sealed: None,
                contact_phone_sealed: None,
                contact_phone_index: None,
                erased_at: None,
            },
            persons,
            clear: PartyInClear {
                phone,
                contact_name,
                people: in_clear,
            },
        })
    }

    fn new_person(
        &self,
        i: usize,
        person: &BookPerson,
        cohort_id: Option<Uuid>,
        phone: &str,
        faults: &mut Vec<Note>,
    ) -> Option<(NewPerson, InClear)> {
        let before = faults.len();
        let at = |field: &str| format!("/persons/{i}/{field}");
        let full_name = read_name(&person.full_name, &at("full_name"), faults);
        let today = self.clock.now().date_naive();
        let plausible = age_on(person.birth_date, today.succ_opt().unwrap_or(today))
            .is_some_and(|age| age <= limits::AGE_MOST);
        if !plausible {
            faults.push(Note::new(
                at("birth_date"),
                "impossible-birth-date",
                format!(
                    "a birth date is not in the future, and at most {} years ago",
                    limits::AGE_MOST
                ),
                format!(
                    "ngày sinh không được ở tương lai và không quá {} năm trước",
                    limits::AGE_MOST
                ),
            ));
        }
        let number = match person.personal_number.as_deref().map(PersonalNumber::read) {
            None => None,
            Some(Ok(number)) => Some(number),
            Some(Err(_)) => {
                faults.push(Note::new(
                    at("personal_number"),
                    "invalid-personal-number",
                    "a personal number has 12 digits; leave it out if it is not at hand",
                    "số định danh có 12 chữ số; nếu chưa có thì bỏ trống",
                ));
                None
            }
        };
        if faults.len() > before {
            return None;
        }
        let material = key_material(number.as_ref(), &full_name, person.birth_date, phone);
        let key = self.keys.person_key(&material);
        let claim = claim(&self.keys, &key, &full_name, person.birth_date);
        let (person_id, appointment_id) = (new_id(), new_id());
        let new = NewPerson {
            code: String::new(),
            row: person::Model {
                id: person_id,
                created_at: self.clock.now(),
                campaign_id: Uuid::nil(),
                unit_id: None,
                merged_into_id: None,
                subject: "person".into(),
                person_key: key.clone(),
                full_name_sealed: None,
                birth_date_sealed: None,
                personal_number_sealed: None,
                personal_number_index: None,
                representative_sealed: None,
                claim_hash: Some(claim.clone()),
                renamed_at: None,
                erased_at: None,
            },
            asked: AskedPerson {
                key,
                claim: Some(claim),
                birth: person.birth_date,
                needs_card: person.needs_card,
                cohort_id,
                new_person_id: person_id,
                appointment_id,
            },
        };
        let clear = InClear {
            full_name,
            birth_date: person.birth_date,
            number,
        };
        Some((new, clear))
    }
}

/// Refuses what is no text that can be agreed to: what is kept must lead to the words.
pub(crate) fn check_consent(text: Option<&str>, faults: &mut Vec<Note>) {
    if text.is_none_or(|text| consent_texts::find(text).is_some()) {
        return;
    }
    let known = consent_texts::known().join(", ");
    faults.push(Note::new(
        "/consent",
        "unknown-consent-text",
        format!("name the text that was agreed to, and its language; there are: {known}"),
        format!("cần nêu văn bản đã đồng ý và ngôn ngữ; hiện có: {known}"),
    ));
}

/// What is known of consent when this caller asks.
pub(crate) fn agreed(actor: &Actor, text: Option<&str>) -> Consent {
    match (actor, text) {
        (_, Some(_)) => Consent::Given,
        (Actor::Staff { .. }, None) => Consent::NotAsked,
        (Actor::Parent { .. }, None) => Consent::MissingOfParent,
        (Actor::Anonymous | Actor::Holder(_), None) => Consent::Missing,
    }
}

/// Who agreed: a parent known as one, or whoever is to be told.
pub(crate) fn given_by(parent: Option<Uuid>) -> &'static str {
    match parent {
        Some(_) => "parent",
        None => "contact",
    }
}

pub(crate) fn unknown_cohort(i: usize) -> Note {
    Note::new(
        format!("/persons/{i}/cohort_id"),
        "unknown-cohort",
        "there is no such cohort in this campaign",
        "đợt này không có lớp, thôn hoặc tổ đó",
    )
}

pub(crate) fn read_phone(text: &str, pointer: &str, faults: &mut Vec<Note>) -> String {
    match Mobile::read(text) {
        Ok(mobile) => mobile.as_str().to_owned(),
        Err(why) => {
            faults.push(Note::new(
                pointer,
                "invalid-phone",
                format!("{why}; write it as 09…, +849… or 849…"),
                "cần số di động Việt Nam, viết 09…, +849… hoặc 849…",
            ));
            String::new()
        }
    }
}

fn read_name(text: &str, pointer: &str, faults: &mut Vec<Note>) -> String {
    match name(text).filter(|n| n.chars().count() <= limits::NAME_MOST) {
        Some(name) => name,
        None => {
            faults.push(Note::new(
                pointer,
                "invalid-name",
                format!(
                    "a name has letters, and at most {} characters",
                    limits::NAME_MOST
                ),
                format!(
                    "họ tên phải có chữ cái và không quá {} ký tự",
                    limits::NAME_MOST
                ),
            ));
            String::new()
        }
    }
}
