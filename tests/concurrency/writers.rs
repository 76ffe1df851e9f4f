//! More who change something than there is room for: bookings and reading go on.

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use luot_testkit::{On, TestApp};
use reqwest::StatusCode;
use serde_json::json;

use super::{changes, until_stuck};

/// How many may write at once.
const AT_ONCE: usize = 2;
/// How many may wait for it.
const WAITING: usize = 3;
/// How many are too many.
const BEYOND: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn who_cancels_in_a_crowd_is_told_at_once_and_bookings_and_reading_go_on() {
    let app = TestApp::start_with(On::Postgres, &|app, _| app.with_writers(AT_ONCE, WAITING)).await;
    let all = AT_ONCE + WAITING + BEYOND;
    let places = u32::try_from(all).expect("few");
    let slot = app.a_session().with_places(places).published().await;
    let other = app.a_session().published().await;
    let mut booked = Vec::new();
    for _ in 0..all {
        let parent = app.a_parent();
        let answer = parent.books(&slot).await.expect(StatusCode::CREATED);
        booked.push((parent, answer));
    }

    let change = changes(&app, &slot).await;
    let cancels = |n: usize| {
        let (parent, answer) = booked[n].clone();
        tokio::spawn(async move { parent.acts(&answer, "cancel", &json!({})).await })
    };
    // As many as may write do, and are stuck.
    let mut waiting: Vec<_> = (0..AT_ONCE).map(cancels).collect();
    until_stuck(&app, AT_ONCE).await;
    // Of all others as many wait as there is room for. The rest is answered while they do.
    let mut others: FuturesUnordered<_> = (AT_ONCE..all).map(cancels).collect();
    for _ in 0..BEYOND {
        let refused = others.next().await.expect("one more").expect("an answer");
        refused.is_problem(503, "busy");
        assert!(!refused.header("retry-after").is_empty());
    }
    app.a_parent()
        .books(&other)
        .await
        .expect(StatusCode::CREATED);
    let sessions = format!("/v1/campaigns/{}/sessions", slot.campaign);
    for path in ["/healthz", "/readyz", &sessions] {
        app.get(path).await.expect(StatusCode::OK);
    }

    assert!(waiting.iter().all(|one| !one.is_finished()));
    waiting.extend(others);
    change.commit().await.expect("no longer held");
    for answer in join_all(waiting).await {
        answer.expect("an answer").expect(StatusCode::OK);
    }
}
