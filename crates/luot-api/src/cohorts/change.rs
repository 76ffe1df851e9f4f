//! `PATCH /v1/campaigns/{campaign_id}/cohorts/{cohort_id}`.

use actix_web::{HttpResponse, patch, web::Data};
use luot_app::App;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::Cohort;
use crate::{
    extract::{IfMatch, Json, Path, Staff},
    parts,
    problem::Problem,
    words::{Day, Service},
};

parts::calendar_changes! {
    /// What changes; what is left out stays.
    #[derive(Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[schema(as = CohortChange, example = json!({"people": 40, "due": null}))]
    struct Request {
        /// What it is called on screen.
        #[schema(min_length = 1, max_length = 200)]
        name: Option<String>,
        /// How many they are.
        #[schema(minimum = 0, maximum = 1000000)]
        people: Option<u32>,
        /// What they come for.
        service: Option<Service>,
        /// Codes of the sites they may go to.
        sites: Option<Vec<String>>,
        /// Whether all of them come to one session, or none.
        whole: Option<bool>,
        /// The date after which each of them is late; null for none.
        #[serde(default, deserialize_with = "crate::words::given")]
        #[schema(value_type = Option<Day>)]
        due: Option<Option<Day>>,
        /// How much one of their places, or days of lateness, counts.
        #[schema(minimum = 0, maximum = 1000)]
        weight: Option<u32>,
    }
}

impl Request {
    fn apply(&self, fields: &mut luot_planner::Cohort, name: &mut String) {
        if let Some(new) = &self.name {
            name.clone_from(new);
        }
        if let Some(people) = self.people {
            fields.people = people;
        }
        if let Some(service) = self.service {
            fields.service = service.into();
        }
        if let Some(sites) = &self.sites {
            fields.sites.clone_from(sites);
        }
        if let Some(whole) = self.whole {
            fields.whole = whole;
        }
        if let Some(due) = self.due {
            fields.due = parts::day(due);
        }
        if let Some(weight) = self.weight {
            fields.weight = weight;
        }
        self.calendar(&mut fields.calendar);
    }
}

crate::problems!(Problems: CampaignConflict);

/// Changes a cohort
///
/// Plans made before it can no longer be published; what is published stays until another plan is.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "change_cohort",
    params(
        ("campaign_id" = Uuid, Path, description = "The campaign"),
        ("cohort_id" = Uuid, Path, description = "The cohort"),
        IfMatch,
    ),
    request_body = Request,
    responses(
        (status = 200, description = "Changed", body = Cohort,
            headers(("ETag" = String, description = "Its version now"))),
        Problems,
    ),
    security(("bearer" = [])),
)]
#[patch("/v1/campaigns/{campaign_id}/cohorts/{cohort_id}")]
pub(super) async fn change(
    staff: Staff,
    ids: Path<(Uuid, Uuid)>,
    seen: IfMatch,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let change = |fields: &mut _, name: &mut _| body.value.apply(fields, name);
    parts::change::<_, Cohort>(&app, &staff, ids.into_inner(), seen, change).await
}
