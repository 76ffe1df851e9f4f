//! What handlers take as arguments. Each refuses with a [`Problem`](crate::problem::Problem).
//!
//! Arguments are read in their order, and the first refusal is the answer: take `Bearer` first, then the path, the
//! query, headers, and the body last. (Those that need not wait are done before those that do; a body waits for the
//! caller, see `gate`.)
//!
//! The hazard: never `Option<Extractor>` or `Result<Extractor, _>`. The framework turns a refusal into `None`, so that a
//! misspelt key or version would count as none; take the `Optional…` extractor instead.

mod address;
mod bearer;
mod body;
mod caller;
mod defaults;
mod fault;
mod form;
mod gate;
mod idempotency_key;
mod if_match;
mod json;
mod page;
mod query;

pub use self::{
    address::Address,
    bearer::{Bearer, Token},
    body::Fingerprint,
    caller::{Caller, Holder, SignedIn, Staff},
    form::{File, Form},
    idempotency_key::{IdempotencyKey, OptionalIdempotencyKey},
    if_match::{IfMatch, OptionalIfMatch},
    json::{Json, LargeJson},
    page::{Cursor, Items, Page},
    query::Query,
};
pub(crate) use self::{bearer::COOKIE, defaults::defaults};
pub use actix_web::web::Path;
