//! What can be booked, from memory: never less true than the database when it was asked for.

mod lane;
mod slow;

use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use luot_app::App;
use luot_line::Backend;
use luot_testkit::{Answer, On, Slot, TestApp, on_both};
use reqwest::{Method, StatusCode};

/// How long another server's word may take, and much more: a machine may be busy.
const PATIENCE: Duration = Duration::from_secs(20);

async fn asks(app: &TestApp, slot: &Slot) -> Answer {
    let path = format!("/v1/campaigns/{}/availability", slot.campaign);
    app.get(&path).await.expect(StatusCode::OK)
}

/// Places left in all windows.
async fn left(app: &TestApp, slot: &Slot) -> i64 {
    let items = asks(app, slot).await.items();
    items.iter().filter_map(|w| w["places_left"].as_i64()).sum()
}

on_both! {
    async fn every_change_is_in_the_next_answer_and_what_is_the_same_is_304(app: TestApp) {
        let slot = app.a_session().with_places(8).in_windows(2).published().await;
        let first = asks(&app, &slot).await;
        assert_eq!(left(&app, &slot).await, 8);
        let path = format!("/v1/campaigns/{}/availability", slot.campaign);
        let again = app
            .request(Method::GET, &path)
            .header("If-None-Match", first.header("etag"));
        assert_eq!(app.send(again).await.status, 304);

        let parent = app.a_parent();
        let booked = parent.books(&slot).await.expect(StatusCode::CREATED);
        assert_eq!(left(&app, &slot).await, 7);
        assert_ne!(asks(&app, &slot).await.header("etag"), first.header("etag"));

        let held = app.a_parent().holds(slot.window(), 2).await.expect(StatusCode::CREATED);
        assert_eq!(left(&app, &slot).await, 5);
        let freed = format!("/v1/holds/{}", held.text("/id"));
        app.send(app.request(Method::DELETE, &freed)).await;
        parent
            .acts(&booked, "move", &serde_json::json!({ "window_id": slot.windows[1] }))
            .await
            .expect(StatusCode::OK);
        // What came free cools for a while, and then it is everybody's.
        app.after(chrono::Duration::hours(2)).await;
        assert_eq!(left(&app, &slot).await, 7);
    }

    async fn packed_bytes_are_the_same_answer_under_another_tag(app: TestApp) {
        let slot = app.a_session().with_places(8).in_windows(2).published().await;
        let path = format!("/v1/campaigns/{}/availability", slot.campaign);
        for _ in 0..2 {
            let plain = app.request(Method::GET, &path).send().await.unwrap();
            let packed = app
                .request(Method::GET, &path)
                .header("Accept-Encoding", "br, gzip")
                .send()
                .await
                .unwrap();
            assert_eq!(packed.headers()["content-encoding"], "gzip");
            assert_eq!(packed.headers()["vary"], "accept-encoding");
            assert_ne!(packed.headers()["etag"], plain.headers()["etag"]);
            let mut unpacked = String::new();
            flate2::read::GzDecoder::new(&packed.bytes().await.unwrap()[..])
                .read_to_string(&mut unpacked)
                .unwrap();
            assert_eq!(unpacked, plain.text().await.unwrap());
        }
    }

    async fn who_asks_after_a_booking_never_sees_its_place(app: TestApp) {
        let slot = app.a_session().with_places(40).published().await;
        assert_eq!(left(&app, &slot).await, 40);
        let booked = AtomicI64::new(0);
        let booking = async |_: usize| {
            app.a_parent().books(&slot).await.expect(StatusCode::CREATED);
            let before = booked.fetch_add(1, Ordering::SeqCst) + 1;
            let seen = left(&app, &slot).await;
            assert!(seen <= 40 - before, "{before} were booked, {seen} are told to be left");
        };
        join_all((0..40).map(booking)).await;
        // All 40 are gone: none is shown.
        assert_eq!(left(&app, &slot).await, 0);
    }

    async fn whoever_keeps_an_answer_asks_each_time_whether_it_is_true(app: TestApp) {
        let slot = app.a_session().with_places(1).published().await;
        let first = asks(&app, &slot).await;
        assert_eq!(first.header("cache-control"), "public, no-cache");
        let path = format!("/v1/campaigns/{}/availability", slot.campaign);
        let again = || {
            let request = app.request(Method::GET, &path);
            app.send(request.header("If-None-Match", first.header("etag")))
        };
        let same = again().await;
        assert_eq!((same.status, same.header("cache-control")), (304, "public, no-cache"));
        app.a_parent().books(&slot).await.expect(StatusCode::CREATED);
        assert!(again().await.expect(StatusCode::OK).items().is_empty());
    }

    async fn a_party_that_may_not_book_together_finds_no_window(app: TestApp) {
        let most = serde_json::json!({ "party_most": 3 });
        let slot = app.a_session().with_places(8).under(most).published().await;
        let path = format!("/v1/campaigns/{}/availability?party=", slot.campaign);
        let found = async |party: usize| {
            let answer = app.get(&format!("{path}{party}")).await;
            answer.expect(StatusCode::OK).items().len()
        };
        assert_eq!((found(3).await, found(4).await), (1, 0));
        // As its booking is refused, and that of a party that is small enough is not.
        let parent = app.a_parent();
        let children: Vec<_> = ["Nhất", "Nhị", "Tam", "Tứ"]
            .iter()
            .map(|name| serde_json::json!({ "full_name": format!("Lý Văn {name}"), "birth_date": "2017-05-06" }))
            .collect();
        let books = |party: usize| parent.request_for(slot.window(), &children[..party]);
        let refused = parent.sends(&books(4)).await;
        refused.is_problem(422, "invalid-body");
        parent.sends(&books(3)).await.expect(StatusCode::CREATED);
        // A campaign that lets more book together tells so at once.
        let path = format!("/v1/campaigns/{}", slot.campaign);
        let seen = app.admin_get(&path).await;
        let more = app
            .request(Method::PATCH, &path)
            .bearer_auth(&app.admin)
            .header("If-Match", seen.header("etag"))
            .json(&serde_json::json!({ "policies": { "party_most": 4 } }));
        app.send(more).await.expect(StatusCode::OK);
        assert_eq!(found(4).await, 1);
    }

    async fn a_plan_published_anew_is_there_at_once(app: TestApp) {
        let slot = app.a_session().with_places(8).published().await;
        assert_eq!(left(&app, &slot).await, 8);
        let path = format!("/v1/campaigns/{}/availability?site=nowhere", slot.campaign);
        app.get(&path).await.is_problem(404, "not-found");
        app.plans_and_publishes(&slot.campaign, 10).await;
        assert_eq!(left(&app, &slot).await, 8);
    }
}

/// Asks until an answer has so many places left; how long that took.
async fn until(app: &TestApp, slot: &Slot, places: i64) -> Duration {
    let begun = Instant::now();
    while left(app, slot).await != places {
        assert!(begun.elapsed() < PATIENCE, "no word of {places} places");
    }
    begun.elapsed()
}

#[tokio::test]
async fn another_server_hears_of_every_booking() {
    let app = TestApp::start(On::Postgres).await;
    let other = app.another(On::Postgres).await;
    let slot = app.a_session().with_places(8).published().await;
    for taken in 0..8 {
        until(&other, &slot, 8 - taken).await;
        app.a_parent()
            .books(&slot)
            .await
            .expect(StatusCode::CREATED);
    }
    until(&other, &slot, 0).await;
}

/// Where no word comes an answer is a second old at most: the other server's second ends when
/// the test says so, and not a moment before, which is the control.
#[tokio::test]
async fn without_redis_another_server_knows_of_it_a_second_later() {
    let begun = Instant::now();
    let passed = Arc::new(AtomicU64::new(0));
    let told = passed.clone();
    let stands = move |app: App, _: &Backend| {
        let told = told.clone();
        app.with_moments(move || begun + Duration::from_millis(told.load(Ordering::SeqCst)))
    };
    let app = TestApp::start(On::Postgres).await;
    let other = app
        .another_with(On::Postgres, Backend::Memory, &stands)
        .await;
    let slot = app.a_session().with_places(8).published().await;
    assert_eq!(left(&other, &slot).await, 8);
    app.a_parent()
        .books(&slot)
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(left(&app, &slot).await, 7);
    passed.store(999, Ordering::SeqCst);
    assert_eq!(left(&other, &slot).await, 8);
    passed.store(1_000, Ordering::SeqCst);
    assert_eq!(left(&other, &slot).await, 7);
}
