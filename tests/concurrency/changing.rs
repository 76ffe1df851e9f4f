//! Whoever changes a campaign holds it meanwhile: those who book there wait, and nobody else.

use futures_util::future::join_all;
use luot_testkit::{On, Slot, TestApp};
use reqwest::StatusCode;
use sea_orm::{ConnectionTrait, DatabaseTransaction, TransactionTrait};

use super::{STUCK, until_stuck};

/// More than one batch of them.
const OTHERS: usize = 24;

/// Holds a campaign as whoever publishes a plan or reads a list in does.
async fn changes(app: &TestApp, slot: &Slot) -> DatabaseTransaction {
    let database = app.database.beside().await;
    let change = database.begin().await.expect("a transaction");
    let raised = format!(
        "UPDATE campaign SET version = version WHERE id = '{}'",
        slot.campaign
    );
    change.execute_unprepared(&raised).await.expect("held");
    change
}

async fn two_campaigns(app: &TestApp) -> (Slot, Slot) {
    let places = u32::try_from(2 * OTHERS).expect("few");
    let one = app.a_session().with_places(places).published().await;
    let other = app.a_session().with_places(places).published().await;
    assert_ne!(one.campaign, other.campaign);
    (one, other)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_books_elsewhere_is_answered_while_a_campaign_is_changed() {
    let app = TestApp::start(On::Postgres).await;
    let (changing, other) = two_campaigns(&app).await;
    let change = changes(&app, &changing).await;
    let waits = |parent: luot_testkit::Parent| {
        let slot = changing.clone();
        tokio::spawn(async move { parent.books(&slot).await })
    };
    let first = waits(app.a_parent());
    until_stuck(&app, 1).await;

    // Of both campaigns at once, so that they meet in batches.
    let more: Vec<_> = (0..OTHERS).map(|_| waits(app.a_parent())).collect();
    let others = (0..OTHERS).map(|_| {
        let (parent, slot) = (app.a_parent(), other.clone());
        tokio::spawn(async move { parent.books(&slot).await })
    });
    for answer in join_all(others).await {
        answer.expect("an answer").expect(StatusCode::CREATED);
    }
    // The control: they really wait, and one connection waits for all of them.
    assert!(!first.is_finished());
    assert!(more.iter().all(|waiting| !waiting.is_finished()));
    assert_eq!(app.database.number(STUCK).await, 1);

    change.commit().await.expect("no longer held");
    for answer in join_all(more.into_iter().chain([first])).await {
        answer.expect("an answer").expect(StatusCode::CREATED);
    }
}

/// How long a lock is waited for is the database's to measure.
#[tokio::test(flavor = "multi_thread")]
async fn who_waits_too_long_for_a_campaign_is_told_to_come_again() {
    let app = TestApp::start(On::Postgres).await;
    let (changing, other) = two_campaigns(&app).await;
    let change = changes(&app, &changing).await;
    let parent = app.a_parent();
    let refused = parent.books(&changing).await;
    refused.is_problem(503, "busy");
    assert!(!refused.header("retry-after").is_empty());
    let elsewhere = app.a_parent().books(&other).await;
    elsewhere.expect(StatusCode::CREATED);
    change.commit().await.expect("no longer held");
    parent.books(&changing).await.expect(StatusCode::CREATED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_serves_who_waits_for_a_campaign_first() {
    let app = TestApp::start(On::Postgres).await;
    let (changing, other) = two_campaigns(&app).await;
    let change = changes(&app, &changing).await;
    let (parent, slot) = (app.a_parent(), changing.clone());
    let waits = tokio::spawn(async move { parent.books(&slot).await });
    until_stuck(&app, 1).await;
    let service = app.app.clone();
    let stopped = tokio::spawn(async move { service.stop().await });
    // From here on nobody is taken any more; who was there is waited for.
    while app.a_parent().books(&other).await.status != 503 {}
    assert!(!stopped.is_finished());
    change.commit().await.expect("no longer held");
    waits.await.expect("an answer").expect(StatusCode::CREATED);
    stopped.await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_run_out_elsewhere_while_a_campaign_is_changed() {
    let app = TestApp::start(On::Postgres).await;
    let (changing, other) = two_campaigns(&app).await;
    for slot in [&changing, &other] {
        let held = app.a_parent().holds(slot.window(), 1).await;
        held.expect(StatusCode::CREATED);
    }
    let run_out = async |slot: &Slot| {
        let of = &slot.campaign;
        let count =
            format!("SELECT count(*) FROM hold WHERE campaign_id = '{of}' AND state = 'expired'");
        app.database.number(&count).await
    };
    let change = changes(&app, &changing).await;
    app.after(chrono::Duration::minutes(11)).await;
    assert_eq!((run_out(&changing).await, run_out(&other).await), (0, 1));
    change.commit().await.expect("no longer held");
    app.sweeps().await;
    assert_eq!((run_out(&changing).await, run_out(&other).await), (1, 1));
}
