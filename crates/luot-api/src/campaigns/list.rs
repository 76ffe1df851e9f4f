//! `GET /v1/campaigns`.

use actix_web::{
    get,
    web::{self, Data},
};
use luot_app::App;

use super::body::Campaign;
use crate::{
    extract::{Items, Page},
    problem::Problem,
};

/// Lists the campaigns
///
/// In the order in which they were created.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "list_campaigns",
    params(Page),
    responses((status = 200, description = "A page of them", body = Items<Campaign>)),
)]
#[get("/v1/campaigns")]
pub(super) async fn list(
    page: Page,
    app: Data<App>,
) -> Result<web::Json<Items<Campaign>>, Problem> {
    let found = app.list_campaigns(page.after()?, page.fetch()).await?;
    let page = page.items(found, |campaign| campaign.row.id);
    Ok(web::Json(page.map(Campaign::from)))
}
