//! `POST /v1/appointments/{code}/move`

use chrono::Duration;
use luot_testkit::{TestApp, on_both};
use reqwest::StatusCode;
use serde_json::json;

on_both! {
    async fn the_new_place_is_taken_and_the_old_comes_free(app: TestApp) {
        let slot = app.a_session().with_places(2).in_windows(2).published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let hers = mai.books(&slot).await.expect(StatusCode::CREATED);
        let to = json!({ "window_id": slot.windows[1] });
        mai.acts(&hers, "move", &to).await.expect(StatusCode::OK);
        let seen = mai.looks_up(&hers).await;
        assert_eq!(seen.text("/window_id"), slot.windows[1]);
        lan.books(&slot).await.is_problem(409, "window-full");
        app.after(Duration::seconds(600)).await;
        lan.books(&slot).await.expect(StatusCode::CREATED);
    }

    async fn on_a_refusal_nothing_has_changed(app: TestApp) {
        let slot = app.a_session().with_places(2).in_windows(2).published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let hers = mai.books(&slot).await.expect(StatusCode::CREATED);
        lan.sends(&lan.request(&slot.windows[1])).await.expect(StatusCode::CREATED);
        let to = json!({ "window_id": slot.windows[1] });
        mai.acts(&hers, "move", &to).await.is_problem(409, "window-full");
        let seen = mai.looks_up(&hers).await;
        assert_eq!(seen.text("/window_id"), slot.windows[0]);
        assert_eq!(seen.text("/state"), "booked");
        app.a_parent().books(&slot).await.is_problem(409, "window-full");
    }

    async fn two_can_change_places_through_a_third(app: TestApp) {
        let slot = app.a_session().with_places(3).in_windows(3).published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let hers = mai.books(&slot).await.expect(StatusCode::CREATED);
        let his = lan.sends(&lan.request(&slot.windows[1])).await.expect(StatusCode::CREATED);
        for (who, what, to) in [(&mai, &hers, 2), (&lan, &his, 0), (&mai, &hers, 1)] {
            let to = json!({ "window_id": slot.windows[to] });
            who.acts(what, "move", &to).await.expect(StatusCode::OK);
            app.after(Duration::seconds(600)).await;
        }
        let session = app.get(&format!("/v1/sessions/{}", slot.session)).await;
        assert_eq!(session.number("/booked"), 2);
        assert_eq!(session.number("/open_places"), 1);
    }

    async fn what_is_cancelled_or_in_another_campaign_does_not_move(app: TestApp) {
        let slot = app.a_session().with_places(2).in_windows(2).published().await;
        let other = app.a_session().published().await;
        let mai = app.a_parent();
        let hers = mai.books(&slot).await.expect(StatusCode::CREATED);
        let there = json!({ "window_id": other.window() });
        assert_eq!(mai.acts(&hers, "move", &there).await.status, 422);
        mai.acts(&hers, "cancel", &json!({})).await.expect(StatusCode::OK);
        let to = json!({ "window_id": slot.windows[1] });
        mai.acts(&hers, "move", &to).await.is_problem(409, "state-forbids");
    }
}
