//! `GET /v1/me`: who is asking.

use actix_web::{
    get,
    web::{self, Data},
};
use luot_app::App;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{extract::SignedIn, problem::Problem, sign_ins::Who};

/// Who is asking.
#[derive(Serialize, ToSchema)]
#[schema(as = Me, example = json!({
    "who": "staff", "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "role": "scheduler",
    "second_factor_missing": false,
    "csrf_token": "b7Jp0w4Qd3xkUeYz9sLmNfRtAbCdEfGhIjKlMnOpQrS"
}))]
struct Me {
    /// Whether staff or a parent.
    who: Who,
    /// Their id.
    #[schema(required = true)]
    id: Option<Uuid>,
    /// As what staff work.
    #[schema(required = true)]
    role: Option<&'static str>,
    /// Whether an authenticator must be set up before anything else.
    second_factor_missing: bool,
    /// What a browser sends as `X-CSRF-Token` with every change.
    csrf_token: String,
}

/// Tells who is asking
///
/// For a page that was loaded anew and has only its cookie.
#[utoipa::path(
    tag = "identity",
    operation_id = "get_me",
    responses((status = 200, description = "Who", body = Me)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[get("/v1/me")]
pub(super) async fn get(caller: SignedIn, app: Data<App>) -> Result<web::Json<Me>, Problem> {
    let (who, role) = Who::of(&caller.actor);
    let id = caller.actor.staff_id().or(caller.actor.parent_id().ok());
    let token = caller.token.reveal();
    let second_factor_missing = app.lacks_second_factor(&caller.actor, token).await?;
    Ok(web::Json(Me {
        who,
        id,
        role,
        second_factor_missing,
        csrf_token: app.csrf_token(token),
    }))
}
