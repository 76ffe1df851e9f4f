//! Children whom parents name, and who says that they are theirs.

mod body;
mod decide;
mod list;

pub(crate) use body::Child;

use crate::openapi::Endpoints;

/// Adds the endpoints of children to be confirmed.
pub(crate) fn routes(endpoints: &mut Endpoints<'_>) {
    endpoints.service(list::list).service(decide::decide);
}
