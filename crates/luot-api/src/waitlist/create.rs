//! `POST /v1/waitlist-entries`: a party waits for places.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, LOCATION},
    post,
    web::Data,
};
use luot_app::{App, waitlist::Join};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    appointments::party::{Contact, Person},
    extract::{Address, Caller, IdempotencyKey, Json},
    problem::Problem,
    words::Day,
};

/// A party that wants to wait.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWaitlistEntry, example = json!({
    "campaign_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
    "at_once": true,
    "contact": {"phone": "0912345678", "name": "Bùi Thị Mai"},
    "persons": [{"full_name": "Lý Minh Khôi", "birth_date": "2016-09-02"}],
    "consent": "2026-11/vi"
}))]
struct Request {
    /// In which campaign.
    campaign_id: Uuid,
    /// At one of these sites, by id or code; at any if left out.
    #[serde(default)]
    #[schema(max_items = 100)]
    sites: Vec<String>,
    /// In one of these shifts, by id or code; in any if left out.
    #[serde(default)]
    #[schema(max_items = 20)]
    shifts: Vec<String>,
    /// From this date on.
    from: Option<Day>,
    /// To this date, itself included.
    to: Option<Day>,
    /// Whether they can come at once when a place comes free late.
    #[serde(default)]
    at_once: bool,
    /// The class, village or organisation of those who name none of their own, by id or code.
    #[schema(max_length = 200)]
    cohort_id: Option<String>,
    /// Whom to tell about an offer.
    contact: Contact,
    /// Who waits: all of them get places together.
    #[schema(min_items = 1, max_items = 50)]
    persons: Vec<Person>,
    /// The text of `/v1/consent-texts`, by version and language, to which whoever joins agreed, for all of them. It is kept with when and how.
    #[schema(min_length = 1, max_length = 40, nullable = false)]
    consent: Option<String>,
}

/// The party waits, or is offered places already.
#[derive(Serialize, ToSchema)]
#[schema(as = JoinedWaitlist, example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "booking_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
    "manage_token": "mh0Yx1ZVvS3nQp9KfXb2d4Lr8TgWcE7aJ5uM6iOqRsk"
}))]
struct Response {
    /// The entry: read it for its position and for what it is offered.
    id: Uuid,
    /// The booking it is to become.
    booking_id: Uuid,
    /// The party's token: for its entry, its offers, and the booking that follows.
    manage_token: String,
}

crate::problems!(Problems: NotFound, AlreadyBooked, AlreadyWaiting, PersonMismatch, NotEligible);

/// Joins the waitlist
///
/// The party waits as one, in the order of priority and of joining. What is free and fits is offered at once. Nobody can
/// give themselves precedence: `grounds` are said by staff.
#[utoipa::path(
    tag = "waitlist",
    operation_id = "create_waitlist_entry",
    params(IdempotencyKey),
    request_body = Request,
    responses(
        (status = 201, description = "It waits", body = Response,
            headers(("Location" = String, description = "The entry"))),
        Problems,
    ),
    security((), ("bearer" = [])),
)]
#[post("/v1/waitlist-entries")]
pub(super) async fn create(
    caller: Caller,
    key: IdempotencyKey,
    address: Address,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let once = caller.once(key, body.fingerprint)?;
    let asked = body.value;
    let join = Join {
        campaign_id: asked.campaign_id,
        sites: asked.sites,
        shifts: asked.shifts,
        from: asked.from.map(|it| it.0),
        to: asked.to.map(|it| it.0),
        at_once: asked.at_once,
        contact_phone: asked.contact.phone,
        contact_name: asked.contact.name,
        persons: Person::all(asked.persons)?,
        cohort: asked.cohort_id,
        consent: asked.consent,
        address: Some(address.0),
    };
    let joined = app.join_waitlist(&caller.0, Some(&once), join).await?;
    Ok(HttpResponse::Created()
        .insert_header((
            LOCATION,
            format!("/v1/waitlist-entries/{}", joined.entry_id),
        ))
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Response {
            id: joined.entry_id,
            booking_id: joined.booking_id,
            manage_token: app.manage_token(joined.booking_id),
        }))
}
