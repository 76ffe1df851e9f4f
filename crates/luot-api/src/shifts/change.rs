//! `PATCH /v1/campaigns/{campaign_id}/shifts/{shift_id}`.

use actix_web::{HttpResponse, patch, web::Data};
use luot_app::App;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::Shift;
use crate::{
    extract::{IfMatch, Json, Path, Staff},
    parts,
    problem::Problem,
    words::Hour,
};

/// What changes; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ShiftChange, example = json!({"records": 60}))]
struct Request {
    /// What it is called on screen.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// When it begins.
    start: Option<Hour>,
    /// When it ends, the same day.
    end: Option<Hour>,
    /// Records that a machine of rate 1 takes in it.
    #[schema(minimum = 0, maximum = 100000)]
    records: Option<u32>,
}

impl Request {
    fn apply(&self, fields: &mut luot_planner::Shift, name: &mut String) {
        if let Some(new) = &self.name {
            name.clone_from(new);
        }
        if let Some(start) = self.start {
            fields.start = start.0;
        }
        if let Some(end) = self.end {
            fields.end = end.0;
        }
        if let Some(records) = self.records {
            fields.records = records;
        }
    }
}

crate::problems!(Problems: CampaignConflict);

/// Changes a shift
///
/// Plans made before it can no longer be published; what is published stays until another plan is.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "change_shift",
    params(
        ("campaign_id" = Uuid, Path, description = "The campaign"),
        ("shift_id" = Uuid, Path, description = "The shift"),
        IfMatch,
    ),
    request_body = Request,
    responses(
        (status = 200, description = "Changed", body = Shift,
            headers(("ETag" = String, description = "Its version now"))),
        Problems,
    ),
    security(("bearer" = [])),
)]
#[patch("/v1/campaigns/{campaign_id}/shifts/{shift_id}")]
pub(super) async fn change(
    staff: Staff,
    ids: Path<(Uuid, Uuid)>,
    seen: IfMatch,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let change = |fields: &mut _, name: &mut _| body.value.apply(fields, name);
    parts::change::<_, Shift>(&app, &staff, ids.into_inner(), seen, change).await
}
