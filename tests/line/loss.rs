//! The index behind the line is lost, late, or away: nothing else is.

use luot_line::{Backend, Entry, Key};
use luot_testkit::{Cuttable, On, Slot, TestApp};
use reqwest::StatusCode;
use serde_json::json;
use uuid::Uuid;

fn redis_address() -> String {
    std::env::var("LUOT_TEST_REDIS").expect("set by `cargo xtask test`")
}

fn redis() -> Backend {
    Backend::redis(&redis_address()).expect("an address")
}

fn id_of(slot: &Slot) -> Uuid {
    slot.session.parse().expect("an id")
}

async fn a_line(app: &TestApp, people: usize) -> Slot {
    let slot = app
        .a_session()
        .in_days(0)
        .with_places(60)
        .in_windows(2)
        .published()
        .await;
    for _ in 0..people {
        app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
    }
    slot
}

/// How many the index knows.
async fn known(app: &TestApp, slot: &Slot) -> Option<u64> {
    let known = app.app.line_index(id_of(slot)).await.expect("an index");
    known.map(|(_, count)| count)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_redis_loses_nobody_and_is_filled_again() {
    let app = TestApp::start(On::Postgres).await;
    let slot = a_line(&app, 4).await;
    assert_eq!(known(&app, &slot).await, Some(4));
    let index = redis().ordered();
    let key = Key::new("line", id_of(&slot));
    index.forget(&key).await.expect("forgotten");
    assert_eq!(known(&app, &slot).await, None);
    let station = app.opens_a_station(&slot).await;
    assert_eq!(app.calls(&station).await.1, 1);
    assert_eq!(known(&app, &slot).await, Some(3));
    index.forget(&key).await.expect("forgotten");
    app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
    assert_eq!(known(&app, &slot).await, Some(4));
    assert_eq!(app.waiting(&slot).await, [2, 3, 4, 5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_was_tampered_with_calls_nobody_out_of_order() {
    let app = TestApp::start(On::Postgres).await;
    let slot = a_line(&app, 3).await;
    let (version, _) = app
        .app
        .line_index(id_of(&slot))
        .await
        .expect("an index")
        .expect("whole");
    // The version is right and the content is not: a stranger stands first.
    let stranger = Entry {
        member: Uuid::now_v7().into(),
        rank: 0,
    };
    let key = Key::new("line", id_of(&slot));
    let opened = app.opens_a_station(&slot).await;
    let index = redis().ordered();
    index
        .replace(&key, version + 1, &[stranger])
        .await
        .expect("replaced");
    assert_eq!(app.calls(&opened).await.1, 1);
}

/// The store was restored to the state of an hour ago; Redis was not.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_ahead_of_the_store_is_built_anew_and_never_believed() {
    let app = TestApp::start(On::Postgres).await;
    let slot = a_line(&app, 3).await;
    let index_of = async || app.app.line_index(id_of(&slot)).await.expect("an index");
    let (version, _) = index_of().await.expect("whole");
    let stranger = Entry {
        member: Uuid::now_v7().into(),
        rank: 0,
    };
    let key = Key::new("line", id_of(&slot));
    redis()
        .ordered()
        .replace(&key, version + 3, &[stranger])
        .await
        .expect("replaced");
    app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
    assert_eq!(index_of().await, Some((version + 1, 4)));
    let station = app.opens_a_station(&slot).await;
    assert_eq!(app.calls(&station).await.1, 1);
    assert_eq!(index_of().await, Some((version + 3, 3)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_starts_anew_goes_on_where_the_other_stopped() {
    let app = TestApp::start(On::Embedded).await;
    let slot = a_line(&app, 3).await;
    let station = app.opens_a_station(&slot).await;
    let first = app.calls(&station).await;
    app.stop().await;
    let again = app.another(On::Embedded).await;
    // The station that lost its answer gets it again.
    assert_eq!(again.calls(&station).await, first);
    again.finishes(&first.0).await;
    assert_eq!(again.calls(&station).await.1, 2);
    assert_eq!(again.waiting(&slot).await, [3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_goes_on_from_the_store_while_redis_is_away() {
    let first = TestApp::start(On::Postgres).await;
    let way = Cuttable::redis(0).await;
    let line = Backend::redis(&way.address).expect("an address");
    let app = first.another_with_line(On::Postgres, line).await;
    let slot = a_line(&app, 3).await;
    let station = app.opens_a_station(&slot).await;
    way.cut(true);
    let (call, number) = app.calls(&station).await;
    assert_eq!(number, 1);
    app.finishes(&call).await;
    app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
    let ready = app.get("/readyz").await.expect(StatusCode::OK);
    let checks = ready.body["checks"].as_array().expect("checks").clone();
    let line = checks
        .iter()
        .find(|c| c["name"] == "line")
        .expect("the line");
    assert_eq!(line["state"], "degraded", "{:#}", ready.body);
    let detail = line["detail"].as_str().expect("a word");
    assert!(detail.contains("from the database"), "{detail}");
    for name in ["database", "migrations", "keys"] {
        assert!(
            checks.contains(&json!({ "name": name, "state": "ok" })),
            "{:#}",
            ready.body
        );
    }
    // The other server still reaches Redis, where an older state is: it calls the right one.
    assert_eq!(first.calls(&station).await.1, 2);
    assert_eq!(first.waiting(&slot).await, [3, 4]);
    assert_eq!(known(&first, &slot).await, Some(2));
}
