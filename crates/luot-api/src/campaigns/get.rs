//! `GET /v1/campaigns/{campaign_id}`.

use actix_web::{HttpResponse, get, web::Data};
use luot_app::App;
use uuid::Uuid;

use super::body::Campaign;
use crate::{etag, extract::Path, problem::Problem};

/// Gets a campaign
///
/// With its policies and the plan that is published in it.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "get_campaign",
    params(("campaign_id" = Uuid, Path, description = "The campaign")),
    responses((status = 200, description = "The campaign", body = Campaign,
        headers(("ETag" = String, description = "Its version")))),
)]
#[get("/v1/campaigns/{campaign_id}")]
pub(super) async fn get(id: Path<Uuid>, app: Data<App>) -> Result<HttpResponse, Problem> {
    let campaign = app.get_campaign(*id).await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag::version(campaign.row.version))
        .json(Campaign::from(campaign)))
}
