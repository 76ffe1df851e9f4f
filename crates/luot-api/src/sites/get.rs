//! `GET /v1/campaigns/{campaign_id}/sites/{site_id}`.

use actix_web::{HttpResponse, get, web::Data};
use luot_app::{Actor, App};
use uuid::Uuid;

use super::body::Site;
use crate::{extract::Path, parts, problem::Problem};

/// Gets a site
///
/// Its `ETag` is what a change of it has to name.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "get_site",
    params(
        ("campaign_id" = Uuid, Path, description = "The campaign"),
        ("site_id" = Uuid, Path, description = "The site"),
    ),
    responses((status = 200, description = "The site", body = Site,
        headers(("ETag" = String, description = "Its version")))),
)]
#[get("/v1/campaigns/{campaign_id}/sites/{site_id}")]
pub(super) async fn get(ids: Path<(Uuid, Uuid)>, app: Data<App>) -> Result<HttpResponse, Problem> {
    let (campaign, id) = ids.into_inner();
    let part = app.get_part(&Actor::Anonymous, campaign, id).await?;
    Ok(parts::one::<_, Site>(part))
}
