//! `DELETE /v1/campaigns/{campaign_id}/machines/{machine_id}`.

use actix_web::{HttpResponse, delete, web::Data};
use luot_app::App;
use uuid::Uuid;

use super::body::Machine;
use crate::{
    extract::{IfMatch, Path, Staff},
    parts,
    problem::Problem,
};

/// Retires a machine
///
/// It is never deleted, for people know of it: it stays in the list as retired, and plans made from now on do without
/// it. What is published stays until another plan is.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "retire_machine",
    params(
        ("campaign_id" = Uuid, Path, description = "The campaign"),
        ("machine_id" = Uuid, Path, description = "The machine"),
        IfMatch,
    ),
    responses((status = 200, description = "Retired", body = Machine,
        headers(("ETag" = String, description = "Its version now")))),
    security(("bearer" = [])),
)]
#[delete("/v1/campaigns/{campaign_id}/machines/{machine_id}")]
pub(super) async fn retire(
    staff: Staff,
    ids: Path<(Uuid, Uuid)>,
    seen: IfMatch,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parts::retire::<_, Machine>(&app, &staff, ids.into_inner(), seen).await
}
