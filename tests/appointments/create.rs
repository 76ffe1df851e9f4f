//! `POST /v1/appointments`

use luot_testkit::{TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

on_both! {
    async fn a_booked_place_has_a_code_and_a_token(app: TestApp) {
        let slot = app.a_session().with_places(2).published().await;
        let booked = app.a_parent().books(&slot).await.expect(StatusCode::CREATED);
        assert_eq!(booked.text("/appointments/0/code").len(), 8);
        assert!(booked.text("/manage_token").len() >= 40);
        let session = app.get(&format!("/v1/sessions/{}", slot.session)).await;
        assert_eq!(session.number("/booked"), 1);
        assert_eq!(session.number("/open_places"), 1);
    }

    async fn last_place_goes_to_exactly_one_parent(app: TestApp) {
        let slot = app.a_session().with_places(1).published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let (a, b) = tokio::join!(mai.books(&slot), lan.books(&slot));
        let (won, lost) = if a.status == 201 { (a, b) } else { (b, a) };
        assert_eq!(won.status, 201);
        lost.is_problem(409, "window-full");
    }

    async fn a_party_gets_all_its_places_or_none(app: TestApp) {
        let slot = app.a_session().with_places(2).published().await;
        let mai = app.a_parent();
        let child = |name: &str| json!({ "full_name": name, "birth_date": "2016-02-03" });
        let three = [child("Lê An"), child("Lê Bình"), child("Lê Chi")];
        mai.sends(&mai.request_for(slot.window(), &three)).await.is_problem(409, "window-full");
        let two = mai.sends(&mai.request_for(slot.window(), &three[..2])).await;
        let two = two.expect(StatusCode::CREATED);
        assert_eq!(two.body["appointments"].as_array().map(Vec::len), Some(2));
    }

    async fn who_finds_it_full_is_told_the_nearest_that_fit(app: TestApp) {
        let slot = app.a_session().with_places(8).in_windows(8).published().await;
        app.a_parent().books(&slot).await.expect(StatusCode::CREATED);
        let full = app.a_parent().books(&slot).await;
        full.is_problem(409, "window-full");
        let told: Vec<&str> = full.body["alternatives"]
            .as_array()
            .expect("alternatives")
            .iter()
            .filter_map(|a| a["window_id"].as_str())
            .collect();
        assert_eq!(told, slot.windows[1..4].iter().map(String::as_str).collect::<Vec<_>>());
    }

    async fn who_comes_with_a_class_is_told_the_class_s_other_windows(app: TestApp) {
        let slot = app.a_session().with_places(4).in_windows(4).for_cohort("1A", 4).published().await;
        let rows = app.get(&format!("/v1/campaigns/{}/timetable?cohort=1A", slot.campaign)).await.items();
        let first = rows[0]["window_id"].as_str().expect("an id");
        let book = async || {
            let parent = app.a_parent();
            let mut person = parent.person();
            person["cohort_id"] = json!("1A");
            parent.sends(&parent.request_for(first, &[person])).await
        };
        book().await.expect(StatusCode::CREATED);
        let full = book().await;
        full.is_problem(409, "window-full");
        assert_eq!(full.body["alternatives"].as_array().map(Vec::len), Some(3));
    }

    async fn a_person_has_one_live_appointment(app: TestApp) {
        let slot = app.a_session().published().await;
        let mai = app.a_parent();
        let first = mai.books(&slot).await.expect(StatusCode::CREATED);
        let again = mai.books(&slot).await;
        again.is_problem(409, "already-booked");
        assert_eq!(again.text("/errors/0/pointer"), "/persons/0");
        mai.acts(&first, "cancel", &json!({})).await.expect(StatusCode::OK);
        mai.books(&slot).await.expect(StatusCode::CREATED);
    }

    async fn age_counts_on_the_day_of_enrolment(app: TestApp) {
        let policies = json!({ "age_from": 6, "age_under": 14 });
        let slot = app.a_session().under(policies).published().await;
        // The session is on 9 April 2026.
        for (born, fits) in [
            ("2020-04-09", true), ("2020-04-10", false), ("2012-04-10", true), ("2012-04-09", false),
        ] {
            let mut mai = app.a_parent();
            mai.birth_date = born.into();
            let answer = mai.books(&slot).await;
            if fits {
                assert_eq!(answer.status, 201, "{born}: {:#}", answer.body);
            } else {
                answer.is_problem(422, "not-eligible");
            }
        }
    }

    async fn who_needs_a_card_needs_a_machine_that_issues_cards(app: TestApp) {
        let without = app.a_session().published().await;
        let with = app.a_session().with_cards().published().await;
        let mai = app.a_parent();
        let mut person = mai.person();
        person["needs_card"] = json!(true);
        mai.sends(&mai.request_for(without.window(), &[person.clone()])).await.is_problem(409, "window-full");
        let booked = mai.sends(&mai.request_for(with.window(), &[person])).await;
        assert_eq!(booked.expect(StatusCode::CREATED).body["appointments"][0]["needs_card"], true);
    }

    async fn a_cohort_has_its_own_places(app: TestApp) {
        let slot = app.a_session().with_places(3).for_cohort("1A", 2).published().await;
        let places = app
            .get(&format!("/v1/campaigns/{}/availability?cohort=1A", slot.campaign))
            .await
            .items();
        assert_eq!((&places[0]["places_left"], &places[0]["cohort_places_left"]), (&json!(1), &json!(2)));
        app.a_parent().books(&slot).await.expect(StatusCode::CREATED);
        app.a_parent().books(&slot).await.is_problem(409, "window-full");
        // A cohort without a list admits whoever names it.
        let lan = app.a_parent();
        let mut person = lan.person();
        person["cohort_id"] = json!("1A");
        lan.sends(&lan.request_for(slot.window(), &[person.clone()])).await.expect(StatusCode::CREATED);
        person["cohort_id"] = json!("9Z");
        lan.sends(&lan.request_for(slot.window(), &[person])).await.is_problem(422, "invalid-body");
    }

    async fn what_is_over_cannot_be_booked(app: TestApp) {
        let slot = app.a_session().published().await;
        app.clock.advance(chrono::Duration::days(2));
        app.a_parent().books(&slot).await.is_problem(409, "window-past");
    }

    async fn every_fault_of_a_request_is_told_at_once(app: TestApp) {
        let slot = app.a_session().published().await;
        let body = json!({
            "window_id": slot.window(),
            "contact": { "name": " ", "phone": "123" },
            "persons": [{ "full_name": "12", "birth_date": "1800-01-01", "personal_number": "12" }],
        });
        let answer = app.a_parent().sends(&body).await;
        answer.is_problem(422, "invalid-body");
        let pointers: Vec<&str> = answer.body["errors"]
            .as_array()
            .expect("errors")
            .iter()
            .filter_map(|e| e["pointer"].as_str())
            .collect();
        for pointer in [
            "/contact/name", "/contact/phone", "/persons/0/full_name",
            "/persons/0/birth_date", "/persons/0/personal_number",
        ] {
            assert!(pointers.contains(&pointer), "{pointer} in {pointers:?}");
        }
    }

    async fn problems_are_told_in_the_caller_s_language(app: TestApp) {
        let detail = async |language: &str| {
            let request = app
                .request(Method::POST, "/v1/appointments")
                .header("Accept-Language", language)
                .header("Idempotency-Key", "abcdefghijklmnopqrstuvwxyz")
                .json(&app.a_parent().request("0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e"));
            let answer = app.send(request).await;
            assert_eq!(answer.status, 404);
            answer.body["detail"].as_str().map(str::to_owned)
        };
        assert_ne!(detail("vi").await, detail("en").await);
    }

    async fn what_does_not_exist_is_not_found(app: TestApp) {
        let none: Value = app.a_parent().request("0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e");
        app.a_parent().sends(&none).await.is_problem(404, "not-found");
    }
}
