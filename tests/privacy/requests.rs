//! What a parent may ask about a child's data, and how long it is kept.

use chrono::Duration;
use luot_app::Role;
use luot_testkit::On;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::identity::parents::{sends_list, signs_in, with_fakes};
use crate::identity::{as_who, post_as};

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_sees_corrects_exports_and_withdraws() {
    for on in [On::Embedded, On::Postgres] {
        let (app, fakes) = with_fakes(on).await;
        let slot = app.a_session().for_cohort("1A", 2).published().await;
        sends_list(
            &app,
            &slot.campaign,
            "1,Trần Văn Mẫu,06/05/2017,,1A,0901234567\n",
        )
        .await;
        let token = signs_in(&app, &fakes, "0901234567").await;
        let own = json!({
            "campaign_id": slot.campaign, "full_name": "Trần Thị Em", "birth_date": "2018-01-02",
            "personal_number": "001318000001", "consent": "2026-11/vi",
        });
        let added = post_as(&app, &token, "/v1/me/children", &own)
            .await
            .expect(StatusCode::CREATED);
        let children = as_who(&app, &token, Method::GET, "/v1/me/children")
            .await
            .items();
        let by_law = children
            .iter()
            .find(|c| c["by_law"] == true)
            .expect("a child")["id"]
            .as_str()
            .expect("an id");
        let own = added.text("/id");
        let of = |child: &str, what: &str| format!("/v1/me/children/{child}/{what}");

        let data = as_who(&app, &token, Method::GET, &of(&own, "data"))
            .await
            .expect(StatusCode::OK);
        assert_eq!(data.text("/person/full_name"), "Trần Thị Em");
        assert_eq!(data.text("/person/personal_number"), "001318000001");
        assert_eq!(
            (
                data.text("/consents/0/text"),
                data.text("/consents/0/channel")
            ),
            ("2026-11/vi".into(), "account".into())
        );
        let stranger = signs_in(&app, &fakes, "0907654321").await;
        as_who(&app, &stranger, Method::GET, &of(&own, "data"))
            .await
            .is_problem(404, "not-found");

        // What the parent gave is corrected at once; what the school sent, by staff, in time.
        let right = json!({ "kind": "correct", "full_name": "Trần Thị Út" });
        let done = post_as(&app, &token, &of(&own, "requests"), &right)
            .await
            .expect(StatusCode::CREATED);
        assert_eq!(done.text("/state"), "done");
        let open = post_as(&app, &token, &of(by_law, "requests"), &right)
            .await
            .expect(StatusCode::CREATED);
        assert_eq!(open.text("/state"), "open");
        let path = format!("/v1/campaigns/{}/data-requests", slot.campaign);
        let due = app.admin_get(&path).await.expect(StatusCode::OK).items();
        assert_eq!(
            (due.len(), &due[0]["full_name"], &due[0]["overdue"]),
            (1, &json!("Trần Thị Út"), &json!(false))
        );
        app.clock.advance(Duration::days(4));
        assert_eq!(app.admin_get(&path).await.items()[0]["overdue"], true);
        let decide = format!("/v1/data-requests/{}/decide", open.text("/id"));
        app.admin_post(&decide, &json!({ "grant": true }))
            .await
            .expect(StatusCode::NO_CONTENT);
        app.admin_post(&decide, &json!({ "grant": true }))
            .await
            .is_problem(404, "not-found");
        let data = as_who(&app, &token, Method::GET, &of(by_law, "data")).await;
        assert_eq!(data.text("/person/full_name"), "Trần Thị Út");

        let gone = post_as(
            &app,
            &token,
            &of(&own, "requests"),
            &json!({ "kind": "withdraw" }),
        )
        .await;
        assert_eq!(gone.expect(StatusCode::CREATED).text("/state"), "done");
        as_who(&app, &token, Method::GET, &of(&own, "data"))
            .await
            .is_problem(404, "not-found");
        let left = as_who(&app, &token, Method::GET, "/v1/me/children")
            .await
            .items();
        assert_eq!(left.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_given_with_a_booking_is_kept_with_text_time_and_channel() {
    for on in [On::Embedded, On::Postgres] {
        let (app, fakes) = with_fakes(on).await;
        let slot = app.a_session().published().await;
        let mai = app.a_parent();
        let mut body = mai.request(slot.window());
        for no_text in [
            "không dấu",
            "0912345678",
            "tel-0912345678/vi",
            "NguyenVanAn/vi",
        ] {
            body["consent"] = no_text.into();
            mai.sends(&body).await.is_problem(422, "invalid-body");
        }
        body["consent"] = "2026-11/vi".into();
        mai.sends(&body).await.expect(StatusCode::CREATED);
        let token = signs_in(&app, &fakes, &mai.phone).await;
        let children = as_who(&app, &token, Method::GET, "/v1/me/children")
            .await
            .items();
        let path = format!(
            "/v1/me/children/{}/data",
            children[0]["id"].as_str().expect("an id")
        );
        let data = as_who(&app, &token, Method::GET, &path)
            .await
            .expect(StatusCode::OK);
        let consent = &data.body["consents"][0];
        assert_eq!(
            (&consent["text"], &consent["channel"]),
            (&json!("2026-11/vi"), &json!("booking"))
        );
        assert!(consent["given_at"].is_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_corrected_is_found_under_what_is_right() {
    for on in [On::Embedded, On::Postgres] {
        let (app, fakes) = with_fakes(on).await;
        let slot = app.a_session().with_places(8).published().await;
        let mut mai = app.a_parent();
        mai.books(&slot).await.expect(StatusCode::CREATED);
        let token = signs_in(&app, &fakes, &mai.phone).await;
        let children = as_who(&app, &token, Method::GET, "/v1/me/children").await;
        let child = children.items()[0]["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        let path = format!("/v1/me/children/{child}/requests");
        let right =
            json!({ "kind": "correct", "full_name": "Trần Thị Đúng", "birth_date": "2017-05-07" });
        post_as(&app, &token, &path, &right)
            .await
            .expect(StatusCode::CREATED);
        // The same child under the right name has an appointment; under the wrong one nobody.
        let wrong = mai.person();
        (mai.child, mai.birth_date) = ("tran thi dung".into(), "2017-05-07".into());
        mai.books(&slot).await.is_problem(409, "already-booked");
        mai.sends(&mai.request_for(slot.window(), std::slice::from_ref(&wrong)))
            .await
            .expect(StatusCode::CREATED);
        // Two who may be one are not made one by a correction.
        let again = json!({ "kind": "correct", "full_name": wrong["full_name"], "birth_date": wrong["birth_date"] });
        let refused = post_as(&app, &token, &path, &again).await;
        refused.is_problem(409, "campaign-conflict");
        assert!(
            refused.text("/detail").contains("the same"),
            "{}",
            refused.body
        );
        mai.books(&slot).await.is_problem(409, "already-booked");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_stored_of_a_child_before_somebody_agreed() {
    for on in [On::Embedded, On::Postgres] {
        let (app, fakes) = with_fakes(on).await;
        let strict = app
            .a_session()
            .under(json!({ "consent_required": true }))
            .published()
            .await;
        let mai = app.a_parent();
        let without = |mut body: Value| {
            body.as_object_mut().expect("an object").remove("consent");
            body
        };
        let booking = mai.request(strict.window());
        let refused = mai.sends(&without(booking.clone())).await;
        refused.is_problem(422, "invalid-body");
        assert_eq!(refused.text("/errors/0/code"), "consent-required");
        let waiting = json!({ "consent": null });
        let refused = mai.waits(&strict.campaign, 1, &waiting).await;
        assert_eq!(refused.text("/errors/0/code"), "consent-required");
        // Nothing of the child is there: who signs in finds nobody.
        let token = signs_in(&app, &fakes, &mai.phone).await;
        let children = as_who(&app, &token, Method::GET, "/v1/me/children").await;
        assert!(children.items().is_empty());
        // A parent who is known as one agrees first in every campaign.
        let lenient = app.a_session().published().await;
        let as_parent = async |body: Value| {
            let request = app
                .request(Method::POST, "/v1/appointments")
                .bearer_auth(&token)
                .header("Idempotency-Key", uuid::Uuid::now_v7().simple().to_string())
                .json(&body);
            app.send(request).await
        };
        let body = mai.request(lenient.window());
        let refused = as_parent(without(body.clone())).await;
        assert_eq!(refused.text("/errors/0/code"), "consent-required");
        as_parent(body).await.expect(StatusCode::CREATED);
        // Staff act by law; and who waits has agreed by then.
        let by_staff = app.admin_post("/v1/appointments", &without(booking)).await;
        by_staff.expect(StatusCode::CREATED);
        let lan = app.a_parent();
        lan.waits(&strict.campaign, 1, &json!({ "at_once": true }))
            .await
            .expect(StatusCode::CREATED);
        lan.sends(&without(lan.request(lenient.window())))
            .await
            .expect(StatusCode::CREATED);
        let kept = async |parent: &str| {
            let children = as_who(&app, parent, Method::GET, "/v1/me/children").await;
            let mut kept = Vec::new();
            for child in children.items() {
                let path = format!(
                    "/v1/me/children/{}/data",
                    child["id"].as_str().expect("an id")
                );
                let data = as_who(&app, parent, Method::GET, &path).await;
                for consent in data.body["consents"].as_array().expect("a list") {
                    kept.push((consent["channel"].clone(), consent["given_by"].clone()));
                }
            }
            kept
        };
        let of_mai = signs_in(&app, &fakes, &mai.phone).await;
        assert_eq!(kept(&of_mai).await, [(json!("booking"), json!("parent"))]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_long_enough_goes_and_statistics_stay() {
    for on in [On::Embedded, On::Postgres] {
        let (app, _) = with_fakes(on).await;
        let slot = app
            .a_session()
            .for_cohort("1A", 2)
            .under(json!({ "keep_days": 30 }))
            .published()
            .await;
        let held = app
            .a_session()
            .under(json!({ "keep_days": 30 }))
            .published()
            .await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let booked = mai.books(&slot).await.expect(StatusCode::CREATED);
        let kept = lan.books(&held).await.expect(StatusCode::CREATED);
        sends_list(
            &app,
            &slot.campaign,
            "1,Trần Văn Mẫu,06/05/2017,001217000001,1A,0901234567\n",
        )
        .await;
        let console = app.app.operator(Role::Admin);
        let hold = app
            .app
            .place_hold(
                &console,
                held.campaign.parse().expect("an id"),
                None,
                "12/2026",
            )
            .await
            .expect("held");
        assert_eq!(
            app.app.purge(&console, false).await.expect("nothing to do"),
            []
        );
        // The campaign ends twenty days after its session, which is tomorrow.
        app.clock.advance(Duration::days(21 + 30 + 1));
        let dry = app.app.purge(&console, true).await.expect("counted");
        assert_eq!(
            dry.iter()
                .map(|p| (p.people, p.bookings))
                .collect::<Vec<_>>(),
            [(2, 1)]
        );
        assert_eq!(
            app.admin_get(&code(&booked)).await.text("/full_name"),
            mai.child
        );
        let done = app.app.purge(&console, false).await.expect("erased");
        assert_eq!(done, dry);
        assert_eq!(
            app.app
                .purge(&console, false)
                .await
                .expect("nothing is left"),
            []
        );
        let seen = app.admin_get(&code(&booked)).await.expect(StatusCode::OK);
        assert_eq!(
            (&seen.body["full_name"], seen.text("/state")),
            (&Value::Null, "booked".into())
        );
        let sessions = app
            .get(&format!("/v1/campaigns/{}/sessions", slot.campaign))
            .await
            .items();
        assert_eq!(sessions[0]["booked"], 1, "statistics stay");
        // What a legal hold keeps is kept, until it is released.
        assert_eq!(
            app.admin_get(&code(&kept)).await.text("/full_name"),
            lan.child
        );
        app.app.end_hold(&console, hold).await.expect("released");
        let later = app.app.purge(&console, false).await.expect("erased");
        assert_eq!(later.len(), 1);
        assert_eq!(
            app.admin_get(&code(&kept)).await.body["full_name"],
            Value::Null
        );
    }
}

fn code(booked: &luot_testkit::Answer) -> String {
    format!("/v1/appointments/{}", booked.text("/appointments/0/code"))
}
