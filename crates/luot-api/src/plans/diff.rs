//! `GET /v1/plans/{plan_id}/diff`.

use actix_web::{
    get,
    web::{self, Data},
};
use luot_app::{App, plans::PlanDiff};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    extract::{Path, Query, Staff},
    problem::Problem,
    words::Day,
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Question {
    /// What to compare with.
    #[param(inline, nullable = false)]
    #[allow(
        dead_code,
        reason = "there is one answer, and the reader checks that it is given"
    )]
    against: Option<Against>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Against {
    /// What is published now.
    Published,
}

/// What would change for people and machines.
#[derive(Serialize, ToSchema)]
#[schema(as = PlanDiff, example = json!({
    "kept": 1200, "moved": 38, "gained": 0, "lost": 0,
    "moves": [{
        "cohort": "5a", "people": 38,
        "from": {"date": "2027-01-04", "shift": "sang", "site": "th-le-loi"},
        "to": {"date": "2027-01-05", "shift": "sang", "site": "th-le-loi"}
    }],
    "machines": [{"machine": "may-1", "date": "2027-01-04", "shift": "sang", "from": "th-le-loi", "to": null}],
    "cost_before": 12040, "cost_after": 13940,
    "text": ["38 of 1238 people move, 0 lose their place, 0 get one; cost 13940 instead of 12040"],
    "text_vi": ["38 trên 1238 người đổi lịch, 0 người mất chỗ, 0 người có chỗ mới; chi phí 13940 thay vì 12040"]
}))]
struct Response {
    /// People who keep their session.
    kept: u32,
    /// People who come to another session than before.
    moved: u32,
    /// People who had no place and have one now.
    gained: u32,
    /// People who had a place and have none now.
    lost: u32,
    /// Who they are.
    moves: Vec<Move>,
    /// The machines that stand somewhere else.
    machines: Vec<MachineMove>,
    /// What the published plan costs.
    cost_before: i64,
    /// What this plan costs, with what it moves.
    cost_after: i64,
    /// All of this as sentences, in English.
    text: Vec<String>,
    /// All of this as sentences, in Vietnamese.
    text_vi: Vec<String>,
}

/// A session by its codes.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionName)]
struct When {
    /// The date.
    date: Day,
    /// The shift.
    shift: String,
    /// The site.
    site: String,
}

/// People of one cohort who come somewhere else, or at another time.
#[derive(Serialize, ToSchema)]
#[schema(as = PeopleMove)]
struct Move {
    /// The cohort's code.
    cohort: String,
    /// How many.
    people: u32,
    /// Where they were to come; null when they had no place.
    #[schema(required = true)]
    from: Option<When>,
    /// Where they come now; null when they have no place any more.
    #[schema(required = true)]
    to: Option<When>,
}

/// A machine that stands somewhere else in one shift; all by their codes.
#[derive(Serialize, ToSchema)]
struct MachineMove {
    /// The machine.
    machine: String,
    /// The date.
    date: Day,
    /// The shift.
    shift: String,
    /// The site where it stood; null when nowhere.
    #[schema(required = true)]
    from: Option<String>,
    /// The site where it stands now; null when nowhere.
    #[schema(required = true)]
    to: Option<String>,
}

crate::problems!(Problems: PlanNotReady, StateForbids);

/// Compares a plan with what is published
///
/// In people's terms: who keeps their time and place, who moves from where and when to where and when, which machines
/// go elsewhere.
#[utoipa::path(
    tag = "plans",
    operation_id = "diff_plan",
    params(("plan_id" = Uuid, Path, description = "The plan"), Question),
    responses((status = 200, description = "The difference", body = Response), Problems),
    security(("bearer" = [])),
)]
#[get("/v1/plans/{plan_id}/diff")]
pub(super) async fn diff(
    staff: Staff,
    id: Path<Uuid>,
    _: Query<Question>,
    app: Data<App>,
) -> Result<web::Json<Response>, Problem> {
    let told = app.diff_plan(&staff.0, *id).await?;
    Ok(web::Json(told.into()))
}

impl From<PlanDiff> for Response {
    fn from(told: PlanDiff) -> Self {
        let moves = told.moves.into_iter().map(|it| Move {
            cohort: it.cohort,
            people: it.people,
            from: it.from.map(When::from),
            to: it.to.map(When::from),
        });
        let machines = told.machines.into_iter().map(|it| MachineMove {
            machine: it.machine,
            date: Day(it.date),
            shift: it.shift,
            from: it.from,
            to: it.to,
        });
        Self {
            kept: told.kept,
            moved: told.moved,
            gained: told.gained,
            lost: told.lost,
            moves: moves.collect(),
            machines: machines.collect(),
            cost_before: told.cost_before,
            cost_after: told.cost_after,
            text: told.text,
            text_vi: told.text_vi,
        }
    }
}

impl From<luot_planner::When> for When {
    fn from(when: luot_planner::When) -> Self {
        Self {
            date: Day(when.date),
            shift: when.shift,
            site: when.site,
        }
    }
}
