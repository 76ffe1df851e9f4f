//! Staff, systems and devices: who there is, what they reach, how they get in.

mod body;
mod create;
mod disable;
mod list;
mod password;
mod token;
mod tokens;

use crate::openapi::Endpoints;

/// Adds the endpoints of staff.
pub(crate) fn routes(endpoints: &mut Endpoints<'_>) {
    endpoints
        .service(create::create)
        .service(list::list)
        .service(disable::disable)
        .service(token::create)
        .service(tokens::list)
        .service(tokens::end)
        .service(password::give);
}
