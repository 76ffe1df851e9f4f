//! Guessing: codes, phones by the answer or its time, appointment codes.

use std::time::Duration;

use luot_app::rates::{Rates, Table};
use luot_app::{Buckets, Rate};
use luot_testkit::{Fakes, On, TestApp};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::identity::parents::with_fakes;
use crate::identity::post;

pub(crate) async fn limited(on: On, table: Table) -> (TestApp, Fakes) {
    let fakes = Fakes::start();
    let outside = fakes.outside();
    let app = TestApp::start_with(on, &|app, line| {
        app.with_outside(outside.clone())
            .with_rates(Rates::new(Buckets::on(line), table))
    })
    .await;
    (app, fakes)
}

#[tokio::test(flavor = "multi_thread")]
async fn code_guessing() {
    for on in [On::Embedded, On::Postgres] {
        let (app, fakes) = limited(on, Table::default()).await;
        let phone = phone();
        let body = json!({ "phone": phone });
        let mut tries = 0;
        // Whoever guesses asks for a new code whenever the tries of one are used up.
        for _ in 0..20 {
            if post(&app, "/v1/phone-codes", &body).await.status == 429 {
                break;
            }
            let code = fakes.code_sent_to(&format!("+84{}", &phone[1..])).await;
            for n in 0..6 {
                let guess = format!(
                    "{:06}",
                    (code.parse::<u32>().expect("digits") + 1 + n) % 1_000_000
                );
                let attempt = json!({ "phone": phone, "code": guess });
                let answer = post(&app, "/v1/phone-sign-ins", &attempt).await;
                assert_eq!(answer.status, 401);
                tries += 1;
            }
        }
        // Five codes an hour, and of six tries at each the last is at nothing: 25 in a million.
        assert_eq!(tries, 30);
        let answer = post(&app, "/v1/phone-codes", &body).await;
        answer.is_problem(429, "too-many-requests");
        assert!(
            answer
                .header("retry-after")
                .parse::<u32>()
                .expect("seconds")
                > 0
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_at_no_code_lock_nobody_out() {
    for on in [On::Embedded, On::Postgres] {
        let (app, fakes) = limited(on, Table::default()).await;
        let phone = phone();
        let from = a_network();
        let guess = json!({ "phone": phone, "code": "123456" });
        for n in 0..60 {
            let request = app.request(Method::POST, "/v1/phone-sign-ins").json(&guess);
            let request = request.header("X-Forwarded-For", format!("{from}.{n}"));
            assert_eq!(app.send(request).await.status, 401);
        }
        crate::identity::parents::signs_in(&app, &fakes, &phone).await;
    }
}

/// Three quarters of an address that no other test has used: buckets on Redis are everybody's.
pub(super) fn a_network() -> String {
    let n = uuid::Uuid::new_v4().as_u128();
    format!("{}.{}.{}", 11 + n % 100, n / 100 % 250, n / 25_000 % 250)
}

/// A phone that no other test has used: buckets on Redis are everybody's.
pub(super) fn phone() -> String {
    let n = uuid::Uuid::new_v4().as_u128() % 100_000_000;
    format!("09{n:08}")
}

#[tokio::test(flavor = "multi_thread")]
async fn phone_enumeration_by_answer() {
    let (app, fakes) = with_fakes(On::Embedded).await;
    let slot = app.a_session().for_cohort("1A", 2).published().await;
    let rows = "1,Trần Văn Mẫu,06/05/2017,,1A,0901234567\n";
    crate::identity::parents::sends_list(&app, &slot.campaign, rows).await;
    crate::identity::parents::signs_in(&app, &fakes, "0901234567").await;
    let (known, unknown) = ("0901234567", "0907654321");
    let mut answers = Vec::new();
    for phone in [known, unknown] {
        let sent = post(&app, "/v1/phone-codes", &json!({ "phone": phone })).await;
        let wrong = json!({ "phone": phone, "code": "" });
        let tried = post(&app, "/v1/phone-sign-ins", &wrong).await;
        let mut told = tried.body.clone();
        told["request_id"] = "".into();
        answers.push((sent.status, sent.body, tried.status, told));
    }
    assert_eq!(answers[0], answers[1]);
}

/// By time: the median of many answers for phones that are known and phones that are not. The
/// bound is generous, for machines are noisy; a look at an account, or a hash more, would be
/// far beyond it.
#[tokio::test(flavor = "multi_thread")]
async fn phone_enumeration_by_timing() {
    let (app, fakes) = with_fakes(On::Embedded).await;
    crate::identity::parents::signs_in(&app, &fakes, "0901234567").await;
    crate::identity::a_scheduler(&app, "mai").await;
    let median = async |path: &str, body: &serde_json::Value, n: usize| {
        let mut took = Vec::new();
        for _ in 0..n {
            let began = std::time::Instant::now();
            post(&app, path, body).await;
            took.push(began.elapsed());
        }
        took.sort();
        took[n / 2]
    };
    let close = |a: Duration, b: Duration| {
        a < b * 4 + Duration::from_millis(20) && b < a * 4 + Duration::from_millis(20)
    };
    let codes = "/v1/phone-codes";
    let known = median(codes, &json!({ "phone": "0901234567" }), 15).await;
    let unknown = median(codes, &json!({ "phone": "0907654321" }), 15).await;
    assert!(close(known, unknown), "{known:?} {unknown:?}");
    // Logins of staff likewise: the slow hash is made for nobody's too.
    let wrong = |login: &str| json!({ "login": login, "password": "con mèo mà trèo cây cau" });
    let known = median("/v1/sign-ins", &wrong("mai"), 4).await;
    let unknown = median("/v1/sign-ins", &wrong("nobody"), 4).await;
    assert!(close(known, unknown), "{known:?} {unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn appointment_codes_tell_nothing_without_their_token() {
    let app = TestApp::start(On::Embedded).await;
    let slot = app.a_session().published().await;
    let booked = app.a_parent().books(&slot).await;
    let code = booked.text("/appointments/0/code");
    let look = async |code: &str| {
        let path = format!("/v1/appointments/{code}");
        let request = app.request(Method::GET, &path).bearer_auth("guessed");
        let mut answer = app.send(request).await;
        answer.body["request_id"] = "".into();
        answer.body["instance"] = "".into();
        (answer.status, answer.body)
    };
    assert_eq!(look(&code).await, look("7Q2MX8KD").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_from_one_address() {
    for on in [On::Embedded, On::Postgres] {
        let rate = |burst| Rate { burst, seconds: 60 };
        let table = Table {
            address: Some(rate(20)),
            token: rate(5),
        };
        let (app, _) = limited(on, table).await;
        // Each test's address is its own: from the one proxy that is believed.
        let n = uuid::Uuid::new_v4().as_u128();
        let address = format!("203.{}.{}.{}", n % 250, n / 250 % 250, n / 62_500 % 250);
        let ask = async |from: &str| {
            let request = app
                .request(Method::GET, "/v1/campaigns")
                .header("X-Forwarded-For", from);
            app.send(request).await
        };
        let first = ask(&address).await.expect(StatusCode::OK);
        assert_eq!(first.header("ratelimit-limit"), "20");
        assert_eq!(first.header("ratelimit-remaining"), "19");
        for _ in 0..19 {
            ask(&address).await.expect(StatusCode::OK);
        }
        let refused = ask(&address).await;
        refused.is_problem(429, "too-many-requests");
        assert_eq!(refused.header("ratelimit-remaining"), "0");
        assert!(
            (1..=3).contains(
                &refused
                    .header("retry-after")
                    .parse::<u32>()
                    .expect("seconds")
            )
        );
        // Another address is another bucket, and what the client wrote itself is not believed.
        ask(&format!("{address}, 198.51.100.{}", n % 200))
            .await
            .expect(StatusCode::OK);
        ask(&format!("198.51.100.1, {address}"))
            .await
            .is_problem(429, "too-many-requests");
        app.clock.advance(chrono::Duration::seconds(3));
        ask(&address).await.expect(StatusCode::OK);
        // Health is asked for as often as anybody likes.
        let health = app
            .request(Method::GET, "/healthz")
            .header("X-Forwarded-For", &address);
        app.send(health).await.expect(StatusCode::OK);
    }
}

/// In memory alone: on Redis the bucket of whoever tests is every test's.
#[tokio::test(flavor = "multi_thread")]
async fn a_path_spelt_otherwise_counts_as_what_it_is() {
    let rate = |burst| Rate { burst, seconds: 60 };
    let table = Table {
        address: Some(rate(6)),
        token: rate(6),
    };
    let (app, _) = limited(On::Embedded, table).await;
    for path in ["/%761/campaigns", "/v%31/campaigns", "/v1/%63ampaigns"] {
        app.get(path).await.expect(StatusCode::OK);
    }
    app.get("/openapi.json").await.expect(StatusCode::OK);
    app.get("/v1/nothing").await.expect(StatusCode::NOT_FOUND);
    app.get("/nothing").await.expect(StatusCode::NOT_FOUND);
    for path in ["/%761/campaigns", "/v1/campaigns", "/%68ealthz", "/nothing"] {
        let refused = app.get(path).await;
        refused.is_problem(429, "too-many-requests");
    }
    for path in ["/healthz", "/readyz", "/metrics"] {
        app.get(path).await.expect(StatusCode::OK);
    }
}

/// In memory alone: on Redis the bucket of whoever tests is every test's.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_told_by_no_proxy_is_not_believed() {
    let rate = |burst| Rate { burst, seconds: 60 };
    let table = Table {
        address: Some(rate(20)),
        token: rate(5),
    };
    let (app, _) = limited(On::Embedded, table).await;
    let direct = app.without_proxies();
    let ask = async |n: u32| {
        let request = direct
            .request(Method::GET, "/v1/campaigns")
            .header("X-Forwarded-For", format!("198.51.100.{n}"));
        direct.send(request).await
    };
    for n in 1..=20 {
        ask(n).await.expect(StatusCode::OK);
    }
    ask(21).await.is_problem(429, "too-many-requests");
}
