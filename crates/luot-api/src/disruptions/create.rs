//! `POST /v1/campaigns/{campaign_id}/disruptions`.

use actix_web::{HttpResponse, post, web::Data};
use chrono::{DateTime, NaiveDate, Utc};
use luot_app::{
    App,
    disruptions::{Bound, ProposalView, Report, What},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Json, OptionalIdempotencyKey, Path, Staff},
    locale::Locale,
    problem::{Code, Problem},
    words::{Day, FindingBody},
};

/// What went wrong. Parts are named by id or code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewDisruption, example = json!({
    "kind": "machine-out", "machine_id": "may-1", "from": "2027-01-05", "to": "2027-01-07", "reason": "hỏng máy ảnh"
}))]
struct Request {
    /// What kind of disruption; a machine that is out if it is not said.
    #[serde(default)]
    kind: Kind,
    /// `machine-out`: which machine.
    machine_id: Option<String>,
    /// `site-closed`, `session-behind`: which site.
    site_id: Option<String>,
    /// `cohort-grew`: which cohort.
    cohort_id: Option<String>,
    /// `shift-lost`, `session-behind`: which shift of `from`.
    shift: Option<String>,
    /// From when: a date, or an instant (RFC 3339) for a machine.
    from: Option<String>,
    /// Until when, itself included: a date, or an instant for a machine. The same as `from` if it is not said.
    to: Option<String>,
    /// `session-behind`, `cohort-grew`: how many people.
    #[schema(minimum = 1, maximum = 1000000)]
    people: Option<u32>,
    /// Why, in a few words.
    #[serde(default)]
    reason: String,
}

#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = DisruptionKind)]
enum Kind {
    /// A machine cannot run.
    #[default]
    MachineOut,
    /// A site is closed.
    SiteClosed,
    /// No machine can work in one shift.
    ShiftLost,
    /// In a session that is over, so many people were not served.
    SessionBehind,
    /// A cohort has more people than it had.
    CohortGrew,
}

/// The answers, the best first. Publishing one is the decision.
#[derive(Serialize, ToSchema)]
#[schema(as = Disruption, example = json!({
    "version": 7,
    "proposals": [{
        "plan_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "kind": "move-people",
        "title": "38 people move, 0 machine-shifts are added, machines go elsewhere in 0; 0 without a place; cost 13,940",
        "cost": 13940, "diff": {"moved": 38}
    }],
    "findings": []
}))]
struct Response {
    /// The campaign's version, in which the disruption is a fact.
    version: i32,
    /// Up to three, different in kind where they can be.
    proposals: Vec<Proposal>,
    /// What was pinned and cannot be kept any more (`pin-lifted`); why there are no proposals, where there are none.
    findings: Vec<FindingBody>,
}

/// A draft that answers a disruption.
#[derive(Serialize, ToSchema)]
#[schema(as = Proposal)]
struct Proposal {
    /// The draft.
    plan_id: Uuid,
    /// `move-machines`, `extra-sessions`, `move-people`, or `keep` when nothing is needed.
    kind: String,
    /// In one sentence.
    title: String,
    /// What it costs.
    cost: i64,
    /// The difference to what is published, as of a plan.
    #[schema(value_type = Object)]
    diff: Value,
}

crate::problems!(Problems: StateForbids);

/// Reports a disruption
///
/// It becomes a fact of the campaign at once, and is answered with up to three ranked drafts, each with its difference
/// to what is published: in under a second for a commune, three for a district, ten for a province.
///
/// In a shift that runs, whoever has been served stays where they were, and so do as many as the machines that are
/// left there can take until it ends. The others are planned anew; what is left of a class that is to stay whole is a
/// cohort of its own (`1A+1`).
#[utoipa::path(
    tag = "plans",
    operation_id = "create_disruption",
    params(("campaign_id" = Uuid, Path, description = "The campaign"), OptionalIdempotencyKey),
    request_body = Request,
    responses((status = 201, description = "Recorded and answered", body = Response), Problems),
    security(("bearer" = [])),
)]
#[post("/v1/campaigns/{campaign_id}/disruptions")]
pub(super) async fn create(
    staff: Staff,
    campaign: Path<Uuid>,
    key: OptionalIdempotencyKey,
    locale: Locale,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let once = staff.once(&key, body.fingerprint);
    let report = body.value.read()?;
    let answer = app
        .report_disruption(&staff.0, once.as_ref(), *campaign, &report)
        .await?;
    Ok(HttpResponse::Created().json(Response {
        version: answer.version,
        proposals: answer
            .proposals
            .into_iter()
            .map(|it| Proposal::of(it, locale))
            .collect(),
        findings: FindingBody::all(answer.lifted, locale),
    }))
}

impl Request {
    fn read(self) -> Result<Report, Problem> {
        let from = || instant_or_day("/from", self.from.as_deref());
        let to = || match &self.to {
            Some(text) => instant_or_day("/to", Some(text)),
            None => from(),
        };
        let what = match self.kind {
            Kind::MachineOut => What::MachineOut {
                machine: needed("/machine_id", self.machine_id.clone())?,
                from: from()?,
                to: to()?,
            },
            Kind::SiteClosed => What::SiteClosed {
                site: needed("/site_id", self.site_id.clone())?,
                from: day("/from", &from()?)?,
                to: day("/to", &to()?)?,
            },
            Kind::ShiftLost => What::ShiftLost {
                date: day("/from", &from()?)?,
                shift: needed("/shift", self.shift.clone())?,
            },
            Kind::SessionBehind => What::SessionBehind {
                site: needed("/site_id", self.site_id.clone())?,
                date: day("/from", &from()?)?,
                shift: needed("/shift", self.shift.clone())?,
                people: needed("/people", self.people)?,
            },
            Kind::CohortGrew => What::CohortGrew {
                cohort: needed("/cohort_id", self.cohort_id.clone())?,
                people: needed("/people", self.people)?,
            },
        };
        Ok(Report {
            what,
            reason: self.reason,
        })
    }
}

impl Proposal {
    fn of(it: ProposalView, locale: Locale) -> Self {
        Self {
            plan_id: it.plan_id,
            kind: it.kind,
            title: match locale {
                Locale::En => it.title,
                Locale::Vi => it.title_vi,
            },
            cost: it.cost,
            diff: it.diff,
        }
    }
}

fn needed<T>(pointer: &str, given: Option<T>) -> Result<T, Problem> {
    given.ok_or_else(|| {
        Problem::new(Code::InvalidBody).error(
            pointer,
            "missing",
            "This kind of disruption needs it.",
            "Loại sự cố này cần mục này.",
        )
    })
}

fn instant_or_day(pointer: &str, text: Option<&str>) -> Result<Bound, Problem> {
    let text = needed(pointer, text)?;
    if let Some(Day(date)) = Day::read(text) {
        return Ok(Bound::Day(date));
    }
    match DateTime::parse_from_rfc3339(text) {
        Ok(instant) => Ok(Bound::At(instant.with_timezone(&Utc))),
        Err(_) => Err(no_time(pointer)),
    }
}

fn day(pointer: &str, bound: &Bound) -> Result<NaiveDate, Problem> {
    match bound {
        Bound::Day(date) => Ok(*date),
        Bound::Shift(..) | Bound::At(_) => Err(no_time(pointer)),
    }
}

fn no_time(pointer: &str) -> Problem {
    Problem::new(Code::InvalidBody).error(
        pointer,
        "invalid-time",
        "Write a date as 2027-01-05, or for a machine an instant as 2027-01-05T08:00:00Z.",
        "Ghi ngày dạng 2027-01-05, hoặc với máy là thời điểm dạng 2027-01-05T08:00:00Z.",
    )
}
