//! `POST /v1/staff`.

use actix_web::{HttpResponse, post, web::Data};
use luot_app::{App, users::NewUser};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::{RoleName, Scope};
use crate::{
    extract::{Json, Staff},
    problem::Problem,
};

/// Somebody to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewStaff, example = json!({
    "name": "Cô Hoa, 5A", "role": "school", "scopes": [
        {"campaign_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "cohort_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e"}]
}))]
struct Request {
    /// Who.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// As what.
    role: RoleName,
    /// What they reach: any of these.
    #[schema(min_items = 1, max_items = 100)]
    scopes: Vec<Scope>,
}

/// Somebody was added.
#[derive(Serialize, ToSchema)]
#[schema(as = AddedStaff, example = json!({"id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e"}))]
struct Response {
    /// Their id.
    id: Uuid,
}

/// Adds a member of staff, a system or a device
///
/// They have no way in yet: give them a password or a token. For administrators who reach everything.
#[utoipa::path(
    tag = "identity",
    operation_id = "create_staff",
    request_body = Request,
    responses((status = 201, description = "Added", body = Response)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[post("/v1/staff")]
pub(super) async fn create(
    staff: Staff,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let new = NewUser {
        name: body.value.name,
        role: body.value.role.into(),
        scopes: body.value.scopes.into_iter().map(Into::into).collect(),
    };
    let id = app.add_staff(&staff.0, &new).await?;
    Ok(HttpResponse::Created().json(Response { id }))
}
