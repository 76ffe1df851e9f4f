//! `POST /v1/calls/{call_id}/finish`: what came of it.

use actix_web::{HttpResponse, http::header::CACHE_CONTROL, post, web::Data};
use luot_app::{App, line};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::Call;
use crate::{
    extract::{Json, OptionalIdempotencyKey, Path, Staff},
    problem::Problem,
};

/// What came of a call.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Finish, example = json!({"outcome": "enrolled"}))]
struct Request {
    /// What came of it.
    outcome: Outcome,
    /// Why, where it is not plain. No names, numbers or addresses.
    #[schema(max_length = 500)]
    reason: Option<String>,
}

/// What came of a visit.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[schema(as = VisitOutcome)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    /// Enrolled.
    Enrolled,
    /// Papers were missing.
    MissingPapers,
    /// The machine could not capture what it must.
    CaptureFailed,
    /// The person refused.
    Refused,
    /// The person was not there.
    Absent,
}

impl From<Outcome> for line::Outcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Enrolled => Self::Enrolled,
            Outcome::MissingPapers => Self::MissingPapers,
            Outcome::CaptureFailed => Self::CaptureFailed,
            Outcome::Refused => Self::Refused,
            Outcome::Absent => Self::Absent,
        }
    }
}

crate::problems!(Problems: StateForbids);

/// Finishes a call
///
/// The appointment is fulfilled (or, when `absent`, missed), and how long it took teaches the session's pace. Finishing
/// again with the same outcome changes nothing.
#[utoipa::path(
    tag = "line",
    operation_id = "finish_call",
    params(("call_id" = Uuid, Path, description = "The call"), OptionalIdempotencyKey),
    request_body = Request,
    responses((status = 200, description = "The call", body = Call), Problems),
    security(("bearer" = [])),
)]
#[post("/v1/calls/{call_id}/finish")]
pub(super) async fn finish(
    staff: Staff,
    id: Path<Uuid>,
    key: OptionalIdempotencyKey,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let once = staff.once(&key, body.fingerprint);
    let (outcome, reason) = (body.value.outcome.into(), body.value.reason.as_deref());
    let call = app
        .finish(&staff.0, once.as_ref(), *id, outcome, reason)
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Call::from(call)))
}
