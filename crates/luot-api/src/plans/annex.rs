//! `GET /v1/plans/{plan_id}/annex`.

use actix_web::{
    HttpResponse, get,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    web::Data,
};
use luot_app::App;
use uuid::Uuid;

use crate::{
    extract::{Path, Staff},
    problem::Problem,
};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

crate::problems!(Problems: PlanNotReady);

/// Gives a plan as an official annex
///
/// The table of machines, sites, units, dates, shifts and records per day, grouped as the districts do; it can be
/// imported again as a rotation.
#[utoipa::path(
    tag = "plans",
    operation_id = "export_plan",
    params(("plan_id" = Uuid, Path, description = "The plan")),
    responses(
        (status = 200, description = "An XLSX workbook", body = Vec<u8>,
            content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        Problems,
    ),
    security(("bearer" = [])),
)]
#[get("/v1/plans/{plan_id}/annex")]
pub(super) async fn annex(
    staff: Staff,
    id: Path<Uuid>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let workbook = app.export_annex(&staff.0, *id).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, XLSX))
        .insert_header((
            CONTENT_DISPOSITION,
            "attachment; filename=\"lich-luan-chuyen-may.xlsx\"",
        ))
        .body(workbook))
}
