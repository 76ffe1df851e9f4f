//! `POST /v1/me/totp`: a member of staff begins to set an authenticator up.

use actix_web::{HttpResponse, http::header::CACHE_CONTROL, post, web::Data};
use luot_app::App;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{extract::SignedIn, problem::Problem};

/// What the authenticator app needs.
#[derive(Serialize, ToSchema)]
#[schema(as = NewTotp, example = json!({
    "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    "uri": "otpauth://totp/Luot:mai.cax?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Luot"
}))]
struct Response {
    /// The secret, to be typed in.
    secret: String,
    /// The same as an address, for a QR code.
    uri: String,
}

crate::problems!(Problems: CampaignConflict);

/// Begins to set an authenticator up
///
/// For staff with a password. It counts once a code of it was confirmed.
#[utoipa::path(
    tag = "identity",
    operation_id = "create_totp",
    responses((status = 201, description = "What the app needs", body = Response), Problems),
    security(("bearer" = []), ("cookie" = [])),
)]
#[post("/v1/me/totp")]
pub(super) async fn create(caller: SignedIn, app: Data<App>) -> Result<HttpResponse, Problem> {
    let totp = app.begin_totp(&caller.actor).await?;
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Response {
            secret: totp.secret,
            uri: totp.uri,
        }))
}
