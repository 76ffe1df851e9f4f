//! Plans: made in the background, read, compared, cancelled, published.

mod annex;
mod blocks;
mod body;
mod cancel;
mod create;
mod diff;
mod get;
mod list;
mod publish;

pub(crate) use self::body::{Allotment, Placement};
use crate::openapi::Endpoints;

/// Adds the plans' endpoints.
pub(crate) fn routes(endpoints: &mut Endpoints<'_>) {
    endpoints
        .service(create::create)
        .service(list::list)
        .service(get::get)
        .service(cancel::cancel)
        .service(diff::diff)
        .service(annex::annex)
        .service(blocks::blocks)
        .service(publish::publish);
}
