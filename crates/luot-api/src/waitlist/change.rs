//! `PATCH /v1/waitlist-entries/{entry_id}`: a party says whether it can come at once, staff what gives it precedence.

use actix_web::{HttpResponse, http::header::CACHE_CONTROL, patch, web::Data};
use luot_app::{App, waitlist::EntryChange};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::{Ground, WaitlistEntry};
use crate::{
    appointments::body::ManageToken,
    extract::{Holder, Json, Path},
    problem::Problem,
};

/// What is to be another; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WaitlistEntryChange, example = json!({"at_once": true}))]
struct Request {
    /// What gives the party precedence: all of it; an empty list takes the precedence away. For staff only.
    #[schema(max_items = 3, nullable = false)]
    grounds: Option<Vec<Ground>>,
    /// Whether the party can come at once when a place comes free late.
    #[schema(nullable = false)]
    at_once: Option<bool>,
}

/// Changes an entry of the waitlist
///
/// Its party, by the `manage_token`, and staff say whether it can come at once; so do those who wait for a place they have
/// lost. What gives precedence is said by staff: the priority follows from the grounds by the campaign's policies. The
/// claims of those who have lost a place stay ahead of everybody.
#[utoipa::path(
    tag = "waitlist",
    operation_id = "change_waitlist_entry",
    params(("entry_id" = Uuid, Path, description = "The entry"), ManageToken),
    request_body = Request,
    responses((status = 200, description = "The entry", body = WaitlistEntry)),
    security((), ("bearer" = [])),
)]
#[patch("/v1/waitlist-entries/{entry_id}")]
pub(super) async fn change(
    holder: Holder,
    id: Path<Uuid>,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let Request { grounds, at_once } = body.value;
    let grounds = grounds.map(|all| all.into_iter().map(Into::into).collect());
    let change = EntryChange { grounds, at_once };
    let view = app.change_waitlist_entry(&holder.0, *id, &change).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(WaitlistEntry::from(view)))
}
