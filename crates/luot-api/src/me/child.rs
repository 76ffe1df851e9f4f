//! `POST /v1/me/children`: a parent adds a child.

use actix_web::{HttpResponse, post, web::Data};
use luot_app::{
    App,
    signin::{AddChild, Linked},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Json, SignedIn},
    problem::Problem,
    words::Day,
};

/// A child.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewChild, example = json!({
    "campaign_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "full_name": "Lý Minh Khôi", "birth_date": "2016-09-02",
    "cohort_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "consent": "2026-11/vi"
}))]
struct Request {
    /// For which campaign.
    campaign_id: Uuid,
    /// Full name.
    #[schema(min_length = 1, max_length = 200)]
    full_name: String,
    /// Day of birth.
    birth_date: Day,
    /// The twelve digits of the personal number, if at hand.
    personal_number: Option<String>,
    /// The class or village whose list may have the child.
    cohort_id: Option<Uuid>,
    /// The text of `/v1/consent-texts`, by version and language, to which the parent agreed.
    #[schema(min_length = 1, max_length = 40)]
    consent: String,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
#[schema(as = AddedChild, example = json!({"id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "state": "linked"}))]
struct Response {
    /// By which staff confirm it.
    id: Uuid,
    /// Whether the child is the parent's, or the school or village must say so first.
    state: State,
}

/// Whether the child is the parent's.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ChildLink)]
enum State {
    /// It is.
    Linked,
    /// The school or village must say so.
    Asked,
}

crate::problems!(Problems: NotFound);

/// Adds a child
///
/// Notes the parent's consent first. Whoever knows number, name and birth date of a child on a list has it at once;
/// with name and birth date alone, its school or village must confirm.
#[utoipa::path(
    tag = "identity",
    operation_id = "create_child",
    request_body = Request,
    responses((status = 201, description = "Added", body = Response), Problems),
    security(("bearer" = []), ("cookie" = [])),
)]
#[post("/v1/me/children")]
pub(super) async fn create(
    caller: SignedIn,
    app: Data<App>,
    body: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let child = body.value;
    let add = AddChild {
        campaign_id: child.campaign_id,
        full_name: child.full_name,
        birth_date: child.birth_date.0,
        personal_number: child.personal_number,
        cohort_id: child.cohort_id,
        consent: child.consent,
    };
    let (id, linked) = app.add_child(&caller.actor, &add).await?;
    let state = match linked {
        Linked::Yes => State::Linked,
        Linked::Asked => State::Asked,
    };
    Ok(HttpResponse::Created().json(Response { id, state }))
}
