//! `POST /v1/sessions/{session_id}/stations`.

use actix_web::{HttpResponse, post, web::Data};
use luot_app::App;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::Station;
use crate::{
    extract::{Json, OptionalIdempotencyKey, Path, Staff},
    problem::Problem,
};

/// A machine with its operator begins to work.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewStation, example = json!({"machine": "may-1"}))]
struct Request {
    /// The machine, by id or code; the session's first free one if left out.
    #[schema(max_length = 200)]
    machine: Option<String>,
}

crate::problems!(Problems: StateForbids);

/// Opens a station
///
/// It gets the next number of its session. A machine is at one open station of a session at a time.
#[utoipa::path(
    tag = "line",
    operation_id = "create_station",
    params(("session_id" = Uuid, Path, description = "The session"), OptionalIdempotencyKey),
    request_body = Request,
    responses((status = 201, description = "Open", body = Station), Problems),
    security(("bearer" = [])),
)]
#[post("/v1/sessions/{session_id}/stations")]
pub(super) async fn create(
    staff: Staff,
    session: Path<Uuid>,
    key: OptionalIdempotencyKey,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let once = staff.once(&key, body.fingerprint);
    let machine = body.value.machine.as_deref();
    let station = app
        .open_station(&staff.0, once.as_ref(), *session, machine)
        .await?;
    Ok(HttpResponse::Created().json(Station::from(station)))
}
