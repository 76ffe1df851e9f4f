//! `GET /v1/campaigns/{campaign_id}/plans`.

use actix_web::{
    get,
    web::{self, Data},
};
use luot_app::App;
use uuid::Uuid;

use super::body::PlanSummary;
use crate::{
    extract::{Items, Page, Path, Staff},
    problem::Problem,
};

/// Lists a campaign's plans
///
/// In the order in which they were asked for, without what they say.
#[utoipa::path(
    tag = "plans",
    operation_id = "list_plans",
    params(("campaign_id" = Uuid, Path, description = "The campaign"), Page),
    responses((status = 200, description = "A page of them", body = Items<PlanSummary>)),
    security(("bearer" = [])),
)]
#[get("/v1/campaigns/{campaign_id}/plans")]
pub(super) async fn list(
    staff: Staff,
    campaign: Path<Uuid>,
    page: Page,
    app: Data<App>,
) -> Result<web::Json<Items<PlanSummary>>, Problem> {
    let found = app
        .list_plans(&staff.0, *campaign, page.after()?, page.fetch())
        .await?;
    let page = page.items(found, |plan| plan.row.id);
    Ok(web::Json(page.map(PlanSummary::from)))
}
