//! `GET /v1/tickets/{ticket_id}`: one's own place in the line.

use actix_web::{HttpResponse, get, http::header::CACHE_CONTROL, web::Data};
use luot_app::App;
use uuid::Uuid;

use super::body::Ticket;
use crate::{extract::Path, problem::Problem};

/// Gets a ticket
///
/// One's own place in the line, how long it still takes, and why. Whoever knows the id may ask.
#[utoipa::path(
    tag = "line",
    operation_id = "get_ticket",
    params(("ticket_id" = Uuid, Path, description = "The ticket")),
    responses((status = 200, description = "The ticket", body = Ticket)),
)]
#[get("/v1/tickets/{ticket_id}")]
pub(super) async fn get(id: Path<Uuid>, app: Data<App>) -> Result<HttpResponse, Problem> {
    let ticket = app.get_ticket(*id).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Ticket::from(ticket)))
}
