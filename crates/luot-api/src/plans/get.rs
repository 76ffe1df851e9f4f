//! `GET /v1/plans/{plan_id}`.

use actix_web::{HttpResponse, get, web::Data};
use luot_app::App;
use uuid::Uuid;

use super::body::Plan;
use crate::{
    etag,
    extract::{Path, Staff},
    problem::Problem,
};

/// Gets a plan
///
/// While it is `running`: how far it is. When it is done: what it says, what it costs, and who has no place and why.
#[utoipa::path(
    tag = "plans",
    operation_id = "get_plan",
    params(("plan_id" = Uuid, Path, description = "The plan")),
    responses((status = 200, description = "The plan", body = Plan,
        headers(("ETag" = String, description = "Its version")))),
    security(("bearer" = [])),
)]
#[get("/v1/plans/{plan_id}")]
pub(super) async fn get(
    staff: Staff,
    id: Path<Uuid>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let plan = app.get_plan(&staff.0, *id).await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag::version(plan.row.version))
        .json(Plan::from(plan)))
}
