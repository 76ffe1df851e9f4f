//! `DELETE /v1/campaigns/{campaign_id}/shifts/{shift_id}`.

use actix_web::{HttpResponse, delete, web::Data};
use luot_app::App;
use uuid::Uuid;

use super::body::Shift;
use crate::{
    extract::{IfMatch, Path, Staff},
    parts,
    problem::Problem,
};

/// Retires a shift
///
/// It is never deleted, for people know of it: it stays in the list as retired, and plans made from now on do without
/// it. What is published stays until another plan is.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "retire_shift",
    params(
        ("campaign_id" = Uuid, Path, description = "The campaign"),
        ("shift_id" = Uuid, Path, description = "The shift"),
        IfMatch,
    ),
    responses((status = 200, description = "Retired", body = Shift,
        headers(("ETag" = String, description = "Its version now")))),
    security(("bearer" = [])),
)]
#[delete("/v1/campaigns/{campaign_id}/shifts/{shift_id}")]
pub(super) async fn retire(
    staff: Staff,
    ids: Path<(Uuid, Uuid)>,
    seen: IfMatch,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parts::retire::<_, Shift>(&app, &staff, ids.into_inner(), seen).await
}
