//! Bodies wait for the caller. The framework reads all arguments of a handler at the same time; without this, whoever
//! is nobody could send 16 MiB, or hear what is wrong with them, while their token is being looked up.

use actix_web::{HttpMessage, HttpRequest};
use tokio::sync::watch;

/// Opens when the caller is known; never, if they are refused.
#[derive(Clone)]
struct Gate(watch::Receiver<bool>);

/// Puts a gate before the request's body. It opens when `true` is sent.
pub(super) fn close(request: &HttpRequest) -> watch::Sender<bool> {
    let (open, gate) = watch::channel(false);
    request.extensions_mut().insert(Gate(gate));
    open
}

/// Waits at the gate, if there is one.
pub(super) async fn pass(request: &HttpRequest) {
    let gate = request.extensions().get::<Gate>().cloned();
    if let Some(Gate(mut gate)) = gate {
        // An error says that the caller was refused: then the answer is given already.
        let _ = gate.wait_for(|open| *open).await;
    }
}
