//! `GET /v1/campaigns/{campaign_id}/asked-children`: what parents ask.

use actix_web::{HttpResponse, get, http::header::CACHE_CONTROL, web::Data};
use luot_app::App;
use uuid::Uuid;

use super::body::AskedChild;
use crate::{
    extract::{Items, Path, Staff},
    problem::Problem,
};

/// Lists children that parents ask for
///
/// Whose parents know name and birth date alone, or gave them before the list came. For the school or village whose list
/// the child is on: what is said of it stands beside the child, and who says it.
#[utoipa::path(
    tag = "identity",
    operation_id = "list_asked_children",
    params(("campaign_id" = Uuid, Path, description = "The campaign")),
    responses((status = 200, description = "Those that are the caller's to confirm", body = Items<AskedChild>)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[get("/v1/campaigns/{campaign_id}/asked-children")]
pub(super) async fn list(
    staff: Staff,
    campaign: Path<Uuid>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let found = app.list_asked_children(&staff.0, *campaign).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Items {
            items: found.into_iter().map(AskedChild::from).collect(),
            next: None,
        }))
}
