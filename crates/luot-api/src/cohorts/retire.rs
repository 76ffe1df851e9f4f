//! `DELETE /v1/campaigns/{campaign_id}/cohorts/{cohort_id}`.

use actix_web::{HttpResponse, delete, web::Data};
use luot_app::App;
use uuid::Uuid;

use super::body::Cohort;
use crate::{
    extract::{IfMatch, Path, Staff},
    parts,
    problem::Problem,
};

/// Retires a cohort
///
/// It is never deleted, for people know of it: it stays in the list as retired, and plans made from now on do without
/// it. What is published stays until another plan is.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "retire_cohort",
    params(
        ("campaign_id" = Uuid, Path, description = "The campaign"),
        ("cohort_id" = Uuid, Path, description = "The cohort"),
        IfMatch,
    ),
    responses((status = 200, description = "Retired", body = Cohort,
        headers(("ETag" = String, description = "Its version now")))),
    security(("bearer" = [])),
)]
#[delete("/v1/campaigns/{campaign_id}/cohorts/{cohort_id}")]
pub(super) async fn retire(
    staff: Staff,
    ids: Path<(Uuid, Uuid)>,
    seen: IfMatch,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parts::retire::<_, Cohort>(&app, &staff, ids.into_inner(), seen).await
}
