//! `POST /v1/campaigns/{campaign_id}/cohorts`.

use actix_web::{HttpResponse, post, web::Data};
use luot_app::{App, parts::NewPart};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::Cohort;
use crate::{
    extract::{Json, OptionalIdempotencyKey, Path, Staff},
    parts,
    problem::Problem,
    words::{Day, Service},
};

parts::calendar_of_new! {
    /// A cohort to be added.
    #[derive(Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[schema(as = NewCohort, example = json!({"code": "5b", "name": "Lớp 5B", "people": 41, "sites": ["th-le-loi"], "whole": true}))]
    struct Request {
        /// What plans and people name it by; unique among the campaign's cohorts, and it never changes.
        #[schema(min_length = 1, max_length = 200)]
        code: String,
        /// What it is called on screen; the code if left out.
        #[schema(min_length = 1, max_length = 200)]
        name: Option<String>,
        /// How many they are.
        #[schema(minimum = 0, maximum = 1000000)]
        people: u32,
        /// What they come for.
        #[serde(default = "account")]
        service: Service,
        /// Codes of the sites they may go to.
        sites: Vec<String>,
        /// Whether all of them come to one session, or none.
        #[serde(default)]
        whole: bool,
        /// The date after which each of them is late.
        due: Option<Day>,
        /// How much one of their places, or days of lateness, counts.
        #[serde(default = "one")]
        #[schema(minimum = 0, maximum = 1000, default = 1)]
        weight: u32,
    }
}

const fn one() -> u32 {
    1
}

const fn account() -> Service {
    Service::Account
}

impl From<Request> for NewPart<luot_planner::Cohort> {
    fn from(mut new: Request) -> Self {
        let fields = luot_planner::Cohort {
            id: new.code.clone(),
            people: new.people,
            service: new.service.into(),
            sites: std::mem::take(&mut new.sites),
            whole: new.whole,
            due: parts::day(new.due),
            weight: new.weight,
            calendar: new.calendar(),
        };
        Self {
            name: new.name.take(),
            fields,
        }
    }
}

crate::problems!(Problems: CampaignConflict);

/// Adds a cohort
///
/// Its people get places with the next plan.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "create_cohort",
    params(("campaign_id" = Uuid, Path, description = "The campaign"), OptionalIdempotencyKey),
    request_body = Request,
    responses(
        (status = 201, description = "Added", body = Cohort, headers(
            ("Location" = String, description = "The cohort"),
            ("ETag" = String, description = "Its version"),
        )),
        Problems,
    ),
    security(("bearer" = [])),
)]
#[post("/v1/campaigns/{campaign_id}/cohorts")]
pub(super) async fn create(
    staff: Staff,
    campaign: Path<Uuid>,
    key: OptionalIdempotencyKey,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let once = staff.once(&key, body.fingerprint);
    parts::create::<_, Cohort>(&app, &staff, once, *campaign, body.value.into()).await
}
