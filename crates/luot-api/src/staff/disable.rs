//! `POST /v1/staff/{staff_id}/disable`.

use actix_web::{HttpResponse, post, web::Data};
use luot_app::App;
use uuid::Uuid;

use crate::{
    extract::{Path, Staff},
    problem::Problem,
};

/// Ends somebody's access
///
/// All their tokens end at once. What they did stays told. For administrators who reach everything.
#[utoipa::path(
    tag = "identity",
    operation_id = "disable_staff",
    params(("staff_id" = Uuid, Path, description = "Who")),
    responses((status = 204, description = "Disabled")),
    security(("bearer" = []), ("cookie" = [])),
)]
#[post("/v1/staff/{staff_id}/disable")]
pub(super) async fn disable(
    staff: Staff,
    id: Path<Uuid>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    app.disable_staff(&staff.0, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
