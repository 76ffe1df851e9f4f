//! What happens around every request, in one place and one order.
//!
//! [`Edge`] is the outermost layer: it names the request, keeps the deadline, catches panics, writes every error as
//! a problem, counts and logs. It must stay outermost, for nothing further out could write problems.

mod access;
mod arrival;
mod edge;
mod finish;
mod panics;

pub use self::{arrival::RequestId, edge::Edge, panics::install_panic_hook};
