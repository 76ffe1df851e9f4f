//! `GET /v1/plans/{plan_id}/blocks`.

use actix_web::{
    get,
    web::{self, Data},
};
use luot_app::{App, plans::Block};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Path, Staff},
    locale::Locale,
    problem::Problem,
    words::Day,
};

/// Why the machines are where they are.
#[derive(Serialize, ToSchema)]
#[schema(as = PlanBlocks, example = json!({"items": [{
    "machine": "may-1", "site": "th-le-loi",
    "from": {"date": "2027-01-04", "shift": "sang"}, "to": {"date": "2027-01-05", "shift": "chieu"},
    "shifts": 4, "people": 230, "cohorts": ["5a", "5b"], "code": "capacity",
    "text": "230 people of 2 cohorts come in 4 shifts"
}]}))]
struct Response {
    /// Each visit of a machine to a site, by machine and time.
    items: Vec<Visit>,
}

/// A machine's visit to a site; all by their codes.
#[derive(Serialize, ToSchema)]
#[schema(as = PlanBlock)]
struct Visit {
    /// The machine.
    machine: String,
    /// The site.
    site: String,
    /// Its first shift.
    from: When,
    /// Its last shift.
    to: When,
    /// Shifts staffed.
    shifts: u32,
    /// People who are booked into its sessions, together with any other machine there.
    people: u32,
    /// Their cohorts.
    cohorts: Vec<String>,
    /// The main reason: `only-visit`, `only-cards`, `due`, `capacity`, `pinned`, `unused`.
    code: String,
    /// The reason as a sentence, in English or Vietnamese by `Accept-Language`.
    text: String,
}

/// A shift of a day.
#[derive(Serialize, ToSchema)]
#[schema(as = ShiftOfDay)]
struct When {
    /// The date.
    date: Day,
    /// The shift.
    shift: String,
}

crate::problems!(Problems: PlanNotReady);

/// Tells why each machine is where it is
///
/// For each visit of a machine to a site: whom it serves, and the main reason that it is there.
#[utoipa::path(
    tag = "plans",
    operation_id = "explain_plan",
    params(("plan_id" = Uuid, Path, description = "The plan")),
    responses((status = 200, description = "The visits", body = Response), Problems),
    security(("bearer" = [])),
)]
#[get("/v1/plans/{plan_id}/blocks")]
pub(super) async fn blocks(
    staff: Staff,
    id: Path<Uuid>,
    locale: Locale,
    app: Data<App>,
) -> Result<web::Json<Response>, Problem> {
    let found = app.explain_plan(&staff.0, *id).await?;
    Ok(web::Json(Response {
        items: found.into_iter().map(|it| Visit::of(it, locale)).collect(),
    }))
}

impl Visit {
    fn of(it: Block, locale: Locale) -> Self {
        let when = |at: luot_planner::Moment| When {
            date: Day(at.date),
            shift: at.shift,
        };
        Self {
            machine: it.machine,
            site: it.site,
            from: when(it.from),
            to: when(it.to),
            shifts: it.shifts,
            people: it.people,
            cohorts: it.cohorts,
            code: it.code,
            text: match locale {
                Locale::En => it.text,
                Locale::Vi => it.text_vi,
            },
        }
    }
}
