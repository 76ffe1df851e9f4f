//! `DELETE /v1/sign-ins/{sign_in_id}`: signing out, here or elsewhere.

use actix_web::{HttpResponse, delete, web::Data};
use luot_app::App;
use uuid::Uuid;

use super::body::cookie;
use crate::{
    extract::{Path, SignedIn},
    problem::{Code, Problem},
};

/// Ends a sign-in
///
/// One's own: by its id, or `current` for the one that is asking. Its token is good for nothing from then on.
#[utoipa::path(
    tag = "identity",
    operation_id = "end_sign_in",
    params(("sign_in_id" = String, Path, description = "Its id, or `current`", example = "current")),
    responses((status = 204, description = "Ended")),
    security(("bearer" = []), ("cookie" = [])),
)]
#[delete("/v1/sign-ins/{sign_in_id}")]
pub(super) async fn end(
    caller: SignedIn,
    id: Path<String>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let id = match id.as_str() {
        "current" => None,
        id => Some(Uuid::parse_str(id).map_err(|_| Problem::new(Code::NotFound))?),
    };
    app.end_sign_in(&caller.actor, caller.token.reveal(), id)
        .await?;
    let mut response = HttpResponse::NoContent();
    if id.is_none() && caller.token.is_cookie() {
        response.cookie(cookie(String::new(), 0));
    }
    Ok(response.finish())
}
