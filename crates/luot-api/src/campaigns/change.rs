//! `PATCH /v1/campaigns/{campaign_id}`.

use actix_web::{HttpResponse, patch, web::Data};
use luot_app::{App, campaigns::ChangeCampaign};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{body::Campaign, policies::NewPolicies};
use crate::{
    etag,
    extract::{IfMatch, Json, Path, Staff},
    problem::Problem,
    words::{AreaCode, Day},
};

/// What changes; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignChange, example = json!({"title": "Phường 5, đợt 1"}))]
struct Request {
    /// What people read.
    #[schema(min_length = 1, max_length = 200)]
    title: Option<String>,
    /// What it decides for itself, as a whole: what is left out of it has its default.
    policies: Option<NewPolicies>,
    /// The province or commune it is of: staff of it reach it.
    area: Option<AreaCode>,
    /// First date.
    start: Option<Day>,
    /// Last date.
    end: Option<Day>,
    /// What weighs how much in a plan; terms that are left out stay.
    #[schema(value_type = Option<Object>)]
    costs: Option<Map<String, Value>>,
    /// Minutes to set a machine up after a move within a day.
    #[schema(minimum = 0)]
    setup_minutes: Option<u32>,
    /// Minutes between two sites that the table does not have.
    #[schema(minimum = 0)]
    travel_default: Option<u32>,
    /// Minutes from site to site, by code; as a whole.
    #[schema(value_type = Option<Object>)]
    travel_minutes: Option<Map<String, Value>>,
    /// `rotation` and `allotments` fixed by hand: every plan keeps them; as a whole.
    #[schema(value_type = Option<Object>)]
    pinned: Option<Map<String, Value>>,
}

impl Request {
    fn instance(&self) -> Map<String, Value> {
        let fields = [
            ("start", self.start.map(|it| json!(it.0))),
            ("end", self.end.map(|it| json!(it.0))),
            ("costs", self.costs.clone().map(Value::Object)),
            ("setup_minutes", self.setup_minutes.map(Value::from)),
            ("travel_default", self.travel_default.map(Value::from)),
            (
                "travel_minutes",
                self.travel_minutes.clone().map(Value::Object),
            ),
            ("pinned", self.pinned.clone().map(Value::Object)),
        ];
        let given = fields
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?)));
        given.collect()
    }
}

crate::problems!(Problems: InvalidInstance);

/// Changes a campaign
///
/// Its parts have addresses of their own. Whatever changes, plans made before it can no longer be published.
#[utoipa::path(
    tag = "campaigns",
    operation_id = "change_campaign",
    params(("campaign_id" = Uuid, Path, description = "The campaign"), IfMatch),
    request_body = Request,
    responses((status = 200, description = "Changed", body = Campaign,
        headers(("ETag" = String, description = "Its version now"))), Problems),
    security(("bearer" = [])),
)]
#[patch("/v1/campaigns/{campaign_id}")]
pub(super) async fn change(
    staff: Staff,
    id: Path<Uuid>,
    seen: IfMatch,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let instance = body.value.instance();
    let policies = body.value.policies.map(serde_json::to_value).transpose();
    let change = ChangeCampaign {
        title: body.value.title,
        area: body.value.area.map(|it| it.0),
        policies: policies.map_err(Problem::internal)?,
        instance,
    };
    app.change_campaign(&staff.0, *id, seen.version()?, &change)
        .await?;
    let campaign = app.get_campaign(*id).await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag::version(campaign.row.version))
        .json(Campaign::from(campaign)))
}
