//! `POST /v1/calls/{call_id}/park`: the ticket is set aside.

use actix_web::{HttpResponse, http::header::CACHE_CONTROL, post, web::Data};
use luot_app::{App, line::Act};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::Call;
use crate::{
    extract::{Json, OptionalIdempotencyKey, Path, Staff},
    problem::Problem,
};

/// Somebody has to fetch a paper, or to calm a child.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Parking, example = json!({"minutes": 15}))]
struct Request {
    /// For how long; as the campaign's policy says if left out.
    #[schema(minimum = 1, maximum = 480)]
    minutes: Option<u32>,
}

crate::problems!(Problems: StateForbids);

/// Sets a ticket aside
///
/// It is back in the line by itself after that time, counting from then; or before, by `resume`.
#[utoipa::path(
    tag = "line",
    operation_id = "park_call",
    params(("call_id" = Uuid, Path, description = "The call"), OptionalIdempotencyKey),
    request_body = Request,
    responses((status = 200, description = "The call", body = Call), Problems),
    security(("bearer" = [])),
)]
#[post("/v1/calls/{call_id}/park")]
pub(super) async fn park(
    staff: Staff,
    id: Path<Uuid>,
    key: OptionalIdempotencyKey,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let once = staff.once(&key, body.fingerprint);
    let act = Act::Park(body.value.minutes);
    let call = app.act(&staff.0, once.as_ref(), *id, act).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Call::from(call)))
}
