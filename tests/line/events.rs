//! `GET /v1/sessions/{id}/line/events`

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use luot_app::line::Following;
use luot_testkit::{On, Slot, TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Where those come from who follow without a connection.
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Whoever waits so long to be told waits in vain.
const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody who follows, and what they have not looked at yet.
struct Follower {
    stream: futures_util::stream::BoxStream<'static, String>,
    text: String,
}

/// An event: id, kind, data.
type Event = (i64, String, Value);

impl Follower {
    async fn of(app: &TestApp, slot: &Slot, last: Option<i64>) -> Self {
        Self::at(
            app,
            &format!("/v1/sessions/{}/line/events", slot.session),
            last,
        )
        .await
    }

    /// With a ticket.
    async fn holding(app: &TestApp, slot: &Slot, ticket: &Value) -> Self {
        let ticket = ticket["id"].as_str().expect("an id");
        let path = format!("/v1/sessions/{}/line/events?ticket={ticket}", slot.session);
        Self::at(app, &path, None).await
    }

    async fn at(app: &TestApp, path: &str, last: Option<i64>) -> Self {
        let mut request = app.request(Method::GET, path);
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let stream = response
            .bytes_stream()
            .map(|chunk| String::from_utf8_lossy(&chunk.unwrap_or_default()).into_owned());
        Self {
            stream: stream.boxed(),
            text: String::new(),
        }
    }

    /// The next event; `None` at the end of the stream.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let line = event.lines().find_map(|l| l.strip_prefix(name));
                    line.unwrap_or_default().trim().to_owned()
                };
                let found = (field("id:"), field("event:"), field("data:"));
                self.text = rest.to_owned();
                if found.1.is_empty() {
                    continue;
                }
                let data = serde_json::from_str(&found.2).expect("JSON");
                // Where a ticket stands is no change that could be missed.
                let id = if found.1 == "ticket" { "0" } else { &found.0 };
                return Some((id.parse().expect("an id"), found.1, data));
            }
            self.text += &self.stream.next().await?;
        }
    }

    /// The ticket, once it stands like that.
    async fn ticket_that(&mut self, stands: impl Fn(&Value) -> bool) -> Value {
        let found = async {
            loop {
                let (_, kind, data) = self.next().await.expect("an event");
                if kind == "ticket" && stands(&data) {
                    return data;
                }
            }
        };
        let found = tokio::time::timeout(PATIENCE, found).await;
        found.expect("nobody tells that it stands like that")
    }

    /// The next change.
    async fn change(&mut self) -> (i64, Value) {
        loop {
            let (id, kind, data) = self.next().await.expect("an event");
            if kind == "line" {
                return (id, data["changes"].clone());
            }
        }
    }
}

on_both! {
    async fn a_board_hears_each_change_in_order(app: TestApp) {
        let slot = app.a_session().in_days(0).published().await;
        let mut board = Follower::of(&app, &slot, None).await;
        assert_eq!(board.next().await.expect("hello").1, "hello");
        app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
        let (_, change) = board.change().await;
        assert_eq!((&change[0]["number"], &change[0]["state"]), (&json!(1), &json!("waiting")));
        let station = app.opens_a_station(&slot).await;
        let (_, change) = board.change().await;
        assert_eq!(change, json!([{ "station": 1, "state": "open" }]));
        let (call, _) = app.calls(&station).await;
        let (_, change) = board.change().await;
        assert_eq!(change, json!([{ "number": 1, "state": "called", "station": 1 }]));
        app.finishes(&call).await;
        let (_, change) = board.change().await;
        assert_eq!(change, json!([{ "number": 1, "state": "done" }]));
    }

    async fn a_phone_hears_where_it_stands_and_how_long_it_waits(app: TestApp) {
        let _ = app.app.clone().with_following(Following {
            tickets_every: Duration::ZERO,
            ..Following::default()
        });
        let slot = app.a_session().in_days(0).published().await;
        let station = app.opens_a_station(&slot).await;
        let mut last = Value::Null;
        for _ in 0..3 {
            last = app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED).body;
        }
        let mut phone = Follower::holding(&app, &slot, &last).await;
        let first = phone.ticket_that(|_| true).await;
        assert_eq!((&first["position"], &first["people_ahead"]), (&json!(3), &json!(2)));
        let path = format!("/v1/tickets/{}", last["id"].as_str().expect("an id"));
        let mut nearer = Value::Null;
        for position in [2, 1] {
            let (call, _) = app.calls(&station).await;
            nearer = phone.ticket_that(|t| t["position"] == position).await;
            assert_eq!(app.get(&path).await.expect(StatusCode::OK).body, nearer);
            app.finishes(&call).await;
        }
        let waits = |ticket: &Value| ticket["wait_p50_seconds"].as_i64().expect("a time");
        assert!(waits(&nearer) < waits(&first), "{nearer} after {first}");
        let (call, _) = app.calls(&station).await;
        let called = phone.ticket_that(|t| t["state"] == "called").await;
        assert_eq!((&called["position"], &called["station"]), (&Value::Null, &json!(1)));
        app.finishes(&call).await;
        phone.ticket_that(|t| t["state"] == "done").await;
    }

    async fn a_ticket_of_another_session_is_not_followed_here(app: TestApp) {
        let slot = app.a_session().in_days(0).published().await;
        let ticket = app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
        let other = app.a_session().in_days(0).published().await;
        let id = ticket.body["id"].as_str().expect("an id");
        let path = format!("/v1/sessions/{}/line/events?ticket={id}", other.session);
        app.get(&path).await.is_problem(404, "not-found");
    }

    async fn a_lost_connection_catches_up(app: TestApp) {
        let slot = app.a_session().in_days(0).published().await;
        let mut phone = Follower::of(&app, &slot, None).await;
        app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
        let (last, _) = phone.change().await;
        drop(phone);
        for _ in 0..3 {
            app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
        }
        let mut phone = Follower::of(&app, &slot, Some(last)).await;
        for expect in 2..=4 {
            let (_, change) = phone.change().await;
            assert_eq!(change[0]["number"], expect);
        }
        app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
        assert_eq!(phone.change().await.1[0]["number"], 5);
        let path = format!("/v1/sessions/{}/line/events", slot.session);
        let request = app.request(Method::GET, &path).header("Last-Event-ID", "x");
        app.send(request).await.is_problem(400, "invalid-header");
    }

    async fn what_was_told_is_forgotten_a_day_after_the_line_closed(app: TestApp) {
        let kept = "SELECT count(*) FROM line_event";
        let slot = app.a_session().in_days(0).published().await;
        app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
        app.after(chrono::Duration::hours(6)).await;
        app.app.forget().await.expect("forgotten");
        let told = app.database.number(kept).await;
        assert!(told >= 2, "{told}: the ticket, and that the line closed");
        app.after(chrono::Duration::hours(23)).await;
        app.app.forget().await.expect("forgotten");
        assert_eq!(app.database.number(kept).await, told);
        app.after(chrono::Duration::hours(2)).await;
        app.app.forget().await.expect("forgotten");
        assert_eq!(app.database.number(kept).await, 0);
    }

    async fn a_server_that_stops_ends_the_streams(app: TestApp) {
        let slot = app.a_session().in_days(0).published().await;
        let ticket = app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
        let mut board = Follower::of(&app, &slot, None).await;
        let mut phone = Follower::holding(&app, &slot, &ticket.body).await;
        board.next().await.expect("hello");
        phone.ticket_that(|_| true).await;
        app.stop().await;
        assert_eq!(board.next().await, None);
        assert_eq!(phone.next().await, None);
    }
}

/// A change made on one server is heard on the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_board_hears_of_the_other_server_too() {
    let one = TestApp::start(On::Postgres).await;
    let two = one.another(On::Postgres).await;
    let slot = one.a_session().in_days(0).published().await;
    let mut board = Follower::of(&two, &slot, None).await;
    board.next().await.expect("hello");
    one.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
    assert_eq!(board.change().await.1[0]["number"], 1);
}

/// At once: nothing is read here unless the other server says that there is something.
#[tokio::test(flavor = "multi_thread")]
async fn the_other_server_says_so_by_itself() {
    let one = TestApp::start_with(On::Postgres, &|app, _| {
        app.with_following(Following {
            look_every: Duration::from_secs(86_400),
            ..Following::default()
        })
    })
    .await;
    let two = one.another(On::Postgres).await;
    let slot = one.a_session().in_days(0).published().await;
    let mut board = Follower::of(&one, &slot, None).await;
    board.next().await.expect("hello");
    for number in 1..=3 {
        two.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
        assert_eq!(board.change().await.1[0]["number"], number);
    }
}

#[tokio::test]
async fn no_more_follow_than_a_server_can_serve() {
    let app = TestApp::start_with(On::Embedded, &|app, _| {
        app.with_following(Following {
            most: 2,
            ..Following::default()
        })
    })
    .await;
    let slot = app.a_session().in_days(0).published().await;
    let session = slot.session.parse().expect("an id");
    let first = app
        .app
        .follow(session, None, None, HERE)
        .await
        .expect("a place");
    let _second = app
        .app
        .follow(session, None, None, HERE)
        .await
        .expect("a place");
    let path = format!("/v1/sessions/{}/line/events", slot.session);
    app.get(&path).await.is_problem(503, "busy");
    drop(first);
    app.app
        .follow(session, None, None, HERE)
        .await
        .expect("a place again");
}

#[tokio::test]
async fn one_address_does_not_take_all_the_places_of_followers() {
    let app = TestApp::start_with(On::Embedded, &|app, _| {
        app.with_following(Following {
            most_of_one: 2,
            ..Following::default()
        })
    })
    .await;
    let slot = app.a_session().in_days(0).published().await;
    let session = slot.session.parse().expect("an id");
    let path = format!("/v1/sessions/{}/line/events", slot.session);
    let follows = async |from: &str| {
        let request = app.request(Method::GET, &path);
        let request = request.header("X-Forwarded-For", from);
        request.send().await.expect("an answer")
    };
    let first = follows("2001:db8:1:2::1").await;
    let second = follows("2001:db8:1:2::2").await;
    assert_eq!(
        (first.status(), second.status()),
        (StatusCode::OK, StatusCode::OK)
    );
    // Another address of the same network is the same machine, for all one knows.
    let request = app.request(Method::GET, &path);
    let request = request.header("X-Forwarded-For", "2001:db8:1:2:ffff::3");
    let refused = app.send(request).await;
    assert_eq!(refused.header("retry-after"), "60");
    refused.is_problem(429, "too-many-requests");
    assert_eq!(follows("2001:db8:1:3::1").await.status(), StatusCode::OK);
    let (there, elsewhere) = ("198.51.100.7".parse().expect("an address"), HERE);
    let seats = [
        app.app
            .follow(session, None, None, there)
            .await
            .expect("a place"),
        app.app
            .follow(session, None, None, there)
            .await
            .expect("a place"),
    ];
    assert!(app.app.follow(session, None, None, there).await.is_err());
    app.app
        .follow(session, None, None, elsewhere)
        .await
        .expect("a place");
    drop(seats);
    app.app
        .follow(session, None, None, there)
        .await
        .expect("a place again");
}

/// A thousand phones follow one line, and each hears everything.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_follow_one_line() {
    let app = TestApp::start(On::Embedded).await;
    let slot = app.a_session().in_days(0).with_places(60).published().await;
    let mut followers = Vec::new();
    for _ in 0..10 {
        followers.extend(join_all((0..100).map(|_| Follower::of(&app, &slot, None))).await);
    }
    for _ in 0..5 {
        app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
    }
    let heard = join_all(followers.iter_mut().map(async |follower| {
        let mut numbers = Vec::new();
        for _ in 0..5 {
            numbers.push(follower.change().await.1[0]["number"].as_i64());
        }
        numbers
    }))
    .await;
    assert_eq!(heard.len(), 1_000);
    let all: Vec<_> = (1..=5).map(Some).collect();
    assert!(heard.iter().all(|numbers| *numbers == all));
}
