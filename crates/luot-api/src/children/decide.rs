//! `POST /v1/children/{child_id}/decide`: whether a child is the one on the list.

use actix_web::{HttpResponse, post, web::Data};
use luot_app::{App, signin};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Json, Path, Staff},
    problem::Problem,
};

/// What the school or village says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChildDecision, example = json!({"decision": "confirm"}))]
struct Request {
    /// Whether it is the parent's child.
    decision: Decision,
}

/// Whether it is the parent's child.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ChildDecisionKind)]
enum Decision {
    /// It is.
    Confirm,
    /// It is not.
    Refuse,
}

/// Confirms or refuses a child
///
/// Once: what was decided stays.
#[utoipa::path(
    tag = "identity",
    operation_id = "decide_child",
    params(("child_id" = Uuid, Path, description = "The child, as listed")),
    request_body = Request,
    responses((status = 204, description = "Decided")),
    security(("bearer" = []), ("cookie" = [])),
)]
#[post("/v1/children/{child_id}/decide")]
pub(super) async fn decide(
    staff: Staff,
    id: Path<Uuid>,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let decision = match body.value.decision {
        Decision::Confirm => signin::Decision::Confirm,
        Decision::Refuse => signin::Decision::Refuse,
    };
    app.decide_child(&staff.0, *id, decision).await?;
    Ok(HttpResponse::NoContent().finish())
}
