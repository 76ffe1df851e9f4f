//! `PATCH /v1/campaigns/{campaign_id}/machines/{machine_id}`.

use actix_web::{HttpResponse, patch, web::Data};
use luot_app::App;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::Machine;
use crate::{
    extract::{IfMatch, Json, Path, Staff},
    parts,
    problem::Problem,
    words::{Day, Rate, Service},
};

parts::calendar_changes! {
    /// What changes; what is left out stays.
    #[derive(Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[schema(as = MachineChange, example = json!({"out": [["2026-11-26", "chieu"]]}))]
    struct Request {
        /// What it is called on screen.
        #[schema(min_length = 1, max_length = 200)]
        name: Option<String>,
        /// What it can issue; every machine takes accounts.
        #[schema(max_items = 100)]
        services: Option<Vec<Service>>,
        /// Its speed: it takes a shift's records times this.
        rate: Option<Rate>,
        /// Code of the site it starts from; null for none.
        #[serde(default, deserialize_with = "crate::words::given")]
        #[schema(value_type = Option<String>, max_length = 200)]
        home: Option<Option<String>>,
        /// Dates and shifts in which it cannot run.
        out: Option<Vec<(Day, String)>>,
    }
}

impl Request {
    fn apply(&self, fields: &mut luot_planner::Machine, name: &mut String) {
        if let Some(new) = &self.name {
            name.clone_from(new);
        }
        if let Some(services) = &self.services {
            fields.services = services.iter().map(|it| (*it).into()).collect();
        }
        if let Some(rate) = self.rate {
            fields.rate_hundredths = rate.hundredths();
        }
        if let Some(home) = &self.home {
            fields.home.clone_from(home);
        }
        if let Some(out) = &self.out {
            fields.out = out
                .iter()
                .map(|(day, shift)| (day.0, shift.clone()))
                .collect();
        }
        self.calendar(&mut fields.calendar);
    }
}

crate::problems!(Problems: CampaignConflict);

/// Changes a machine
///
/// Plans made before it can no longer be published; what is published stays until another plan is.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "change_machine",
    params(
        ("campaign_id" = Uuid, Path, description = "The campaign"),
        ("machine_id" = Uuid, Path, description = "The machine"),
        IfMatch,
    ),
    request_body = Request,
    responses(
        (status = 200, description = "Changed", body = Machine,
            headers(("ETag" = String, description = "Its version now"))),
        Problems,
    ),
    security(("bearer" = [])),
)]
#[patch("/v1/campaigns/{campaign_id}/machines/{machine_id}")]
pub(super) async fn change(
    staff: Staff,
    ids: Path<(Uuid, Uuid)>,
    seen: IfMatch,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let change = |fields: &mut _, name: &mut _| body.value.apply(fields, name);
    parts::change::<_, Machine>(&app, &staff, ids.into_inner(), seen, change).await
}
