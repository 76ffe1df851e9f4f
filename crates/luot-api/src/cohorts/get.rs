//! `GET /v1/campaigns/{campaign_id}/cohorts/{cohort_id}`.

use actix_web::{HttpResponse, get, web::Data};
use luot_app::{Actor, App};
use uuid::Uuid;

use super::body::Cohort;
use crate::{extract::Path, parts, problem::Problem};

/// Gets a cohort
///
/// Its `ETag` is what a change of it has to name.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "get_cohort",
    params(
        ("campaign_id" = Uuid, Path, description = "The campaign"),
        ("cohort_id" = Uuid, Path, description = "The cohort"),
    ),
    responses((status = 200, description = "The cohort", body = Cohort,
        headers(("ETag" = String, description = "Its version")))),
)]
#[get("/v1/campaigns/{campaign_id}/cohorts/{cohort_id}")]
pub(super) async fn get(ids: Path<(Uuid, Uuid)>, app: Data<App>) -> Result<HttpResponse, Problem> {
    let (campaign, id) = ids.into_inner();
    let part = app.get_part(&Actor::Anonymous, campaign, id).await?;
    Ok(parts::one::<_, Cohort>(part))
}
