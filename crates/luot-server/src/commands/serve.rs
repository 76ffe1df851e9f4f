//! `luot serve`.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use luot_api::app::{Parts, server};
use luot_api::guards::Guards;
use luot_api::operations::MetricsPage;
use luot_app::App;
use luot_app::rates::{Rates, Table};
use luot_line::{Backend, Buckets, Rate};
use luot_store::Alone;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::MissedTickBehavior;

use super::open;
use crate::config::Serve;
use crate::ready::Ready;
use crate::{Outcome, keyfile, outside, telemetry};

/// How often what was written is chained in the audit trail.
const CHAIN_EVERY: Duration = Duration::from_secs(1);
/// After how many times its head is logged.
const HEAD_EVERY: u32 = 600;
/// How often messages that were not taken are looked at.
const DELIVER_EVERY: Duration = Duration::from_secs(1);
/// How often what has run out is forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(600);
/// How often those who wait for places are looked for once more; see [`App::look_again`].
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// How often what is due on the day is done: silent stations, people set aside, no-shows.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// How often what was measured is counted together.
const KEEP_UP_EVERY: Duration = Duration::from_secs(2);

const NOT_FORGOTTEN: &str = "what has run out could not be forgotten";
const NOT_SWEPT: &str = "what was due on the day could not be done, and will be tried again";
const NOT_LOOKED: &str = "those who wait were not looked for again";
const NOT_DELIVERED: &str = "messages wait in the outbox";
const NOT_CHAINED: &str = "the audit trail could not be chained";

pub(super) async fn run(args: &Serve) -> Outcome {
    // Before a migration could happen under the other's hands.
    let _alone = Alone::claim(&args.database.database)?;
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
    let app = app.with_line(&line);
    let listener = TcpListener::bind(&args.listen)
        .map_err(|e| format!("cannot listen on {}: {e}", args.listen))?;
    let address = listener.local_addr()?;
    let app = app
        .with_outside(outside::of(&args.outside)?)
        .with_second_factor_of(&args.second_factor_of.0);
    let app = match args.without_budgets {
        true => {
            tracing::warn!("nothing is counted: whoever guesses may go on for ever");
            app
        }
        false => app.with_rates(rates(args, &line)),
    };
    let ready = Arc::new(Ready::new(app.clone(), line));
    let guards = Guards {
        origins: args.origin.clone(),
        proxies: args.proxy.clone(),
    };
    let metrics = telemetry::metrics()?;
    let shown = metrics.clone();
    let page = MetricsPage::new(move || shown.render());
    let parts = Parts::new(app.clone(), ready, page).guards(guards);
    let server = server(parts, listener)?;
    let handle = server.handle();
    let (mut stop, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let forgetful = app.clone();
    let forgetting = tokio::spawn(regularly(FORGET_EVERY, NOT_FORGOTTEN, move || {
        let app = forgetful.clone();
        async move { app.forget().await }
    }));
    let chaining = tokio::spawn(chain(app.clone()));
    let watching = tokio::spawn(keyfile::watch(
        args.database.clone(),
        app.clone(),
        Duration::from_secs(args.key_watch_seconds.max(1)),
    ));
    println!("listening on http://{address}");

    let running = tokio::spawn(server);
    tokio::select! {
        _ = stop.recv() => {}
        _ = interrupt.recv() => {}
        () = regularly(SWEEP_EVERY, NOT_SWEPT, || app.sweep()) => {}
        () = regularly(LOOK_EVERY, NOT_LOOKED, || app.look_again()) => {}
        () = regularly(DELIVER_EVERY, NOT_DELIVERED, || app.deliver()) => {}
        () = keep_up(&metrics) => {}
    }
    tracing::info!("stopping: finishing what was accepted");
    // Boards follow for ever: they come again to the next server.
    app.stop_following();
    handle.stop(true).await;
    running.await??;
    forgetting.abort();
    watching.abort();
    chaining.abort();
    app.stop().await;
    app.store().close().await?;
    Ok(())
}

fn rates(args: &Serve, line: &Backend) -> Rates {
    let a_minute = |burst| Rate { burst, seconds: 60 };
    let table = Table {
        address: Some(args.rate_address).filter(|n| *n > 0).map(a_minute),
        token: a_minute(args.rate_token.max(1)),
    };
    Rates::new(Buckets::on(line), table)
}

/// Chains the audit trail, and logs where the chain ends: a log elsewhere is a witness.
async fn chain(app: App) {
    let mut times: u32 = 0;
    regularly(CHAIN_EVERY, NOT_CHAINED, move || {
        times = times.wrapping_add(1);
        let (app, tell) = (app.clone(), times.is_multiple_of(HEAD_EVERY));
        async move {
            let chained = app.chain_trail().await;
            if tell && let Some(head) = app.chain_head().await {
                tracing::info!(head = head.text(), "audit.head");
            }
            chained
        }
    })
    .await;
}

/// Counts together what was measured, which else would be kept one by one until somebody looks.
async fn keep_up(metrics: &PrometheusHandle) {
    let mut every = tokio::time::interval(KEEP_UP_EVERY);
    loop {
        every.tick().await;
        metrics.run_upkeep();
    }
}

/// Does something again and again, for ever, and logs when it fails.
async fn regularly<W, T, E>(period: Duration, failed: &'static str, mut work: impl FnMut() -> W)
where
    W: Future<Output = Result<T, E>>,
    E: std::error::Error + 'static,
{
    let mut every = tokio::time::interval(period);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        if let Err(error) = work().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "{failed}");
        }
    }
}
