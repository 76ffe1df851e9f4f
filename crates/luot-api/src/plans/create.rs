//! `POST /v1/campaigns/{campaign_id}/plans`: planning, in the background.

use actix_web::{HttpResponse, http::header::LOCATION, post, web::Data};
use luot_app::App;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::PlanState;
use crate::{
    extract::{Json, OptionalIdempotencyKey, Path, Staff},
    problem::Problem,
};

/// How to plan.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPlan, example = json!({"seconds": 2, "seed": 1, "against": "none"}))]
struct Request {
    /// For how long.
    #[serde(default = "two")]
    #[schema(minimum = 1, maximum = 600, default = 2)]
    seconds: u32,
    /// Of the random choices.
    #[serde(default = "one")]
    #[schema(minimum = 0, maximum = 9007199254740991_i64, default = 1)]
    seed: u64,
    /// For so many steps instead of seconds: the same seed and steps make the same plan.
    #[schema(minimum = 0, maximum = 1000000000)]
    steps: Option<u64>,
    /// Against what is published and the past, or from scratch; the former by default where something is published.
    against: Option<Against>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PlanAgainst)]
enum Against {
    /// The published plan: what has been promised counts, what is past is fixed.
    Published,
    /// Nothing.
    None,
}

const fn one() -> u64 {
    1
}

const fn two() -> u32 {
    2
}

/// A plan is being made.
#[derive(Serialize, ToSchema)]
#[schema(as = StartedPlan, example = json!({"id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "state": "running"}))]
struct Response {
    /// Its id.
    id: Uuid,
    /// Where it stands.
    state: PlanState,
}

crate::problems!(Problems: StateForbids);

/// Makes a plan
///
/// In the background: its address tells how far it is. At most eight plans of a campaign wait or run at a time.
#[utoipa::path(
    tag = "plans",
    operation_id = "create_plan",
    params(("campaign_id" = Uuid, Path, description = "The campaign"), OptionalIdempotencyKey),
    request_body = Request,
    responses(
        (status = 202, description = "It is being made", body = Response,
            headers(("Location" = String, description = "The plan"))),
        Problems,
    ),
    security(("bearer" = [])),
)]
#[post("/v1/campaigns/{campaign_id}/plans")]
pub(super) async fn create(
    staff: Staff,
    campaign: Path<Uuid>,
    key: OptionalIdempotencyKey,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let once = staff.once(&key, body.fingerprint);
    let how = body.value;
    let against = how.against.map(|against| against == Against::Published);
    let started = app
        .start_plan(
            &staff.0,
            once.as_ref(),
            *campaign,
            how.seconds,
            how.steps,
            how.seed,
            against,
        )
        .await?;
    Ok(HttpResponse::Accepted()
        .insert_header((LOCATION, format!("/v1/plans/{}", started.id)))
        .json(Response {
            id: started.id,
            state: PlanState::Running,
        }))
}
