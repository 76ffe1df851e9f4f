//! Booking: a party takes places, all persons or none.

use chrono::NaiveDate;
use luot_domain::booking::AskedPerson;
use luot_domain::calendar::age_on;
use luot_domain::finding::Note;
use luot_domain::person::{PersonalNumber, key_material, name};
use luot_domain::phone::Mobile;
use luot_store::appointments::load_window;
use luot_store::entities::{booking, person};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::authz::Actor;
use crate::error::{Error, Invalid, Result};
use crate::idempotency::Once;
use crate::intake::{BookOrder, NewPerson, Order};
use crate::keys::Place;
use crate::sessions::find_cohort;
use crate::{App, codes, limits, new_id};

/// A party that wants places.
#[derive(Debug, Clone)]
pub struct Book {
    /// In which window.
    pub window_id: Uuid,
    /// Whom to tell, by phone.
    pub contact_phone: String,
    /// And by name.
    pub contact_name: String,
    /// Who comes.
    pub persons: Vec<BookPerson>,
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

impl App {
    /// Books places for a party. Anybody may; staff may vouch for a cohort.
    ///
    /// # Errors
    /// [`Error::Booking`] with the rule that said no, [`Error::Invalid`] for what cannot be
    /// a person, [`Error::Busy`] when too many are waiting.
    pub async fn book(&self, actor: &Actor, once: Option<Once>, book: Book) -> Result<Booked> {
        let window_id = book.window_id;
        let order = self.book_order(actor, once, book).await?;
        match self.intake.order(Order::Book(order)).await {
            Ok(booked) => Ok(booked),
            Err(error) => Err(self.with_alternatives(window_id, error).await),
        }
    }

    /// The token that manages a booking.
    #[must_use]
    pub fn manage_token(&self, booking: Uuid) -> String {
        self.keys.manage_token(booking)
    }

    async fn book_order(&self, actor: &Actor, once: Option<Once>, book: Book) -> Result<BookOrder> {
        let mut faults = Vec::new();
        let phone = read_phone(&book.contact_phone, &mut faults);
        let contact_name = read_name(&book.contact_name, "/contact/name", &mut faults);
        if book.persons.is_empty() {
            faults.push(Note::new(
                "/persons",
                "nobody",
                "name at least one person",
                "cần ít nhất một người",
            ));
        }
        let cohorts = self.cohorts_of(&book, &mut faults).await?;
        let booking_id = new_id();
        let mut persons = Vec::with_capacity(book.persons.len());
        for ((i, person), cohort_id) in book.persons.iter().enumerate().zip(cohorts) {
            if let Some(new) = self.new_person(i, person, cohort_id, &phone, &mut faults) {
                persons.push(new);
            }
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(Invalid::Input, faults));
        }
        let place = |column| Place {
            column,
            row: booking_id,
        };
        Ok(BookOrder {
            once,
            staff_id: actor.staff_id(),
            actor: actor.clone(),
            window_id: book.window_id,
            booking: booking::Model {
                id: booking_id,
                created_at: self.clock.now(),
                campaign_id: Uuid::nil(),
                booked_by_id: actor.staff_id(),
                contact_name_sealed: Some(
                    self.keys.seal(place("booking.contact_name"), &contact_name),
                ),
                contact_phone_sealed: Some(self.keys.seal(place("booking.contact_phone"), &phone)),
                contact_phone_index: Some(self.keys.blind_index("phone", &phone)),
                erased_at: None,
            },
            persons,
        })
    }

    /// The cohorts named, by id. A code is looked up in the window's campaign.
    async fn cohorts_of(&self, book: &Book, faults: &mut Vec<Note>) -> Result<Vec<Option<Uuid>>> {
        let mut ids = Vec::with_capacity(book.persons.len());
        for (i, person) in book.persons.iter().enumerate() {
            let id = match person.cohort.as_deref() {
                None => None,
                Some(named) => match Uuid::parse_str(named) {
                    Ok(id) => Some(id),
                    Err(_) => {
                        let found = self
                            .store
                            .read(async |tx| {
                                let window = load_window(tx, book.window_id)
                                    .await
                                    .map_err(|_| Error::NotFound("window"))?;
                                find_cohort(tx, window.campaign_id, named).await
                            })
                            .await;
                        match found {
                            Ok(cohort) => Some(cohort.id),
                            Err(Error::NotFound("cohort")) => {
                                faults.push(unknown_cohort(i));
                                None
                            }
                            Err(other) => return Err(other),
                        }
                    }
                },
            };
            ids.push(id);
        }
        Ok(ids)
    }

    fn new_person(
        &self,
        i: usize,
        person: &BookPerson,
        cohort_id: Option<Uuid>,
        phone: &str,
        faults: &mut Vec<Note>,
    ) -> Option<NewPerson> {
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
                format!("nobody alive was born on {}", person.birth_date),
                format!(
                    "ngày sinh {} không hợp lý",
                    person.birth_date.format("%d/%m/%Y")
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
        let (person_id, appointment_id) = (new_id(), new_id());
        let seal = |column, value: &str| {
            self.keys.seal(
                Place {
                    column,
                    row: person_id,
                },
                value,
            )
        };
        Some(NewPerson {
            code: codes::code(&self.keys, appointment_id),
            row: person::Model {
                id: person_id,
                created_at: self.clock.now(),
                campaign_id: Uuid::nil(),
                unit_id: None,
                merged_into_id: None,
                subject: "person".into(),
                person_key: key.clone(),
                full_name_sealed: Some(seal("person.full_name", &full_name)),
                birth_date_sealed: Some(seal("person.birth_date", &person.birth_date.to_string())),
                personal_number_sealed: number
                    .as_ref()
                    .map(|n| seal("person.personal_number", n.digits())),
                personal_number_index: number
                    .as_ref()
                    .map(|n| self.keys.blind_index("personal_number", n.digits())),
                representative_sealed: None,
                erased_at: None,
            },
            asked: AskedPerson {
                key,
                birth: person.birth_date,
                needs_card: person.needs_card,
                cohort_id,
                new_person_id: person_id,
                appointment_id,
            },
        })
    }
}

fn unknown_cohort(i: usize) -> Note {
    Note::new(
        format!("/persons/{i}/cohort_id"),
        "unknown-cohort",
        "there is no such cohort in this campaign",
        "đợt này không có lớp, thôn hoặc tổ đó",
    )
}

fn read_phone(text: &str, faults: &mut Vec<Note>) -> String {
    match Mobile::read(text) {
        Ok(mobile) => mobile.as_str().to_owned(),
        Err(why) => {
            faults.push(Note::new(
                "/contact/phone",
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
