//! `POST /v1/offers/{offer_id}/accept`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, LOCATION},
    post,
    web::Data,
};
use luot_app::App;
use uuid::Uuid;

use crate::{
    appointments::{body::ManageToken, party::Response},
    extract::{Fingerprint, Holder, OptionalIdempotencyKey, Path},
    problem::Problem,
};

crate::problems!(Problems: OfferExpired, WindowFull, WindowClosed, WindowPast, AlreadyBooked, StateForbids, NotEligible);

/// Accepts an offer
///
/// The whole party has its places. Those who had lost a place keep their appointments and codes; others get new ones, and
/// the `manage_token` of the entry manages them.
#[utoipa::path(
    tag = "waitlist",
    operation_id = "accept_offer",
    params(
        ("offer_id" = Uuid, Path, description = "The offer"),
        ManageToken,
        OptionalIdempotencyKey,
    ),
    responses(
        (status = 201, description = "Booked", body = Response,
            headers(("Location" = String, description = "The first person's appointment"))),
        Problems,
    ),
    security((), ("bearer" = [])),
)]
#[post("/v1/offers/{offer_id}/accept")]
pub(super) async fn accept(
    holder: Holder,
    id: Path<Uuid>,
    key: OptionalIdempotencyKey,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let (actor, once) = holder.once(key, Fingerprint::of(&request, b""))?;
    let booked = app.accept_offer(&actor, once, *id).await?;
    let mut response = HttpResponse::Created();
    if let Some(first) = booked.appointments.first() {
        response.insert_header((LOCATION, format!("/v1/appointments/{}", first.code)));
    }
    Ok(response
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Response::of(booked, &app)))
}
