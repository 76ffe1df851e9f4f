//! `PATCH /v1/campaigns/{campaign_id}`.

use actix_web::{HttpResponse, patch, web::Data};
use luot_app::{App, campaigns::ChangeCampaign};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::{Campaign, NewPolicies};
use crate::{
    etag,
    extract::{IfMatch, Json, Path, Staff},
    problem::Problem,
};

/// What changes; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignChange, example = json!({"title": "Phường 5, đợt 1"}))]
struct Request {
    /// What people read.
    #[schema(min_length = 1, max_length = 200)]
    title: Option<String>,
    /// What it decides for itself, as a whole: what is left out of it has its default.
    policies: Option<NewPolicies>,
}

/// Changes a campaign's title and policies
///
/// Its parts have addresses of their own. Whatever changes, plans made before it can no longer be published.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "change_campaign",
    params(("campaign_id" = Uuid, Path, description = "The campaign"), IfMatch),
    request_body = Request,
    responses((status = 200, description = "Changed", body = Campaign,
        headers(("ETag" = String, description = "Its version now")))),
    security(("bearer" = [])),
)]
#[patch("/v1/campaigns/{campaign_id}")]
pub(super) async fn change(
    staff: Staff,
    id: Path<Uuid>,
    seen: IfMatch,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let policies = body.value.policies.map(serde_json::to_value).transpose();
    let change = ChangeCampaign {
        title: body.value.title,
        policies: policies.map_err(Problem::internal)?,
    };
    app.change_campaign(&staff.0, *id, seen.version()?, &change)
        .await?;
    let campaign = app.get_campaign(*id).await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag::version(campaign.row.version))
        .json(Campaign::from(campaign)))
}
