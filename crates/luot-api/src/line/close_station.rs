//! `POST /v1/stations/{station_id}/close`.

use actix_web::{
    post,
    web::{self, Data},
};
use luot_app::App;
use uuid::Uuid;

use super::body::Station;
use crate::{
    extract::{Path, Staff},
    problem::Problem,
};

/// Closes a station
///
/// Whoever was called to it is in the line again, where they were. One that is closed stays so.
#[utoipa::path(
    tag = "line",
    operation_id = "close_station",
    params(("station_id" = Uuid, Path, description = "The station")),
    responses((status = 200, description = "Closed", body = Station)),
    security(("bearer" = [])),
)]
#[post("/v1/stations/{station_id}/close")]
pub(super) async fn close(
    staff: Staff,
    id: Path<Uuid>,
    app: Data<App>,
) -> Result<web::Json<Station>, Problem> {
    Ok(web::Json(app.close_station(&staff.0, *id).await?.into()))
}
