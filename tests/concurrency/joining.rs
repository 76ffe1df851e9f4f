//! Parties that join a waitlist at the same moment are written down together.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use luot_testkit::{Answer, On, Parent, Slot, TestApp, on_both};
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{changes, holds, until_stuck};

const KEY: &str = "0123456789abcdef0123456789abcdef";
/// Rows of the trail that tell of joining: one a transaction.
const TOLD: &str = "SELECT count(*) FROM audit WHERE action = 'waitlist.join'";
const WAITING: &str = "SELECT count(*) FROM waitlist_entry WHERE state = 'waiting'";

/// A campaign that is sold out, in which one waits already.
async fn sold_out(app: &TestApp) -> Slot {
    let slot = app.a_session().with_places(1).published().await;
    let (mai, lan) = (app.a_parent(), app.a_parent());
    mai.books(&slot).await.expect(StatusCode::CREATED);
    lan.waits(&slot.campaign, 1, &json!({}))
        .await
        .expect(StatusCode::CREATED);
    slot
}

/// Lets these join as one batch: they come while the one before is stuck. The queue has room for
/// all but one: whoever finds it full tells that the others are in it, and is told to come again.
async fn together(app: &TestApp, slot: &Slot, parties: Vec<Party>) -> Vec<(&'static str, Answer)> {
    let lock = holds(app, "SELECT id FROM waitlist_order FOR UPDATE").await;
    let join = |(parent, kind, key, wishes): Party| {
        let campaign = slot.campaign.clone();
        tokio::spawn(async move {
            let key = key.unwrap_or_else(|| Uuid::now_v7().simple().to_string());
            let answer = parent.waits_under(&key, &campaign, 1, &wishes).await;
            (kind, answer)
        })
    };
    let stuck = join((app.a_parent(), "stuck", None, json!({})));
    until_stuck(app, 1).await;
    let mut all: FuturesUnordered<_> = parties.into_iter().map(join).collect();
    let mut answers = vec![all.next().await.expect("one more").expect("an answer")];
    answers[0].1.is_problem(503, "busy");
    lock.commit().await.expect("no lock");
    let (_, stuck) = stuck.await.expect("an answer");
    stuck.expect(StatusCode::CREATED);
    while let Some(answer) = all.next().await {
        answers.push(answer.expect("an answer"));
    }
    answers
}

/// Who joins, as what, under which key, with what wishes.
type Party = (Parent, &'static str, Option<String>, Value);

fn of<'a>(answers: &'a [(&str, Answer)], kind: &str, status: u16) -> Vec<&'a Answer> {
    let such = |a: &&(&str, Answer)| a.0 == kind && a.1.status == status;
    answers.iter().filter(such).map(|a| &a.1).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_written_down_together_and_nobody_waits_twice() {
    let app = TestApp::start_with(On::Postgres, &|app, _| app.with_intake_queue(10)).await;
    let slot = sold_out(&app).await;
    let (once, twin) = (app.a_parent(), app.a_parent());
    let again = (0..3).map(|_| (once.clone(), "again", Some(KEY.to_owned()), json!({})));
    let twins = (0..3).map(|_| (twin.clone(), "twin", None, json!({})));
    let others = (0..5).map(|_| (app.a_parent(), "other", None, json!({})));
    let answers = together(&app, &slot, again.chain(twins).chain(others).collect()).await;

    let again = of(&answers, "again", 201);
    assert!(again.len() >= 2 && again.iter().all(|a| a.body == again[0].body));
    assert_eq!(of(&answers, "twin", 201).len(), 1);
    let refused = of(&answers, "twin", 409);
    assert!(refused.iter().all(|a| a.text("/code") == "already-waiting"));
    let others = of(&answers, "other", 201).len();
    assert_eq!(again.len() + 1 + refused.len() + others, 10);
    // Who was sold a place waits for none; one waited before, and one was stuck.
    let waiting = i64::try_from(2 + 1 + 1 + others).expect("few");
    assert_eq!(app.database.number(WAITING).await, waiting);
    // The one before, the one that was stuck, and all others in one transaction.
    assert_eq!(app.database.number(TOLD).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_party_that_goes_wrong_takes_no_other_along() {
    let app = TestApp::start_with(On::Postgres, &|app, _| app.with_intake_queue(6)).await;
    let slot = sold_out(&app).await;
    app.database.does(FAILS).await;
    let bad = (0..3).map(|_| (app.a_parent(), "bad", None, json!({ "at_once": true })));
    let good = (0..4).map(|_| (app.a_parent(), "good", None, json!({})));
    let answers = together(&app, &slot, bad.chain(good).collect()).await;

    let (bad, good) = (of(&answers, "bad", 500), of(&answers, "good", 201));
    assert!(bad.iter().all(|a| a.text("/code") == "internal"));
    assert_eq!(bad.len() + good.len(), 6);
    let waiting = i64::try_from(2 + good.len()).expect("few");
    assert_eq!(app.database.number(WAITING).await, waiting);
}

/// Whoever writes down somebody who can come at once fails there.
const FAILS: &str = "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ \
     BEGIN RAISE EXCEPTION 'a fault'; END $$; \
     CREATE TRIGGER fails BEFORE INSERT ON waitlist_entry FOR EACH ROW \
     WHEN (NEW.at_once) EXECUTE FUNCTION fails()";

/// Who joins where a campaign is changed just now waits for it; nobody else does.
#[tokio::test(flavor = "multi_thread")]
async fn who_joins_elsewhere_is_answered_while_a_campaign_is_changed() {
    let app = TestApp::start(On::Postgres).await;
    let (here, elsewhere) = (sold_out(&app).await, sold_out(&app).await);
    let publishing = changes(&app, &here).await;
    let join = |slot: &Slot| {
        let (parent, campaign) = (app.a_parent(), slot.campaign.clone());
        tokio::spawn(async move { parent.waits(&campaign, 1, &json!({})).await })
    };
    let first = join(&here);
    until_stuck(&app, 1).await;
    for _ in 0..3 {
        let other = join(&elsewhere).await.expect("an answer");
        other.expect(StatusCode::CREATED);
    }
    assert!(!first.is_finished());
    publishing.commit().await.expect("no lock");
    first.await.expect("an answer").expect(StatusCode::CREATED);
}

on_both! {
    async fn a_retry_is_answered_as_before_though_the_party_was_served_since(app: TestApp) {
        let slot = app.a_session().with_places(1).published().await;
        let mai = app.a_parent();
        let join = || mai.waits_under(KEY, &slot.campaign, 1, &Value::Null);
        let first = join().await.expect(StatusCode::CREATED);
        mai.answers(&first, "accept").await.expect(StatusCode::CREATED);
        assert_eq!(join().await.expect(StatusCode::CREATED).body, first.body);
        assert_eq!(mai.looks_at(&first).await.text("/state"), "served");
    }

    async fn who_has_left_does_not_wait_again_by_the_same_request(app: TestApp) {
        let slot = sold_out(&app).await;
        let mai = app.a_parent();
        let join = || mai.waits_under(KEY, &slot.campaign, 1, &Value::Null);
        let first = join().await.expect(StatusCode::CREATED);
        assert_eq!(join().await.expect(StatusCode::CREATED).body, first.body);
        mai.leaves(&first).await.expect(StatusCode::NO_CONTENT);
        assert_eq!(join().await.expect(StatusCode::CREATED).body, first.body);
        assert_eq!(mai.looks_at(&first).await.text("/state"), "left");
        mai.waits(&slot.campaign, 1, &json!({})).await.expect(StatusCode::CREATED);
    }
}
