//! `POST /v1/plans/{plan_id}/publish`.

use actix_web::{HttpRequest, HttpResponse, post, web::Data};
use luot_app::App;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    etag,
    extract::{Fingerprint, OptionalIdempotencyKey, OptionalIfMatch, Path, Staff},
    problem::Problem,
};

/// The plan is in force.
#[derive(Serialize, ToSchema)]
#[schema(as = PublishedPlan, example = json!({
    "plan_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "version": 3, "sessions": 110, "kept": 2410, "moved": 38,
    "displaced": 0, "restored": 0
}))]
struct Response {
    /// The plan.
    plan_id: Uuid,
    /// Its version now.
    version: i32,
    /// Sessions that people can come to.
    sessions: usize,
    /// Appointments that stay as they are.
    kept: usize,
    /// Appointments that went along with their cohort.
    moved: usize,
    /// Appointments without a place now; each keeps a claim to an equal one.
    displaced: usize,
    /// Appointments that had lost their place before, and have one again.
    restored: usize,
}

crate::problems!(Problems: PlanNotReady, PlanStale);

/// Publishes a plan
///
/// It becomes the campaign's rotation: sessions, windows and places. Every appointment that can be kept is; the others
/// are displaced. A plan made against an older state than the present one is refused: plan again.
#[utoipa::path(
    tag = "plans",
    operation_id = "publish_plan",
    params(
        ("plan_id" = Uuid, Path, description = "The plan"),
        OptionalIdempotencyKey,
        OptionalIfMatch,
    ),
    responses(
        (status = 200, description = "It is in force", body = Response,
            headers(("ETag" = String, description = "The plan's version now"))),
        Problems,
    ),
    security(("bearer" = [])),
)]
#[post("/v1/plans/{plan_id}/publish")]
pub(super) async fn publish(
    staff: Staff,
    id: Path<Uuid>,
    key: OptionalIdempotencyKey,
    seen: OptionalIfMatch,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let once = staff.once(&key, Fingerprint::of(&request, b""));
    let version = seen.0.map_or(Ok(None), |seen| seen.version())?;
    let done = app
        .publish_plan(&staff.0, once.as_ref(), *id, version)
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag::version(done.version))
        .json(Response {
            plan_id: done.plan_id,
            version: done.version,
            sessions: done.sessions,
            kept: done.kept,
            moved: done.moved,
            displaced: done.displaced,
            restored: done.restored,
        }))
}
