//! `GET /v1/campaigns/{campaign_id}/cohorts/{cohort_id}/roster/file`.

use actix_web::{
    HttpResponse, get,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    web::Data,
};
use luot_app::App;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Reason;
use crate::{
    extract::{Path, Query, Staff},
    problem::Problem,
};

/// Which kind of file.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ListFile)]
enum Kind {
    /// Comma-separated, UTF-8.
    #[default]
    Csv,
    /// A workbook.
    Xlsx,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Question {
    /// Which kind of file.
    #[param(nullable = false)]
    kind: Option<Kind>,
    /// Why names are read. Supervisors must say; it is kept in the audit trail.
    #[param(nullable = false)]
    reason: Option<Reason>,
}

crate::problems!(Problems: InvalidBody);

/// Gives the people of a class or village as a file
///
/// No cell of it is a formula, whatever somebody is called.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "export_roster",
    params(
        ("campaign_id" = Uuid, Path, description = "The campaign"),
        ("cohort_id" = Uuid, Path, description = "The cohort"),
        Question,
    ),
    responses(
        (status = 200, description = "The file", body = Vec<u8>, content_type = "text/csv"),
        Problems,
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
#[get("/v1/campaigns/{campaign_id}/cohorts/{cohort_id}/roster/file")]
pub(super) async fn export(
    staff: Staff,
    ids: Path<(Uuid, Uuid)>,
    question: Query<Question>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let (campaign, cohort) = ids.into_inner();
    let xlsx = question.0.kind == Some(Kind::Xlsx);
    let reason = question.0.reason.map(Into::into);
    let file = app
        .export_roster(&staff.0, campaign, cohort, reason, xlsx)
        .await?;
    let (kind, name) = match xlsx {
        true => (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "attachment; filename=\"danh-sach.xlsx\"",
        ),
        false => (
            "text/csv; charset=utf-8",
            "attachment; filename=\"danh-sach.csv\"",
        ),
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CONTENT_DISPOSITION, name))
        .body(file))
}
