//! `POST /v1/staff/{staff_id}/password`.

use actix_web::{HttpResponse, http::header::CACHE_CONTROL, post, web::Data};
use luot_app::App;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Json, Path, Staff},
    problem::Problem,
};

/// By what name they sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewLogin, example = json!({"login": "hoa.5a"}))]
struct Request {
    /// Letters without accents, digits, `.-_@`.
    #[schema(min_length = 1, max_length = 100)]
    login: String,
}

/// A password to begin with.
#[derive(Serialize, ToSchema)]
#[schema(as = GivenPassword, example = json!({"password": "k7m2xq9d4nw3vbtz"}))]
struct Response {
    /// Shown this one time; it must be changed on signing in.
    password: String,
}

/// Gives a login and a password to begin with
///
/// Also for who has forgotten theirs or lost the authenticator: both are replaced. For administrators who reach
/// everything.
#[utoipa::path(
    tag = "identity",
    operation_id = "give_password",
    params(("staff_id" = Uuid, Path, description = "To whom")),
    request_body = Request,
    responses((status = 201, description = "Given", body = Response)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[post("/v1/staff/{staff_id}/password")]
pub(super) async fn give(
    staff: Staff,
    id: Path<Uuid>,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let password = app.give_password(&staff.0, *id, &body.value.login).await?;
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Response { password }))
}
