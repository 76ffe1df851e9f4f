//! What a panic leaves in the log: where, and never with what data.

use std::{any::Any, panic};

/// Logs every panic through `tracing` instead of printing it. The server calls this once at start; without it, the
/// default hook prints. The edge therefore does not log a panic itself: it is in the log once either way.
///
/// A formatted message can carry personal data, so only messages that are literals are logged, and the place.
pub fn install_panic_hook() {
    panic::set_hook(Box::new(|info| {
        let location = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(location, message = literal(info.payload()), "panicked");
    }));
}

fn literal(payload: &dyn Any) -> &'static str {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .unwrap_or("(a formatted message, withheld)")
}
