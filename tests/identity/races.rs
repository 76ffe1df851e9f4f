//! Many who try the same account at the same moment.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::Duration;
use futures_util::future::join_all;
use luot_domain::clock::Clock as _;
use luot_store::{StoreError, audit, credentials};
use luot_testkit::{On, TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use super::staff::totp;
use super::{PASSWORD, a_scheduler, as_who, post, post_as};

/// How many tries the trail has as wrong: each was looked at.
async fn looked_at(app: &TestApp) -> usize {
    let store = app.app.store();
    let rows = store
        .read(async |tx| audit::list(tx, None, None, 500).await)
        .await;
    let rows = rows.expect("a trail").into_iter();
    rows.filter(|row| row.action == "sign_in.fail").count()
}

/// Somebody with an authenticator; gives what a sign-in says with its next code.
async fn with_authenticator(app: &TestApp, login: &str) -> Value {
    let token = a_scheduler(app, login).await;
    let begun = post_as(app, &token, "/v1/me/totp", &json!({})).await;
    let secret = begun.expect(StatusCode::CREATED).text("/secret");
    let code = totp(&secret, app.clock.now().timestamp());
    let confirm = json!({ "code": code });
    let confirmed = post_as(app, &token, "/v1/me/totp/confirm", &confirm).await;
    confirmed.expect(StatusCode::OK);
    app.clock.advance(Duration::seconds(30));
    let code = totp(&secret, app.clock.now().timestamp());
    json!({ "login": login, "password": PASSWORD, "second_factor": code })
}

on_both! {
    async fn of_forty_wrong_passwords_at_once_five_are_looked_at(app: TestApp) {
        a_scheduler(&app, "mai").await;
        let wrong = json!({ "login": "mai", "password": "con mèo mà trèo cây cau" });
        for answer in join_all((0..40).map(|_| post(&app, "/v1/sign-ins", &wrong))).await {
            answer.is_problem(401, "sign-in-refused");
        }
        assert_eq!(looked_at(&app).await, 5);
        let right = json!({ "login": "mai", "password": PASSWORD });
        post(&app, "/v1/sign-ins", &right).await.is_problem(401, "sign-in-refused");
        // Once the lock is over, one of them is, and the lock is there again.
        app.clock.advance(Duration::seconds(31));
        join_all((0..10).map(|_| post(&app, "/v1/sign-ins", &wrong))).await;
        assert_eq!(looked_at(&app).await, 6);
        // What was not looked at for the lock, or for want of such a login, is told as well,
        // and nobody is said to have done it.
        let nobody = json!({ "login": "nobody", "password": PASSWORD });
        post(&app, "/v1/sign-ins", &nobody).await.is_problem(401, "sign-in-refused");
        let store = app.app.store();
        let rows = store.read(async |tx| audit::list(tx, None, None, 500).await).await;
        let rows = rows.expect("a trail");
        let told = |action: &str| rows.iter().filter(|r| r.action == action).collect::<Vec<_>>();
        assert_eq!((told("sign_in.fail").len(), told("sign_in.locked").len()), (7, 35 + 1 + 9));
        assert!(told("sign_in.fail").iter().all(|r| r.actor.as_deref() == Some("anonymous")));
    }

    async fn wrong_old_passwords_lock_like_those_at_signing_in(app: TestApp) {
        let token = a_scheduler(&app, "mai").await;
        let change = |old: &str| json!({ "password": old, "new_password": "nó kêu rằng quác quác quác" });
        let wrong = change("con mèo mà trèo cây cau");
        for answer in join_all((0..20).map(|_| post_as(&app, &token, "/v1/me/password", &wrong))).await {
            answer.is_problem(401, "sign-in-refused");
        }
        assert_eq!(looked_at(&app).await, 5);
        let right = change(PASSWORD);
        post_as(&app, &token, "/v1/me/password", &right).await.is_problem(401, "sign-in-refused");
        app.clock.advance(Duration::seconds(31));
        post_as(&app, &token, "/v1/me/password", &right).await.expect(StatusCode::NO_CONTENT);
    }

    async fn what_is_right_but_not_enough_counts_for_nothing(app: TestApp) {
        let with_code = with_authenticator(&app, "mai").await;
        let plain = json!({ "login": "mai", "password": PASSWORD });
        for _ in 0..12 {
            post(&app, "/v1/sign-ins", &plain).await.is_problem(401, "second-factor-required");
        }
        post(&app, "/v1/sign-ins", &with_code).await.expect(StatusCode::CREATED);
    }

    async fn a_code_of_an_authenticator_lets_one_in_of_many_at_once(app: TestApp) {
        let with_code = with_authenticator(&app, "mai").await;
        let answers = join_all((0..5).map(|_| post(&app, "/v1/sign-ins", &with_code))).await;
        let let_in = answers.iter().filter(|a| a.status == 201).count();
        assert_eq!(let_in, 1);
    }

    async fn a_credential_is_not_written_over_by_who_did_not_hold_it(app: TestApp) {
        a_scheduler(&app, "mai").await;
        let store = app.app.store();
        let seen = store.read(async |tx| credentials::find(tx, "mai").await).await;
        let seen = seen.expect("a database").expect("a credential");
        let now = app.clock.now();
        let counted = store.write(async |tx| credentials::begin_try(tx, seen.id, now).await).await;
        assert_eq!(counted.expect("a database"), Some(1));
        let written = store.write(async |tx| credentials::update(tx, seen.clone()).await).await;
        assert!(matches!(written, Err(StoreError::Busy(None))), "{written:?}");
    }

    async fn a_password_that_is_given_ends_the_sign_ins_there_were(app: TestApp) {
        let new = json!({ "name": "Cô Hoa", "role": "scheduler", "scopes": [{}] });
        let id = app.admin_post("/v1/staff", &new).await.text("/id");
        let give = format!("/v1/staff/{id}/password");
        let given = app.admin_post(&give, &json!({ "login": "hoa" })).await.text("/password");
        let first = json!({ "login": "hoa", "password": given, "new_password": PASSWORD, "as": "token" });
        let token = post(&app, "/v1/sign-ins", &first).await.text("/token");
        let made = app.admin_post(&format!("/v1/staff/{id}/tokens"), &json!({ "label": "x" })).await.text("/token");
        let stranger = a_scheduler(&app, "lan").await;
        app.admin_post(&give, &json!({ "login": "hoa" })).await;
        let statuses = join_all([&token, &made, &stranger].map(|t| as_who(&app, t, Method::GET, "/v1/me"))).await;
        assert_eq!(statuses.iter().map(|a| a.status).collect::<Vec<_>>(), [401, 200, 200]);
    }
}

/// The control: who reads the lock and the last step first, and counts afterwards, lets all
/// tries be looked at, and all in with one code.
#[tokio::test(flavor = "multi_thread")]
async fn control_reading_first_looks_at_all_and_lets_all_in() {
    let app = TestApp::start(On::Postgres).await;
    with_authenticator(&app, "mai").await;
    let (store, now) = (app.app.store(), app.clock.now());
    let step = now.timestamp() / 30;
    let all_have_read = Barrier::new(8);
    let (tried, let_in) = (AtomicU32::new(0), AtomicU32::new(0));
    let one = async || {
        let seen = store
            .read(async |tx| credentials::find(tx, "mai").await)
            .await;
        let seen = seen.expect("a database").expect("a credential");
        all_have_read.wait().await;
        if seen.locked_until.is_none_or(|until| until <= now) && seen.tries < 5 {
            tried.fetch_add(1, Ordering::Relaxed);
        }
        if step > seen.totp_step {
            let_in.fetch_add(1, Ordering::Relaxed);
        }
        let counted = store
            .write(async |tx| credentials::begin_try(tx, seen.id, now).await)
            .await;
        counted.expect("counted");
    };
    join_all((0..8).map(|_| one())).await;
    assert_eq!(tried.load(Ordering::Relaxed), 8, "five are allowed");
    assert_eq!(let_in.load(Ordering::Relaxed), 8, "one is allowed");
}
