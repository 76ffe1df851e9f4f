//! What goes when somebody withdraws or the time is over, and what a legal hold keeps.

use chrono::Duration;
use luot_app::Role;
use luot_testkit::{Answer, Parent, TestApp};
use reqwest::{Method, StatusCode};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::identity::parents::{for_both, signs_in};
use crate::identity::{as_who, post_as};

/// How many rows there are of which that holds.
async fn count(app: &TestApp, table: &str, holds: &str) -> i64 {
    let db = super::keys::connection(&app.database).await;
    let sql = format!("SELECT CAST(COUNT(*) AS bigint) FROM {table} WHERE {holds}");
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db
        .query_one_raw(statement)
        .await
        .expect("a count")
        .expect("a row");
    let counted = row.try_get_by_index(0).expect("a number");
    db.close().await.expect("closed");
    counted
}

/// The parent adds the child that waits, of which name, birth date and phone are known.
async fn adds(app: &TestApp, token: &str, campaign: &str, mai: &Parent, letter: &str) -> String {
    let child = json!({
        "campaign_id": campaign, "full_name": format!("{} {letter}", mai.child),
        "birth_date": mai.birth_date, "consent": "2026-11/vi",
    });
    let added = post_as(app, token, "/v1/me/children", &child).await;
    assert_eq!(added.text("/state"), "linked");
    added.text("/id")
}

async fn withdraws(app: &TestApp, token: &str, child: &str) -> Answer {
    let path = format!("/v1/me/children/{child}/requests");
    post_as(app, token, &path, &json!({ "kind": "withdraw" })).await
}

async fn person_waiting(app: &TestApp, joined: &Answer) -> Uuid {
    let entry: Uuid = joined.text("/id").parse().expect("an id");
    let read = app
        .app
        .store()
        .read(async |tx| luot_store::waitlist::list_persons(tx, &[entry]).await);
    read.await.expect("read")[&entry][0].person_id
}

#[tokio::test(flavor = "multi_thread")]
async fn who_withdraws_waits_for_nothing_any_more() {
    for_both(async |app, fakes| {
        let slot = app.a_session().with_places(4).published().await;
        let mai = app.a_parent();
        let wishes = json!({ "at_once": true });
        let joined = mai
            .waits(&slot.campaign, 2, &wishes)
            .await
            .expect(StatusCode::CREATED);
        assert_eq!(mai.looks_at(&joined).await.text("/state"), "offered");
        let token = signs_in(&app, &fakes, &mai.phone).await;
        let first = adds(&app, &token, &slot.campaign, &mai, "A").await;
        let done = withdraws(&app, &token, &first)
            .await
            .expect(StatusCode::CREATED);
        assert_eq!(done.text("/state"), "done");
        // What was for two is offered to nobody; the other, who let nothing go, is offered one.
        let left = mai.looks_at(&joined).await;
        assert_eq!(
            (left.text("/state"), left.number("/people")),
            ("offered".into(), 1)
        );
        assert_eq!(
            count(
                &app,
                "hold",
                "state = 'kept' AND kind = 'offer' AND people = 1"
            )
            .await,
            1
        );
        assert_eq!(
            count(&app, "booking", "contact_phone_sealed IS NOT NULL").await,
            1
        );
        let second = adds(&app, &token, &slot.campaign, &mai, "B").await;
        withdraws(&app, &token, &second)
            .await
            .expect(StatusCode::CREATED);
        assert_eq!(mai.looks_at(&joined).await.text("/state"), "left");
        // Whom to tell went with the last of them, and nothing shows who they were.
        assert_eq!(
            count(&app, "booking", "contact_phone_sealed IS NOT NULL").await,
            0
        );
        let personal = "full_name_sealed IS NOT NULL OR claim_hash IS NOT NULL";
        assert_eq!(count(&app, "person", personal).await, 0);
        app.sweeps().await;
        assert_eq!(
            count(&app, "hold", "state = 'kept' AND kind = 'offer'").await,
            0
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_legal_hold_keeps_who_only_waits() {
    for_both(async |app, fakes| {
        let policies = json!({ "keep_days": 30 });
        let slot = app
            .a_session()
            .with_places(4)
            .under(policies)
            .published()
            .await;
        let campaign: Uuid = slot.campaign.parse().expect("an id");
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let kept = mai
            .waits(&slot.campaign, 1, &Value::Null)
            .await
            .expect(StatusCode::CREATED);
        let gone = lan
            .waits(&slot.campaign, 1, &Value::Null)
            .await
            .expect(StatusCode::CREATED);
        let (kept, gone) = (
            person_waiting(&app, &kept).await,
            person_waiting(&app, &gone).await,
        );
        let form = json!({ "window_id": slot.window(), "party": 1, "phone": lan.phone });
        lan.holds_as(&form).await.expect(StatusCode::CREATED);
        let marked = "phone_index IS NOT NULL OR address_index IS NOT NULL";
        assert!(count(&app, "hold", marked).await > 0);
        let console = app.app.operator(Role::Admin);
        let hold = async |person| {
            app.app
                .place_hold(&console, campaign, Some(person), "12/2026")
                .await
        };
        assert!(
            hold(Uuid::now_v7()).await.is_err(),
            "nobody is kept by that"
        );
        hold(kept).await.expect("held");
        // Who is held is not erased on a parent's word; that is for staff to answer.
        let token = signs_in(&app, &fakes, &mai.phone).await;
        let child = adds(&app, &token, &slot.campaign, &mai, "A").await;
        let asked = withdraws(&app, &token, &child)
            .await
            .expect(StatusCode::CREATED);
        assert_eq!(asked.text("/state"), "open");
        let decide = format!("/v1/data-requests/{}/decide", asked.text("/id"));
        app.admin_post(&decide, &json!({ "grant": true }))
            .await
            .is_problem(409, "campaign-conflict");

        app.clock.advance(Duration::days(21 + 30 + 1));
        let dry = app.app.purge(&console, true).await.expect("counted");
        let done = app.app.purge(&console, false).await.expect("erased");
        assert_eq!(done, dry);
        let told: Vec<_> = done
            .iter()
            .map(|p| (p.people, p.bookings, p.held))
            .collect();
        assert_eq!(told, [(1, 1, 1)]);
        assert_eq!(count(&app, "hold", marked).await, 0);
        assert_eq!(count(&app, "person", "erased_at IS NULL").await, 1);
        assert_eq!(
            count(&app, "booking", "contact_phone_sealed IS NOT NULL").await,
            1
        );
        let trail = format!("/v1/campaigns/{}/trail?limit=500", slot.campaign);
        let rows = app.admin_get(&trail).await.items();
        let erased: Vec<_> = rows
            .iter()
            .filter(|r| r["action"] == "privacy.erase")
            .collect();
        assert_eq!(erased.len(), 1);
        assert_eq!(erased[0]["subject"]["ids"], json!([gone]));
        as_who(&app, &token, Method::GET, "/v1/me/children")
            .await
            .expect(StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_erased_is_nobody_s_child_again_and_keeps_no_phone() {
    for_both(async |app, fakes| {
        let slot = app.a_session().with_places(4).published().await;
        let mai = app.a_parent();
        let child = |letter: &str| json!({ "full_name": format!("{} {letter}", mai.child), "birth_date": mai.birth_date });
        let party = mai.request_for(slot.window(), &[child("A"), child("B")]);
        let booked = mai.sends(&party).await.expect(StatusCode::CREATED);
        let token = signs_in(&app, &fakes, &mai.phone).await;
        let mine = async |token: &str| {
            let mine = as_who(&app, token, Method::GET, "/v1/me/children").await;
            mine.expect(StatusCode::OK).items()
        };
        let all = mine(&token).await;
        let first = format!("{} A", mai.child);
        let first = all.iter().find(|c| c["full_name"] == *first).expect("the first");
        let first = first["id"].as_str().expect("an id");
        mai.acts(&booked, "cancel", &json!({})).await.expect(StatusCode::OK);
        assert_eq!(withdraws(&app, &token, first).await.text("/state"), "done");
        // The other's booking still names the phone.
        let token = signs_in(&app, &fakes, &mai.phone).await;
        assert_eq!(mine(&token).await.len(), 1);
        app.clock.advance(Duration::days(21 + 90 + 1));
        let console = app.app.operator(Role::Admin);
        app.app.purge(&console, false).await.expect("erased");
        assert_eq!(count(&app, "parent", "phone_sealed IS NOT NULL").await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduler_moves_no_end_that_decides_what_is_erased() {
    for_both(async |app, _| {
        let slot = app.a_session().with_places(4).published().await;
        let booked = app.a_parent().books(&slot).await;
        booked.expect(StatusCode::CREATED);
        let path = format!("/v1/campaigns/{}", slot.campaign);
        let moves = async |token: &str, start: &str, end: &str| {
            let version = app.admin_get(&path).await.header("etag").to_owned();
            let request = app.request(Method::PATCH, &path).bearer_auth(token);
            let request = request.header("If-Match", version);
            app.send(request.json(&json!({ "start": start, "end": end, "pinned": {} })))
                .await
        };
        let scheduler = app.token_of(Role::Scheduler).await;
        let refused = moves(&scheduler, "2025-04-01", "2025-04-20").await;
        refused.is_problem(403, "forbidden");
        // Whoever may erase data moves it; what was held in it still counts.
        let moved = moves(&app.admin, "2025-04-01", "2025-04-20").await;
        moved.expect(StatusCode::OK);
        let console = app.app.operator(Role::Admin);
        let purged = app.app.purge(&console, true).await.expect("counted");
        assert_eq!(purged, []);
        // Nor is what is over kept for ever.
        let refused = moves(&scheduler, "2026-04-01", "2026-12-20").await;
        refused.is_problem(403, "forbidden");
    })
    .await;
}

/// Whoever runs the purge each day: what is due goes on its day, and nothing sooner.
#[tokio::test(flavor = "multi_thread")]
async fn a_purge_of_each_day_erases_on_the_day_after_the_time_is_over() {
    for_both(async |app, _| {
        let policies = json!({ "keep_days": 3 });
        let slot = app.a_session().under(policies).published().await;
        let mai = app.a_parent();
        mai.books(&slot).await.expect(StatusCode::CREATED);
        let console = app.app.operator(Role::Admin);
        let named = "full_name_sealed IS NOT NULL";
        // The campaign ends twenty days after its session, which is tomorrow; its last day
        // and three more are kept whole.
        let mut gone = None;
        for day in 0..30 {
            let purged = app.app.purge(&console, false).await.expect("a purge");
            assert_eq!(
                count(&app, "person", named).await == 0,
                gone.is_some() || !purged.is_empty()
            );
            if !purged.is_empty() {
                assert_eq!(gone.replace(day), None, "once");
            }
            app.clock.advance(Duration::days(1));
        }
        assert_eq!(gone, Some(1 + 20 + 3 + 1));
    })
    .await;
}
