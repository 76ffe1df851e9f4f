//! Signing in and out: staff by password, parents by a code sent to their phone or by Zalo.

mod body;
mod create;
mod end;
mod list;
mod phone;
mod phone_code;
mod zalo;

pub(crate) use body::Who;

use crate::openapi::Endpoints;

/// Adds the endpoints of signing in.
pub(crate) fn routes(endpoints: &mut Endpoints<'_>) {
    endpoints
        .service(create::create)
        .service(phone_code::create)
        .service(phone::create)
        .service(zalo::create)
        .service(list::list)
        .service(end::end);
}
