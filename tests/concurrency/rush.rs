//! The rush: 10,000 bookings over 256 connections for the 160 places of one session.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use luot_testkit::{On, Slot, TestApp, on_both};
use reqwest::StatusCode;

const BOOKINGS: usize = 10_000;
const CONNECTIONS: usize = 256;
const PLACES: u32 = 160;

/// Everybody books, each in the window that is theirs by chance; a `503` is tried again, as
/// clients do. Gives how often each answer came.
async fn rush(servers: &[TestApp], slot: &Slot) -> HashMap<(u16, String), usize> {
    let next = AtomicUsize::new(0);
    let client = async |n: usize| {
        let server = &servers[n % servers.len()];
        let mut seen = HashMap::new();
        loop {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            if turn >= BOOKINGS {
                return seen;
            }
            let parent = server.a_parent();
            let window = &slot.windows[turn % slot.windows.len()];
            let request = parent.request(window);
            let answer = loop {
                let answer = parent.sends(&request).await;
                if answer.status != 503 {
                    break answer;
                }
                assert!(!answer.header("retry-after").is_empty());
            };
            let code = answer.body["code"].as_str().unwrap_or("booked").to_owned();
            *seen.entry((answer.status, code)).or_insert(0) += 1;
        }
    };
    let mut all = HashMap::new();
    for seen in join_all((0..CONNECTIONS).map(client)).await {
        for (answer, times) in seen {
            *all.entry(answer).or_insert(0) += times;
        }
    }
    all
}

fn assert_exactly_all_places_went(seen: &HashMap<(u16, String), usize>) {
    let expected = HashMap::from([
        ((201, "booked".to_owned()), PLACES as usize),
        ((409, "window-full".to_owned()), BOOKINGS - PLACES as usize),
    ]);
    assert_eq!(seen, &expected);
}

async fn assert_the_numbers_agree(app: &TestApp, slot: &Slot) {
    let session = app
        .get(&format!("/v1/sessions/{}", slot.session))
        .await
        .expect(StatusCode::OK);
    assert_eq!(session.number("/capacity"), i64::from(PLACES));
    assert_eq!(session.number("/booked"), i64::from(PLACES));
    assert_eq!(session.number("/open_places"), 0);
}

on_both! {
    async fn ten_thousand_bookings_for_160_places_book_exactly_160(app: TestApp) {
        let slot = app.a_session().with_places(PLACES).in_windows(16).published().await;
        let seen = rush(std::slice::from_ref(&app), &slot).await;
        assert_exactly_all_places_went(&seen);
        assert_the_numbers_agree(&app, &slot).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_on_one_database_book_exactly_160_together() {
    let one = TestApp::start(On::Postgres).await;
    let two = one.another(On::Postgres).await;
    let slot = one
        .a_session()
        .with_places(PLACES)
        .in_windows(16)
        .published()
        .await;
    let seen = rush(&[one.clone(), two], &slot).await;
    assert_exactly_all_places_went(&seen);
    assert_the_numbers_agree(&one, &slot).await;
}
