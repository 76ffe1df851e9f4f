//! `GET /v1/waitlist-entries/{entry_id}`.

use actix_web::{HttpResponse, get, http::header::CACHE_CONTROL, web::Data};
use luot_app::App;
use uuid::Uuid;

use super::body::WaitlistEntry;
use crate::{
    appointments::body::ManageToken,
    extract::{Holder, Path},
    problem::Problem,
};

/// Gets an entry of the waitlist
///
/// Its position, why it was passed over, and what it is offered. For its party, by the `manage_token`, and for staff.
#[utoipa::path(
    tag = "waitlist",
    operation_id = "get_waitlist_entry",
    params(("entry_id" = Uuid, Path, description = "The entry"), ManageToken),
    responses((status = 200, description = "The entry", body = WaitlistEntry)),
    security((), ("bearer" = [])),
)]
#[get("/v1/waitlist-entries/{entry_id}")]
pub(super) async fn get(
    holder: Holder,
    id: Path<Uuid>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let view = app.get_waitlist_entry(&holder.0, *id).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(WaitlistEntry::from(view)))
}
