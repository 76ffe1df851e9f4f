//! `GET /v1/campaigns/{campaign_id}/timetable`: the published times of a class or village.

use actix_web::{
    get,
    web::{self, Data},
};
use luot_app::{App, sessions::TimetableRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    extract::{Items, Page, Path, Query},
    problem::Problem,
    words::{Day, Hour},
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Question {
    /// Only this cohort, by id or code.
    #[param(nullable = false)]
    cohort: Option<String>,
}

/// When and where people of a cohort come: one window.
#[derive(Serialize, ToSchema)]
#[schema(as = TimetableRow, example = json!({
    "cohort": "5a", "cohort_name": "Lớp 5A", "site": "th-le-loi", "site_name": "Trường Tiểu học Lê Lợi",
    "session_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "window_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
    "date": "2027-01-04", "starts": "07:30", "ends": "08:00", "places": 10
}))]
struct Row {
    /// The cohort's code.
    cohort: String,
    /// What the cohort is called.
    cohort_name: String,
    /// The site's code.
    site: String,
    /// What the site is called.
    site_name: String,
    /// The session.
    session_id: Uuid,
    /// The window.
    window_id: Uuid,
    /// The date.
    date: Day,
    /// From.
    starts: Hour,
    /// To.
    ends: Hour,
    /// People of the cohort.
    places: i32,
}

/// Lists the published times of cohorts
///
/// In the order of cohort and time: what a school or a village tells its people.
#[utoipa::path(
    tag = "sessions",
    operation_id = "list_timetable",
    params(("campaign_id" = Uuid, Path, description = "The campaign"), Question, Page),
    responses((status = 200, description = "A page of it", body = Items<Row>)),
)]
#[get("/v1/campaigns/{campaign_id}/timetable")]
pub(super) async fn list(
    campaign: Path<Uuid>,
    question: Query<Question>,
    page: Page,
    app: Data<App>,
) -> Result<web::Json<Items<Row>>, Problem> {
    let rows = app
        .list_timetable(*campaign, question.0.cohort.as_deref())
        .await?;
    let last: Option<(Uuid, String)> = page.after()?;
    let begin = last.and_then(|(window, cohort)| {
        rows.iter()
            .position(|row| row.window_id == window && row.cohort.0 == cohort)
    });
    let fetch = usize::try_from(page.fetch()).unwrap_or(usize::MAX);
    let rows = rows
        .into_iter()
        .skip(begin.map_or(0, |at| at + 1))
        .take(fetch);
    let page = page.items(rows.collect(), |row: &TimetableRow| {
        (row.window_id, row.cohort.0.clone())
    });
    Ok(web::Json(page.map(Row::from)))
}

impl From<TimetableRow> for Row {
    fn from(row: TimetableRow) -> Self {
        Self {
            cohort: row.cohort.0,
            cohort_name: row.cohort.1,
            site: row.site.0,
            site_name: row.site.1,
            session_id: row.session_id,
            window_id: row.window_id,
            date: Day(row.date),
            starts: Hour(row.starts),
            ends: Hour(row.ends),
            places: row.places,
        }
    }
}
