//! `POST /v1/me/password`: a member of staff changes their password.

use actix_web::{HttpResponse, post, web::Data};
use luot_app::App;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    extract::{Json, SignedIn},
    problem::Problem,
};

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordChange, example = json!({
    "password": "một con vịt xòe ra hai cái cánh", "new_password": "nó kêu rằng quác quác quác"
}))]
struct Request {
    /// The present one.
    #[schema(max_length = 256)]
    password: String,
    /// The one from now on: at least twelve characters.
    #[schema(min_length = 12, max_length = 256)]
    new_password: String,
}

crate::problems!(Problems: SignInRefused);

/// Changes one's password
///
/// For staff. All other sign-ins of theirs end.
#[utoipa::path(
    tag = "identity",
    operation_id = "change_password",
    request_body = Request,
    responses((status = 204, description = "Changed"), Problems),
    security(("bearer" = []), ("cookie" = [])),
)]
#[post("/v1/me/password")]
pub(super) async fn change(
    caller: SignedIn,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let Request {
        password,
        new_password,
    } = body.value;
    app.change_password(
        &caller.actor,
        caller.token.reveal(),
        &password,
        &new_password,
    )
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
