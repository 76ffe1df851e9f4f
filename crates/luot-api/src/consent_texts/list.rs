//! `GET /v1/consent-texts`: what people agree to, in every version.

use actix_web::{HttpRequest, HttpResponse, get};
use luot_domain::consent_texts::{ALL, ConsentText};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{etag, extract::Items, problem::Problem, words::Day};

/// A text to agree to.
#[derive(Serialize, ToSchema)]
#[schema(as = ConsentText, example = json!({
    "version": "2026-11", "from_on": "2026-11-01", "vi": "Tôi đồng ý …", "en": "I agree …"
}))]
struct Text {
    /// Its version. Whoever agrees sends it with the language in which they read it: `2026-11/vi` or `2026-11/en`.
    version: &'static str,
    /// Since when it is shown.
    from_on: Day,
    /// In Vietnamese.
    vi: &'static str,
    /// In English.
    en: &'static str,
}

impl From<&ConsentText> for Text {
    fn from(text: &ConsentText) -> Self {
        Self {
            version: text.version,
            from_on: Day(text.from),
            vi: text.vi,
            en: text.en,
        }
    }
}

/// Lists the texts to agree to
///
/// Every version there ever was, the present one last: show that one. A text never changes, so that what is kept of a
/// consent leads to the words that were read. Few, and all on one page.
#[utoipa::path(
    tag = "identity",
    operation_id = "list_consent_texts",
    responses(
        (status = 200, description = "All of them", body = Items<Text>),
        (status = 304, description = "The client has them"),
    ),
)]
#[get("/v1/consent-texts")]
pub(super) async fn list(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let items = Items {
        items: ALL.iter().map(Text::from).collect(),
        next: None,
    };
    etag::json(&request, &items, "public, max-age=60")
}
