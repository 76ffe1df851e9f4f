//! Measures a line over HTTP on PostgreSQL and Redis: how long a call takes while fifty
//! stations of one session call and finish. A line of JSON.

#![allow(clippy::expect_used, reason = "a measurement that fails may panic")]

use std::time::Instant;

use luot_testkit::{On, TestApp};
use reqwest::StatusCode;
use serde_json::json;

const STATIONS: usize = 50;
const CALLS_EACH: usize = 20;

#[tokio::main]
async fn main() {
    let app = TestApp::start(On::Postgres).await;
    let records = u32::try_from(STATIONS * CALLS_EACH * 8).expect("a small number");
    let slot = app
        .a_session()
        .in_days(0)
        .with_places(records)
        .in_windows(4)
        .published()
        .await;
    let mut stations = Vec::new();
    for n in 0..STATIONS {
        let machine = format!("ban-{n}");
        let path = format!("/v1/campaigns/{}/machines", slot.campaign);
        let added = app.admin_post(&path, &json!({ "code": machine })).await;
        added.expect(StatusCode::CREATED);
        let path = format!("/v1/sessions/{}/stations", slot.session);
        let opened = app.admin_post(&path, &json!({ "machine": machine })).await;
        stations.push(opened.expect(StatusCode::CREATED).text("/id"));
    }
    let begun = Instant::now();
    let mut waiting = Vec::new();
    for _ in 0..STATIONS {
        let (app, slot) = (app.clone(), slot.clone());
        waiting.push(tokio::spawn(async move {
            let mut took = Vec::new();
            for _ in 0..CALLS_EACH {
                let begun = Instant::now();
                app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
                took.push(begun.elapsed().as_secs_f64() * 1_000.0);
            }
            took
        }));
    }
    let mut tickets = Vec::new();
    for one in waiting {
        tickets.extend(one.await.expect("tickets"));
    }
    let ticketing = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let mut working = Vec::new();
    for station in stations {
        let app = app.clone();
        working.push(tokio::spawn(async move {
            let mut took = Vec::new();
            for _ in 0..CALLS_EACH {
                let begun = Instant::now();
                let (call, _) = app.calls(&station).await;
                took.push(begun.elapsed().as_secs_f64() * 1_000.0);
                app.finishes(&call).await;
            }
            took
        }));
    }
    let mut calls = Vec::new();
    for one in working {
        calls.extend(one.await.expect("calls"));
    }
    let calling = begun.elapsed().as_secs_f64();
    let at = |mut took: Vec<f64>, share: f64| {
        took.sort_by(f64::total_cmp);
        // A share of some thousand: exact, and within them.
        let n = ((took.len() - 1) as f64 * share).round() as usize;
        (took.get(n).copied().unwrap_or_default() * 10.0).round() / 10.0
    };
    // A thousand of each: exact.
    let all = (STATIONS * CALLS_EACH) as f64;
    println!(
        "{}",
        json!({
            "stations": STATIONS,
            "tickets_per_second": (all / ticketing).round(),
            "calls_and_finishes_per_second": (all / calling).round(),
            "ticket_p50_ms": at(tickets.clone(), 0.5),
            "ticket_p99_ms": at(tickets, 0.99),
            "call_p50_ms": at(calls.clone(), 0.5),
            "call_p99_ms": at(calls, 0.99),
        })
    );
    app.stop().await;
}
