//! `POST /v1/sessions/{session_id}/tickets`: somebody without an appointment takes a ticket.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, LOCATION},
    post,
    web::Data,
};
use luot_app::{App, line::Take};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::{Priority, Ticket};
use crate::{
    extract::{Address, Caller, IdempotencyKey, Json, Path},
    problem::Problem,
};

/// People without an appointment.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTicket, example = json!({"persons": 2}))]
struct Request {
    /// Why they must not be made to stand. Only staff can say so, or a kiosk where the campaign's policy lets it.
    priority: Option<Priority>,
    /// How many come together: at most 8, unless staff or a kiosk give the ticket.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 20, default = 1)]
    persons: u32,
    /// Whether they need a machine that issues cards.
    #[serde(default)]
    needs_card: bool,
}

const fn one() -> u32 {
    1
}

crate::problems!(Problems: NoCardMachine, SessionFull, StateForbids);

/// Takes a ticket without an appointment
///
/// As long as the staffed time that is left covers those who wait and the appointments that may still come. Priority is
/// not taken on anybody's own word. One address gets tickets for so many people an hour in a session; staff and kiosks,
/// who see who comes, give as many as there is room for. Who needs a card is taken only where a machine issues them.
#[utoipa::path(
    tag = "line",
    operation_id = "create_ticket",
    params(("session_id" = Uuid, Path, description = "The session"), IdempotencyKey),
    request_body = Request,
    responses(
        (status = 201, description = "In the line", body = Ticket,
            headers(("Location" = String, description = "The ticket"))),
        Problems,
    ),
    security((), ("bearer" = [])),
)]
#[post("/v1/sessions/{session_id}/tickets")]
pub(super) async fn create(
    caller: Caller,
    session: Path<Uuid>,
    key: IdempotencyKey,
    address: Address,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let once = caller.once(key, body.fingerprint)?;
    let take = Take {
        ground: body.value.priority.map(Into::into),
        persons: body.value.persons,
        needs_card: body.value.needs_card,
    };
    app.count_ticket(&caller.0, address.0, *session, take.persons)?;
    let ticket = app.take_ticket(&caller.0, &once, *session, &take).await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("/v1/tickets/{}", ticket.id)))
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Ticket::from(ticket)))
}
