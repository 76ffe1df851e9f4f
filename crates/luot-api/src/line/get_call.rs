//! `GET /v1/calls/{call_id}`.

use actix_web::{HttpResponse, get, http::header::CACHE_CONTROL, web::Data};
use luot_app::App;
use uuid::Uuid;

use super::body::Call;
use crate::{
    extract::{Path, Staff},
    problem::Problem,
};

/// Gets a call
///
/// With its ticket and the reason why it was next.
#[utoipa::path(
    tag = "line",
    operation_id = "get_call",
    params(("call_id" = Uuid, Path, description = "The call")),
    responses((status = 200, description = "The call", body = Call)),
    security(("bearer" = [])),
)]
#[get("/v1/calls/{call_id}")]
pub(super) async fn get(
    staff: Staff,
    id: Path<Uuid>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let call = app.get_call(&staff.0, *id).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Call::from(call)))
}
