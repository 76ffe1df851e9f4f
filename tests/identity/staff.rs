//! Staff sign in by password, and by authenticator where they have set one up.

use chrono::Duration;
use luot_app::Role;
use luot_app::users::ScopeOf;
use luot_domain::clock::Clock as _;
use luot_testkit::{On, TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{PASSWORD, a_scheduler, as_who, post, post_as, somebody};

on_both! {
    async fn a_password_that_was_given_must_be_changed(app: TestApp) {
        let new = json!({ "name": "Cô Hoa", "role": "scheduler", "scopes": [{}] });
        let id = app.admin_post("/v1/staff", &new).await.text("/id");
        let given = app.admin_post(&format!("/v1/staff/{id}/password"), &json!({ "login": "Hoa" })).await;
        let given = given.text("/password");
        let sign_in = json!({ "login": "hoa", "password": given, "as": "token" });
        post(&app, "/v1/sign-ins", &sign_in).await.is_problem(401, "password-change-required");
        let weak = json!({ "login": "hoa", "password": given, "new_password": "short" });
        post(&app, "/v1/sign-ins", &weak).await.is_problem(422, "invalid-body");
        let change = json!({ "login": "hoa", "password": given, "new_password": PASSWORD, "as": "token" });
        let signed_in = post(&app, "/v1/sign-ins", &change).await.expect(StatusCode::CREATED);
        assert_eq!(signed_in.text("/role"), "scheduler");
        let me = as_who(&app, &signed_in.text("/token"), Method::GET, "/v1/me").await;
        assert_eq!(me.text("/id"), id);
        post(&app, "/v1/sign-ins", &sign_in).await.is_problem(401, "sign-in-refused");
    }

    async fn wrong_passwords_lock_for_longer_and_longer_and_tell_nothing(app: TestApp) {
        a_scheduler(&app, "mai").await;
        let right = json!({ "login": "mai", "password": PASSWORD });
        let wrong = json!({ "login": "mai", "password": "con mèo mà trèo cây cau" });
        let nobody = json!({ "login": "lan", "password": PASSWORD });
        for _ in 0..5 {
            post(&app, "/v1/sign-ins", &wrong).await.is_problem(401, "sign-in-refused");
        }
        let locked = post(&app, "/v1/sign-ins", &right).await;
        let unknown = post(&app, "/v1/sign-ins", &nobody).await;
        locked.is_problem(401, "sign-in-refused");
        assert_eq!(locked.body["detail"], unknown.body["detail"]);
        app.clock.advance(Duration::seconds(31));
        post(&app, "/v1/sign-ins", &wrong).await.is_problem(401, "sign-in-refused");
        app.clock.advance(Duration::seconds(31));
        post(&app, "/v1/sign-ins", &right).await.is_problem(401, "sign-in-refused");
        app.clock.advance(Duration::seconds(30));
        post(&app, "/v1/sign-ins", &right).await.expect(StatusCode::CREATED);
        // Being let in forgets what went before.
        post(&app, "/v1/sign-ins", &wrong).await.is_problem(401, "sign-in-refused");
        post(&app, "/v1/sign-ins", &right).await.expect(StatusCode::CREATED);
    }

    async fn an_authenticator_is_wanted_once_it_is_set_up(app: TestApp) {
        let token = a_scheduler(&app, "mai").await;
        let secret = post_as(&app, &token, "/v1/me/totp", &json!({})).await.expect(StatusCode::CREATED).text("/secret");
        let wrong = post_as(&app, &token, "/v1/me/totp/confirm", &json!({ "code": "000000" })).await;
        wrong.is_problem(401, "sign-in-refused");
        let plain = json!({ "login": "mai", "password": PASSWORD });
        post(&app, "/v1/sign-ins", &plain).await.expect(StatusCode::CREATED);
        let code = totp(&secret, app.clock.now().timestamp());
        let codes = post_as(&app, &token, "/v1/me/totp/confirm", &json!({ "code": code })).await.expect(StatusCode::OK);
        post(&app, "/v1/sign-ins", &plain).await.is_problem(401, "second-factor-required");
        let with = |code: &str| json!({ "login": "mai", "password": PASSWORD, "second_factor": code });
        // The code that confirmed it is used up.
        post(&app, "/v1/sign-ins", &with(&code)).await.is_problem(401, "sign-in-refused");
        app.clock.advance(Duration::seconds(30));
        let next = totp(&secret, app.clock.now().timestamp());
        post(&app, "/v1/sign-ins", &with(&next)).await.expect(StatusCode::CREATED);
        post(&app, "/v1/sign-ins", &with(&next)).await.is_problem(401, "sign-in-refused");
        let recovery = codes.text("/recovery_codes/0");
        post(&app, "/v1/sign-ins", &with(&recovery)).await.expect(StatusCode::CREATED);
        post(&app, "/v1/sign-ins", &with(&recovery)).await.is_problem(401, "sign-in-refused");
    }

    async fn sign_ins_are_seen_and_ended_and_end_by_themselves(app: TestApp) {
        let first = a_scheduler(&app, "mai").await;
        let sign_in = json!({ "login": "mai", "password": PASSWORD, "as": "token" });
        let second = post(&app, "/v1/sign-ins", &sign_in).await.text("/token");
        let all = as_who(&app, &first, Method::GET, "/v1/sign-ins").await.items();
        assert_eq!(all.iter().map(|s| s["present"] == true).collect::<Vec<_>>(), [true, false]);
        let other = all[1]["id"].as_str().expect("an id");
        as_who(&app, &first, Method::DELETE, &format!("/v1/sign-ins/{other}")).await.expect(StatusCode::NO_CONTENT);
        as_who(&app, &second, Method::GET, "/v1/me").await.is_problem(401, "unauthorized");
        // Somebody else's is not there.
        let stranger = a_scheduler(&app, "lan").await;
        let path = format!("/v1/sign-ins/{}", all[0]["id"].as_str().expect("an id"));
        as_who(&app, &stranger, Method::DELETE, &path).await.is_problem(404, "not-found");
        // After two hours of silence, and after twelve hours whatever happens.
        app.clock.advance(Duration::minutes(121));
        as_who(&app, &first, Method::GET, "/v1/me").await.is_problem(401, "unauthorized");
    }

    async fn changing_the_password_ends_the_other_sign_ins(app: TestApp) {
        let first = a_scheduler(&app, "mai").await;
        let sign_in = json!({ "login": "mai", "password": PASSWORD, "as": "token" });
        let second = post(&app, "/v1/sign-ins", &sign_in).await.text("/token");
        let new = "nó kêu rằng quác quác quác";
        let wrong = json!({ "password": new, "new_password": "cái cánh cái cánh" });
        post_as(&app, &first, "/v1/me/password", &wrong).await.is_problem(401, "sign-in-refused");
        let change = json!({ "password": PASSWORD, "new_password": new });
        post_as(&app, &first, "/v1/me/password", &change).await.expect(StatusCode::NO_CONTENT);
        as_who(&app, &first, Method::GET, "/v1/me").await.expect(StatusCode::OK);
        as_who(&app, &second, Method::GET, "/v1/me").await.is_problem(401, "unauthorized");
    }

    async fn who_is_disabled_is_out_at_once(app: TestApp) {
        let new = json!({ "name": "Bảng", "role": "display", "scopes": [{}] });
        let id = app.admin_post("/v1/staff", &new).await.text("/id");
        let made = app.admin_post(&format!("/v1/staff/{id}/tokens"), &json!({ "label": "bảng" })).await;
        let token = made.text("/token");
        as_who(&app, &token, Method::GET, "/v1/me").await.expect(StatusCode::OK);
        app.admin_post(&format!("/v1/staff/{id}/disable"), &json!({})).await.expect(StatusCode::NO_CONTENT);
        as_who(&app, &token, Method::GET, "/v1/me").await.is_problem(401, "unauthorized");
        let again = app.admin_post(&format!("/v1/staff/{id}/tokens"), &json!({ "label": "bảng" })).await;
        again.is_problem(404, "not-found");
    }

    async fn a_token_ends_after_a_year_if_nobody_says_when(app: TestApp) {
        let new = json!({ "name": "Bảng", "role": "display", "scopes": [{}] });
        let id = app.admin_post("/v1/staff", &new).await.text("/id");
        let path = format!("/v1/staff/{id}/tokens");
        let token = app.admin_post(&path, &json!({ "label": "bảng" })).await.text("/token");
        app.after(Duration::days(364)).await;
        as_who(&app, &token, Method::GET, "/v1/me").await.expect(StatusCode::OK);
        app.after(Duration::days(2)).await;
        as_who(&app, &token, Method::GET, "/v1/me").await.is_problem(401, "unauthorized");
        let past = json!({ "label": "bảng", "expires_at": app.clock.now() });
        let refused = app.admin_post(&path, &past).await;
        refused.is_problem(422, "invalid-body");
        assert_eq!(refused.text("/errors/0/pointer"), "/expires_at");
    }

    async fn an_administrator_sees_the_tokens_of_others_and_ends_one(app: TestApp) {
        let new = json!({ "name": "Bảng", "role": "display", "scopes": [{}] });
        let id = app.admin_post("/v1/staff", &new).await.text("/id");
        let path = format!("/v1/staff/{id}/tokens");
        let mut tokens = Vec::new();
        for label in ["hội trường", "cổng"] {
            tokens.push(app.admin_post(&path, &json!({ "label": label })).await.text("/token"));
        }
        let listed = app.admin_get(&path).await.expect(StatusCode::OK);
        let open = listed.items();
        let told: Vec<_> = open.iter().map(|t| (t["label"].clone(), t["kind"].clone())).collect();
        assert_eq!(told, [(json!("hội trường"), json!("api")), (json!("cổng"), json!("api"))]);
        assert!(tokens.iter().all(|token| !listed.body.to_string().contains(&token[5..])));
        let of = |staff: &str, token: &serde_json::Value| format!("/v1/staff/{staff}/tokens/{}", token.as_str().expect("an id"));
        let lost = of(&id, &open[0]["id"]);
        // Only as that one's, and only by who may.
        let other = app.admin_post("/v1/staff", &new).await.text("/id");
        let end = async |token: &str, path: &str| as_who(&app, token, Method::DELETE, path).await;
        end(&app.admin, &of(&other, &open[0]["id"])).await.is_problem(404, "not-found");
        let scheduler = a_scheduler(&app, "mai").await;
        end(&scheduler, &lost).await.is_problem(403, "forbidden");
        as_who(&app, &scheduler, Method::GET, &path).await.is_problem(403, "forbidden");
        end(&app.admin, &lost).await.expect(StatusCode::NO_CONTENT);
        end(&app.admin, &lost).await.is_problem(404, "not-found");
        as_who(&app, &tokens[0], Method::GET, "/v1/me").await.is_problem(401, "unauthorized");
        as_who(&app, &tokens[1], Method::GET, "/v1/me").await.expect(StatusCode::OK);
        assert_eq!(app.admin_get(&path).await.items().len(), 1);
        app.admin_get(&format!("/v1/staff/{}/tokens", uuid::Uuid::nil())).await.is_problem(404, "not-found");
    }

    async fn staff_of_a_province_reach_the_campaigns_of_its_communes(app: TestApp) {
        let mut campaigns = Vec::new();
        for area in ["20/06001", "20/06002", "31/11000"] {
            let mut instance = app.a_session().instance();
            instance["area"] = area.into();
            let made = app.admin_post("/v1/campaigns", &instance).await.expect(StatusCode::CREATED);
            campaigns.push(made.text("/id"));
        }
        let reached = async |area: &str| {
            let scope = ScopeOf { area: area.parse().ok(), ..ScopeOf::default() };
            let token = app.token_within(Role::Scheduler, scope).await;
            let mut statuses = Vec::new();
            for campaign in &campaigns {
                let path = format!("/v1/campaigns/{campaign}/plans");
                statuses.push(as_who(&app, &token, Method::GET, &path).await.status);
            }
            statuses
        };
        assert_eq!(reached("20").await, [200, 200, 404]);
        assert_eq!(reached("20/06002").await, [404, 200, 404]);
        assert_eq!(reached("31").await, [404, 404, 200]);
        // A campaign that comes to the province is reached from then on.
        let change = app
            .request(Method::PATCH, &format!("/v1/campaigns/{}", campaigns[2]))
            .bearer_auth(&app.admin)
            .header("If-Match", "\"1\"")
            .json(&json!({ "area": "20" }));
        assert_eq!(app.send(change).await.expect(StatusCode::OK).text("/area"), "20");
        assert_eq!(reached("20").await, [200, 200, 200]);
        assert_eq!(reached("20/06001").await, [200, 404, 404]);
        let both = json!({ "name": "Tỉnh", "role": "supervisor", "scopes": [{ "area": "20", "campaign_id": campaigns[0] }] });
        app.admin_post("/v1/staff", &both).await.is_problem(422, "invalid-body");
        let listed = json!({ "name": "Tỉnh", "role": "supervisor", "scopes": [{ "area": "20" }] });
        let id = app.admin_post("/v1/staff", &listed).await.text("/id");
        let all = app.admin_get("/v1/staff?limit=500").await.items();
        let found = all.iter().find(|s| s["id"] == id.as_str()).expect("there");
        assert_eq!(found["scopes"][0]["area"], "20");
    }

    async fn a_token_ends_when_it_was_told_to(app: TestApp) {
        let new = json!({ "name": "Bảng", "role": "display", "scopes": [{}] });
        let id = app.admin_post("/v1/staff", &new).await.text("/id");
        let label = json!({ "label": "bảng", "expires_at": app.clock.now() + Duration::days(1) });
        let made = app.admin_post(&format!("/v1/staff/{id}/tokens"), &label).await;
        let token = made.text("/token");
        as_who(&app, &token, Method::GET, "/v1/me").await.expect(StatusCode::OK);
        app.clock.advance(Duration::days(1));
        as_who(&app, &token, Method::GET, "/v1/me").await.is_problem(401, "unauthorized");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_without_an_authenticator_can_only_set_one_up() {
    for on in [On::Embedded, On::Postgres] {
        let app =
            TestApp::start_with(on, &|app, _| app.with_second_factor_of(&[Role::Admin])).await;
        // A system's token is not asked; a scheduler is not either.
        app.admin_get("/v1/staff").await.expect(StatusCode::OK);
        let scheduler = a_scheduler(&app, "mai").await;
        as_who(&app, &scheduler, Method::GET, "/v1/me")
            .await
            .expect(StatusCode::OK);
        let admin = somebody(&app, "admin", "lan").await;
        let me = as_who(&app, &admin, Method::GET, "/v1/me")
            .await
            .expect(StatusCode::OK);
        assert_eq!(me.body["second_factor_missing"], true);
        let slot = app.a_session().published().await;
        for path in [
            "/v1/staff",
            "/v1/campaigns/{}/plans",
            "/v1/appointments/7Q2MX8KD",
        ] {
            let path = path.replace("{}", &slot.campaign);
            let refused = as_who(&app, &admin, Method::GET, &path).await;
            refused.is_problem(403, "second-factor-setup-required");
        }
        let new = json!({ "name": "Tôi", "role": "admin", "scopes": [{}] });
        let refused = post_as(&app, &admin, "/v1/staff", &new).await;
        refused.is_problem(403, "second-factor-setup-required");
        let secret = post_as(&app, &admin, "/v1/me/totp", &json!({}))
            .await
            .text("/secret");
        as_who(&app, &admin, Method::GET, "/v1/staff")
            .await
            .is_problem(403, "second-factor-setup-required");
        let code = totp(&secret, app.clock.now().timestamp());
        let confirmed = post_as(
            &app,
            &admin,
            "/v1/me/totp/confirm",
            &json!({ "code": code }),
        )
        .await;
        confirmed.expect(StatusCode::OK);
        as_who(&app, &admin, Method::GET, "/v1/staff")
            .await
            .expect(StatusCode::OK);
        let me = as_who(&app, &admin, Method::GET, "/v1/me").await;
        assert_eq!(me.body["second_factor_missing"], false);
    }
}

/// What an authenticator app would show: RFC 6238, from the secret as it is typed in.
pub(crate) fn totp(secret: &str, now: i64) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut bits, mut count, mut key) = (0_u64, 0, Vec::new());
    for c in secret.chars() {
        bits = (bits << 5) | alphabet.find(c).expect("base 32") as u64;
        count += 5;
        if count >= 8 {
            count -= 8;
            key.push((bits >> count) as u8);
        }
    }
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&key).expect("a key");
    mac.update(&(now / 30).to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let from = usize::from(hash[19] & 15);
    let word = u32::from_be_bytes(hash[from..from + 4].try_into().expect("four bytes"));
    format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
}
