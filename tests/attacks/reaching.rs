//! Reaching for what is somebody else's: another school's class, fields that are not offered.

use luot_app::Role;
use luot_app::users::ScopeOf;
use luot_testkit::{TestApp, on_both};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;

use crate::identity::as_who;
use crate::identity::parents::sends_list;

on_both! {
    async fn reading_another_school_s_class_by_id(app: TestApp) {
        let slot = app.a_session().for_cohort("1A", 2).for_cohort("2B", 2).published().await;
        sends_list(&app, &slot.campaign, "1,Trần Văn Mẫu,06/05/2017,,1A,\n2,Lê Thị Thử,07/05/2017,,2B,\n").await;
        let cohorts = app.get(&format!("/v1/campaigns/{}/cohorts", slot.campaign)).await.items();
        let id = |code: &str| -> Uuid {
            let found = cohorts.iter().find(|c| c["code"] == code || c["id"] == code || c["name"] == code);
            found.and_then(|c| c["id"].as_str()).expect("an id").parse().expect("an id")
        };
        let (own, other) = (id("1A"), id("2B"));
        let scope = ScopeOf { campaign: slot.campaign.parse().ok(), cohort: Some(own), ..ScopeOf::default() };
        let school = app.token_within(Role::School, scope).await;
        let path = |cohort: Uuid| format!("/v1/campaigns/{}/cohorts/{cohort}/roster", slot.campaign);
        let mine = as_who(&app, &school, Method::GET, &path(own)).await.expect(StatusCode::OK).items();
        assert_eq!(mine[0]["full_name"], "Trần Văn Mẫu");
        let refused = as_who(&app, &school, Method::GET, &path(other)).await;
        refused.is_problem(404, "not-found");
        // It looks just like a class that is not there.
        let absent = as_who(&app, &school, Method::GET, &path(Uuid::nil())).await;
        assert_eq!(refused.body["detail"], absent.body["detail"]);
        as_who(&app, &school, Method::GET, &format!("{}/file", path(other))).await.is_problem(404, "not-found");
        // By way of another campaign neither.
        let elsewhere = app.a_session().for_cohort("3C", 1).published().await;
        let smuggled = format!("/v1/campaigns/{}/cohorts/{other}/roster", elsewhere.campaign);
        as_who(&app, &school, Method::GET, &smuggled).await.is_problem(404, "not-found");
        // A supervisor says why, and that is in the trail; a display never reads names.
        let supervisor = app.token_of(Role::Supervisor).await;
        as_who(&app, &supervisor, Method::GET, &path(other)).await.is_problem(422, "invalid-body");
        let told = format!("{}?reason=missing", path(other));
        as_who(&app, &supervisor, Method::GET, &told).await.expect(StatusCode::OK);
        let display = app.token_of(Role::Display).await;
        as_who(&app, &display, Method::GET, &told).await.is_problem(403, "forbidden");
    }

    async fn sending_another_school_s_list(app: TestApp) {
        let slot = app.a_session().for_cohort("1A", 2).for_cohort("2B", 2).published().await;
        let cohorts = app.get(&format!("/v1/campaigns/{}/cohorts", slot.campaign)).await.items();
        let own: Uuid = cohorts[0]["id"].as_str().expect("an id").parse().expect("an id");
        let scope = ScopeOf { campaign: slot.campaign.parse().ok(), cohort: Some(own), ..ScopeOf::default() };
        let school = app.token_within(Role::School, scope).await;
        let send = async |token: &str, class: &str| {
            let text = format!("STT,Họ và tên,Ngày sinh,Số định danh cá nhân,Lớp,SĐT phụ huynh\n1,Trần Văn Mẫu,06/05/2017,,{class},\n");
            let form = Form::new().text("kind", "roster").part("file", Part::text(text).file_name("x.csv"));
            let path = format!("/v1/campaigns/{}/imports", slot.campaign);
            app.send(app.request(Method::POST, &path).bearer_auth(token).multipart(form)).await
        };
        send(&school, "1A").await.expect(StatusCode::OK);
        send(&school, "2B").await.is_problem(422, "import-refused");
        let elsewhere = app.a_session().for_cohort("3C", 1).published().await;
        let there = app.get(&format!("/v1/campaigns/{}/cohorts", elsewhere.campaign)).await.items();
        let stranger = ScopeOf {
            campaign: elsewhere.campaign.parse().ok(),
            cohort: there[0]["id"].as_str().and_then(|id| id.parse().ok()),
            ..ScopeOf::default()
        };
        let stranger = app.token_within(Role::School, stranger).await;
        send(&stranger, "1A").await.is_problem(404, "not-found");
    }

    async fn mass_assignment(app: TestApp) {
        let slot = app.a_session().published().await;
        let mai = app.a_parent();
        let mut body = mai.request(slot.window());
        for (pointer, name) in [("", "state"), ("", "booked_by_id"), ("/persons/0", "id"), ("/persons/0", "erased_at")] {
            let mut forged = body.clone();
            let target = if pointer.is_empty() { Some(&mut forged) } else { forged.pointer_mut(pointer) };
            target.expect("there")[name] = json!("fulfilled");
            mai.sends(&forged).await.is_problem(422, "invalid-body");
        }
        let role = json!({ "name": "Tôi", "role": "display", "scopes": [{}], "token_hash": "AA", "disabled_at": null });
        app.admin_post("/v1/staff", &role).await.is_problem(422, "invalid-body");
        body["contact"]["role"] = "admin".into();
        mai.sends(&body).await.is_problem(422, "invalid-body");
    }
}
