//! `GET /v1/campaigns/{campaign_id}/machines`.

use actix_web::{
    get,
    web::{self, Data},
};
use luot_app::App;
use uuid::Uuid;

use super::body::Machine;
use crate::{
    extract::{Items, Page, Path, Staff},
    parts,
    problem::Problem,
};

/// Lists a campaign's machines
///
/// In their order, those that are retired too.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "list_machines",
    params(("campaign_id" = Uuid, Path, description = "The campaign"), Page),
    responses((status = 200, description = "A page of them", body = Items<Machine>)),
    security(("bearer" = [])),
)]
#[get("/v1/campaigns/{campaign_id}/machines")]
pub(super) async fn list(
    staff: Staff,
    campaign: Path<Uuid>,
    page: Page,
    app: Data<App>,
) -> Result<web::Json<Items<Machine>>, Problem> {
    parts::list(&app, &staff.0, *campaign, &page).await
}
