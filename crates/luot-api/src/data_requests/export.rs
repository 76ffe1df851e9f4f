//! `GET /v1/me/children/{child_id}/data`: all that is held on a child.

use actix_web::{
    HttpResponse, get,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION},
    web::Data,
};
use luot_app::App;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Path, SignedIn},
    problem::Problem,
};

/// All that is held on a child, to be taken along.
#[derive(Serialize, ToSchema)]
#[schema(as = ChildData, value_type = Object)]
struct Response(serde_json::Value);

/// Gives all that is held on a child
///
/// As JSON: the values themselves, where they come from, the guardians' phones and whom bookings say to tell, what was
/// agreed to with its words, the appointments, what came of them, where the child waits, and what was asked. Phones that are not the
/// caller's own are masked, and the names with them left out.
#[utoipa::path(
    tag = "identity",
    operation_id = "export_child",
    params(("child_id" = Uuid, Path, description = "The child, as listed")),
    responses((status = 200, description = "All of it", body = Response, example = json!({
        "format": "luot-child/1", "person": {"full_name": "Lý Minh Khôi", "birth_date": "2016-09-02"}, "by_law": true,
        "guardians": [{"phone": "+84912345678", "own": true, "source": "roster"}], "contacts": [], "consents": [],
        "appointments": [], "waitlist": [], "outcomes": [], "requests": []
    }))),
    security(("bearer" = []), ("cookie" = [])),
)]
#[get("/v1/me/children/{child_id}/data")]
pub(super) async fn export(
    caller: SignedIn,
    id: Path<Uuid>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let told = app.export_child(&caller.actor, *id).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((
            CONTENT_DISPOSITION,
            "attachment; filename=\"du-lieu-cua-con.json\"",
        ))
        .json(Response(told)))
}
