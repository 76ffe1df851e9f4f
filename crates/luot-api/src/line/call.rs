//! `POST /v1/stations/{station_id}/calls`: the next, please.

use actix_web::{HttpRequest, HttpResponse, http::header::CACHE_CONTROL, post, web::Data};
use luot_app::App;
use uuid::Uuid;

use super::body::Call;
use crate::{
    extract::{Fingerprint, OptionalIdempotencyKey, Path, Staff},
    problem::Problem,
};

crate::problems!(Problems: StateForbids);

/// Calls the next ticket
///
/// The one with the least effective time that the station can serve, with the reason why it is next. A station that has
/// a call gets the same again, so that a lost answer costs nothing.
#[utoipa::path(
    tag = "line",
    operation_id = "create_call",
    params(("station_id" = Uuid, Path, description = "The station"), OptionalIdempotencyKey),
    responses(
        (status = 200, description = "Called", body = Call),
        (status = 204, description = "Nobody waits whom it can serve"),
        Problems,
    ),
    security(("bearer" = [])),
)]
#[post("/v1/stations/{station_id}/calls")]
pub(super) async fn create(
    staff: Staff,
    station: Path<Uuid>,
    key: OptionalIdempotencyKey,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let once = staff.once(&key, Fingerprint::of(&request, b""));
    let called = app.call_next(&staff.0, once.as_ref(), *station).await?;
    Ok(match called {
        Some(call) => HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "no-store"))
            .json(Call::from(call)),
        None => HttpResponse::NoContent().finish(),
    })
}
