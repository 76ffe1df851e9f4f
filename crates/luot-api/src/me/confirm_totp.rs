//! `POST /v1/me/totp/confirm`: the authenticator counts from now on.

use actix_web::{HttpResponse, http::header::CACHE_CONTROL, post, web::Data};
use luot_app::App;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    extract::{Json, SignedIn},
    problem::Problem,
};

/// What the app shows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TotpConfirmation, example = json!({"code": "123456"}))]
struct Request {
    /// Six digits.
    #[schema(max_length = 20)]
    code: String,
}

/// What stands in for a lost authenticator.
#[derive(Serialize, ToSchema)]
#[schema(as = RecoveryCodes, example = json!({"recovery_codes": ["7q2mx8kd4n"]}))]
struct Response {
    /// Each is good once. They are shown this one time.
    recovery_codes: Vec<String>,
}

crate::problems!(Problems: SignInRefused, CampaignConflict);

/// Puts an authenticator in use
///
/// From now on signing in needs a code of it. Answers with the recovery codes.
#[utoipa::path(
    tag = "identity",
    operation_id = "confirm_totp",
    request_body = Request,
    responses((status = 200, description = "In use", body = Response), Problems),
    security(("bearer" = []), ("cookie" = [])),
)]
#[post("/v1/me/totp/confirm")]
pub(super) async fn confirm(
    caller: SignedIn,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let recovery_codes = app.confirm_totp(&caller.actor, &body.value.code).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Response { recovery_codes }))
}
