//! `GET /v1/campaigns/{campaign_id}/sites`.

use actix_web::{
    get,
    web::{self, Data},
};
use luot_app::{Actor, App};
use uuid::Uuid;

use super::body::Site;
use crate::{
    extract::{Items, Page, Path},
    parts,
    problem::Problem,
};

/// Lists a campaign's sites
///
/// In their order, those that are retired too.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "list_sites",
    params(("campaign_id" = Uuid, Path, description = "The campaign"), Page),
    responses((status = 200, description = "A page of them", body = Items<Site>)),
)]
#[get("/v1/campaigns/{campaign_id}/sites")]
pub(super) async fn list(
    campaign: Path<Uuid>,
    page: Page,
    app: Data<App>,
) -> Result<web::Json<Items<Site>>, Problem> {
    parts::list(&app, &Actor::Anonymous, *campaign, &page).await
}
