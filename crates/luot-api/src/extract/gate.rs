//! Bodies wait for the caller. The framework reads all arguments of a handler at the same time; without this, whoever
//! is nobody could send 16 MiB, or hear what is wrong with them, while their token is being looked up.

use std::sync::Arc;

use actix_web::{HttpMessage, HttpRequest};
use tokio::sync::Notify;

/// Opens when the caller is known. If they are refused it never does: with the first argument that is, the framework
/// lets go of those that still wait.
#[derive(Clone)]
pub(super) struct Gate(Arc<Notify>);

impl Gate {
    /// Puts a gate before the request's body.
    pub(super) fn close(request: &HttpRequest) -> Self {
        let gate = Self(Arc::default());
        request.extensions_mut().insert(gate.clone());
        gate
    }

    /// Lets the body be read, of which a request has one.
    pub(super) fn open(&self) {
        self.0.notify_one();
    }
}

/// Waits at the gate, if there is one.
pub(super) async fn pass(request: &HttpRequest) {
    let gate = request.extensions().get::<Gate>().cloned();
    if let Some(Gate(gate)) = gate {
        gate.notified().await;
    }
}
