//! `POST /v1/tickets/{ticket_id}/leave`: who cannot wait any longer gives the ticket up.

use actix_web::{HttpResponse, http::header::CACHE_CONTROL, post, web::Data};
use luot_app::App;
use uuid::Uuid;

use super::body::Ticket;
use crate::{
    extract::{Caller, Path},
    problem::Problem,
};

crate::problems!(Problems: StateForbids);

/// Leaves the line
///
/// One's own ticket: whoever knows the id may. An appointment is as before the arrival: until it counts as missed it can
/// be checked in again, moved or cancelled. Leaving again changes nothing; whoever has been called is refused.
#[utoipa::path(
    tag = "line",
    operation_id = "leave_ticket",
    params(("ticket_id" = Uuid, Path, description = "The ticket")),
    responses((status = 200, description = "Out of the line", body = Ticket), Problems),
    security((), ("bearer" = [])),
)]
#[post("/v1/tickets/{ticket_id}/leave")]
pub(super) async fn leave(
    caller: Caller,
    id: Path<Uuid>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let ticket = app.leave(&caller.0, *id).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Ticket::from(ticket)))
}
