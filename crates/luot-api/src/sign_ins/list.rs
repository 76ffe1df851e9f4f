//! `GET /v1/sign-ins`: where somebody is signed in.

use actix_web::{
    get,
    web::{self, Data},
};
use chrono::{DateTime, Utc};
use luot_app::App;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Items, SignedIn},
    problem::Problem,
};

/// A way in that is open.
#[derive(Serialize, ToSchema)]
#[schema(as = SignIn, example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "label": "phone", "present": true,
    "created_at": "2026-12-20T02:00:00Z", "used_at": "2026-12-21T02:00:00Z", "expires_at": "2027-01-19T02:00:00Z"
}))]
struct SignIn {
    /// Its id.
    id: Uuid,
    /// How it came about, or what it is called.
    label: String,
    /// Whether it is the one that is asking.
    present: bool,
    /// When it came about.
    created_at: DateTime<Utc>,
    /// When it was last used, to ten minutes.
    #[schema(required = true)]
    used_at: Option<DateTime<Utc>>,
    /// When it ends by itself; null for never.
    #[schema(required = true)]
    expires_at: Option<DateTime<Utc>>,
}

/// Lists where one is signed in
///
/// One's own sign-ins and tokens that are open.
#[utoipa::path(
    tag = "identity",
    operation_id = "list_sign_ins",
    responses((status = 200, description = "All of them", body = Items<SignIn>)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[get("/v1/sign-ins")]
pub(super) async fn list(
    caller: SignedIn,
    app: Data<App>,
) -> Result<web::Json<Items<SignIn>>, Problem> {
    let found = app
        .list_sign_ins(&caller.actor, caller.token.reveal())
        .await?;
    let items = found.into_iter().map(|it| SignIn {
        id: it.row.id,
        label: it.row.label,
        present: it.present,
        created_at: it.row.created_at,
        used_at: it.row.used_at,
        expires_at: it.row.expires_at,
    });
    Ok(web::Json(Items {
        items: items.collect(),
        next: None,
    }))
}
