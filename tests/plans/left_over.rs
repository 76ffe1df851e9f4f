//! People left over by a session that fell behind, and the places planned for them.

use chrono::Duration;
use luot_domain::clock::Clock as _;
use luot_testkit::{Answer, Parent, TestApp, on_both};
use reqwest::StatusCode;
use serde_json::json;

use crate::identity::parents::sends_list;

async fn names(parent: &Parent, window: &str, cohort: &str) -> Answer {
    let mut person = parent.person();
    person["cohort_id"] = json!(cohort);
    parent.sends(&parent.request_for(window, &[person])).await
}

on_both! {
    async fn they_book_the_places_made_for_them_and_strangers_do_not(app: TestApp) {
        let slot = app.a_session().with_places(3).for_cohort("1A", 3).published().await;
        let class: Vec<Parent> = (0..3).map(|_| app.a_parent()).collect();
        let rows: Vec<String> = class
            .iter()
            .map(|p| format!("1,{},06/05/2017,,1A,{}", p.child, p.phone))
            .collect();
        sends_list(&app, &slot.campaign, &rows.join("\n")).await;
        let day = app.clock.now().date_naive() + Duration::days(1);
        app.after(Duration::days(2)).await;

        let what = json!({
            "kind": "session-behind", "site_id": "truong", "from": day,
            "shift": "sang", "people": 2,
        });
        let path = format!("/v1/campaigns/{}/disruptions", slot.campaign);
        let answer = app.admin_post(&path, &what).await.expect(StatusCode::CREATED);
        let plan = answer.text("/proposals/0/plan_id");
        let path = format!("/v1/plans/{plan}/publish");
        app.admin_post(&path, &json!({})).await.expect(StatusCode::OK);

        // Who looks for the class finds the places of those left over of it.
        let campaign = format!("/v1/campaigns/{}", slot.campaign);
        let times = app.get(&format!("{campaign}/timetable?cohort=1A")).await.items();
        let of_them = times.iter().find(|row| row["cohort"] == "1A+1");
        let window = of_them.expect("a time")["window_id"].as_str().expect("an id").to_owned();
        let free = app.get(&format!("{campaign}/availability?cohort=1A")).await.items();
        let free = free.iter().find(|w| w["window_id"] == window.as_str()).expect("the window").clone();
        assert_eq!((&free["places_left"], &free["cohort_places_left"]), (&json!(1), &json!(2)));

        // Three places, of which one is everybody's.
        let strangers = [app.a_parent(), app.a_parent()];
        names(&strangers[0], &window, "1A+1").await.expect(StatusCode::CREATED);
        names(&strangers[1], &window, "1A+1").await.is_problem(409, "window-full");
        names(&class[0], &window, "1A").await.expect(StatusCode::CREATED);
        names(&class[1], &window, "1A+1").await.expect(StatusCode::CREATED);
        names(&class[2], &window, "1A").await.is_problem(409, "window-full");
    }
}
