//! `GET /v1/staff`.

use actix_web::{
    get,
    web::{self, Data},
};
use chrono::{DateTime, Utc};
use luot_app::{App, users::UserView};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::{RoleName, Scope};
use crate::{
    extract::{Items, Page, Staff},
    problem::Problem,
};

/// A member of staff, a system or a device.
#[derive(Serialize, ToSchema)]
#[schema(as = Staff, example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "name": "Cô Hoa, 5A", "role": "school", "scopes": [],
    "created_at": "2026-12-20T02:00:00Z", "disabled_at": null
}))]
struct Member {
    /// Their id.
    id: Uuid,
    /// Who.
    name: String,
    /// As what.
    role: RoleName,
    /// What they reach.
    scopes: Vec<Scope>,
    /// Since when.
    created_at: DateTime<Utc>,
    /// Until when.
    #[schema(required = true)]
    disabled_at: Option<DateTime<Utc>>,
}

impl From<UserView> for Member {
    fn from(view: UserView) -> Self {
        Self {
            id: view.row.id,
            name: view.row.name,
            role: view.role.into(),
            scopes: view.scopes.into_iter().map(Scope::from).collect(),
            created_at: view.row.created_at,
            disabled_at: view.row.disabled_at,
        }
    }
}

/// Lists staff, systems and devices
///
/// In the order in which they were added, also those who are disabled. For administrators who reach everything.
#[utoipa::path(
    tag = "identity",
    operation_id = "list_staff",
    params(Page),
    responses((status = 200, description = "A page of them", body = Items<Member>)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[get("/v1/staff")]
pub(super) async fn list(
    staff: Staff,
    page: Page,
    app: Data<App>,
) -> Result<web::Json<Items<Member>>, Problem> {
    let found = app
        .list_staff(&staff.0, page.after()?, page.fetch())
        .await?;
    let page = page.items(found, |member| member.row.id);
    Ok(web::Json(page.map(Member::from)))
}
