//! What the endpoints of sites, machines, shifts and cohorts share. Each kind has its own folder.

mod calendar;

use actix_web::{HttpResponse, HttpResponseBuilder, http::header::LOCATION, web};
use luot_app::{
    App,
    parts::{Kind, NewPart, Part},
};
use serde::Serialize;
use uuid::Uuid;

pub(crate) use self::calendar::{CalendarBody, calendar_changes, calendar_of_new, day, days};
use crate::{
    etag,
    extract::{IfMatch, Items, Page, Staff},
    problem::Problem,
};
use luot_app::{Actor, idempotency::Once};

/// A page of a campaign's parts.
pub(crate) async fn list<K: Kind, B: From<Part<K>>>(
    app: &App,
    actor: &Actor,
    campaign: Uuid,
    page: &Page,
) -> Result<web::Json<Items<B>>, Problem> {
    let found = app
        .list_parts::<K>(actor, campaign, page.after()?, page.fetch())
        .await?;
    let page = page.items(found, |part| part.id);
    Ok(web::Json(page.map(B::from)))
}

/// One part with its version.
pub(crate) fn one<K: Kind, B: From<Part<K>> + Serialize>(part: Part<K>) -> HttpResponse {
    respond::<K, B>(HttpResponse::Ok(), part)
}

/// Adds a part.
pub(crate) async fn create<K: Kind, B: From<Part<K>> + Serialize>(
    app: &App,
    staff: &Staff,
    once: Option<Once>,
    campaign: Uuid,
    new: NewPart<K>,
) -> Result<HttpResponse, Problem> {
    let part = app
        .create_part(&staff.0, once.as_ref(), campaign, &new)
        .await?;
    let mut response = HttpResponse::Created();
    let address = format!("/v1/campaigns/{campaign}/{}/{}", K::LIST, part.id);
    response.insert_header((LOCATION, address));
    Ok(respond::<K, B>(response, part))
}

/// Changes a part.
pub(crate) async fn change<K: Kind, B: From<Part<K>> + Serialize>(
    app: &App,
    staff: &Staff,
    (campaign, id): (Uuid, Uuid),
    seen: IfMatch,
    change: impl Fn(&mut K, &mut String),
) -> Result<HttpResponse, Problem> {
    let part = app
        .change_part(&staff.0, campaign, id, seen.version()?, change)
        .await?;
    Ok(one::<K, B>(part))
}

/// Retires a part.
pub(crate) async fn retire<K: Kind, B: From<Part<K>> + Serialize>(
    app: &App,
    staff: &Staff,
    (campaign, id): (Uuid, Uuid),
    seen: IfMatch,
) -> Result<HttpResponse, Problem> {
    let part = app
        .retire_part::<K>(&staff.0, campaign, id, seen.version()?)
        .await?;
    Ok(one::<K, B>(part))
}

fn respond<K: Kind, B: From<Part<K>> + Serialize>(
    mut response: HttpResponseBuilder,
    part: Part<K>,
) -> HttpResponse {
    response
        .insert_header(etag::version(part.version))
        .json(B::from(part))
}
