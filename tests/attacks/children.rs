//! Finding out which children are known here, by trying numbers.

use luot_app::rates::Table;
use luot_testkit::{Answer, On, TestApp};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::guessing::{a_network, limited, phone};
use crate::identity::parents::{sends_list, signs_in};
use crate::identity::post_as;

const KNOWN: [&str; 2] = ["001217000001", "001217000002"];

fn numbered(name: &str, number: &str) -> Value {
    json!({ "full_name": name, "birth_date": "2017-05-06", "personal_number": number })
}

/// A booking from an address, with a phone that nobody has used.
async fn books_from(app: &TestApp, address: &str, window: &str, persons: &[Value]) -> Answer {
    let mut parent = app.a_parent();
    parent.phone = phone();
    let request = app
        .request(Method::POST, "/v1/appointments")
        .header("X-Forwarded-For", address)
        .header("Idempotency-Key", Uuid::now_v7().simple().to_string());
    let body = parent.request_for(window, persons);
    app.send(request.json(&body)).await
}

async fn a_list(app: &TestApp, campaign: &str) {
    let rows = KNOWN.map(|number| format!("1,Trần Văn Mẫu,06/05/2017,{number},1A,\n"));
    sends_list(app, campaign, &rows.concat()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_party_that_gets_nothing_anyway_tells_nothing_of_its_numbers() {
    for on in [On::Embedded, On::Postgres] {
        let (app, _) = limited(on, Table::default()).await;
        let session = app.a_session().for_cohort("1A", 3).with_places(20);
        let slot = session.in_windows(1).published().await;
        a_list(&app, &slot.campaign).await;
        let from = format!("{}.1", a_network());
        let own = numbered("Lê Thị Thử", "001217999999");
        let alone = std::slice::from_ref(&own);
        let booked = books_from(&app, &from, slot.window(), alone).await;
        booked.expect(StatusCode::CREATED);
        // With a child that is booked already, a number that is known and one that is not are
        // refused alike.
        for number in [KNOWN[0], "001217000009"] {
            let party = [numbered("Ai Đó", number), own.clone()];
            let refused = books_from(&app, &from, slot.window(), &party).await;
            refused.is_problem(409, "already-booked");
            assert_eq!(refused.body["errors"][0]["pointer"], "/persons/1");
        }
        // Of several it is not told which is known.
        let party = [
            numbered("Ai Đó", "001217000009"),
            numbered("Ai Đó", KNOWN[0]),
        ];
        let refused = books_from(&app, &from, slot.window(), &party).await;
        refused.is_problem(422, "person-mismatch");
        assert_eq!(refused.body["errors"][0]["pointer"], "/persons");
        // In a window that is full neither.
        let full = app.a_session().for_cohort("1A", 1).with_places(2);
        let full = full.in_windows(1).published().await;
        a_list(&app, &full.campaign).await;
        let open = books_from(&app, &from, full.window(), alone).await;
        open.expect(StatusCode::CREATED);
        for number in [KNOWN[0], "001217000009"] {
            let party = [numbered("Ai Đó", number)];
            let refused = books_from(&app, &from, full.window(), &party).await;
            refused.is_problem(409, "window-full");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_tried_only_so_often_from_one_network() {
    for on in [On::Embedded, On::Postgres] {
        let (app, _) = limited(on, Table::default()).await;
        let session = app.a_session().for_cohort("1A", 3).with_places(20);
        let slot = session.in_windows(1).published().await;
        a_list(&app, &slot.campaign).await;
        let network = a_network();
        let from = format!("{network}.1");
        let guess = async |from: &str, n: usize| {
            let party = [numbered("Ai Đó", KNOWN[n % 2])];
            books_from(&app, from, slot.window(), &party).await
        };
        for n in 0..30 {
            let refused = guess(&from, n).await;
            refused.is_problem(422, "person-mismatch");
        }
        let refused = guess(&from, 30).await;
        refused.is_problem(429, "too-many-requests");
        // Who names no number learns none, and books.
        let unnumbered = json!({ "full_name": "Lê Thị Thử", "birth_date": "2017-05-06" });
        let booked = books_from(&app, &from, slot.window(), &[unnumbered]).await;
        booked.expect(StatusCode::CREATED);
        let elsewhere = guess(&format!("{network}.2"), 31).await;
        elsewhere.is_problem(422, "person-mismatch");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_child_s_name_is_tried_only_so_often_and_a_parent_is_not_kept_out() {
    for on in [On::Embedded, On::Postgres] {
        let (app, fakes) = limited(on, Table::default()).await;
        let session = app.a_session().for_cohort("1A", 3).with_places(20);
        let slot = session.in_windows(1).published().await;
        // A number of this test alone: buckets on Redis are everybody's.
        let number = format!("001217{:06}", Uuid::new_v4().as_u128() % 1_000_000);
        let rows = format!("1,Trần Văn Mẫu,06/05/2017,{number},1A,\n");
        sends_list(&app, &slot.campaign, &rows).await;
        let network = a_network();
        let guess = async |n: usize| {
            let party = [numbered(&format!("Ai {}", "Đ".repeat(n + 1)), &number)];
            books_from(&app, &format!("{network}.{n}"), slot.window(), &party).await
        };
        for n in 0..20 {
            let refused = guess(n).await;
            refused.is_problem(422, "person-mismatch");
        }
        let refused = guess(20).await;
        refused.is_problem(429, "too-many-requests");
        let mut parent = app.a_parent();
        parent.phone = phone();
        let token = signs_in(&app, &fakes, &parent.phone).await;
        let party = [numbered("Trần Văn Mẫu", &number)];
        let body = parent.request_for(slot.window(), &party);
        let request = app
            .request(Method::POST, "/v1/appointments")
            .bearer_auth(&token)
            .header("Idempotency-Key", Uuid::now_v7().simple().to_string());
        let booked = app.send(request.json(&body)).await;
        booked.expect(StatusCode::CREATED);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn children_that_are_withdrawn_count_as_added_all_the_same() {
    for on in [On::Embedded, On::Postgres] {
        let (app, fakes) = limited(on, Table::default()).await;
        let slot = app.a_session().published().await;
        let token = signs_in(&app, &fakes, &phone()).await;
        let add = async |n: usize| {
            let child = json!({
                "campaign_id": slot.campaign, "birth_date": "2017-05-06", "consent": "2026-11/vi",
                "full_name": format!("Trần Văn Mẫu {}", "A".repeat(n + 1)),
            });
            post_as(&app, &token, "/v1/me/children", &child).await
        };
        for n in 0..20 {
            let added = add(n).await.expect(StatusCode::CREATED);
            let path = format!("/v1/me/children/{}/requests", added.text("/id"));
            let gone = post_as(&app, &token, &path, &json!({ "kind": "withdraw" })).await;
            gone.expect(StatusCode::CREATED);
        }
        let refused = add(20).await;
        refused.is_problem(429, "too-many-requests");
    }
}
