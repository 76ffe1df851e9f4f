//! `POST /v1/appointments/{code}/cancel`.

use actix_web::{HttpRequest, HttpResponse, http::header::CACHE_CONTROL, post, web::Data};
use luot_app::App;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::{AppointmentState, ManageToken};
use crate::{
    extract::{Fingerprint, Holder, OptionalIdempotencyKey, Path},
    problem::Problem,
};

/// The appointment is given up.
#[derive(Serialize, ToSchema)]
#[schema(as = CancelledAppointment, example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "state": "cancelled"
}))]
struct Response {
    /// Its id.
    id: Uuid,
    /// Where it stands.
    state: AppointmentState,
}

crate::problems!(Problems: InvalidQuery, StateForbids);

/// Cancels an appointment
///
/// Its place is offered to who waits; if nobody takes it, it opens to everybody after a short while. One that is
/// cancelled already stays so.
#[utoipa::path(
    tag = "appointments",
    operation_id = "cancel_appointment",
    params(
        ("code" = String, Path, description = "Its code", example = "7Q2MX8KD"),
        ManageToken,
        OptionalIdempotencyKey,
    ),
    responses((status = 200, description = "Cancelled", body = Response), Problems),
    security((), ("bearer" = [])),
)]
#[post("/v1/appointments/{code}/cancel")]
pub(super) async fn cancel(
    holder: Holder,
    code: Path<String>,
    key: OptionalIdempotencyKey,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let (actor, once) = holder.once(key, Fingerprint::of(&request, b""))?;
    let id = app.cancel_appointment(&actor, once.as_ref(), &code).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Response {
            id,
            state: AppointmentState::Cancelled,
        }))
}
