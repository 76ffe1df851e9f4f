//! `GET /v1/me/children`: a parent's children.

use actix_web::{HttpResponse, get, http::header::CACHE_CONTROL, web::Data};
use luot_app::App;

use crate::{
    children::Child,
    extract::{Items, SignedIn},
    problem::Problem,
};

/// Lists a parent's children
///
/// Those whose lists name the parent's phone, and those the parent added. Of one that is still to be confirmed nothing
/// is shown.
#[utoipa::path(
    tag = "identity",
    operation_id = "list_children",
    responses((status = 200, description = "All of them", body = Items<Child>)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[get("/v1/me/children")]
pub(super) async fn list(caller: SignedIn, app: Data<App>) -> Result<HttpResponse, Problem> {
    let found = app.list_children(&caller.actor).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Items {
            items: found.into_iter().map(Child::from).collect(),
            next: None,
        }))
}
