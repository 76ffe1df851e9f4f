//! `POST /v1/appointments/{code}/move`. `move` is a word of the language, so that the file has another.

use actix_web::{HttpResponse, http::header::CACHE_CONTROL, post, web::Data};
use luot_app::{App, appointments::Booked};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::{AppointmentState, ManageToken};
use crate::{
    extract::{Holder, Json, OptionalIdempotencyKey, Path},
    problem::{Code, Problem},
};

/// Where to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AppointmentMove, example = json!({"window_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e"}))]
struct Request {
    /// Which window.
    window_id: Uuid,
}

/// The appointment is in the new window.
#[derive(Serialize, ToSchema)]
#[schema(as = MovedAppointment, example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "code": "7Q2MX8KD", "state": "booked",
    "booking_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "campaign_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
    "window_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "needs_card": false, "cohort_id": null
}))]
struct Response {
    /// Its id.
    id: Uuid,
    /// Its code; it stays.
    code: String,
    /// Where it stands.
    state: AppointmentState,
    /// The party it was booked with.
    booking_id: Uuid,
    /// The campaign.
    campaign_id: Uuid,
    /// The new window.
    window_id: Uuid,
    /// Whether it takes a place for cards.
    needs_card: bool,
    /// The cohort it was booked with.
    #[schema(required = true)]
    cohort_id: Option<Uuid>,
}

crate::problems!(Problems: InvalidQuery, WindowFull, WindowClosed, WindowPast, AlreadyBooked, StateForbids, NotEligible);

/// Moves an appointment
///
/// The new place is taken before the old one is given up: on any refusal nothing has changed.
#[utoipa::path(
    tag = "appointments",
    operation_id = "move_appointment",
    params(
        ("code" = String, Path, description = "Its code", example = "7Q2MX8KD"),
        ManageToken,
        OptionalIdempotencyKey,
    ),
    request_body = Request,
    responses((status = 200, description = "Moved", body = Response), Problems),
    security((), ("bearer" = [])),
)]
#[post("/v1/appointments/{code}/move")]
pub(super) async fn relocate(
    holder: Holder,
    code: Path<String>,
    key: OptionalIdempotencyKey,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let (actor, once) = holder.once(key, body.fingerprint)?;
    let moved = app
        .move_appointment(&actor, once, &code, body.value.window_id)
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Response::of(moved)?))
}

impl Response {
    fn of(moved: Booked) -> Result<Self, Problem> {
        let one = moved.appointments.into_iter().next();
        let one = one.ok_or(Code::Internal)?;
        Ok(Self {
            id: one.id,
            code: one.code,
            state: AppointmentState::Booked,
            booking_id: moved.booking_id,
            campaign_id: moved.campaign_id,
            window_id: moved.window_id,
            needs_card: one.needs_card,
            cohort_id: one.cohort_id,
        })
    }
}
