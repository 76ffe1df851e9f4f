//! `luot serve`.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use luot_api::app::{Parts, server};
use luot_app::App;
use luot_line::Backend;
use tokio::signal::unix::{SignalKind, signal};

use super::open;
use crate::config::Serve;
use crate::ready::Ready;
use crate::{Outcome, telemetry};

/// How often what has run out is forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(600);

pub(super) async fn run(args: &Serve) -> Outcome {
    let app = open(&args.database).await?;
    serve(app, args).await
}

/// Serves until told to stop, then finishes what was accepted.
pub(super) async fn serve(app: App, args: &Serve) -> Outcome {
    luot_api::middleware::install_panic_hook();
    let line = match &args.redis {
        Some(address) => Backend::redis(address)?,
        None => Backend::Memory,
    };
    let listener = TcpListener::bind(&args.listen)
        .map_err(|e| format!("cannot listen on {}: {e}", args.listen))?;
    let address = listener.local_addr()?;
    let ready = Arc::new(Ready::new(app.clone(), line));
    let parts = Parts::new(app.clone(), ready, telemetry::metrics()?);
    let server = server(parts, listener)?;
    let handle = server.handle();
    let (mut stop, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let forgetting = tokio::spawn(forget(app.clone()));
    println!("listening on http://{address}");

    let running = tokio::spawn(server);
    tokio::select! {
        _ = stop.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping: finishing what was accepted");
    handle.stop(true).await;
    running.await??;
    forgetting.abort();
    app.stop().await;
    app.store().close().await?;
    Ok(())
}

async fn forget(app: App) {
    let mut every = tokio::time::interval(FORGET_EVERY);
    loop {
        every.tick().await;
        if let Err(error) = app.forget().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "what has run out could not be forgotten"
            );
        }
    }
}
