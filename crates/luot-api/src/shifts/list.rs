//! `GET /v1/campaigns/{campaign_id}/shifts`.

use actix_web::{
    get,
    web::{self, Data},
};
use luot_app::{Actor, App};
use uuid::Uuid;

use super::body::Shift;
use crate::{
    extract::{Items, Page, Path},
    parts,
    problem::Problem,
};

/// Lists a campaign's shifts
///
/// In their order, those that are retired too.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "list_shifts",
    params(("campaign_id" = Uuid, Path, description = "The campaign"), Page),
    responses((status = 200, description = "A page of them", body = Items<Shift>)),
)]
#[get("/v1/campaigns/{campaign_id}/shifts")]
pub(super) async fn list(
    campaign: Path<Uuid>,
    page: Page,
    app: Data<App>,
) -> Result<web::Json<Items<Shift>>, Problem> {
    parts::list(&app, &Actor::Anonymous, *campaign, &page).await
}
