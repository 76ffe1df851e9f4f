//! `POST /v1/tickets/{ticket_id}/resume`: who was set aside is back.

use actix_web::{HttpResponse, http::header::CACHE_CONTROL, post, web::Data};
use luot_app::App;
use uuid::Uuid;

use super::body::Ticket;
use crate::{
    extract::{Path, Staff},
    problem::Problem,
};

crate::problems!(Problems: StateForbids);

/// Takes a ticket back into the line
///
/// Before the time until which it was set aside; it counts from now. One that waits already stays where it is.
#[utoipa::path(
    tag = "line",
    operation_id = "resume_ticket",
    params(("ticket_id" = Uuid, Path, description = "The ticket")),
    responses((status = 200, description = "In the line", body = Ticket), Problems),
    security(("bearer" = [])),
)]
#[post("/v1/tickets/{ticket_id}/resume")]
pub(super) async fn resume(
    staff: Staff,
    id: Path<Uuid>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let ticket = app.resume(&staff.0, *id).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Ticket::from(ticket)))
}
