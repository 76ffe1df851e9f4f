//! `GET /v1/campaigns/{campaign_id}/cohorts/{cohort_id}/roster`.

use actix_web::{HttpResponse, get, http::header::CACHE_CONTROL, web::Data};
use luot_app::{App, rosters::RosterRow};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Why;
use crate::{
    extract::{Items, Path, Query, Staff},
    problem::Problem,
    words::Day,
};

/// Somebody on a list.
#[derive(Serialize, ToSchema)]
#[schema(as = RosterRow, example = json!({
    "person_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "full_name": "Lý Minh Khôi", "birth_date": "2016-09-02",
    "state": "booked"
}))]
struct Row {
    /// Their id.
    person_id: Uuid,
    /// Full name; null once erased.
    #[schema(required = true)]
    full_name: Option<String>,
    /// Day of birth; likewise.
    #[schema(required = true)]
    birth_date: Option<Day>,
    /// Where their latest appointment stands.
    #[schema(required = true)]
    state: Option<String>,
}

impl From<RosterRow> for Row {
    fn from(row: RosterRow) -> Self {
        Self {
            person_id: row.person_id,
            full_name: row.full_name,
            birth_date: row.birth_date.map(Day),
            state: row.state,
        }
    }
}

crate::problems!(Problems: InvalidBody);

/// Lists the people of a class or village
///
/// For its school or village, and those who plan; a supervisor says why. Every reading is in the audit trail.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "list_roster",
    params(
        ("campaign_id" = Uuid, Path, description = "The campaign"),
        ("cohort_id" = Uuid, Path, description = "The cohort"),
        Why,
    ),
    responses((status = 200, description = "All of them, in the list's order", body = Items<Row>), Problems),
    security(("bearer" = []), ("cookie" = [])),
)]
#[get("/v1/campaigns/{campaign_id}/cohorts/{cohort_id}/roster")]
pub(super) async fn list(
    staff: Staff,
    ids: Path<(Uuid, Uuid)>,
    why: Query<Why>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let (campaign, cohort) = ids.into_inner();
    let reason = why.0.reason.map(Into::into);
    let rows = app.list_roster(&staff.0, campaign, cohort, reason).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Items {
            items: rows.into_iter().map(Row::from).collect(),
            next: None,
        }))
}
