//! `POST /v1/sessions/{id}/arrivals`

use luot_app::Role;
use luot_testkit::{Slot, TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

on_both! {
    async fn who_is_early_waits_by_their_window_and_who_is_late_by_their_arrival(app: TestApp) {
        let slot = app.a_session().in_days(0).with_places(20).in_windows(2).published().await;
        let (mai, lan, an) = (app.a_parent(), app.a_parent(), app.a_parent());
        // 08:30–09:00, 08:00–08:30, 08:00–08:30; it is half past seven.
        let second = mai.sends(&mai.request(&slot.windows[1])).await.expect(StatusCode::CREATED);
        let first = lan.books(&slot).await.expect(StatusCode::CREATED);
        let late = an.books(&slot).await.expect(StatusCode::CREATED);
        let early = app.checks_in(&slot, &second).await.expect(StatusCode::CREATED);
        assert_eq!(early.text("/came"), "early");
        assert_eq!(early.text("/effective_at"), "2026-04-08T01:30:00Z");
        app.minutes_pass(40);
        let on_time = app.checks_in(&slot, &first).await.expect(StatusCode::CREATED);
        assert_eq!(on_time.text("/came"), "on_time");
        assert_eq!(on_time.number("/position"), 1);
        assert_eq!(app.waiting(&slot).await, [2, 1]);
        app.minutes_pass(35);
        let late = app.checks_in(&slot, &late).await.expect(StatusCode::CREATED);
        assert_eq!(late.text("/came"), "late");
        assert_eq!(late.text("/effective_at"), "2026-04-08T01:45:00Z");
        assert_eq!(app.waiting(&slot).await, [2, 1, 3]);
        assert_eq!(lan.looks_up(&first).await.text("/state"), "arrived");
    }

    async fn checking_in_twice_gives_the_same_ticket(app: TestApp) {
        let slot = app.a_session().in_days(0).published().await;
        let mai = app.a_parent();
        let hers = mai.books(&slot).await.expect(StatusCode::CREATED);
        let (a, b) = tokio::join!(app.checks_in(&slot, &hers), app.checks_in(&slot, &hers));
        assert_eq!(a.text("/id"), b.text("/id"));
        let again = app.checks_in(&slot, &hers).await.expect(StatusCode::OK);
        assert_eq!(again.text("/id"), a.text("/id"));
        assert_eq!(app.waiting(&slot).await, [1]);
    }

    async fn who_missed_the_appointment_comes_after_all_like_somebody_without_one(app: TestApp) {
        let slot = app.a_session().in_days(0).with_places(20).in_windows(4).published().await;
        let mai = app.a_parent();
        let hers = mai.books(&slot).await.expect(StatusCode::CREATED);
        app.minutes_pass(30 + 30 + 21);
        assert_eq!(app.sweeps().await.noshow, 1);
        assert_eq!(mai.looks_up(&hers).await.text("/state"), "noshow");
        let station = app.opens_a_station(&slot).await;
        let came = app.checks_in(&slot, &hers).await.expect(StatusCode::CREATED);
        assert_eq!(came.text("/came"), "too_late");
        assert_eq!(came.text("/effective_at"), "2026-04-08T02:21:00Z");
        let (call, _) = app.calls(&station).await;
        app.finishes(&call).await;
        assert_eq!(mai.looks_up(&hers).await.text("/state"), "fulfilled");
    }

    async fn a_code_of_another_day_or_session_or_a_cancelled_one_is_refused(app: TestApp) {
        let today = app.a_session().in_days(0).published().await;
        let tomorrow = app.a_session().published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let hers = mai.books(&tomorrow).await.expect(StatusCode::CREATED);
        app.checks_in(&tomorrow, &hers).await.is_problem(409, "state-forbids");
        // Another campaign's code is unknown here.
        app.checks_in(&today, &hers).await.is_problem(404, "not-found");
        let cancelled = lan.books(&today).await.expect(StatusCode::CREATED);
        lan.acts(&cancelled, "cancel", &json!({})).await.expect(StatusCode::OK);
        app.checks_in(&today, &cancelled).await.is_problem(409, "state-forbids");
        let path = format!("/v1/sessions/{}/arrivals", today.session);
        app.admin_post(&path, &json!({ "code": "no code" })).await.is_problem(404, "not-found");
    }

    async fn who_missed_the_morning_may_come_in_the_afternoon_to_the_same_site(app: TestApp) {
        let mut instance = app.a_session().in_days(0).instance();
        let day = instance["start"].clone();
        instance["shifts"] = json!([
            { "id": "sang", "start": "08:00", "end": "08:30", "records": 10 },
            { "id": "chieu", "start": "10:00", "end": "11:00", "records": 10 },
        ]);
        instance["machines"] = json!([{ "id": "may-1" }, { "id": "may-2" }]);
        instance["pinned"]["rotation"] = json!([
            { "machine": "may-1", "date": day, "shift": "sang", "site": "truong" },
            { "machine": "may-1", "date": day, "shift": "chieu", "site": "truong" },
            { "machine": "may-2", "date": day, "shift": "chieu", "site": "tru-so" },
        ]);
        let created = app.admin_post("/v1/campaigns", &instance).await.expect(StatusCode::CREATED);
        app.plans_and_publishes(&created.text("/id"), 200).await;
        let morning = app.slot_of(&created.text("/id")).await;
        let path = format!("/v1/campaigns/{}/sessions", morning.campaign);
        let sessions = app.get(&path).await.items();
        let of = |site: &str, shift: &str| {
            let is = |s: &&Value| s["site"] == site && s["shift"] == shift;
            let found = sessions.iter().find(is).unwrap_or_else(|| panic!("{sessions:#?}"));
            Slot { session: found["id"].as_str().expect("an id").into(), ..morning.clone() }
        };
        let (afternoon, elsewhere) = (of("truong", "chieu"), of("tru-so", "chieu"));
        let mai = app.a_parent();
        let hers = mai.books(&morning).await.expect(StatusCode::CREATED);
        // As long as the morning's window is not missed, only the morning lets her in.
        app.minutes_pass(30 + 30 + 20);
        app.checks_in(&afternoon, &hers).await.is_problem(409, "state-forbids");
        app.minutes_pass(70);
        app.sweeps().await;
        app.checks_in(&elsewhere, &hers).await.is_problem(409, "state-forbids");
        let came = app.checks_in(&afternoon, &hers).await.expect(StatusCode::CREATED);
        assert_eq!(came.text("/came"), "too_late");
        app.checks_in(&afternoon, &hers).await.expect(StatusCode::OK);
        app.checks_in(&morning, &hers).await.is_problem(409, "state-forbids");
        let station = app.opens_a_station(&afternoon).await;
        let (call, _) = app.calls(&station).await;
        app.finishes(&call).await;
        assert_eq!(mai.looks_up(&hers).await.text("/state"), "fulfilled");
    }

    async fn a_kiosk_checks_in_and_a_parent_does_not(app: TestApp) {
        let slot = app.a_session().in_days(0).published().await;
        let hers = app.a_parent().books(&slot).await.expect(StatusCode::CREATED);
        let body = json!({ "code": hers.text("/appointments/0/code") });
        let path = format!("/v1/sessions/{}/arrivals", slot.session);
        let nobody = app.send(app.request(Method::POST, &path).json(&body)).await;
        nobody.is_problem(401, "unauthorized");
        let kiosk = app.token_of(Role::Kiosk).await;
        let request = app.request(Method::POST, &path).bearer_auth(&kiosk).json(&body);
        app.send(request).await.expect(StatusCode::CREATED);
        let claims = json!({ "code": hers.text("/appointments/0/code"), "priority": "elderly" });
        let request = app.request(Method::POST, &path).bearer_auth(&kiosk).json(&claims);
        app.send(request).await.is_problem(403, "forbidden");
    }
}
