//! Books a place, or would: what an endpoint's file looks like.

use actix_web::{HttpResponse, post};
use luot_api::{
    extract::{Bearer, IdempotencyKey, Json},
    problem::{Code, Problem},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreateSample, example = json!({
    "window_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "party": 2
}))]
struct Request {
    /// The window to book.
    window_id: Uuid,
    /// How many come.
    #[schema(minimum = 1, maximum = 10)]
    party: u8,
}

/// What was booked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sample, example = json!({"code": "K7Q2MX", "window_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e"}))]
struct Response {
    /// What to show at the door.
    code: String,
    /// The window.
    window_id: Uuid,
}

luot_api::problems!(Problems: WindowFull, AlreadyBooked);

/// Books a place
///
/// All persons or none. Without a token the key must be hard to guess.
#[utoipa::path(
    tag = "appointments",
    operation_id = "create_sample",
    params(IdempotencyKey),
    request_body = Request,
    responses((status = 201, description = "Booked", body = Response), Problems),
    security((), ("bearer" = [])),
)]
#[post("/v1/samples")]
pub async fn create(
    caller: Bearer,
    key: IdempotencyKey,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    if caller.as_deref().is_none() {
        key.hard_to_guess()?;
    }
    let Request { window_id, party } = body.value;
    if party > 3 {
        return Err(Problem::new(Code::WindowFull).with("alternatives", [window_id]));
    }
    Ok(HttpResponse::Created().json(Response {
        code: "K7Q2MX".to_owned(),
        window_id,
    }))
}
