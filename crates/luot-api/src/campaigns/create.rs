//! `POST /v1/campaigns`: a campaign from a planning instance.

use actix_web::{HttpResponse, http::header::LOCATION, post, web::Data};
use luot_app::App;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::instance::Instance;
use crate::{
    etag,
    extract::{LargeJson, OptionalIdempotencyKey, Staff},
    locale::Locale,
    problem::Problem,
    words::FindingBody,
};

/// A campaign was created.
#[derive(Serialize, ToSchema)]
#[schema(as = CreatedCampaign, example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "version": 1, "title": "Phường 5, đợt thí điểm", "rehearsal": false,
    "findings": []
}))]
struct Response {
    /// Its id.
    id: Uuid,
    /// Its version.
    version: i32,
    /// What people read.
    title: String,
    /// Whether it is over, and kept for rehearsal.
    rehearsal: bool,
    /// What is odd about it, but usable.
    findings: Vec<FindingBody>,
}

crate::problems!(Problems: InvalidInstance);

/// Creates a campaign from an instance
///
/// All of it or nothing: what is at fault comes back as `invalid-instance` with every fault and its pointer, what is odd
/// but usable as `findings`. A plan in `published` is published as it stands. A campaign that is over is kept for
/// rehearsal: in it the first day never passes.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "create_campaign",
    params(OptionalIdempotencyKey),
    request_body = Instance,
    responses(
        (status = 201, description = "Created", body = Response, headers(
            ("Location" = String, description = "The campaign"),
            ("ETag" = String, description = "Its version"),
        )),
        Problems,
    ),
    security(("bearer" = [])),
)]
#[post("/v1/campaigns")]
pub(super) async fn create(
    staff: Staff,
    key: OptionalIdempotencyKey,
    locale: Locale,
    app: Data<App>,
    body: LargeJson<Value>,
) -> Result<HttpResponse, Problem> {
    let once = staff.once(&key, body.fingerprint);
    let created = app
        .create_campaign(&staff.0, once.as_ref(), &body.value)
        .await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("/v1/campaigns/{}", created.id)))
        .insert_header(etag::version(created.version))
        .json(Response {
            id: created.id,
            version: created.version,
            title: created.title,
            rehearsal: created.rehearsal,
            findings: FindingBody::all(created.findings, locale),
        }))
}
