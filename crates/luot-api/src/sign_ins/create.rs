//! `POST /v1/sign-ins`: staff sign in.

use actix_web::{HttpResponse, post, web::Data};
use luot_app::{App, signin::SignIn};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{self, As};
use crate::{
    extract::{Address, Bearer, Json},
    problem::Problem,
};

/// Who wants to be let in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSignIn, example = json!({
    "login": "mai.cax", "password": "một con vịt xòe ra hai cái cánh", "second_factor": "123456", "as": "cookie"
}))]
struct Request {
    /// The login.
    #[schema(max_length = 100)]
    login: String,
    /// The password.
    #[schema(max_length = 256)]
    password: String,
    /// The authenticator's code, or a recovery code.
    #[schema(max_length = 40)]
    second_factor: Option<String>,
    /// The password from now on, where the old one was given by somebody else.
    #[schema(max_length = 256)]
    new_password: Option<String>,
    /// Where the token goes.
    #[serde(default, rename = "as")]
    #[schema(inline = false)]
    place: As,
}

crate::problems!(Problems: SignInRefused, SecondFactorRequired, PasswordChangeRequired);

/// Signs a member of staff in
///
/// A wrong login, a wrong password and a lock after too many tries are one answer. Each try after the fifth locks the
/// login for twice as long as the one before.
#[utoipa::path(
    tag = "identity",
    operation_id = "create_sign_in",
    request_body = Request,
    responses((status = 201, description = "Signed in", body = body::Response,
        headers(("Set-Cookie" = String, description = "The token, unless asked for in the body"))), Problems),
)]
#[post("/v1/sign-ins")]
pub(super) async fn create(
    address: Address,
    bearer: Bearer,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    app.count_sign_in(address.0).await?;
    let place = body.value.place;
    let given = SignIn {
        login: body.value.login,
        password: body.value.password,
        second: body.value.second_factor,
        new_password: body.value.new_password,
    };
    let signed_in = app.sign_in(&given).await?;
    Ok(body::answer(&app, &bearer, place, signed_in).await)
}
