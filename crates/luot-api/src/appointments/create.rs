//! `POST /v1/appointments`: a party books places.

use std::net::IpAddr;

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, LOCATION},
    post,
    web::Data,
};
use luot_app::{
    App,
    appointments::{Book, In},
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::party::{Contact, Person, Response};
use crate::{
    extract::{Address, Caller, IdempotencyKey, Json},
    problem::{Code, Problem},
};

/// A party that wants places.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewBooking, example = json!({
    "window_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
    "contact": {"phone": "0912345678", "name": "Bùi Thị Mai"},
    "persons": [
        {"full_name": "Bùi Thị Mai", "birth_date": "1988-04-12", "personal_number": "020188001234", "needs_card": true},
        {"full_name": "Lý Minh Khôi", "birth_date": "2016-09-02", "cohort_id": "5a"}
    ],
    "consent": "2026-11/vi"
}))]
struct Request {
    /// Which window, unless its places are held.
    #[schema(nullable = false)]
    window_id: Option<Uuid>,
    /// The hold that keeps the places; instead of the window.
    #[schema(nullable = false)]
    hold_id: Option<Uuid>,
    /// Whom to tell when something changes.
    contact: Contact,
    /// Who comes: all of them get a place, or nobody does.
    #[schema(min_items = 1, max_items = 50)]
    persons: Vec<Person>,
    /// The text of `/v1/consent-texts`, by version and language, to which whoever books agreed, for all of them. It is kept with when and how.
    #[schema(min_length = 1, max_length = 40)]
    consent: Option<String>,
}

crate::problems!(Problems: NotFound, HoldExpired, WindowFull, AlreadyBooked, WindowClosed, WindowPast, PersonMismatch, NotEligible);

/// Books places
///
/// For all persons or none. `window-full` names the nearest windows that fit the party in `alternatives`. A retry with
/// the same key and body gets the same answer, with the same `manage_token`. With a `hold_id` the held places are used; on
/// any refusal the hold is as good as before.
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
    address: Address,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let once = caller.once(key, body.fingerprint)?;
    let book = body.value.read(address.0)?;
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
    fn read(self, address: IpAddr) -> Result<Book, Problem> {
        let wanted = match (self.window_id, self.hold_id) {
            (Some(window), None) => In::Window(window),
            (None, Some(hold)) => In::Hold(hold),
            _ => {
                return Err(Problem::new(Code::InvalidBody).error(
                    "/window_id",
                    "one-of",
                    "Name either `window_id` or `hold_id`.",
                    "Cần đúng một trong hai: `window_id` hoặc `hold_id`.",
                ));
            }
        };
        Ok(Book {
            wanted,
            contact_phone: self.contact.phone,
            contact_name: self.contact.name,
            persons: Person::all(self.persons)?,
            consent: self.consent,
            address: Some(address),
        })
    }
}
