//! `POST /v1/sessions/{session_id}/arrivals`: an appointment is checked in.

use actix_web::{HttpResponse, http::header::CACHE_CONTROL, post, web::Data};
use luot_app::App;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::{Priority, Ticket};
use crate::{
    extract::{Json, OptionalIdempotencyKey, Path, Staff},
    problem::Problem,
};

/// Somebody with an appointment is there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewArrival, example = json!({"code": "7Q2MX8KD"}))]
struct Request {
    /// The appointment's code, as it is typed or as a scanner gives it: case, blanks and dashes do not count, and it may
    /// stand in an address.
    #[schema(min_length = 1, max_length = 200)]
    code: String,
    /// Why they must not be made to stand; to be seen by staff.
    priority: Option<Priority>,
}

crate::problems!(Problems: NoCardMachine, SessionFull, StateForbids);

/// Checks an appointment in
///
/// Its holder is in the line from now on: by the window's start when on time, by the arrival when late; and like somebody
/// without an appointment once it counts as missed, if there is room. Who is in the line already keeps the ticket.
#[utoipa::path(
    tag = "line",
    operation_id = "create_arrival",
    params(("session_id" = Uuid, Path, description = "The session"), OptionalIdempotencyKey),
    request_body = Request,
    responses(
        (status = 201, description = "In the line", body = Ticket),
        (status = 200, description = "Was in the line already", body = Ticket),
        Problems,
    ),
    security(("bearer" = [])),
)]
#[post("/v1/sessions/{session_id}/arrivals")]
pub(super) async fn create(
    staff: Staff,
    session: Path<Uuid>,
    key: OptionalIdempotencyKey,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let once = staff.once(&key, body.fingerprint);
    let ground = body.value.priority.map(Into::into);
    let taken = app
        .arrive(&staff.0, once.as_ref(), *session, &body.value.code, ground)
        .await?;
    let mut response = if taken.new {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    Ok(response
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Ticket::from(taken.ticket)))
}
