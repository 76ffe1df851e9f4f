//! `GET /readyz`: whether to send traffic here. What is looked at is the server's to say.

use std::sync::Arc;

use actix_web::{get, web};
use futures_util::future::BoxFuture;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::{Code, Problem};

/// Looks whether everything that requests need is there. Must answer within a second or two.
pub trait Readiness: Send + Sync {
    /// Looks now.
    fn ready(&self) -> BoxFuture<'_, ReadyReport>;
}

/// What was found.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ReadyReport, example = json!({
    "ready": true,
    "checks": [
        {"name": "database", "state": "ok"},
        {"name": "migrations", "state": "ok"},
        {"name": "line", "state": "degraded", "detail": "in memory: the other backend cannot be reached"}
    ]
}))]
pub struct ReadyReport {
    /// Whether requests can be served.
    pub ready: bool,
    /// Each thing that was looked at.
    pub checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ReadyCheck)]
pub struct Check {
    /// `database`, `migrations`, `line`, …
    pub name: &'static str,
    /// How it is.
    pub state: CheckState,
    /// Why, in a few words without secrets: anybody can read them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// How a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReadyState)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// As it should be.
    Ok,
    /// Not as it should be, but requests are served.
    Degraded,
    /// Requests that need it fail.
    Failed,
}

impl ReadyReport {
    /// Ready unless a check has failed.
    pub fn of(checks: Vec<Check>) -> Self {
        Self {
            ready: checks.iter().all(|check| check.state != CheckState::Failed),
            checks,
        }
    }
}

crate::problems!(Problems: Unavailable);

/// Is the service ready for traffic?
///
/// Looks at the database, the migrations and the backend of the line. `degraded` still serves. When it is not ready, the
/// problem has the same `checks`.
#[utoipa::path(
    tag = "operations",
    operation_id = "get_readiness",
    responses((status = 200, description = "It is", body = ReadyReport), Problems),
)]
#[get("/readyz")]
pub(super) async fn get_readiness(
    readiness: web::Data<Arc<dyn Readiness>>,
) -> Result<web::Json<ReadyReport>, Problem> {
    let report = readiness.ready().await;
    if report.ready {
        return Ok(web::Json(report));
    }
    Err(Problem::new(Code::Unavailable)
        .with("checks", &report.checks)
        .detail("Not ready: see `checks`.", "Chưa sẵn sàng: xem `checks`."))
}
