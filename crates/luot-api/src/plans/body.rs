//! A plan as staff see it.

use chrono::{DateTime, Utc};
use luot_app::plans::PlanView;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::words::Day;

/// A plan without what it says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "campaign_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
    "state": "running", "origin": "solver", "title": "", "progress": {"steps": 8000, "cost": 13110},
    "cost": 13110, "terms": {
        "unserved": 0, "late": 0, "moved": 0, "relocation": 4, "session": 43, "split": 2, "finish": 5
    },
    "failure": null, "against_plan_id": null, "created_at": "2026-11-21T02:00:00Z",
    "finished_at": null, "published_at": null, "version": 2
}))]
pub(crate) struct PlanSummary {
    /// Its id.
    id: Uuid,
    /// The campaign it is for.
    campaign_id: Uuid,
    /// Where it stands.
    state: PlanState,
    /// Where it comes from: `solver`, `import`, `instance`, `hand` or `proposal`.
    origin: String,
    /// What it is called; often nothing.
    title: String,
    /// How far the search is, or was at its end.
    progress: Progress,
    /// What it costs by the campaign's weights; lower is better. Of the best so far while it is being made.
    #[schema(required = true)]
    cost: Option<i64>,
    /// What the cost is made of.
    #[schema(required = true)]
    terms: Option<Terms>,
    /// Why it could not be made.
    #[schema(required = true)]
    failure: Option<String>,
    /// The published plan it was made against.
    #[schema(required = true)]
    against_plan_id: Option<Uuid>,
    /// When it was asked for.
    created_at: DateTime<Utc>,
    /// When it was done.
    #[schema(required = true)]
    finished_at: Option<DateTime<Utc>>,
    /// When it came into force.
    #[schema(required = true)]
    published_at: Option<DateTime<Utc>>,
    /// Its version, also in the `ETag`.
    version: i32,
}

/// A plan.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "campaign_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
    "state": "draft", "origin": "solver", "title": "", "progress": {"steps": 21034, "cost": 12040},
    "cost": 12040, "terms": {
        "unserved": 0, "late": 0, "moved": 0, "relocation": 3, "session": 40, "split": 2, "finish": 5
    },
    "failure": null, "against_plan_id": null, "created_at": "2026-11-21T02:00:00Z",
    "finished_at": "2026-11-21T02:00:02Z", "published_at": null, "version": 2,
    "rotation": [{"machine": "may-1", "date": "2027-01-04", "shift": "sang", "site": "th-le-loi"}],
    "allotments": [
        {"cohort": "5a", "date": "2027-01-04", "shift": "sang", "site": "th-le-loi", "people": 38, "moved_before": false}
    ],
    "unserved": []
}))]
pub(crate) struct Plan {
    #[serde(flatten)]
    summary: PlanSummary,
    /// Which machine stands where; empty while it is being made.
    rotation: Vec<Placement>,
    /// Which people come to which session.
    allotments: Vec<Allotment>,
    /// Who has no place, or a late one, and why.
    #[schema(value_type = Vec<Unserved>)]
    unserved: Value,
}

/// Where a plan stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PlanState {
    /// Being made.
    Running,
    /// Made; it can be published.
    Draft,
    /// In force.
    Published,
    /// Was in force.
    Superseded,
    /// Given up by somebody.
    Cancelled,
    /// Could not be made; `failure` says why.
    Failed,
}

/// How far a search is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanProgress)]
pub(crate) struct Progress {
    /// Steps so far.
    steps: i64,
    /// Cost of the best plan so far.
    #[schema(required = true)]
    cost: Option<i64>,
}

/// The value of each term of the cost, before its weight.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanTerms)]
pub(crate) struct Terms {
    /// Weighted people without a place.
    unserved: i64,
    /// Weighted people times days after their due date.
    late: i64,
    /// People moved from what was published; ten times for those moved before.
    moved: i64,
    /// Changes of site.
    relocation: i64,
    /// Machine-shifts staffed.
    session: i64,
    /// Sessions of cohorts beyond their first.
    split: i64,
    /// Last day with a rotation, counted from 1.
    finish: i64,
}

/// One machine at one site for one shift; all by their codes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Placement {
    /// The machine.
    machine: String,
    /// The date.
    date: Day,
    /// The shift.
    shift: String,
    /// The site.
    site: String,
}

/// So many people of a cohort in a session; all by their codes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Allotment {
    /// The cohort.
    cohort: String,
    /// The date.
    date: Day,
    /// The shift.
    shift: String,
    /// The site.
    site: String,
    /// How many of the cohort.
    people: u32,
    /// Whether these people have been moved once already.
    #[serde(default)]
    moved_before: bool,
}

/// A cohort that is left without places, or is served late, and why. Passed on as the planner explained it.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only its schema matters")]
struct Unserved {
    /// The cohort's code.
    cohort: String,
    /// People without a place.
    people: u32,
    /// People with a place after their due date.
    late: u32,
    /// The binding reason; an open list.
    code: String,
    /// The reason in English.
    text: String,
    /// The reason in Vietnamese.
    text_vi: String,
    /// The cheapest thing that would help, where one is known.
    relief: Option<Relief>,
}

/// Something that would give people a place.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only its schema matters")]
struct Relief {
    /// What kind of thing; an open list.
    code: String,
    /// The placement to add, where that is it.
    placement: Option<Placement>,
    /// What it costs in machine-shifts and relocations, by the campaign's weights.
    cost: Option<i64>,
    /// In English.
    text: String,
    /// In Vietnamese.
    text_vi: String,
}

impl From<PlanView> for Plan {
    fn from(mut view: PlanView) -> Self {
        let content = view.content.take().unwrap_or_default();
        let unserved = view.row.unserved.take();
        Self {
            rotation: content.rotation.into_iter().map(Placement::from).collect(),
            allotments: content
                .allotments
                .into_iter()
                .map(Allotment::from)
                .collect(),
            unserved: unserved.unwrap_or_else(|| Value::Array(Vec::new())),
            summary: view.into(),
        }
    }
}

impl From<PlanView> for PlanSummary {
    fn from(view: PlanView) -> Self {
        let row = view.row;
        Self {
            id: row.id,
            campaign_id: row.campaign_id,
            state: view.state.into(),
            origin: row.origin,
            title: row.title,
            progress: Progress {
                steps: row.steps,
                cost: row.cost,
            },
            cost: row.cost,
            terms: view.terms.map(Terms::from),
            failure: row.failure,
            against_plan_id: row.against_plan_id,
            created_at: row.created_at,
            finished_at: row.finished_at,
            published_at: row.published_at,
            version: row.version,
        }
    }
}

impl From<luot_app::plans::PlanState> for PlanState {
    fn from(state: luot_app::plans::PlanState) -> Self {
        use luot_app::plans::PlanState as From;
        match state {
            From::Running => Self::Running,
            From::Draft => Self::Draft,
            From::Published => Self::Published,
            From::Superseded => Self::Superseded,
            From::Cancelled => Self::Cancelled,
            From::Failed => Self::Failed,
        }
    }
}

impl From<luot_planner::Terms> for Terms {
    fn from(terms: luot_planner::Terms) -> Self {
        Self {
            unserved: terms.unserved,
            late: terms.late,
            moved: terms.moved,
            relocation: terms.relocation,
            session: terms.session,
            split: terms.split,
            finish: terms.finish,
        }
    }
}

impl From<luot_planner::Placement> for Placement {
    fn from(placed: luot_planner::Placement) -> Self {
        Self {
            machine: placed.machine,
            date: Day(placed.date),
            shift: placed.shift,
            site: placed.site,
        }
    }
}

impl From<luot_planner::Allotment> for Allotment {
    fn from(allotted: luot_planner::Allotment) -> Self {
        Self {
            cohort: allotted.cohort,
            date: Day(allotted.date),
            shift: allotted.shift,
            site: allotted.site,
            people: allotted.people,
            moved_before: allotted.moved_before,
        }
    }
}
