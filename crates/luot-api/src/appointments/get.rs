//! `GET /v1/appointments/{code}`.

use actix_web::{HttpResponse, get, http::header::CACHE_CONTROL, web::Data};
use luot_app::App;

use super::body::{Appointment, ManageToken};
use crate::{
    extract::{Holder, Path},
    problem::Problem,
};

crate::problems!(Problems: InvalidQuery);

/// Gets an appointment
///
/// For its holder, by the `manage_token` of its booking, and for staff. For anybody else there is none.
#[utoipa::path(
    tag = "appointments",
    operation_id = "get_appointment",
    params(("code" = String, Path, description = "Its code", example = "7Q2MX8KD"), ManageToken),
    responses((status = 200, description = "The appointment", body = Appointment), Problems),
    security((), ("bearer" = [])),
)]
#[get("/v1/appointments/{code}")]
pub(super) async fn get(
    holder: Holder,
    code: Path<String>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let appointment = app.get_appointment(&holder.0, &code).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Appointment::from(appointment)))
}
