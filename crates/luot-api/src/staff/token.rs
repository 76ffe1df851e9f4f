//! `POST /v1/staff/{staff_id}/tokens`.

use actix_web::{HttpResponse, http::header::CACHE_CONTROL, post, web::Data};
use chrono::{DateTime, Utc};
use luot_app::App;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Json, Path, Staff},
    problem::Problem,
};

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewToken, example = json!({"label": "Bảng gọi số, hội trường", "expires_at": "2027-06-30T17:00:00Z"}))]
struct Request {
    /// What it is for.
    #[schema(min_length = 1, max_length = 200)]
    label: String,
    /// When it ends, in the future; a year from now, if left out.
    expires_at: Option<DateTime<Utc>>,
}

/// A token.
#[derive(Serialize, ToSchema)]
#[schema(as = Token, example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "token": "luot_b7Jp0w4Qd3xkUeYz9sLmNfRtAbCdEfGhIjKlMnOpQrS",
    "expires_at": "2027-06-30T17:00:00Z"
}))]
struct Response {
    /// Its id.
    id: Uuid,
    /// Itself: shown this one time.
    token: String,
    /// When it ends.
    expires_at: DateTime<Utc>,
}

/// Makes a token
///
/// For a system or a device, which cannot type a password. It reaches what its holder reaches. For administrators who
/// reach everything.
#[utoipa::path(
    tag = "identity",
    operation_id = "create_token",
    params(("staff_id" = Uuid, Path, description = "Whose")),
    request_body = Request,
    responses((status = 201, description = "Made", body = Response)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[post("/v1/staff/{staff_id}/tokens")]
pub(super) async fn create(
    staff: Staff,
    id: Path<Uuid>,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let Request { label, expires_at } = body.value;
    let expires_at = expires_at.unwrap_or_else(|| app.usual_end_of_token());
    let (id, token) = app
        .add_token(&staff.0, *id, &label, Some(expires_at))
        .await?;
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Response {
            id,
            token,
            expires_at,
        }))
}
