//! Correcting a name or a day of birth, and with it what tells the person apart and who is
//! taken for knowing them.
//!
//! A person without a personal number is told apart by name, day of birth and phone
//! (`key_material`). After a correction they must be found under what is right, or they could
//! be booked a second time; and if somebody is known under that already, the two may be one,
//! which is not for a correction to decide.

use chrono::NaiveDate;
use luot_domain::person::{PersonalNumber, key_material};
use luot_store::entities::person;
use luot_store::{Tx, appointments, parents, people, waitlist};
use serde_json::Value;
use uuid::Uuid;

use crate::App;
use crate::claims::claim_of;
use crate::error::{Error, Forbidden, Result};
use crate::keys::Place;
use crate::signin::Field;

impl App {
    /// Writes what is right over what was wrong. `parent` is who asked for it.
    ///
    /// # Errors
    /// [`Error::State`] when somebody else is known under what is right.
    pub(crate) async fn correct(
        &self,
        tx: &Tx,
        mut person: person::Model,
        asked: &Value,
        parent: Option<Uuid>,
    ) -> Result<()> {
        let id = person.id;
        let seal = |column, value: &str| self.keys.seal(Place { column, row: id }, value);
        let phone = match self.is_numbered(&person)? {
            true => None,
            false => Some(self.phone_of_key(tx, &person, parent).await?),
        };
        if let Some(name) = asked["full_name"].as_str() {
            person.full_name_sealed = Some(seal("person.full_name", name));
        }
        if let Some(date) = asked["birth_date"].as_str() {
            person.birth_date_sealed = Some(seal("person.birth_date", date));
        }
        if let Some(phone) = phone
            && let Some(key) = self.key_with(&person, &phone)?
            && key != person.person_key
        {
            let known =
                people::find_ids(tx, person.campaign_id, std::slice::from_ref(&key)).await?;
            if !known.is_empty() {
                return Err(Error::State(Forbidden::SomebodyElse));
            }
            person.person_key = key;
        }
        person.claim_hash = claim_of(&self.keys, &person);
        Ok(people::update(tx, person).await?)
    }

    /// Whether somebody is told apart by their number. Not everybody who has one is: one that
    /// is known under another name tells nobody apart (`signin/children.rs`).
    fn is_numbered(&self, person: &person::Model) -> Result<bool> {
        let number = self.opened(person, Field::Number)?;
        let number = number.and_then(|n| PersonalNumber::read(&n).ok());
        Ok(number.is_some_and(|n| {
            let material = key_material(Some(&n), "", NaiveDate::default(), "");
            self.keys.person_key(&material) == person.person_key
        }))
    }

    /// The phone with which somebody was told apart until now: of those that are named for
    /// them, the one that makes their key; else that of who asks.
    async fn phone_of_key(
        &self,
        tx: &Tx,
        person: &person::Model,
        parent: Option<Uuid>,
    ) -> Result<String> {
        let mut phones = vec![String::new()];
        for row in people::list_guardians(tx, person.id).await? {
            phones.push(self.open_at("guardian.phone", row.id, &row.phone_sealed)?);
        }
        let booked = appointments::list_of_persons(tx, &[person.id]).await?;
        let mut bookings: Vec<Uuid> = booked.iter().map(|a| a.booking_id).collect();
        for entry in waitlist::list_entries_of(tx, person.id).await? {
            bookings.extend(waitlist::find(tx, entry).await?.map(|e| e.booking_id));
        }
        for id in bookings {
            let row = appointments::load_booking(tx, id).await?;
            if let Some(sealed) = &row.contact_phone_sealed {
                phones.push(self.open_at("booking.contact_phone", id, sealed)?);
            }
        }
        let mut asking: Vec<Uuid> = parent.into_iter().collect();
        let children = parents::list_of_person(tx, person.id).await?;
        asking.extend(children.iter().map(|c| c.parent_id));
        for id in asking {
            let row = parents::load(tx, id).await?;
            if let Some(sealed) = &row.phone_sealed {
                phones.push(self.open_at("parent.phone", id, sealed)?);
            }
        }
        for phone in &phones {
            if self.key_with(person, phone)?.as_ref() == Some(&person.person_key) {
                return Ok(phone.clone());
            }
        }
        Ok(phones.pop().unwrap_or_default())
    }

    /// What would tell somebody apart with this phone; nothing once they are erased.
    fn key_with(&self, person: &person::Model, phone: &str) -> Result<Option<Vec<u8>>> {
        let name = self.opened(person, Field::Name)?;
        let birth = self.opened(person, Field::Birth)?;
        let birth = birth.and_then(|b| b.parse::<NaiveDate>().ok());
        Ok(name.zip(birth).map(|(name, birth)| {
            self.keys
                .person_key(&key_material(None, &name, birth, phone))
        }))
    }

    fn open_at(&self, column: &'static str, row: Uuid, sealed: &[u8]) -> Result<String> {
        let place = Place { column, row };
        let opened = self.keys.open(place, sealed);
        opened.map_err(|e| Error::Bug(e.to_string()))
    }
}
