//! `GET /v1/campaigns/{campaign_id}/sessions`.

use actix_web::{
    get,
    web::{self, Data},
};
use luot_app::App;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::body::Session;
use crate::{
    extract::{Items, Page, Path, Query},
    problem::Problem,
    words::Day,
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Question {
    /// Only at this site, by id or code.
    #[param(nullable = false)]
    site: Option<String>,
    /// From this date on.
    #[param(inline, nullable = false)]
    from: Option<Day>,
    /// To this date, itself included.
    #[param(inline, nullable = false)]
    to: Option<Day>,
}

/// Lists a campaign's sessions
///
/// In the order of time, with their capacity and how much of it is taken, counted at the time of asking.
#[utoipa::path(
    tag = "sessions",
    operation_id = "list_sessions",
    params(("campaign_id" = Uuid, Path, description = "The campaign"), Question, Page),
    responses((status = 200, description = "A page of them", body = Items<Session>)),
)]
#[get("/v1/campaigns/{campaign_id}/sessions")]
pub(super) async fn list(
    campaign: Path<Uuid>,
    question: Query<Question>,
    page: Page,
    app: Data<App>,
) -> Result<web::Json<Items<Session>>, Problem> {
    let Question { site, from, to } = question.0;
    let (from, to) = (from.map(|it| it.0), to.map(|it| it.0));
    let found = app
        .list_sessions(
            *campaign,
            site.as_deref(),
            from,
            to,
            page.after()?,
            page.fetch(),
        )
        .await?;
    let page = page.items(found, |session| session.row.id);
    Ok(web::Json(page.map(Session::from)))
}
