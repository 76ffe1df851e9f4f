//! `POST /v1/data-requests/{request_id}/decide`.

use actix_web::{HttpResponse, post, web::Data};
use luot_app::App;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Json, Path, Staff},
    problem::Problem,
};

/// Whether it is done.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DataRequestDecision, example = json!({"grant": true}))]
struct Request {
    /// Whether what was asked is done now, or refused.
    grant: bool,
}

crate::problems!(Problems: CampaignConflict);

/// Does what a parent asked, or refuses it
///
/// A correction is written, a withdrawal erases. Once: what was decided stays.
#[utoipa::path(
    tag = "identity",
    operation_id = "decide_data_request",
    params(("request_id" = Uuid, Path, description = "The request")),
    request_body = Request,
    responses((status = 204, description = "Decided"), Problems),
    security(("bearer" = []), ("cookie" = [])),
)]
#[post("/v1/data-requests/{request_id}/decide")]
pub(super) async fn decide(
    staff: Staff,
    id: Path<Uuid>,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    app.decide_request(&staff.0, *id, body.value.grant).await?;
    Ok(HttpResponse::NoContent().finish())
}
