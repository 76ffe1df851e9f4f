//! `POST /v1/zalo-sign-ins`: a parent signs in by Zalo.

use actix_web::{HttpResponse, post, web::Data};
use luot_app::App;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{self, As};
use crate::{
    extract::{Address, Bearer, Json},
    problem::Problem,
};

/// What the mini-app was given by Zalo.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewZaloSignIn, example = json!({"access_token": "aBcDeF", "phone_token": "gHiJkL", "as": "token"}))]
struct Request {
    /// Of `getAccessToken`.
    #[schema(max_length = 2048)]
    access_token: String,
    /// Of `getPhoneNumber`; good once.
    #[schema(max_length = 2048)]
    phone_token: String,
    /// Where the token goes.
    #[serde(default, rename = "as")]
    #[schema(inline = false)]
    place: As,
}

crate::problems!(Problems: NotFound, SignInRefused, ZaloAbroad);

/// Signs a parent in by Zalo
///
/// The server exchanges both tokens with Zalo. The parent is the one with the phone that Zalo names.
#[utoipa::path(
    tag = "identity",
    operation_id = "create_zalo_sign_in",
    request_body = Request,
    responses((status = 201, description = "Signed in", body = body::Response,
        headers(("Set-Cookie" = String, description = "The token, unless asked for in the body"))), Problems),
)]
#[post("/v1/zalo-sign-ins")]
pub(super) async fn create(
    address: Address,
    bearer: Bearer,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    app.count_sign_in(address.0).await?;
    let given = body.value;
    let signed_in = app
        .sign_in_by_zalo(&given.access_token, &given.phone_token)
        .await?;
    Ok(body::answer(&app, &bearer, given.place, signed_in).await)
}
