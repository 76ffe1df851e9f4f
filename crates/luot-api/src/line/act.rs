//! `POST /v1/calls/{call_id}/recall`, `serve` and `miss`: what a station does with a call in one word.

use actix_web::{HttpRequest, HttpResponse, http::header::CACHE_CONTROL, post, web::Data};
use luot_app::{App, line::Act};
use uuid::Uuid;

use super::body::Call;
use crate::{
    extract::{Fingerprint, OptionalIdempotencyKey, Path, Staff},
    problem::Problem,
};

crate::problems!(Problems: StateForbids);

async fn act(
    staff: &Staff,
    id: Uuid,
    key: &OptionalIdempotencyKey,
    request: &HttpRequest,
    app: &App,
    act: Act,
) -> Result<HttpResponse, Problem> {
    let once = staff.once(key, Fingerprint::of(request, b""));
    let call = app.act(&staff.0, once.as_ref(), id, act).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Call::from(call)))
}

/// Calls the same number again
///
/// And says that the station is there: the call's lease is renewed, also while it serves.
#[utoipa::path(
    tag = "line",
    operation_id = "recall_call",
    params(("call_id" = Uuid, Path, description = "The call"), OptionalIdempotencyKey),
    responses((status = 200, description = "The call", body = Call), Problems),
    security(("bearer" = [])),
)]
#[post("/v1/calls/{call_id}/recall")]
pub(super) async fn recall(
    staff: Staff,
    id: Path<Uuid>,
    key: OptionalIdempotencyKey,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    act(&staff, *id, &key, &request, &app, Act::Recall).await
}

/// Begins to serve
///
/// The person is at the station. A call that is being served already stays so.
#[utoipa::path(
    tag = "line",
    operation_id = "serve_call",
    params(("call_id" = Uuid, Path, description = "The call"), OptionalIdempotencyKey),
    responses((status = 200, description = "The call", body = Call), Problems),
    security(("bearer" = [])),
)]
#[post("/v1/calls/{call_id}/serve")]
pub(super) async fn serve(
    staff: Staff,
    id: Path<Uuid>,
    key: OptionalIdempotencyKey,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    act(&staff, *id, &key, &request, &app, Act::Serve).await
}

/// Notes that nobody answered
///
/// The ticket goes back into the line behind a few others, and out of it after three misses.
#[utoipa::path(
    tag = "line",
    operation_id = "miss_call",
    params(("call_id" = Uuid, Path, description = "The call"), OptionalIdempotencyKey),
    responses((status = 200, description = "The call", body = Call), Problems),
    security(("bearer" = [])),
)]
#[post("/v1/calls/{call_id}/miss")]
pub(super) async fn miss(
    staff: Staff,
    id: Path<Uuid>,
    key: OptionalIdempotencyKey,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    act(&staff, *id, &key, &request, &app, Act::Miss).await
}
