//! `DELETE /v1/plans/{plan_id}`.

use actix_web::{HttpResponse, delete, web::Data};
use luot_app::App;
use uuid::Uuid;

use crate::{
    extract::{Path, Staff},
    problem::Problem,
};

crate::problems!(Problems: PlanNotCancellable, Stale);

/// Cancels a plan
///
/// Stops one that is being made, or throws a draft away; its row stays as `cancelled`. One that is or was published is
/// the record of what people booked by, and stays.
#[utoipa::path(
    tag = "plans",
    operation_id = "cancel_plan",
    params(("plan_id" = Uuid, Path, description = "The plan")),
    responses((status = 204, description = "Cancelled"), Problems),
    security(("bearer" = [])),
)]
#[delete("/v1/plans/{plan_id}")]
pub(super) async fn cancel(
    staff: Staff,
    id: Path<Uuid>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    app.cancel_plan(&staff.0, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
