//! Logs and metrics.

use std::io::IsTerminal as _;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::filter::{ParseError, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

use crate::config::LogFormat;

/// Writes logs to standard error from now on. The filter is a level (`info`), or targets with
/// theirs (`warn,luot_app=debug`).
///
/// # Errors
/// When the filter cannot be read.
pub fn log(format: LogFormat, filter: &str) -> Result<(), ParseError> {
    // A comma too many is no level of its own.
    let parts: Vec<&str> = filter
        .split(',')
        .filter(|part| !part.trim().is_empty())
        .collect();
    let filter: Targets = parts.join(",").parse()?;
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    let registry = tracing_subscriber::registry().with(filter);
    match format {
        LogFormat::Human => registry.with(lines).init(),
        LogFormat::Json => registry
            .with(lines.json().flatten_event(true).with_span_list(false))
            .init(),
    }
    Ok(())
}

/// Seconds in which answers come: from a millisecond to the deadline.
const SECONDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// Collects metrics from now on. Each time a histogram is recorded it grows: whoever has the handle shows them, or
/// runs their upkeep, every few seconds.
///
/// # Errors
/// When they are collected already.
pub fn metrics() -> Result<PrometheusHandle, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), SECONDS)?
        .install_recorder()
}
