//! `PATCH /v1/campaigns/{campaign_id}/sites/{site_id}`.

use actix_web::{HttpResponse, patch, web::Data};
use luot_app::App;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::Site;
use crate::{
    extract::{IfMatch, Json, Path, Staff},
    parts,
    problem::Problem,
    words::Day,
};

parts::calendar_changes! {
    /// What changes; what is left out stays.
    #[derive(Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[schema(as = SiteChange, example = json!({"machines_at_once": 1, "closed": ["2026-11-20"]}))]
    struct Request {
        /// What it is called on screen.
        #[schema(min_length = 1, max_length = 200)]
        name: Option<String>,
        /// Machines that can work there in one shift.
        #[schema(minimum = 1, maximum = 2000)]
        machines_at_once: Option<u32>,
    }
}

impl Request {
    fn apply(&self, fields: &mut luot_planner::Site, name: &mut String) {
        if let Some(new) = &self.name {
            name.clone_from(new);
        }
        if let Some(most) = self.machines_at_once {
            fields.machines_at_once = most;
        }
        self.calendar(&mut fields.calendar);
    }
}

crate::problems!(Problems: CampaignConflict);

/// Changes a site
///
/// Plans made before it can no longer be published; what is published stays until another plan is.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "change_site",
    params(
        ("campaign_id" = Uuid, Path, description = "The campaign"),
        ("site_id" = Uuid, Path, description = "The site"),
        IfMatch,
    ),
    request_body = Request,
    responses(
        (status = 200, description = "Changed", body = Site,
            headers(("ETag" = String, description = "Its version now"))),
        Problems,
    ),
    security(("bearer" = [])),
)]
#[patch("/v1/campaigns/{campaign_id}/sites/{site_id}")]
pub(super) async fn change(
    staff: Staff,
    ids: Path<(Uuid, Uuid)>,
    seen: IfMatch,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let change = |fields: &mut _, name: &mut _| body.value.apply(fields, name);
    parts::change::<_, Site>(&app, &staff, ids.into_inner(), seen, change).await
}
