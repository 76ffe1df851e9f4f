//! `POST /v1/campaigns/{campaign_id}/sites`.

use actix_web::{HttpResponse, post, web::Data};
use luot_app::{App, parts::NewPart};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::Site;
use crate::{
    extract::{Json, OptionalIdempotencyKey, Path, Staff},
    parts,
    problem::Problem,
};

parts::calendar_of_new! {
    /// A site to be added.
    #[derive(Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[schema(as = NewSite, example = json!({"code": "th-le-loi", "name": "Trường Tiểu học Lê Lợi", "machines_at_once": 2, "weekdays": [1, 2, 3, 4, 5]}))]
    struct Request {
        /// What plans and people name it by; unique among the campaign's sites, and it never changes.
        #[schema(min_length = 1, max_length = 200)]
        code: String,
        /// What it is called on screen; the code if left out.
        #[schema(min_length = 1, max_length = 200)]
        name: Option<String>,
        /// Machines that can work there in one shift.
        #[serde(default = "one")]
        #[schema(minimum = 1, maximum = 2000, default = 1)]
        machines_at_once: u32,
    }
}

const fn one() -> u32 {
    1
}

impl From<Request> for NewPart<luot_planner::Site> {
    fn from(mut new: Request) -> Self {
        let fields = luot_planner::Site {
            id: new.code.clone(),
            machines_at_once: new.machines_at_once,
            calendar: new.calendar(),
        };
        Self {
            name: new.name.take(),
            fields,
        }
    }
}

crate::problems!(Problems: CampaignConflict);

/// Adds a site
///
/// Plans made before it do without it: plan again to use it.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "create_site",
    params(("campaign_id" = Uuid, Path, description = "The campaign"), OptionalIdempotencyKey),
    request_body = Request,
    responses(
        (status = 201, description = "Added", body = Site, headers(
            ("Location" = String, description = "The site"),
            ("ETag" = String, description = "Its version"),
        )),
        Problems,
    ),
    security(("bearer" = [])),
)]
#[post("/v1/campaigns/{campaign_id}/sites")]
pub(super) async fn create(
    staff: Staff,
    campaign: Path<Uuid>,
    key: OptionalIdempotencyKey,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let once = staff.once(&key, body.fingerprint);
    parts::create::<_, Site>(&app, &staff, once, *campaign, body.value.into()).await
}
