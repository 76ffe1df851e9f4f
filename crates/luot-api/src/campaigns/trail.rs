//! `GET /v1/campaigns/{campaign_id}/trail`.

use actix_web::{HttpResponse, get, http::header::CACHE_CONTROL, web::Data};
use chrono::{DateTime, Utc};
use luot_app::{App, history::TrailRow};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    extract::{Items, Page, Path, Query, Staff},
    problem::Problem,
    rosters::Reason,
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Question {
    /// What concerns this person alone.
    #[param(nullable = false)]
    person_id: Option<Uuid>,
    /// Why it is read. Supervisors must say; it is kept in the trail.
    #[param(nullable = false)]
    reason: Option<Reason>,
}

/// Something that somebody did or read.
#[derive(Serialize, ToSchema)]
#[schema(as = TrailRow, example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "at": "2026-12-20T02:00:00Z", "action": "appointment.book",
    "who": "parent", "staff_id": null, "reason": null, "request_id": null,
    "subject": {"ids": ["0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e"], "requests": ["0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e"]}
}))]
struct Row {
    /// Its id.
    id: Uuid,
    /// When.
    at: DateTime<Utc>,
    /// What was done.
    action: String,
    /// By whom: `staff`, `parent`, `holder` (of a booking's token), `anonymous`, `console`; null where the service acted
    /// by itself.
    #[schema(required = true)]
    who: Option<String>,
    /// By which member of staff.
    #[schema(required = true)]
    staff_id: Option<Uuid>,
    /// Why, where a reason was given.
    #[schema(required = true)]
    reason: Option<String>,
    /// The request. Of what many requests did together, `subject.requests` names each, in the order of `subject.ids`.
    #[schema(required = true)]
    request_id: Option<String>,
    /// What it was about: ids and states, never a name, a phone, a date or a number.
    #[schema(value_type = Object)]
    subject: Value,
}

crate::problems!(Problems: InvalidBody);

/// Lists who did and read what
///
/// Of a campaign, or of one person of it, in order. Which parent it was is not told. For administrators; a supervisor
/// says why. Reading it is in it, too.
#[utoipa::path(
    tag = "identity",
    operation_id = "list_trail",
    params(("campaign_id" = Uuid, Path, description = "The campaign"), Question, Page),
    responses((status = 200, description = "A page of it", body = Items<Row>), Problems),
    security(("bearer" = []), ("cookie" = [])),
)]
#[get("/v1/campaigns/{campaign_id}/trail")]
pub(super) async fn list(
    staff: Staff,
    campaign: Path<Uuid>,
    question: Query<Question>,
    page: Page,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let Question { person_id, reason } = question.0;
    let wanted = (page.after()?, page.fetch());
    let found = app
        .list_trail(
            &staff.0,
            *campaign,
            person_id,
            reason.map(Into::into),
            wanted,
        )
        .await?;
    let page = page.items(found, |row| row.id).map(Row::from);
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(page))
}

impl From<TrailRow> for Row {
    fn from(row: TrailRow) -> Self {
        Self {
            id: row.id,
            at: row.created_at,
            action: row.action,
            who: row.actor,
            staff_id: row.staff_id,
            reason: row.reason,
            request_id: row.request,
            subject: row.subject,
        }
    }
}
