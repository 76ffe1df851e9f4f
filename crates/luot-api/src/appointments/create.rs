//! `POST /v1/appointments`: a party books places.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, LOCATION},
    post,
    web::Data,
};
use luot_app::{
    App,
    appointments::{Book, BookPerson, Booked},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Caller, IdempotencyKey, Json},
    problem::{Code, Problem},
    words::Day,
};

/// Most people that any campaign lets book together.
const PERSONS_MOST: usize = 50;

/// A party that wants places.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewBooking, example = json!({
    "window_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
    "contact": {"phone": "0912345678", "name": "Bùi Thị Mai"},
    "persons": [
        {"full_name": "Bùi Thị Mai", "birth_date": "1988-04-12", "personal_number": "020188001234", "needs_card": true},
        {"full_name": "Lý Minh Khôi", "birth_date": "2016-09-02", "cohort_id": "5a"}
    ]
}))]
struct Request {
    /// Which window.
    window_id: Uuid,
    /// Whom to tell when something changes.
    contact: Contact,
    /// Who comes: all of them get a place, or nobody does.
    #[schema(min_items = 1, max_items = 50)]
    persons: Vec<Person>,
}

/// Whom to tell when something changes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Contact {
    /// A Vietnamese mobile number: `09…`, `+849…` or `849…`.
    #[schema(max_length = 40)]
    phone: String,
    /// Their name.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
}

/// Somebody who comes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Person {
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

/// The party has its places.
#[derive(Serialize, ToSchema)]
#[schema(as = Booking, example = json!({
    "booking_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "campaign_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
    "window_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "manage_token": "b7Jp0w4Qd3xkUeYz9sLmNfRtAbCdEfGhIjKlMnOpQrS",
    "appointments": [{
        "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "code": "7Q2MX8KD", "needs_card": true, "cohort_id": null
    }]
}))]
struct Response {
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
struct One {
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

crate::problems!(Problems: NotFound, WindowFull, AlreadyBooked, WindowClosed, WindowPast, NotEligible);

/// Books places
///
/// For all persons or none. `window-full` names the nearest windows that fit the party in `alternatives`. A retry with
/// the same key and body gets the same answer, with the same `manage_token`.
#[utoipa::path(
    tag = "appointments",
    operation_id = "create_appointment",
    params(IdempotencyKey),
    request_body = Request,
    responses(
        (status = 201, description = "Booked", body = Response,
            headers(("Location" = String, description = "The first person's appointment"))),
        Problems,
    ),
    security((), ("bearer" = [])),
)]
#[post("/v1/appointments")]
pub(super) async fn create(
    caller: Caller,
    key: IdempotencyKey,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let once = caller.once(key, body.fingerprint)?;
    let book = body.value.read()?;
    let booked = app.book(&caller.0, Some(once), book).await?;
    let first = booked.appointments.first().map(|it| it.code.clone());
    let mut response = HttpResponse::Created();
    if let Some(code) = first {
        response.insert_header((LOCATION, format!("/v1/appointments/{code}")));
    }
    Ok(response
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Response::of(booked, &app)))
}

impl Request {
    fn read(self) -> Result<Book, Problem> {
        if self.persons.len() > PERSONS_MOST {
            return Err(Problem::new(Code::InvalidBody).error(
                "/persons",
                "party-too-large",
                format!("At most {PERSONS_MOST} people book together."),
                format!("Đặt cùng lúc tối đa {PERSONS_MOST} người."),
            ));
        }
        let persons = self.persons.into_iter().map(|person| BookPerson {
            full_name: person.full_name,
            birth_date: person.birth_date.0,
            personal_number: person.personal_number,
            needs_card: person.needs_card,
            cohort: person.cohort_id,
        });
        Ok(Book {
            window_id: self.window_id,
            contact_phone: self.contact.phone,
            contact_name: self.contact.name,
            persons: persons.collect(),
        })
    }
}

impl Response {
    fn of(booked: Booked, app: &App) -> Self {
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
