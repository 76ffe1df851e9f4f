//! `POST /v1/appointments/{code}/cancel`

use chrono::Duration;
use luot_testkit::{TestApp, on_both};
use reqwest::StatusCode;
use serde_json::json;

on_both! {
    async fn a_cancelled_place_cools_and_opens_and_the_appointment_stays_visible(app: TestApp) {
        let slot = app.a_session().with_places(1).published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let hers = mai.books(&slot).await.expect(StatusCode::CREATED);
        lan.books(&slot).await.is_problem(409, "window-full");
        mai.acts(&hers, "cancel", &json!({})).await.expect(StatusCode::OK);
        assert_eq!(mai.looks_up(&hers).await.text("/state"), "cancelled");
        lan.books(&slot).await.is_problem(409, "window-full");
        app.after(Duration::seconds(600)).await;
        lan.books(&slot).await.expect(StatusCode::CREATED);
    }

    async fn cancelling_twice_frees_one_place(app: TestApp) {
        let slot = app.a_session().with_places(2).published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let hers = mai.books(&slot).await.expect(StatusCode::CREATED);
        lan.books(&slot).await.expect(StatusCode::CREATED);
        let nothing = json!({});
        let (a, b) = tokio::join!(
            mai.acts(&hers, "cancel", &nothing),
            mai.acts(&hers, "cancel", &nothing)
        );
        assert_eq!((a.status, b.status), (200, 200));
        app.after(Duration::seconds(600)).await;
        let session = app.get(&format!("/v1/sessions/{}", slot.session)).await;
        assert_eq!((session.number("/booked"), session.number("/open_places")), (1, 1));
    }
}
