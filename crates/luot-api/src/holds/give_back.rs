//! `DELETE /v1/holds/{hold_id}`.

use actix_web::{HttpResponse, delete, web::Data};
use luot_app::App;
use uuid::Uuid;

use crate::{extract::Path, problem::Problem};

/// Gives held places back
///
/// They are offered to who waits, or open to everybody after a short while. A hold that is over already stays so.
#[utoipa::path(
    tag = "appointments",
    operation_id = "delete_hold",
    params(("hold_id" = Uuid, Path, description = "The hold")),
    responses((status = 204, description = "Given back")),
)]
#[delete("/v1/holds/{hold_id}")]
pub(super) async fn give_back(id: Path<Uuid>, app: Data<App>) -> Result<HttpResponse, Problem> {
    app.give_hold_back(*id).await?;
    Ok(HttpResponse::NoContent().finish())
}
