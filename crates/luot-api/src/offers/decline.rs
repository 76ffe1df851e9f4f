//! `POST /v1/offers/{offer_id}/decline`.

use actix_web::{HttpRequest, HttpResponse, http::header::CACHE_CONTROL, post, web::Data};
use luot_app::App;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    appointments::body::ManageToken,
    extract::{Fingerprint, Holder, OptionalIdempotencyKey, Path},
    problem::Problem,
};

/// The offer went on to the next.
#[derive(Serialize, ToSchema)]
#[schema(as = DeclinedOffer, example = json!({"entry_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e"}))]
struct Response {
    /// The party's entry, which waits on.
    entry_id: Uuid,
}

crate::problems!(Problems: OfferExpired);

/// Declines an offer
///
/// Its places go on to the next. The party waits on with its rank, but is not offered that window again.
#[utoipa::path(
    tag = "waitlist",
    operation_id = "decline_offer",
    params(
        ("offer_id" = Uuid, Path, description = "The offer"),
        ManageToken,
        OptionalIdempotencyKey,
    ),
    responses((status = 200, description = "Declined", body = Response), Problems),
    security((), ("bearer" = [])),
)]
#[post("/v1/offers/{offer_id}/decline")]
pub(super) async fn decline(
    holder: Holder,
    id: Path<Uuid>,
    key: OptionalIdempotencyKey,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let (actor, once) = holder.once(key, Fingerprint::of(&request, b""))?;
    let entry_id = app.decline_offer(&actor, once.as_ref(), *id).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Response { entry_id }))
}
