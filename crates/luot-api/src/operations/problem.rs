//! `GET /problems/{code}`: what a problem's `type` leads to.

use actix_web::{get, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    extract::Path,
    problem::{Code, Problem},
};

/// A row of the registry of problems.
#[derive(Serialize, ToSchema)]
#[schema(as = ProblemType, example = json!({
    "code": "window-full",
    "status": 409,
    "title": "This window is full",
    "meaning": "The window has fewer places left than the party needs.",
    "advice": {"en": "Choose another window, or join the waitlist.", "vi": "Hãy chọn khung giờ khác hoặc vào danh sách chờ."}
}))]
struct Response {
    /// What to switch on.
    code: Code,
    /// The status it is always answered with.
    status: u16,
    /// Its title.
    title: &'static str,
    /// What has happened.
    meaning: &'static str,
    /// What to do.
    advice: Advice,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ProblemAdvice)]
struct Advice {
    /// In English.
    en: &'static str,
    /// In Vietnamese.
    vi: &'static str,
}

/// What a problem means
///
/// Explains one `code`: this is the address in a problem's `type`.
#[utoipa::path(
    tag = "operations",
    operation_id = "get_problem",
    params(("code" = String, Path, description = "A problem's `code`", example = "window-full")),
    responses((status = 200, description = "The explanation", body = Response)),
)]
#[get("/problems/{code}")]
pub(super) async fn get_problem(slug: Path<String>) -> Result<web::Json<Response>, Problem> {
    let code = Code::from_slug(&slug).ok_or(Code::NotFound)?;
    let entry = code.entry();
    Ok(web::Json(Response {
        code,
        status: entry.status,
        title: entry.title,
        meaning: entry.meaning,
        advice: Advice {
            en: entry.advice_en,
            vi: entry.advice_vi,
        },
    }))
}
