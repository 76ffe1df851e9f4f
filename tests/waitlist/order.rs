//! A place in the order is read from an index, which may be lost, late, away or wrong.

use futures_util::future::join_all;
use luot_line::{Backend, Entry, Key, Ordered};
use luot_testkit::{Answer, Cuttable, On, Parent, Slot, TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// A campaign in which nothing is free.
async fn full(app: &TestApp) -> Slot {
    let slot = app.a_session().in_days(2).with_places(1).published().await;
    let booked = app.a_parent().books(&slot).await;
    booked.expect(StatusCode::CREATED);
    slot
}

fn campaign(slot: &Slot) -> Uuid {
    slot.campaign.parse().expect("an id")
}

async fn joins(app: &TestApp, slot: &Slot) -> (Parent, Answer) {
    let parent = app.a_parent();
    let joined = parent.waits(&slot.campaign, 1, &json!({})).await;
    (parent, joined.expect(StatusCode::CREATED))
}

/// Their place, from 1, as a server tells it.
async fn place(app: &TestApp, (_, joined): &(Parent, Answer)) -> i64 {
    let path = format!("/v1/waitlist-entries/{}", joined.text("/id"));
    let request = app.request(Method::GET, &path);
    let seen = app.send(request.bearer_auth(joined.text("/manage_token")));
    seen.await.expect(StatusCode::OK).number("/position")
}

async fn is_preferred(app: &TestApp, (_, joined): &(Parent, Answer)) {
    let path = format!("/v1/waitlist-entries/{}", joined.text("/id"));
    let request = app.request(Method::PATCH, &path).bearer_auth(&app.admin);
    let changed = app.send(request.json(&json!({ "grounds": ["hardship"] })));
    changed.await.expect(StatusCode::OK);
}

fn id((_, joined): &(Parent, Answer)) -> Uuid {
    joined.text("/id").parse().expect("an id")
}

/// What the index knows: its version, and the entries in order.
async fn known(app: &TestApp, slot: &Slot) -> Option<(i64, Vec<Uuid>)> {
    let known = app.app.waitlist_index(campaign(slot)).await;
    known.expect("an index")
}

fn redis() -> Arc<dyn Ordered> {
    let address = std::env::var("LUOT_TEST_REDIS").expect("set by `cargo xtask test`");
    Backend::redis(&address).expect("an address").ordered()
}

fn key(slot: &Slot) -> Key {
    Key::new("waitlist", campaign(slot))
}

/// Puts others before all that the index knows, who wait nowhere; the index says it is of a
/// version that is so much later.
async fn strangers_are_first(app: &TestApp, slot: &Slot, later: i64) {
    let (version, _) = known(app, slot).await.expect("an index");
    let page = redis().page(&key(slot), 0, 99).await.expect("an answer");
    let mut entries = page.expect("whole").value;
    entries.push(Entry {
        member: Uuid::from_u128(1).into(),
        rank: -1_000_000,
    });
    let (index, key) = (redis(), key(slot));
    let replaced = index.replace(&key, version + later, &entries);
    replaced.await.expect("replaced");
}

on_both! {
    async fn the_index_has_all_who_wait_in_the_stores_order(app: TestApp) {
        let slot = full(&app).await;
        let (lan, hoa, mai) = (joins(&app, &slot).await, joins(&app, &slot).await, joins(&app, &slot).await);
        // All in one microsecond: the ids tell.
        let order = vec![id(&lan), id(&hoa), id(&mai)];
        let (first, entries) = known(&app, &slot).await.expect("an index");
        assert_eq!(entries, order);
        is_preferred(&app, &mai).await;
        hoa.0.leaves(&hoa.1).await.expect(StatusCode::NO_CONTENT);
        let (second, entries) = known(&app, &slot).await.expect("an index");
        assert_eq!(entries, [id(&mai), id(&lan)]);
        assert!(second > first, "{first}, then {second}");
        assert_eq!((place(&app, &mai).await, place(&app, &lan).await), (1, 2));
        // What changes nobody's place makes no other version.
        let may = lan.0.changes(&lan.1, &json!({ "at_once": true })).await;
        may.expect(StatusCode::OK);
        assert_eq!(known(&app, &slot).await, Some((second, vec![id(&mai), id(&lan)])));
    }

    async fn who_join_at_the_same_time_are_all_in_the_index(app: TestApp) {
        let slot = full(&app).await;
        let all = join_all((0..30).map(|_| joins(&app, &slot))).await;
        let (_, entries) = known(&app, &slot).await.expect("an index");
        let mut order: Vec<Uuid> = all.iter().map(id).collect();
        order.sort();
        assert_eq!(entries, order);
        for party in &all {
            let there = entries.iter().position(|e| *e == id(party)).expect("there");
            assert_eq!(place(&app, party).await, there as i64 + 1);
        }
    }

    /// The version and the entries are of a moment before somebody joined who has precedence.
    async fn a_store_that_is_put_back_does_not_believe_what_came_of_it_before(app: TestApp) {
        let slot = full(&app).await;
        let (lan, hoa) = (joins(&app, &slot).await, joins(&app, &slot).await);
        is_preferred(&app, &hoa).await;
        let (before, entries) = known(&app, &slot).await.expect("an index");
        assert_eq!(entries, [id(&hoa), id(&lan)]);
                for sql in [
            "UPDATE waitlist_order SET version = previous",
            "UPDATE waitlist_entry SET priority = 0",
        ] {
            app.database.does(sql).await;
        }
        // As many changes as there were, and another one.
        let mai = joins(&app, &slot).await;
        assert_eq!(place(&app, &lan).await, 1);
        let (after, entries) = known(&app, &slot).await.expect("an index");
        assert_eq!(entries, [id(&lan), id(&hoa), id(&mai)]);
        assert_ne!(before, after);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_redis_costs_nobody_their_place_and_is_filled_again() {
    let app = TestApp::start(On::Postgres).await;
    let slot = full(&app).await;
    let (lan, hoa) = (joins(&app, &slot).await, joins(&app, &slot).await);
    let order = known(&app, &slot).await.expect("an index");
    redis().forget(&key(&slot)).await.expect("forgotten");
    // Who asks for a place has it filled,
    assert_eq!(place(&app, &hoa).await, 2);
    assert_eq!(known(&app, &slot).await, Some(order));
    redis().forget(&key(&slot)).await.expect("forgotten");
    // and who joins.
    let mai = joins(&app, &slot).await;
    assert_eq!(place(&app, &mai).await, 3);
    let (_, entries) = known(&app, &slot).await.expect("an index");
    assert_eq!(entries, [id(&lan), id(&hoa), id(&mai)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_tell_one_index_and_agree_on_every_place() {
    let first = TestApp::start(On::Postgres).await;
    let second = first.another(On::Postgres).await;
    let slot = full(&first).await;
    let mut all = Vec::new();
    for _ in 0..5 {
        // Both at the same time.
        let rounds = (0..8).map(|n| joins([&first, &second][n % 2], &slot));
        all.extend(join_all(rounds).await);
        let gone = all.swap_remove(0);
        gone.0.leaves(&gone.1).await.expect(StatusCode::NO_CONTENT);
    }
    let mut order: Vec<Uuid> = all.iter().map(id).collect();
    order.sort();
    // Each waits for what it has to tell itself.
    known(&first, &slot).await.expect("an index");
    for server in [&second, &first] {
        let (_, entries) = known(server, &slot).await.expect("an index");
        assert_eq!(entries, order);
        for party in &all {
            let there = order.iter().position(|e| *e == id(party)).expect("there");
            assert_eq!(place(server, party).await, there as i64 + 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn places_are_counted_in_the_store_while_redis_is_away() {
    let first = TestApp::start(On::Postgres).await;
    let way = Cuttable::redis(0).await;
    let line = Backend::redis(&way.address).expect("an address");
    let app = first.another_with_line(On::Postgres, line).await;
    let slot = full(&app).await;
    let (lan, hoa) = (joins(&app, &slot).await, joins(&app, &slot).await);
    let (before, _) = known(&app, &slot).await.expect("an index");
    way.cut(true);
    lan.0.leaves(&lan.1).await.expect(StatusCode::NO_CONTENT);
    let mai = joins(&app, &slot).await;
    assert_eq!((place(&app, &hoa).await, place(&app, &mai).await), (1, 2));
    // The other server still reaches Redis, finds an older order there, and builds it anew.
    assert_eq!(known(&first, &slot).await.map(|k| k.0), Some(before));
    assert_eq!(
        (place(&first, &hoa).await, place(&first, &mai).await),
        (1, 2)
    );
    let (_, entries) = known(&first, &slot).await.expect("an index");
    assert_eq!(entries, [id(&hoa), id(&mai)]);
}

/// The control: where the index is of the store's version and knows the party, it is believed.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_the_right_version_is_what_answers() {
    let app = TestApp::start(On::Postgres).await;
    let slot = full(&app).await;
    let lan = joins(&app, &slot).await;
    strangers_are_first(&app, &slot, 0).await;
    assert_eq!(place(&app, &lan).await, 2);
    // Of another version it is not.
    joins(&app, &slot).await;
    redis().forget(&key(&slot)).await.expect("forgotten");
    assert_eq!(place(&app, &lan).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_misses_who_asks_or_is_ahead_of_the_store_is_built_anew() {
    let app = TestApp::start(On::Postgres).await;
    let slot = full(&app).await;
    let lan = joins(&app, &slot).await;
    let (version, _) = known(&app, &slot).await.expect("an index");
    redis()
        .replace(&key(&slot), version, &[])
        .await
        .expect("replaced");
    assert_eq!(place(&app, &lan).await, 1);
    assert_eq!(known(&app, &slot).await, Some((version, vec![id(&lan)])));
    strangers_are_first(&app, &slot, 3).await;
    assert_eq!(place(&app, &lan).await, 1);
    assert_eq!(known(&app, &slot).await, Some((version, vec![id(&lan)])));
}
