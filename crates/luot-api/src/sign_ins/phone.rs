//! `POST /v1/phone-sign-ins`: a parent signs in by the code sent to their phone.

use actix_web::{HttpResponse, post, web::Data};
use luot_app::App;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{self, As};
use crate::{
    extract::{Address, Bearer, Json},
    problem::Problem,
};

/// A phone, and the code that was sent to it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPhoneSignIn, example = json!({"phone": "0912345678", "code": "123456", "as": "token"}))]
struct Request {
    /// The phone.
    #[schema(max_length = 40)]
    phone: String,
    /// Six digits.
    #[schema(max_length = 20)]
    code: String,
    /// Where the token goes.
    #[serde(default, rename = "as")]
    #[schema(inline = false)]
    place: As,
}

crate::problems!(Problems: SignInRefused);

/// Signs a parent in by phone
///
/// A code is good for five minutes and five tries. A wrong code, a late one, and none at all are one answer. Children
/// whose lists name this phone are the parent's at once.
#[utoipa::path(
    tag = "identity",
    operation_id = "create_phone_sign_in",
    request_body = Request,
    responses((status = 201, description = "Signed in", body = body::Response,
        headers(("Set-Cookie" = String, description = "The token, unless asked for in the body"))), Problems),
)]
#[post("/v1/phone-sign-ins")]
pub(super) async fn create(
    address: Address,
    bearer: Bearer,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    app.count_sign_in(address.0).await?;
    let Request { phone, code, place } = body.value;
    let signed_in = app.sign_in_by_phone(&phone, &code).await?;
    Ok(body::answer(&app, &bearer, place, signed_in).await)
}
