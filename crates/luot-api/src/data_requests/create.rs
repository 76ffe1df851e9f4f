//! `POST /v1/me/children/{child_id}/requests`: a parent asks for a correction, or withdraws.

use actix_web::{HttpResponse, post, web::Data};
use chrono::{DateTime, Utc};
use luot_app::{App, privacy::Ask};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Json, Path, SignedIn},
    problem::Problem,
    words::Day,
};

/// What is asked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewDataRequest, example = json!({"kind": "correct", "full_name": "Lý Minh Khôi"}))]
struct Request {
    /// What is to be done.
    kind: Kind,
    /// The name as it is.
    #[schema(max_length = 200)]
    full_name: Option<String>,
    /// The day of birth as it is.
    birth_date: Option<Day>,
}

/// What is to be done.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DataRequestKind)]
enum Kind {
    /// Correct what is wrong.
    Correct,
    /// Erase it.
    Withdraw,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
#[schema(as = DataRequestTaken, example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "state": "open", "due_at": "2027-01-04T00:30:00Z"
}))]
struct Response {
    /// Its id.
    id: Uuid,
    /// `done`, or `open` until somebody has decided.
    state: String,
    /// By when they must have.
    due_at: DateTime<Utc>,
}

crate::problems!(Problems: CampaignConflict);

/// Asks for a correction, or withdraws
///
/// What the parent gave is corrected or erased at once. What came by law from a list is decided on by staff, in time.
/// Nothing is erased while an appointment stands: cancel it first.
#[utoipa::path(
    tag = "identity",
    operation_id = "create_data_request",
    params(("child_id" = Uuid, Path, description = "The child, as listed")),
    request_body = Request,
    responses((status = 201, description = "Taken", body = Response), Problems),
    security(("bearer" = []), ("cookie" = [])),
)]
#[post("/v1/me/children/{child_id}/requests")]
pub(super) async fn create(
    caller: SignedIn,
    id: Path<Uuid>,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let ask = match body.value.kind {
        Kind::Withdraw => Ask::Withdraw,
        Kind::Correct => Ask::Correct {
            full_name: body.value.full_name,
            birth_date: body.value.birth_date.map(|day| day.0),
        },
    };
    let asked = app.ask_about_child(&caller.actor, *id, &ask).await?;
    Ok(HttpResponse::Created().json(Response {
        id: asked.id,
        state: asked.state,
        due_at: asked.due_at,
    }))
}
