//! `GET /v1/staff/{staff_id}/tokens` and `DELETE /v1/staff/{staff_id}/tokens/{token_id}`.

use actix_web::{
    HttpResponse, delete, get,
    web::{self, Data},
};
use chrono::{DateTime, Utc};
use luot_app::App;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Items, Path, Staff},
    problem::Problem,
};

/// A token that is open, without itself.
#[derive(Serialize, ToSchema)]
#[schema(as = OpenToken, example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "kind": "api", "label": "Bảng gọi số, hội trường",
    "created_at": "2026-12-20T02:00:00Z", "used_at": "2026-12-21T02:00:00Z", "expires_at": null
}))]
struct OpenToken {
    /// Its id, by which it is ended.
    id: Uuid,
    /// Whether it was given (`api`) or comes of signing in (`sign_in`).
    kind: String,
    /// What it is for, or how it came about.
    label: String,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it was last used, to ten minutes.
    #[schema(required = true)]
    used_at: Option<DateTime<Utc>>,
    /// When it ends by itself; null for never.
    #[schema(required = true)]
    expires_at: Option<DateTime<Utc>>,
}

/// Lists somebody's tokens
///
/// Those of a member of staff, a system or a device that are open, sign-ins too. For administrators who reach
/// everything.
#[utoipa::path(
    tag = "identity",
    operation_id = "list_tokens",
    params(("staff_id" = Uuid, Path, description = "Whose")),
    responses((status = 200, description = "All of them", body = Items<OpenToken>)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[get("/v1/staff/{staff_id}/tokens")]
pub(super) async fn list(
    staff: Staff,
    id: Path<Uuid>,
    app: Data<App>,
) -> Result<web::Json<Items<OpenToken>>, Problem> {
    let found = app.list_tokens(&staff.0, *id).await?;
    let items = found.into_iter().map(|row| OpenToken {
        id: row.id,
        kind: row.kind,
        label: row.label,
        created_at: row.created_at,
        used_at: row.used_at,
        expires_at: row.expires_at,
    });
    Ok(web::Json(Items {
        items: items.collect(),
        next: None,
    }))
}

/// Ends a token of somebody
///
/// It is good for nothing from then on; their others stay. For administrators who reach everything.
#[utoipa::path(
    tag = "identity",
    operation_id = "end_token",
    params(
        ("staff_id" = Uuid, Path, description = "Whose"),
        ("token_id" = Uuid, Path, description = "Which"),
    ),
    responses((status = 204, description = "Ended")),
    security(("bearer" = []), ("cookie" = [])),
)]
#[delete("/v1/staff/{staff_id}/tokens/{token_id}")]
pub(super) async fn end(
    staff: Staff,
    ids: Path<(Uuid, Uuid)>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let (staff_id, id) = *ids;
    app.end_token(&staff.0, staff_id, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
