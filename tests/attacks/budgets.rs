//! Taking more than one's share: many addresses of one network, many tokens of one phone.

use luot_app::rates::Table;
use luot_testkit::{On, TestApp};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::guessing::{limited, phone};

/// A hold of that many places, asked for from an address.
async fn holds_from(app: &TestApp, address: &str, window: &str, party: u32) -> u16 {
    let body = json!({ "window_id": window, "party": party });
    let request = app.request(Method::POST, "/v1/holds");
    let request = request.header("X-Forwarded-For", address);
    app.send(request.json(&body)).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn places_held_from_one_ipv6_network_count_together() {
    for on in [On::Embedded, On::Postgres] {
        let app = TestApp::start(on).await;
        let policies = json!({ "hold_places_per_address": 3 });
        let slot = app
            .a_session()
            .with_places(20)
            .under(policies)
            .published()
            .await;
        let held =
            async |address: &str, party| holds_from(&app, address, slot.window(), party).await;
        assert_eq!(held("2001:db8:1:2::1", 3).await, 201);
        assert_eq!(held("2001:db8:1:2::2", 1).await, 429);
        assert_eq!(held("2001:db8:1:2:ffff::9", 1).await, 429);
        assert_eq!(held("2001:db8:1:3::1", 1).await, 201);
        assert_eq!(held("192.0.2.1", 3).await, 201);
        assert_eq!(held("192.0.2.2", 3).await, 201);
        assert_eq!(held("::ffff:192.0.2.1", 1).await, 429);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_spends_what_who_books_does() {
    for on in [On::Embedded, On::Postgres] {
        let (app, _) = limited(on, Table::default()).await;
        let slot = app
            .a_session()
            .with_places(60)
            .in_windows(1)
            .published()
            .await;
        let mut parent = app.a_parent();
        parent.phone = phone();
        for n in 0..20 {
            parent.child = format!("Trần Văn Mẫu {}", "A".repeat(n + 1));
            let joined = parent.waits(&slot.campaign, 1, &Value::Null).await;
            assert_ne!(joined.status, 429, "{n}: {:#}", joined.body);
        }
        let refused = parent.waits(&slot.campaign, 1, &Value::Null).await;
        refused.is_problem(429, "too-many-requests");
        parent
            .books(&slot)
            .await
            .is_problem(429, "too-many-requests");
        let another = app.a_parent();
        let joined = another.waits(&slot.campaign, 1, &Value::Null).await;
        assert_ne!(joined.status, 429);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_count_against_the_phone_and_not_against_each_token() {
    for on in [On::Embedded, On::Postgres] {
        let (app, _) = limited(on, Table::default()).await;
        let slot = app.a_session().with_places(20).published().await;
        let mut parent = app.a_parent();
        parent.phone = phone();
        let mut booked = Vec::new();
        for n in 0..3 {
            parent.child = format!("Trần Văn Mẫu {}", "A".repeat(n + 1));
            booked.push(parent.books(&slot).await.expect(StatusCode::CREATED));
        }
        for n in 0..30 {
            let done = parent.acts(&booked[n % 3], "cancel", &json!({})).await;
            done.expect(StatusCode::OK);
        }
        for one in &booked {
            let refused = parent.acts(one, "cancel", &json!({})).await;
            refused.is_problem(429, "too-many-requests");
        }
        let other = app.a_parent();
        let theirs = other.books(&slot).await.expect(StatusCode::CREATED);
        other
            .acts(&theirs, "cancel", &json!({}))
            .await
            .expect(StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answering_offers_and_leaving_count_against_the_phone_as_changes_do() {
    for on in [On::Embedded, On::Postgres] {
        let (app, _) = limited(on, Table::default()).await;
        let slot = app.a_session().with_places(60).published().await;
        let mut parent = app.a_parent();
        parent.phone = phone();
        let mut joined = Vec::new();
        for n in 0..3 {
            parent.child = format!("Trần Văn Mẫu {}", "A".repeat(n + 1));
            let wishes = json!({ "at_once": true });
            joined.push(
                parent
                    .waits(&slot.campaign, 1, &wishes)
                    .await
                    .expect(StatusCode::CREATED),
            );
        }
        let offers = [
            parent.looks_at(&joined[0]).await.text("/offer/id"),
            parent.looks_at(&joined[1]).await.text("/offer/id"),
        ];
        let token = |n: usize| joined[n].text("/manage_token");
        let accepts = async || parent.answers_offer(&offers[0], &token(0), "accept").await;
        let declines = async || parent.answers_offer(&offers[1], &token(1), "decline").await;
        assert_ne!(accepts().await.status, 429);
        assert_ne!(declines().await.status, 429);
        for _ in 0..28 {
            assert_ne!(parent.leaves(&joined[2]).await.status, 429);
        }
        for refused in [
            accepts().await,
            declines().await,
            parent.leaves(&joined[2]).await,
        ] {
            refused.is_problem(429, "too-many-requests");
        }
        // Looking costs nothing of it, and staff have no such bound.
        parent.looks_at(&joined[2]).await.expect(StatusCode::OK);
        let path = format!("/v1/waitlist-entries/{}", joined[2].text("/id"));
        let request = app.request(Method::DELETE, &path).bearer_auth(&app.admin);
        assert_ne!(app.send(request).await.status, 429);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_the_day_s_tickets_from_afar() {
    for on in [On::Embedded, On::Postgres] {
        let (app, _) = limited(on, Table::default()).await;
        let session = app.a_session().in_days(0).with_places(160);
        let slot = session.in_windows(8).published().await;
        let path = format!("/v1/sessions/{}/tickets", slot.session);
        let takes = async |address: &str, persons: u32| {
            let key = uuid::Uuid::now_v7().simple().to_string();
            let request = app.request(Method::POST, &path);
            let request = request.header("X-Forwarded-For", address);
            let request = request.header("Idempotency-Key", key);
            app.send(request.json(&json!({ "persons": persons }))).await
        };
        // A crowd is given its ticket by who sees it.
        takes("192.0.2.7", 9).await.is_problem(422, "invalid-body");
        let key = "a-key-of-sufficient-length-1";
        let crowd = app.request(Method::POST, &path).bearer_auth(&app.admin);
        let crowd = crowd.header("Idempotency-Key", key);
        let crowd = app.send(crowd.json(&json!({ "persons": 20 }))).await;
        crowd.expect(StatusCode::CREATED);
        for n in 1..=5 {
            takes(&format!("2001:db8:1:2::{n}"), 8)
                .await
                .expect(StatusCode::CREATED);
        }
        let refused = takes("2001:db8:1:2::6", 1).await;
        refused.is_problem(429, "too-many-requests");
        takes("2001:db8:1:3::1", 2)
            .await
            .expect(StatusCode::CREATED);
        let line = app.line(&slot).await;
        assert_eq!(line.body["tickets"].as_array().map(Vec::len), Some(7));
        app.minutes_pass(2);
        takes("2001:db8:1:2::6", 1)
            .await
            .expect(StatusCode::CREATED);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_want_of_places_costs_nothing() {
    for on in [On::Embedded, On::Postgres] {
        let (app, _) = limited(on, Table::default()).await;
        let full = app.a_session().with_places(1).in_windows(1);
        let full = full.published().await;
        let booked = app.a_parent().books(&full).await;
        booked.expect(StatusCode::CREATED);
        let mut parent = app.a_parent();
        parent.phone = phone();
        for _ in 0..25 {
            let refused = parent.books(&full).await;
            refused.is_problem(409, "window-full");
        }
        let slot = app.a_session().with_places(20).published().await;
        let booked = parent.books(&slot).await.expect(StatusCode::CREATED);
        for _ in 0..35 {
            let to = json!({ "window_id": full.window() });
            let refused = parent.acts(&booked, "move", &to).await;
            assert_ne!(refused.status, 429, "{:#}", refused.body);
        }
        let done = parent.acts(&booked, "cancel", &json!({})).await;
        done.expect(StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_has_its_first_answer_whatever_is_left() {
    for on in [On::Embedded, On::Postgres] {
        let (app, _) = limited(on, Table::default()).await;
        let slot = app
            .a_session()
            .with_places(60)
            .in_windows(1)
            .published()
            .await;
        let mut parent = app.a_parent();
        parent.phone = phone();
        let first = parent.request(slot.window());
        let key = uuid::Uuid::now_v7().simple().to_string();
        let booked = parent.sends_under(&key, &first).await;
        let code = booked
            .expect(StatusCode::CREATED)
            .text("/appointments/0/code");
        let again = async || {
            let answer = parent.sends_under(&key, &first).await;
            let answer = answer.expect(StatusCode::CREATED);
            assert_eq!(answer.text("/appointments/0/code"), code);
        };
        for _ in 0..25 {
            again().await;
        }
        let mut next = app.a_parent();
        next.phone.clone_from(&parent.phone);
        for n in 0..19 {
            next.child = format!("Trần Văn Mẫu {}", "A".repeat(n + 1));
            let booked = next.books(&slot).await;
            booked.expect(StatusCode::CREATED);
        }
        next.child = "Trần Văn Mẫu Bê".into();
        let refused = next.books(&slot).await;
        refused.is_problem(429, "too-many-requests");
        again().await;
    }
}
