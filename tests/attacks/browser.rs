//! What a browser can be made to do: session fixation, replay after logout, CSRF, other origins.

use luot_testkit::{Answer, ORIGIN, TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::identity::{PASSWORD, a_scheduler, post};

/// Signs in as a browser does; gives the cookie and what goes with it.
async fn signs_in(app: &TestApp, login: &str, with: Option<&str>) -> (String, String) {
    let body = json!({ "login": login, "password": PASSWORD });
    let mut request = app.request(Method::POST, "/v1/sign-ins").json(&body);
    if let Some(cookie) = with {
        request = request.header("Cookie", cookie);
    }
    let answer = app.send(request).await.expect(StatusCode::CREATED);
    assert_eq!(answer.body["token"], Value::Null, "a script could read it");
    let cookie = answer.header("set-cookie").to_owned();
    for part in [
        "__Host-luot=",
        "HttpOnly",
        "Secure",
        "SameSite=Lax",
        "Path=/",
    ] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    let pair = cookie.split(';').next().expect("a pair").to_owned();
    (pair, answer.text("/csrf_token"))
}

async fn sends(
    app: &TestApp,
    method: Method,
    path: &str,
    cookie: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let mut request = app.request(method, path).header("Cookie", cookie);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request).await
}

on_both! {
    async fn session_fixation(app: TestApp) {
        a_scheduler(&app, "mai").await;
        a_scheduler(&app, "mallory").await;
        // Mallory plants her own, valid cookie in Mai's browser; Mai signs in.
        let (planted, _) = signs_in(&app, "mallory", None).await;
        let (hers, _) = signs_in(&app, "mai", Some(&planted)).await;
        assert_ne!(planted, hers);
        // The planted one is good for nothing, and gives nobody Mai's rights.
        sends(&app, Method::GET, "/v1/me", &planted, &[]).await.is_problem(401, "unauthorized");
        // A token that was made up is not taken over either.
        let made_up = "__Host-luot=luot_mallorychosethis";
        let (hers, _) = signs_in(&app, "mai", Some(made_up)).await;
        assert!(!hers.contains("mallorychosethis"));
        sends(&app, Method::GET, "/v1/me", made_up, &[]).await.is_problem(401, "unauthorized");
    }

    async fn token_replay_after_logout(app: TestApp) {
        a_scheduler(&app, "mai").await;
        let (cookie, csrf) = signs_in(&app, "mai", None).await;
        sends(&app, Method::GET, "/v1/me", &cookie, &[]).await.expect(StatusCode::OK);
        let out = sends(&app, Method::DELETE, "/v1/sign-ins/current", &cookie, &[("X-CSRF-Token", &csrf)]).await;
        assert!(out.expect(StatusCode::NO_CONTENT).header("set-cookie").contains("Max-Age=0"));
        sends(&app, Method::GET, "/v1/me", &cookie, &[]).await.is_problem(401, "unauthorized");
        let token = cookie.split_once('=').expect("a pair").1;
        let replay = app.send(app.request(Method::GET, "/v1/me").bearer_auth(token)).await;
        replay.is_problem(401, "unauthorized");
        // Another server of the same database does not take it either.
        let on = match app.database.address.starts_with("postgres") {
            true => luot_testkit::On::Postgres,
            false => luot_testkit::On::Embedded,
        };
        let other = app.another(on).await;
        let replay = other.send(other.request(Method::GET, "/v1/me").bearer_auth(token)).await;
        replay.is_problem(401, "unauthorized");
    }

    async fn csrf(app: TestApp) {
        a_scheduler(&app, "mai").await;
        let (cookie, csrf) = signs_in(&app, "mai", None).await;
        let (_, of_another) = signs_in(&app, "mai", None).await;
        let totp = async |headers: &[(&str, &str)]| sends(&app, Method::POST, "/v1/me/totp", &cookie, headers).await;
        totp(&[]).await.is_problem(403, "csrf-token-required");
        totp(&[("X-CSRF-Token", "")]).await.is_problem(403, "csrf-token-required");
        totp(&[("X-CSRF-Token", &of_another)]).await.is_problem(403, "csrf-token-required");
        totp(&[("Origin", "https://evil.example")]).await.is_problem(403, "csrf-token-required");
        totp(&[("X-CSRF-Token", &csrf)]).await.expect(StatusCode::CREATED);
        // A form of another page cannot sign a victim in as the attacker: JSON alone is read.
        let form = app
            .request(Method::POST, "/v1/sign-ins")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body("login=mallory&password=x");
        app.send(form).await.is_problem(415, "unsupported-media-type");
        // Who has no session needs nothing more than before.
        let slot = app.a_session().published().await;
        app.a_parent().books(&slot).await.expect(StatusCode::CREATED);
    }

    async fn pages_of_other_origins(app: TestApp) {
        let preflight = async |origin: &str| {
            let request = app
                .request(Method::OPTIONS, "/v1/appointments")
                .header("Origin", origin)
                .header("Access-Control-Request-Method", "POST");
            app.send(request).await
        };
        let allowed = preflight(ORIGIN).await.expect(StatusCode::NO_CONTENT);
        assert_eq!(allowed.header("access-control-allow-origin"), ORIGIN);
        assert_eq!(allowed.header("access-control-allow-credentials"), "");
        for origin in ["https://evil.example", "https://h5.zdn.vn.evil.example", "null"] {
            let refused = preflight(origin).await;
            assert_eq!(refused.header("access-control-allow-origin"), "", "{origin}");
            let read = app.request(Method::GET, "/v1/campaigns").header("Origin", origin);
            let read = app.send(read).await;
            assert_eq!(read.header("access-control-allow-origin"), "", "{origin}");
        }
        let read = app.request(Method::GET, "/v1/campaigns").header("Origin", ORIGIN);
        let read = app.send(read).await;
        assert_eq!(read.header("access-control-allow-origin"), ORIGIN);
        assert!(read.header("vary").contains("Origin") || read.headers.get_all("vary").iter().any(|v| v == "Origin"));
    }

    async fn what_every_answer_tells_a_browser_and_what_none_does(app: TestApp) {
        for path in ["/v1/campaigns", "/v1/nothing", "/healthz"] {
            let answer = app.get(path).await;
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert_eq!(answer.header("x-frame-options"), "DENY");
            assert_eq!(answer.header("referrer-policy"), "no-referrer");
            assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"));
            assert!(answer.header("strict-transport-security").starts_with("max-age="));
            assert_eq!((answer.header("server"), answer.header("x-powered-by")), ("", ""));
        }
        assert_eq!(app.admin_get("/v1/me").await.header("cache-control"), "private, no-cache");
        for path in ["/v1/", "/v1", "/docs/../", "/.git/config", "/static/"] {
            let answer = app.get(path).await;
            assert_eq!(answer.status, 404, "{path}");
        }
    }

    async fn a_wrong_cookie_does_not_keep_a_parent_from_booking(app: TestApp) {
        let slot = app.a_session().published().await;
        let mai = app.a_parent();
        let request = app
            .request(Method::POST, "/v1/appointments")
            .header("Cookie", "__Host-luot=luot_ended")
            .header("Idempotency-Key", "b7Jp0w4Qd3xkUeYz9sLmNf")
            .json(&mai.request(slot.window()));
        app.send(request).await.expect(StatusCode::CREATED);
        post(&app, "/v1/me/totp", &json!({})).await.is_problem(401, "unauthorized");
    }
}
