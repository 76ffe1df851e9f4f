//! `GET /v1/campaigns/{campaign_id}/data-requests`: what staff owe.

use actix_web::{HttpResponse, get, http::header::CACHE_CONTROL, web::Data};
use chrono::{DateTime, Utc};
use luot_app::{App, privacy::RequestView};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Items, Page, Path, Staff},
    problem::Problem,
};

/// What a parent waits for.
#[derive(Serialize, ToSchema)]
#[schema(as = DataRequest, example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "person_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
    "kind": "correct", "created_at": "2026-12-20T02:00:00Z", "due_at": "2026-12-30T02:00:00Z", "overdue": false,
    "full_name": "Lý Minh Khôi", "birth_date": null
}))]
struct Row {
    /// Its id.
    id: Uuid,
    /// About whom.
    person_id: Uuid,
    /// `correct` or `withdraw`.
    kind: String,
    /// Since when.
    created_at: DateTime<Utc>,
    /// By when it must be answered.
    due_at: DateTime<Utc>,
    /// Whether that is past.
    overdue: bool,
    /// The name as it should be.
    #[schema(required = true)]
    full_name: Option<String>,
    /// The day of birth as it should be.
    #[schema(required = true)]
    birth_date: Option<String>,
}

impl From<RequestView> for Row {
    fn from(view: RequestView) -> Self {
        let text = |name: &str| {
            let value = view.asked.as_ref().and_then(|asked| asked[name].as_str());
            value.map(str::to_owned)
        };
        Self {
            full_name: text("full_name"),
            birth_date: text("birth_date"),
            id: view.row.id,
            person_id: view.row.person_id,
            kind: view.row.kind,
            created_at: view.row.created_at,
            due_at: view.row.due_at,
            overdue: view.overdue,
        }
    }
}

/// Lists what parents wait for
///
/// The most urgent first.
#[utoipa::path(
    tag = "identity",
    operation_id = "list_data_requests",
    params(("campaign_id" = Uuid, Path, description = "The campaign"), Page),
    responses((status = 200, description = "A page of what is open", body = Items<Row>)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[get("/v1/campaigns/{campaign_id}/data-requests")]
pub(super) async fn list(
    staff: Staff,
    campaign: Path<Uuid>,
    page: Page,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let wanted = (page.after()?, page.fetch());
    let found = app.list_requests(&staff.0, *campaign, wanted).await?;
    let page = page.items(found, |view| (view.row.due_at, view.row.id));
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(page.map(Row::from)))
}
