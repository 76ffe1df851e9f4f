//! `GET /healthz`: the process answers.

use actix_web::{get, web};
use serde::Serialize;
use utoipa::ToSchema;

/// Alive.
#[derive(Serialize, ToSchema)]
#[schema(as = Health, example = json!({"status": "alive"}))]
struct Response {
    /// Always `alive`: who is not does not answer.
    status: &'static str,
}

/// Is the process alive?
///
/// Answers as long as the process can answer at all, whatever else is down. Restart it when it does not; whether to send
/// it traffic is for `/readyz` to say.
#[utoipa::path(
    tag = "operations",
    operation_id = "get_health",
    responses((status = 200, description = "It is", body = Response)),
)]
#[get("/healthz")]
pub(super) async fn get_health() -> web::Json<Response> {
    web::Json(Response { status: "alive" })
}
