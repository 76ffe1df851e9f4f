//! `POST /v1/holds`: places are kept while a form is filled in.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, LOCATION},
    post,
    web::Data,
};
use chrono::{DateTime, Utc};
use luot_app::{
    App,
    holds::{Held, Keep},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Address, Caller, Json, OptionalIdempotencyKey},
    problem::Problem,
};

/// Places to be kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewHold, example = json!({
    "window_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "party": 2, "cards": 1
}))]
struct Request {
    /// In which window.
    window_id: Uuid,
    /// For how many people.
    #[schema(minimum = 1, maximum = 50)]
    party: u32,
    /// How many of them need a card.
    #[schema(minimum = 0, maximum = 50, default = 0, nullable = false)]
    cards: Option<u32>,
    /// The class, village or organisation they come with, by id or code. One with a list keeps its places for those on
    /// it: a hold, which names nobody, then draws on everybody's.
    #[schema(max_length = 200)]
    cohort_id: Option<String>,
    /// The mobile number that the booking will be made with, if it is to count against that number's budget.
    #[schema(max_length = 40)]
    phone: Option<String>,
}

/// Places are kept.
#[derive(Serialize, ToSchema)]
#[schema(as = Hold, example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "campaign_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
    "window_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "party": 2, "cards": 1,
    "expires_at": "2026-12-20T02:10:00Z"
}))]
struct Response {
    /// The hold. Who knows it may use it or give it back: keep it to yourself.
    id: Uuid,
    /// The campaign.
    campaign_id: Uuid,
    /// The window.
    window_id: Uuid,
    /// For so many people.
    party: i32,
    /// Of them so many who need a card.
    cards: i32,
    /// Until when the places are kept.
    expires_at: DateTime<Utc>,
}

crate::problems!(Problems: NotFound, WindowFull, WindowClosed, WindowPast);

/// Holds places
///
/// For as long as the campaign's policy says (ten minutes by default). One phone and one address hold so many places at a
/// time; who would hold more is told to wait.
#[utoipa::path(
    tag = "appointments",
    operation_id = "create_hold",
    params(OptionalIdempotencyKey),
    request_body = Request,
    responses(
        (status = 201, description = "Held", body = Response,
            headers(("Location" = String, description = "The hold"))),
        Problems,
    ),
    security((), ("bearer" = [])),
)]
#[post("/v1/holds")]
pub(super) async fn create(
    caller: Caller,
    key: OptionalIdempotencyKey,
    address: Address,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let once = key.0.map(|key| caller.once(key, body.fingerprint));
    let asked = body.value;
    let keep = Keep {
        window_id: asked.window_id,
        people: asked.party,
        cards: asked.cards.unwrap_or(0),
        cohort: asked.cohort_id,
        phone: asked.phone,
        address: Some(address.0),
    };
    let held = app.keep_places(&caller.0, once.transpose()?, keep).await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("/v1/holds/{}", held.hold_id)))
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Response::from(held)))
}

impl From<Held> for Response {
    fn from(held: Held) -> Self {
        Self {
            id: held.hold_id,
            campaign_id: held.campaign_id,
            window_id: held.window_id,
            party: held.people,
            cards: held.cards,
            expires_at: held.expires_at,
        }
    }
}
