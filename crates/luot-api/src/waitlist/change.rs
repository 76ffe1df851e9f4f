//! `PATCH /v1/waitlist-entries/{entry_id}`: staff say what gives a party precedence.

use actix_web::{HttpResponse, http::header::CACHE_CONTROL, patch, web::Data};
use luot_app::App;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::{Ground, WaitlistEntry};
use crate::{
    extract::{Json, Path, Staff},
    problem::Problem,
};

/// What gives a party precedence.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WaitlistEntryChange, example = json!({"grounds": ["hardship"]}))]
struct Request {
    /// All of it; an empty list takes the precedence away.
    #[schema(max_items = 3)]
    grounds: Vec<Ground>,
}

/// Changes the precedence of an entry
///
/// The priority follows from the grounds by the campaign's policies. The claims of those who have lost a place stay ahead
/// of everybody.
#[utoipa::path(
    tag = "waitlist",
    operation_id = "change_waitlist_entry",
    params(("entry_id" = Uuid, Path, description = "The entry")),
    request_body = Request,
    responses((status = 200, description = "The entry", body = WaitlistEntry)),
    security(("bearer" = [])),
)]
#[patch("/v1/waitlist-entries/{entry_id}")]
pub(super) async fn change(
    staff: Staff,
    id: Path<Uuid>,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let grounds: Vec<_> = body.value.grounds.into_iter().map(Into::into).collect();
    let view = app.rank_waitlist_entry(&staff.0, *id, &grounds).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(WaitlistEntry::from(view)))
}
