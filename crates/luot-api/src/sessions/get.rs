//! `GET /v1/sessions/{session_id}`.

use actix_web::{HttpResponse, get, web::Data};
use luot_app::App;
use uuid::Uuid;

use super::body::Session;
use crate::{etag, extract::Path, problem::Problem};

/// Gets a session
///
/// With its numbers at the time of asking.
#[utoipa::path(
    tag = "sessions",
    operation_id = "get_session",
    params(("session_id" = Uuid, Path, description = "The session")),
    responses((status = 200, description = "The session", body = Session,
        headers(("ETag" = String, description = "Its version")))),
)]
#[get("/v1/sessions/{session_id}")]
pub(super) async fn get(id: Path<Uuid>, app: Data<App>) -> Result<HttpResponse, Problem> {
    let session = app.get_session(*id).await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag::version(session.row.version))
        .json(Session::from(session)))
}
