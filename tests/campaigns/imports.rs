//! `POST /v1/campaigns/{id}/imports`

use luot_files::samples::{BINH_GIA_ROTATION, BINH_GIA_TARGETS};
use luot_testkit::{Answer, TestApp, on_both};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A campaign that knows its dates, its morning shift and its costs, and nothing else.
async fn an_empty_campaign(app: &TestApp) -> String {
    let mut instance = app.a_session().instance();
    for (key, value) in [
        ("start", json!("2023-04-11")),
        ("end", json!("2023-06-20")),
        (
            "shifts",
            json!([{ "id": "sang", "start": "07:00", "end": "15:00", "records": 160 }]),
        ),
        ("sites", json!([])),
        ("machines", json!([])),
        ("cohorts", json!([])),
        ("pinned", json!({})),
    ] {
        instance[key] = value;
    }
    let created = app
        .admin_post("/v1/campaigns", &instance)
        .await
        .expect(StatusCode::CREATED);
    created.text("/id")
}

async fn import(
    app: &TestApp,
    campaign: &str,
    kind: &str,
    name: &str,
    bytes: &[u8],
    dry: bool,
) -> Answer {
    let form = Form::new()
        .text("kind", kind.to_owned())
        .text("dry_run", dry.to_string())
        .part(
            "file",
            Part::bytes(bytes.to_vec()).file_name(name.to_owned()),
        );
    let request = app
        .request(Method::POST, &format!("/v1/campaigns/{campaign}/imports"))
        .bearer_auth(&app.admin)
        .multipart(form);
    app.send(request).await
}

fn count(findings: &Value, code: &str) -> usize {
    let all = findings.as_array().expect("findings");
    all.iter().filter(|f| f["code"] == code).count()
}

on_both! {
    async fn the_district_s_annexes_become_a_campaign_with_its_own_plan(app: TestApp) {
        let campaign = an_empty_campaign(&app).await;
        let targets = import(&app, &campaign, "targets", "targets.csv", BINH_GIA_TARGETS, false).await;
        let targets = targets.expect(StatusCode::OK);
        assert_eq!(count(&targets.body["findings"], "total-differs"), 2);
        let rotation = import(&app, &campaign, "rotation", "rotation.csv", BINH_GIA_ROTATION, false).await;
        let rotation = rotation.expect(StatusCode::OK);
        assert_eq!(count(&rotation.body["findings"], "shift-label-contradicts-hours"), 18);
        assert_eq!(count(&rotation.body["findings"], "rotation-short-of-target"), 3);

        let plan = app.admin_get(&format!("/v1/plans/{}", rotation.text("/plan_id"))).await;
        let plan = plan.expect(StatusCode::OK);
        assert_eq!(plan.text("/state"), "draft");
        let terms = &plan.body["terms"];
        assert_eq!(
            [&terms["unserved"], &terms["session"], &terms["relocation"], &terms["finish"]],
            [&json!(325), &json!(148), &json!(15), &json!(55)]
        );
        let path = format!("/v1/plans/{}/publish", rotation.text("/plan_id"));
        app.admin_post(&path, &json!({})).await.expect(StatusCode::OK);
        // Somebody of a commune books into its first window.
        let row = app.get(&format!("/v1/campaigns/{campaign}/timetable")).await.items()[0].clone();
        let parent = app.a_parent();
        let mut person = parent.person();
        person["cohort_id"] = row["cohort"].clone();
        let window = row["window_id"].as_str().expect("an id");
        parent.sends(&parent.request_for(window, &[person])).await.expect(StatusCode::CREATED);
    }

    async fn a_dry_run_tells_everything_and_keeps_nothing(app: TestApp) {
        let campaign = an_empty_campaign(&app).await;
        let dry = import(&app, &campaign, "targets", "targets.csv", BINH_GIA_TARGETS, true).await;
        let dry = dry.expect(StatusCode::OK);
        assert_eq!((dry.number("/rows"), &dry.body["dry_run"]), (19, &json!(true)));
        let cohorts = app.get(&format!("/v1/campaigns/{campaign}/cohorts")).await;
        assert!(cohorts.items().is_empty());
    }

    async fn a_file_at_fault_is_refused_as_a_whole(app: TestApp) {
        let campaign = an_empty_campaign(&app).await;
        let half = "STT,Xã,Chỉ tiêu\n1,Hồng Thái,860\n2,Bình La,nhiều\n";
        let refused = import(&app, &campaign, "targets", "targets.csv", half.as_bytes(), false).await;
        refused.is_problem(422, "import-refused");
        assert!(app.get(&format!("/v1/campaigns/{campaign}/cohorts")).await.items().is_empty());
        let image = import(&app, &campaign, "targets", "targets.xlsx", b"\x89PNG\r\n\x1a\n", false).await;
        image.is_problem(422, "import-refused");
        let unknown = import(&app, &campaign, "menu", "targets.csv", BINH_GIA_TARGETS, false).await;
        unknown.is_problem(400, "malformed-form");
    }

    async fn a_class_list_lets_its_pupils_draw_on_the_class_s_places(app: TestApp) {
        let slot = app.a_session().with_places(3).for_cohort("1A", 2).published().await;
        let list = "Họ và tên,Ngày sinh,Lớp,Số định danh\nTrần Thị Mẫu,05/06/2017,1A,020317000001\n";
        let done = import(&app, &slot.campaign, "roster", "1A.csv", list.as_bytes(), false).await;
        assert_eq!(done.expect(StatusCode::OK).number("/rows"), 1);
        app.a_parent().books(&slot).await.expect(StatusCode::CREATED);
        // The open place is gone; a stranger who names the class gets none of its places.
        let lan = app.a_parent();
        let mut person = lan.person();
        person["cohort_id"] = json!("1A");
        lan.sends(&lan.request_for(slot.window(), &[person])).await.is_problem(409, "window-full");
        // The pupil does, without naming it.
        let pupil = json!({
            "full_name": "Trần Thị Mẫu", "birth_date": "2017-06-05", "personal_number": "020317000001",
        });
        lan.sends(&lan.request_for(slot.window(), &[pupil])).await.expect(StatusCode::CREATED);
    }
}
