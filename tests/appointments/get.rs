//! `GET /v1/appointments/{code}`

use luot_app::Role;
use luot_testkit::{TestApp, on_both};
use reqwest::{Method, StatusCode};

on_both! {
    async fn its_holder_and_the_counter_see_it_and_nobody_else(app: TestApp) {
        let slot = app.a_session().published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let (hers, other) = (mai.books(&slot).await, lan.books(&slot).await);
        let seen = mai.looks_up(&hers).await.expect(StatusCode::OK);
        assert_eq!(seen.text("/state"), "booked");
        assert_eq!(seen.text("/full_name"), mai.child);

        let path = format!("/v1/appointments/{}", hers.text("/appointments/0/code"));
        app.get(&path).await.is_problem(401, "unauthorized");
        let with = async |token: String| {
            app.send(app.request(Method::GET, &path).bearer_auth(token)).await
        };
        with(other.text("/manage_token")).await.is_problem(404, "not-found");
        with(app.token_of(Role::Operator).await).await.expect(StatusCode::OK);
        with(app.token_of(Role::School).await).await.is_problem(404, "not-found");
    }

    async fn a_code_is_read_as_people_type_it(app: TestApp) {
        let slot = app.a_session().published().await;
        let booked = app.a_parent().books(&slot).await;
        let code = booked.text("/appointments/0/code").to_lowercase();
        let (a, b) = code.split_at(4);
        app.admin_get(&format!("/v1/appointments/{a}-{b}")).await.expect(StatusCode::OK);
        app.admin_get("/v1/appointments/UUUUUUUU").await.is_problem(404, "not-found");
    }
}
