//! `GET /v1/me/appointments`: the appointments of a parent's children.

use actix_web::{HttpResponse, get, http::header::CACHE_CONTROL, web::Data};
use luot_app::App;

use crate::{
    appointments::Appointment,
    extract::{Items, SignedIn},
    problem::Problem,
};

/// Lists the appointments of a parent's children
///
/// Also those that others booked for them. Each can be moved and cancelled with the parent's token.
#[utoipa::path(
    tag = "identity",
    operation_id = "list_own_appointments",
    responses((status = 200, description = "All of them", body = Items<Appointment>)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[get("/v1/me/appointments")]
pub(super) async fn list(caller: SignedIn, app: Data<App>) -> Result<HttpResponse, Problem> {
    let found = app.list_own_appointments(&caller.actor).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Items {
            items: found.into_iter().map(Appointment::from).collect(),
            next: None,
        }))
}
