//! Who somebody is: staff by password and authenticator, parents by phone or Zalo.

pub(crate) mod parents;
mod races;
pub(crate) mod staff;

use luot_testkit::{Answer, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

/// A scheduler with a login and a password of their own.
pub(crate) async fn a_scheduler(app: &TestApp, login: &str) -> String {
    somebody(app, "scheduler", login).await
}

/// A member of staff with a login and a password of their own.
pub(crate) async fn somebody(app: &TestApp, role: &str, login: &str) -> String {
    let new = json!({ "name": "Cán bộ", "role": role, "scopes": [{}] });
    let id = app.admin_post("/v1/staff", &new).await.text("/id");
    let path = format!("/v1/staff/{id}/password");
    let given = app.admin_post(&path, &json!({ "login": login })).await;
    let first = json!({
        "login": login, "password": given.text("/password"), "new_password": PASSWORD, "as": "token",
    });
    post(app, "/v1/sign-ins", &first).await.text("/token")
}

pub(crate) const PASSWORD: &str = "một con vịt xòe ra hai cái cánh";

pub(crate) async fn post(app: &TestApp, path: &str, body: &Value) -> Answer {
    app.send(app.request(Method::POST, path).json(body)).await
}

pub(crate) async fn as_who(app: &TestApp, token: &str, method: Method, path: &str) -> Answer {
    app.send(app.request(method, path).bearer_auth(token)).await
}

pub(crate) async fn post_as(app: &TestApp, token: &str, path: &str, body: &Value) -> Answer {
    app.send(
        app.request(Method::POST, path)
            .bearer_auth(token)
            .json(body),
    )
    .await
}
