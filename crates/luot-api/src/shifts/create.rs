//! `POST /v1/campaigns/{campaign_id}/shifts`.

use actix_web::{HttpResponse, post, web::Data};
use luot_app::{App, parts::NewPart};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::Shift;
use crate::{
    extract::{Json, OptionalIdempotencyKey, Path, Staff},
    parts,
    problem::Problem,
    words::Hour,
};

/// A shift to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewShift, example = json!({"code": "toi", "name": "Buổi tối", "start": "17:30", "end": "20:30", "records": 60}))]
struct Request {
    /// What plans and people name it by; unique among the campaign's shifts, and it never changes.
    #[schema(min_length = 1, max_length = 200)]
    code: String,
    /// What it is called on screen; the code if left out.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// When it begins.
    start: Hour,
    /// When it ends, the same day.
    end: Hour,
    /// Records that a machine of rate 1 takes in it.
    #[schema(minimum = 0, maximum = 100000)]
    records: u32,
}

impl From<Request> for NewPart<luot_planner::Shift> {
    fn from(new: Request) -> Self {
        let fields = luot_planner::Shift {
            id: new.code,
            start: new.start.0,
            end: new.end.0,
            records: new.records,
        };
        Self {
            name: new.name,
            fields,
        }
    }
}

crate::problems!(Problems: CampaignConflict);

/// Adds a shift
///
/// It takes its place in the order of the day.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "create_shift",
    params(("campaign_id" = Uuid, Path, description = "The campaign"), OptionalIdempotencyKey),
    request_body = Request,
    responses(
        (status = 201, description = "Added", body = Shift, headers(
            ("Location" = String, description = "The shift"),
            ("ETag" = String, description = "Its version"),
        )),
        Problems,
    ),
    security(("bearer" = [])),
)]
#[post("/v1/campaigns/{campaign_id}/shifts")]
pub(super) async fn create(
    staff: Staff,
    campaign: Path<Uuid>,
    key: OptionalIdempotencyKey,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let once = staff.once(&key, body.fingerprint);
    parts::create::<_, Shift>(&app, &staff, once, *campaign, body.value.into()).await
}
