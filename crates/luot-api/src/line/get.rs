//! `GET /v1/sessions/{session_id}/line`: the line, as a board shows it.

use actix_web::{HttpResponse, get, http::header::CACHE_CONTROL, web::Data};
use luot_app::App;
use uuid::Uuid;

use super::body::Line;
use crate::{
    extract::{Caller, Path},
    problem::Problem,
};

/// Gets a session's line
///
/// Who is called, who waits and for how long, who is set aside, and why each is where they are. Names are initials and
/// the given name; ids and the grounds of priority are for staff.
#[utoipa::path(
    tag = "line",
    operation_id = "get_line",
    params(("session_id" = Uuid, Path, description = "The session")),
    responses((status = 200, description = "The line", body = Line)),
    security((), ("bearer" = [])),
)]
#[get("/v1/sessions/{session_id}/line")]
pub(super) async fn get(
    caller: Caller,
    session: Path<Uuid>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let line = app.get_line(&caller.0, *session).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Line::from(line)))
}
