//! Many holds for one phone at once, at two servers.

use futures_util::future::join_all;
use luot_testkit::{On, TestApp};
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::json;

/// What a phone may hold here.
const MOST: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_give_one_phone_no_more_than_its_budget() {
    let one = TestApp::start(On::Postgres).await;
    let two = one.another(On::Postgres).await;
    let slot = one
        .a_session()
        .with_places(40)
        .under(json!({ "hold_places_per_phone": MOST }))
        .published()
        .await;
    let mai = one.a_parent();
    let body = json!({ "window_id": slot.window(), "party": 1, "phone": mai.phone });
    let asks = (0..32).map(|n| {
        let server = if n % 2 == 0 { &one } else { &two };
        let request = server.request(reqwest::Method::POST, "/v1/holds");
        server.send(request.json(&body))
    });
    let mut held = 0;
    for answer in join_all(asks).await {
        match answer.status {
            201 => held += 1,
            status => assert_eq!(status, 429, "{:?}", answer.body),
        }
    }
    assert_eq!(held, MOST);
}

/// The control: who counts and keeps without waiting for a turn, keeps too much.
#[tokio::test]
async fn control_two_that_count_at_once_keep_more_than_the_budget() {
    let app = TestApp::start(On::Postgres).await;
    let database = app.database.beside().await;
    let made = "CREATE TABLE kept (people int)";
    database.execute_unprepared(made).await.expect("a table");
    let keeps = "INSERT INTO kept SELECT 4 WHERE (SELECT coalesce(sum(people), 0) FROM kept) < 4";
    let first = database.begin().await.expect("a transaction");
    let second = database.begin().await.expect("a transaction");
    for tx in [&first, &second] {
        tx.execute_unprepared(keeps).await.expect("kept");
    }
    first.commit().await.expect("committed");
    second.commit().await.expect("committed");
    let kept = app.database.number("SELECT sum(people) FROM kept").await;
    assert_eq!(kept, 8);
}
