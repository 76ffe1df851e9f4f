//! `GET /v1/campaigns/{campaign_id}/availability`: the windows that can be booked.

use std::io::Write as _;

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderValue, VARY},
    web::Data,
};
use chrono::{DateTime, Utc};
use flate2::{Compression, write::GzEncoder};
use luot_app::{
    App,
    sessions::{Availability, Question as Asked, WindowPlaces},
    windows::{Coding, Shown},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    etag,
    extract::{Path, Query},
    problem::{Code, Problem},
    words::{Day, Hour, Service},
};

/// Anybody may keep the answer, and asks each time whether it is still true: where several servers work without Redis it
/// may be a second old already.
const CACHE: &str = "public, no-cache";
/// Most people that any campaign lets book together.
const PARTY_MOST: u32 = 50;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Question {
    /// Only at this site, by id or code.
    #[param(nullable = false)]
    site: Option<String>,
    /// With the places kept for this cohort, by id or code.
    #[param(nullable = false)]
    cohort: Option<String>,
    /// What the people come for.
    #[param(inline, nullable = false)]
    service: Option<Service>,
    /// From this date on.
    #[param(inline, nullable = false)]
    from: Option<Day>,
    /// To this date, itself included.
    #[param(inline, nullable = false)]
    to: Option<Day>,
    /// How many come together.
    #[param(minimum = 1, maximum = 50, default = 1, nullable = false)]
    party: Option<u32>,
}

/// The windows that take the whole party.
#[derive(Serialize, ToSchema)]
#[schema(as = Availability, example = json!({
    "items": [{
        "window_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "session_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e",
        "site_id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "date": "2027-01-04", "starts": "07:30", "ends": "08:00",
        "starts_at": "2027-01-04T00:30:00Z", "ends_at": "2027-01-04T01:00:00Z", "places_left": 4
    }],
    "truncated": false, "next": null
}))]
struct Response {
    /// In the order of time.
    items: Vec<Window>,
    /// Whether there are more: ask for fewer dates or for one site.
    truncated: bool,
    /// Always null: there are no pages here.
    #[schema(required = true)]
    next: Option<String>,
}

/// A window with places left.
#[derive(Serialize, ToSchema)]
struct Window {
    /// What to book.
    window_id: Uuid,
    /// The session it is part of.
    session_id: Uuid,
    /// Where.
    site_id: Uuid,
    /// The date.
    date: Day,
    /// When it begins, local.
    starts: Hour,
    /// When it ends, local.
    ends: Hour,
    /// When it begins.
    starts_at: DateTime<Utc>,
    /// When it ends.
    ends_at: DateTime<Utc>,
    /// Places that anybody can book.
    places_left: i32,
    /// Places kept for the cohort that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cohort_places_left: Option<i32>,
}

/// Lists the windows that can be booked
///
/// Those that take the whole party, as they are at the time of asking: there the moment a plan is published, gone the
/// moment they are booked (where several servers work without Redis, at most a second later). At most 5000. A party larger
/// than the campaign lets book together (`policies.party_most`) finds none.
#[utoipa::path(
    tag = "sessions",
    operation_id = "list_availability",
    params(("campaign_id" = Uuid, Path, description = "The campaign"), Question),
    responses(
        (status = 200, description = "The windows", body = Response,
            headers(("ETag" = String, description = "Of the answer; send it as `If-None-Match`"))),
        (status = 304, description = "The client has them"),
    ),
)]
#[get("/v1/campaigns/{campaign_id}/availability")]
pub(super) async fn list(
    campaign: Path<Uuid>,
    question: Query<Question>,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let asked = question.0.read()?;
    // The edge has left `gzip` or nothing.
    let coding = request.headers().get(ACCEPT_ENCODING).map(|_| Coding::Gzip);
    let render = |found| render(found, coding);
    let shown = app
        .show_availability(*campaign, &asked, coding, render)
        .await?;
    let mut response = etag::respond(&request, shown.bytes, &shown.tag, "application/json", CACHE);
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if coding.is_some() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

fn render(found: Availability, coding: Option<Coding>) -> Result<Shown, Problem> {
    let answer = Response {
        items: found.windows.into_iter().map(Window::from).collect(),
        truncated: found.truncated,
        next: None,
    };
    let bytes = serde_json::to_vec(&answer).map_err(Problem::internal)?;
    let (bytes, tag) = match coding {
        None => {
            let tag = etag::of_bytes(&bytes);
            (bytes, tag)
        }
        Some(Coding::Gzip) => {
            let mut packer = GzEncoder::new(Vec::new(), Compression::default());
            packer.write_all(&bytes).map_err(Problem::internal)?;
            let packed = packer.finish().map_err(Problem::internal)?;
            // Other bytes, another tag (RFC 9110, 8.8.3.3).
            let tag = etag::of_bytes(&packed);
            (packed, tag)
        }
    };
    Ok(Shown {
        bytes: bytes.into(),
        tag,
    })
}

impl Question {
    fn read(self) -> Result<Asked, Problem> {
        let party = self.party.unwrap_or(1);
        if !(1..=PARTY_MOST).contains(&party) {
            return Err(Problem::new(Code::InvalidQuery).error(
                "/party",
                "out-of-range",
                format!("`party` is 1 to {PARTY_MOST}."),
                format!("`party` phải từ 1 đến {PARTY_MOST}."),
            ));
        }
        Ok(Asked {
            site: self.site,
            cohort: self.cohort,
            needs_card: self.service == Some(Service::Card),
            from: self.from.map(|it| it.0),
            to: self.to.map(|it| it.0),
            party,
        })
    }
}

impl From<WindowPlaces> for Window {
    fn from(window: WindowPlaces) -> Self {
        Self {
            window_id: window.window_id,
            session_id: window.session_id,
            site_id: window.site_id,
            date: Day(window.date),
            starts: Hour(window.starts),
            ends: Hour(window.ends),
            starts_at: window.starts_at,
            ends_at: window.ends_at,
            places_left: window.places_left,
            cohort_places_left: window.cohort_places_left,
        }
    }
}
