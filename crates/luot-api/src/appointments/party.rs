//! A party as it is sent, and as it is booked: for bookings, the waitlist and its offers.

use luot_app::{
    App,
    appointments::{BookPerson, Booked},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    problem::{Code, Problem},
    words::Day,
};

/// Most people that any campaign lets book together.
const PERSONS_MOST: usize = 50;

/// Whom to tell when something changes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contact {
    /// A Vietnamese mobile number: `09…`, `+849…` or `849…`.
    #[schema(max_length = 40)]
    pub(crate) phone: String,
    /// Their name.
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) name: String,
}

/// Somebody who comes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Person {
    /// Full name.
    #[schema(min_length = 1, max_length = 200)]
    full_name: String,
    /// Day of birth.
    birth_date: Day,
    /// The twelve digits of the personal number; leave it out if it is not at hand.
    personal_number: Option<String>,
    /// Whether they come for a card; by default what their cohort comes for, else an account.
    needs_card: Option<bool>,
    /// The class, village or organisation they come with, by id or code.
    #[schema(max_length = 200)]
    cohort_id: Option<String>,
}

impl Person {
    /// The people of a party as the service takes them.
    pub(crate) fn all(persons: Vec<Self>) -> Result<Vec<BookPerson>, Problem> {
        if persons.len() > PERSONS_MOST {
            return Err(Problem::new(Code::InvalidBody).error(
                "/persons",
                "party-too-large",
                format!("At most {PERSONS_MOST} people book together."),
                format!("Đặt cùng lúc tối đa {PERSONS_MOST} người."),
            ));
        }
        let persons = persons.into_iter().map(|person| BookPerson {
            full_name: person.full_name,
            birth_date: person.birth_date.0,
            personal_number: person.personal_number,
            needs_card: person.needs_card,
            cohort: person.cohort_id,
        });
        Ok(persons.collect())
    }
}

/// The party has its places.
#[derive(Serialize, ToSchema)]
#[schema(as = Booking, example = json!({
    "booking_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "campaign_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
    "window_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "manage_token": "b7Jp0w4Qd3xkUeYz9sLmNfRtAbCdEfGhIjKlMnOpQrS",
    "appointments": [{
        "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "code": "7Q2MX8KD", "needs_card": true, "cohort_id": null
    }]
}))]
pub(crate) struct Response {
    /// The party.
    booking_id: Uuid,
    /// The campaign.
    campaign_id: Uuid,
    /// The window.
    window_id: Uuid,
    /// What lets its holder look up, move and cancel the appointments. Keep it secret.
    manage_token: String,
    /// One for each person, in the order in which they were named.
    appointments: Vec<One>,
}

/// One person's appointment.
#[derive(Serialize, ToSchema)]
#[schema(as = BookedAppointment)]
pub(crate) struct One {
    /// Its id.
    id: Uuid,
    /// What to show at the counter.
    code: String,
    /// Whether it takes a place for cards.
    needs_card: bool,
    /// The cohort it was booked with.
    #[schema(required = true)]
    cohort_id: Option<Uuid>,
}

impl Response {
    pub(crate) fn of(booked: Booked, app: &App) -> Self {
        let one = |it: luot_app::appointments::BookedOne| One {
            id: it.id,
            code: it.code,
            needs_card: it.needs_card,
            cohort_id: it.cohort_id,
        };
        Self {
            manage_token: app.manage_token(booked.booking_id),
            booking_id: booked.booking_id,
            campaign_id: booked.campaign_id,
            window_id: booked.window_id,
            appointments: booked.appointments.into_iter().map(one).collect(),
        }
    }
}
