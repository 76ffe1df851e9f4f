//! `GET /v1/appointments/{code}/qr`.

use actix_web::{HttpResponse, get, http::header::CACHE_CONTROL, web::Data};
use luot_app::App;

use super::body::ManageToken;
use crate::{
    extract::{Holder, Path},
    problem::Problem,
};

crate::problems!(Problems: InvalidQuery);

/// Gets an appointment's QR code
///
/// An image of the appointment's code, and of nothing else: what a check-in takes. For whom the appointment is, as when it
/// is read.
#[utoipa::path(
    tag = "appointments",
    operation_id = "get_appointment_qr",
    params(("code" = String, Path, description = "Its code", example = "7Q2MX8KD"), ManageToken),
    responses((status = 200, description = "The image", body = String, content_type = "image/svg+xml"), Problems),
    security((), ("bearer" = [])),
)]
#[get("/v1/appointments/{code}/qr")]
pub(super) async fn get(
    holder: Holder,
    code: Path<String>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let image = app.appointment_qr(&holder.0, &code).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type("image/svg+xml")
        .body(image))
}
