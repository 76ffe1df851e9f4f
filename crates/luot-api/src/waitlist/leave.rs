//! `DELETE /v1/waitlist-entries/{entry_id}`.

use actix_web::{HttpResponse, delete, web::Data};
use luot_app::App;
use uuid::Uuid;

use crate::{
    appointments::body::ManageToken,
    extract::{Holder, Path},
    problem::Problem,
};

/// Leaves the waitlist
///
/// What the party is offered goes on to the next. One that is over already stays as it is.
#[utoipa::path(
    tag = "waitlist",
    operation_id = "delete_waitlist_entry",
    params(("entry_id" = Uuid, Path, description = "The entry"), ManageToken),
    responses((status = 204, description = "It waits no more")),
    security((), ("bearer" = [])),
)]
#[delete("/v1/waitlist-entries/{entry_id}")]
pub(super) async fn leave(
    holder: Holder,
    id: Path<Uuid>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    app.leave_waitlist(&holder.0, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
