//! `DELETE /v1/campaigns/{campaign_id}/sites/{site_id}`.

use actix_web::{HttpResponse, delete, web::Data};
use luot_app::App;
use uuid::Uuid;

use super::body::Site;
use crate::{
    extract::{IfMatch, Path, Staff},
    parts,
    problem::Problem,
};

/// Retires a site
///
/// It is never deleted, for people know of it: it stays in the list as retired, and plans made from now on do without
/// it. What is published stays until another plan is.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "retire_site",
    params(
        ("campaign_id" = Uuid, Path, description = "The campaign"),
        ("site_id" = Uuid, Path, description = "The site"),
        IfMatch,
    ),
    responses((status = 200, description = "Retired", body = Site,
        headers(("ETag" = String, description = "Its version now")))),
    security(("bearer" = [])),
)]
#[delete("/v1/campaigns/{campaign_id}/sites/{site_id}")]
pub(super) async fn retire(
    staff: Staff,
    ids: Path<(Uuid, Uuid)>,
    seen: IfMatch,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parts::retire::<_, Site>(&app, &staff, ids.into_inner(), seen).await
}
