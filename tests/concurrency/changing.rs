//! Whoever changes a campaign holds it meanwhile: those who book there wait, and nobody else.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use luot_domain::clock::Clock as _;
use luot_store::{StoreError, campaigns};
use luot_testkit::{On, Slot, TestApp};
use reqwest::StatusCode;
use tokio::sync::{Semaphore, mpsc};
use uuid::Uuid;

use super::{STUCK, changes, until_stuck};

/// More than one batch of them.
const OTHERS: usize = 24;

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

/// Whoever changes a campaign in a rush waits for those who book just now, and not for those
/// who come later: there is always somebody.
#[tokio::test(flavor = "multi_thread")]
async fn who_waits_to_change_a_campaign_is_not_passed_by_who_comes_to_book() {
    let app = TestApp::start(On::Postgres).await;
    let (wanted, other) = two_campaigns(&app).await;
    let [wanted, other]: [Uuid; 2] =
        [wanted, other].map(|slot| slot.campaign.parse().expect("an id"));
    let (store, both) = (app.app.store(), BTreeSet::from([wanted, other]));
    let shares = || store.write(async |tx| campaigns::hold_free(tx, &[wanted, other]).await);
    let (gate, (began, mut begins)) = (Semaphore::new(0), mpsc::unbounded_channel());
    let booking = store.write(async |tx| {
        campaigns::hold_free(tx, &[wanted]).await?;
        began.send(()).expect("a test");
        gate.acquire().await.expect("a gate").forget();
        Ok::<_, StoreError>(())
    });
    let changing = async {
        begins.recv().await.expect("a booking");
        // The control: they go together.
        assert_eq!(shares().await.expect("campaigns"), both);
        let now = app.clock.now();
        store
            .write(async |tx| campaigns::touch(tx, wanted, None, now).await)
            .await
    };
    let coming_later = async {
        until_stuck(&app, 1).await;
        let free = shares().await.expect("campaigns");
        gate.add_permits(1);
        free
    };
    let (booked, changed, free) = tokio::join!(booking, changing, coming_later);
    booked.expect("booked");
    changed.expect("changed");
    assert_eq!(free, BTreeSet::from([other]), "who came later went ahead");
}
