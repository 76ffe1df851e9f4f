//! What a party says of itself, until it is sealed.
//!
//! Sealing is a good part of what an order costs. So it is put off until there may be a place:
//! of those who ask for a window that was full a moment ago, most need no row.

use chrono::NaiveDate;
use luot_domain::person::PersonalNumber;
use luot_store::entities::booking;
use uuid::Uuid;

use crate::codes;
use crate::intake::{BookOrder, NewPerson};
use crate::keys::{Keys, Place};

/// A party in clear: whom to tell, and who comes.
pub(crate) struct PartyInClear {
    pub phone: String,
    pub contact_name: String,
    pub people: Vec<InClear>,
}

/// Somebody in clear.
pub(crate) struct InClear {
    pub full_name: String,
    pub birth_date: NaiveDate,
    pub number: Option<PersonalNumber>,
}

impl PartyInClear {
    /// Completes the rows of an order by this party.
    pub(crate) fn seal_order(&self, keys: &Keys, order: &mut BookOrder) {
        self.seal(keys, &mut order.booking, &mut order.persons);
    }

    /// Completes the rows that were made of this party: seals what is personal, and makes the
    /// codes.
    pub(crate) fn seal(
        &self,
        keys: &Keys,
        booking: &mut booking::Model,
        persons: &mut [NewPerson],
    ) {
        let id = booking.id;
        let seal = |column, value: &str| Some(keys.seal(Place { column, row: id }, value));
        booking.contact_name_sealed = seal("booking.contact_name", &self.contact_name);
        booking.contact_phone_sealed = seal("booking.contact_phone", &self.phone);
        booking.contact_phone_index = Some(keys.blind_index("phone", &self.phone));
        for (person, clear) in persons.iter_mut().zip(&self.people) {
            person.code = codes::code(keys, person.asked.appointment_id);
            clear.seal(keys, person);
        }
    }
}

impl InClear {
    fn seal(&self, keys: &Keys, person: &mut NewPerson) {
        let row: Uuid = person.row.id;
        let seal = |column, value: &str| keys.seal(Place { column, row }, value);
        let number = self.number.as_ref().map(PersonalNumber::digits);
        let person = &mut person.row;
        person.full_name_sealed = Some(seal("person.full_name", &self.full_name));
        let birth = self.birth_date.to_string();
        person.birth_date_sealed = Some(seal("person.birth_date", &birth));
        person.personal_number_sealed = number.map(|n| seal("person.personal_number", n));
        person.personal_number_index = number.map(|n| keys.blind_index("personal_number", n));
    }
}
