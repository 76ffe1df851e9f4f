//! `GET /v1/sessions/{session_id}/stations`.

use actix_web::{
    get,
    web::{self, Data},
};
use luot_app::App;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::Station;
use crate::{
    extract::{Path, Staff},
    problem::Problem,
};

/// A session's stations: all of them, there are few.
#[derive(Serialize, ToSchema)]
#[schema(as = Stations, example = json!({"items": []}))]
struct Response {
    /// By number.
    items: Vec<Station>,
}

/// Lists a session's stations
///
/// By number, with what each is doing; closed ones too.
#[utoipa::path(
    tag = "line",
    operation_id = "list_stations",
    params(("session_id" = Uuid, Path, description = "The session")),
    responses((status = 200, description = "They are", body = Response)),
    security(("bearer" = [])),
)]
#[get("/v1/sessions/{session_id}/stations")]
pub(super) async fn list(
    staff: Staff,
    session: Path<Uuid>,
    app: Data<App>,
) -> Result<web::Json<Response>, Problem> {
    let found = app.list_stations(&staff.0, *session).await?;
    Ok(web::Json(Response {
        items: found.into_iter().map(Station::from).collect(),
    }))
}
