//! More than can wait: who is too many is told at once, and nobody else notices.

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use luot_app::limits::INTAKE_UNDER_WAY as UNDER_WAY;
use luot_testkit::{On, TestApp};
use reqwest::StatusCode;

use super::{holds_places, until_stuck};

/// How many may wait for the intake.
const QUEUE: usize = 4;
/// How many are too many.
const BEYOND: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_the_queue_full_is_told_at_once_and_all_who_wait_are_served() {
    let app = TestApp::start_with(On::Postgres, &|app, _| app.with_intake_queue(QUEUE)).await;
    let slot = app.a_session().with_places(20).published().await;
    let parents: Vec<_> = (0..UNDER_WAY + QUEUE + BEYOND)
        .map(|_| app.a_parent())
        .collect();
    let books = |n: usize| {
        let (parent, window) = (parents[n].clone(), slot.windows[0].clone());
        tokio::spawn(async move { parent.sends(&parent.request(&window)).await })
    };

    let lock = holds_places(&app).await;
    // As many batches as may are under way, and stuck.
    let mut waiting = Vec::new();
    for n in 0..UNDER_WAY {
        waiting.push(books(n));
        until_stuck(&app, n + 1).await;
    }
    // Of all others as many wait as there is room for. The rest is answered while they do.
    let mut others: FuturesUnordered<_> = (UNDER_WAY..parents.len()).map(books).collect();
    for _ in 0..BEYOND {
        let refused = others.next().await.expect("one more").expect("an answer");
        assert_eq!(refused.status, 503, "{:?}", refused.body);
        assert_eq!(refused.body["code"], "busy");
        assert!(!refused.header("retry-after").is_empty());
    }
    lock.commit().await.expect("no lock");
    waiting.extend(others);
    for served in join_all(waiting).await {
        served.expect("an answer").expect(StatusCode::CREATED);
    }
    let session = app.get(&format!("/v1/sessions/{}", slot.session)).await;
    let booked = i64::try_from(UNDER_WAY + QUEUE).expect("few");
    assert_eq!(session.number("/booked"), booked);
}
