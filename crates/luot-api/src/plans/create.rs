//! `POST /v1/campaigns/{campaign_id}/plans`: planning, in the background.

use actix_web::{HttpResponse, http::header::LOCATION, post, web::Data};
use luot_app::error::{Error, Invalid};
use luot_app::{App, plans::PlanRequest};
use luot_domain::finding::Note;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::{Allotment, Placement, PlanState};
use crate::{
    extract::{LargeJson, OptionalIdempotencyKey, Path, Staff},
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
    /// What if: `costs` by term, `shifts`, `sites`, `machines` and `cohorts` by id, `start`, `end`, `setup_minutes`,
    /// `travel_default`, `frozen_before` and `pinned` as in an instance, for this plan only. The campaign stays as it
    /// is, and the plan cannot be published.
    #[schema(value_type = Option<Object>)]
    overrides: Option<Map<String, Value>>,
    /// A plan made or edited by hand, instead of planning: which machine stands where. It is checked and costed like
    /// any other.
    #[schema(value_type = Option<Vec<Placement>>)]
    rotation: Option<Value>,
    /// With `rotation`: which people come to which session.
    #[schema(value_type = Option<Vec<Allotment>>)]
    allotments: Option<Value>,
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

crate::problems!(Problems: StateForbids, InvalidInstance, InvalidPlan);

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
        (status = 201, description = "A plan made by hand is a draft", body = Response,
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
    body: LargeJson<Request>,
) -> Result<HttpResponse, Problem> {
    let once = staff.once(&key, body.fingerprint);
    let how = body.value;
    if how.rotation.is_some() || how.allotments.is_some() {
        if how.overrides.is_some() {
            let note = Note::new(
                "/overrides",
                "one-of",
                "a plan by hand is checked against the campaign as it is; leave out `overrides`, or `rotation` and `allotments`",
                "kế hoạch lập tay được kiểm tra theo đợt như hiện có; hãy bỏ `overrides`, hoặc bỏ `rotation` và `allotments`",
            );
            return Err(Error::Invalid(Invalid::Input, vec![note]).into());
        }
        let plan = json!({
            "rotation": how.rotation.unwrap_or_else(|| json!([])),
            "allotments": how.allotments.unwrap_or_else(|| json!([])),
        });
        let made = app
            .enter_plan(&staff.0, once.as_ref(), *campaign, &plan)
            .await?;
        return Ok(HttpResponse::Created()
            .insert_header((LOCATION, format!("/v1/plans/{}", made.id)))
            .json(Response {
                id: made.id,
                state: PlanState::Draft,
            }));
    }
    let request = PlanRequest {
        seconds: how.seconds,
        steps: how.steps,
        seed: how.seed,
        against_published: how.against.map(|against| against == Against::Published),
        overrides: how.overrides,
    };
    let started = app
        .start_plan(&staff.0, once.as_ref(), *campaign, &request)
        .await?;
    Ok(HttpResponse::Accepted()
        .insert_header((LOCATION, format!("/v1/plans/{}", started.id)))
        .json(Response {
            id: started.id,
            state: PlanState::Running,
        }))
}
