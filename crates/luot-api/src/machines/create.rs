//! `POST /v1/campaigns/{campaign_id}/machines`.

use actix_web::{HttpResponse, post, web::Data};
use luot_app::{App, parts::NewPart};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::Machine;
use crate::{
    extract::{Json, OptionalIdempotencyKey, Path, Staff},
    parts,
    problem::Problem,
    words::{Day, Rate, Service},
};

parts::calendar_of_new! {
    /// A machine to be added.
    #[derive(Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[schema(as = NewMachine, example = json!({"code": "may-3", "name": "Máy 3", "services": ["account", "card"], "home": "th-le-loi"}))]
    struct Request {
        /// What plans and people name it by; unique among the campaign's machines, and it never changes.
        #[schema(min_length = 1, max_length = 200)]
        code: String,
        /// What it is called on screen; the code if left out.
        #[schema(min_length = 1, max_length = 200)]
        name: Option<String>,
        /// What it can issue; every machine takes accounts.
        #[serde(default)]
        #[schema(max_items = 100)]
        services: Vec<Service>,
        /// Its speed: it takes a shift's records times this.
        #[serde(default)]
        rate: Rate,
        /// Code of the site it starts from; without one its first site costs no relocation.
        #[schema(max_length = 200)]
        home: Option<String>,
        /// Dates and shifts in which it cannot run.
        #[serde(default)]
        out: Vec<(Day, String)>,
    }
}

impl From<Request> for NewPart<luot_planner::Machine> {
    fn from(mut new: Request) -> Self {
        let fields = luot_planner::Machine {
            id: new.code.clone(),
            services: new.services.iter().map(|it| (*it).into()).collect(),
            home: new.home.take(),
            rate_hundredths: new.rate.hundredths(),
            calendar: new.calendar(),
            out: new
                .out
                .drain(..)
                .map(|(day, shift)| (day.0, shift))
                .collect(),
        };
        Self {
            name: new.name.take(),
            fields,
        }
    }
}

crate::problems!(Problems: CampaignConflict);

/// Adds a machine
///
/// It works from the next plan on.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "create_machine",
    params(("campaign_id" = Uuid, Path, description = "The campaign"), OptionalIdempotencyKey),
    request_body = Request,
    responses(
        (status = 201, description = "Added", body = Machine, headers(
            ("Location" = String, description = "The machine"),
            ("ETag" = String, description = "Its version"),
        )),
        Problems,
    ),
    security(("bearer" = [])),
)]
#[post("/v1/campaigns/{campaign_id}/machines")]
pub(super) async fn create(
    staff: Staff,
    campaign: Path<Uuid>,
    key: OptionalIdempotencyKey,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let once = staff.once(&key, body.fingerprint);
    parts::create::<_, Machine>(&app, &staff, once, *campaign, body.value.into()).await
}
