//! `GET /v1/campaigns/{campaign_id}/machines/{machine_id}`.

use actix_web::{HttpResponse, get, web::Data};
use luot_app::App;
use uuid::Uuid;

use super::body::Machine;
use crate::{
    extract::{Path, Staff},
    parts,
    problem::Problem,
};

/// Gets a machine
///
/// Its `ETag` is what a change of it has to name.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "get_machine",
    params(
        ("campaign_id" = Uuid, Path, description = "The campaign"),
        ("machine_id" = Uuid, Path, description = "The machine"),
    ),
    responses((status = 200, description = "The machine", body = Machine,
        headers(("ETag" = String, description = "Its version")))),
    security(("bearer" = [])),
)]
#[get("/v1/campaigns/{campaign_id}/machines/{machine_id}")]
pub(super) async fn get(
    staff: Staff,
    ids: Path<(Uuid, Uuid)>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let (campaign, id) = ids.into_inner();
    let part = app.get_part(&staff.0, campaign, id).await?;
    Ok(parts::one::<_, Machine>(part))
}
