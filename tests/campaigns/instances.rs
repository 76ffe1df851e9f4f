//! Any public instance can be posted, planned, published and booked into, through the API
//! alone.

use luot_testkit::{On, TestApp};
use reqwest::StatusCode;
use serde_json::{Value, json};

async fn goes_through(name: &str) {
    let app = TestApp::start(On::Embedded).await;
    let path = format!("{}/instances/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let mut instance: Value = serde_json::from_str(&text).expect("an instance");
    instance["title"] = json!(name);
    let created = app
        .admin_post("/v1/campaigns", &instance)
        .await
        .expect(StatusCode::CREATED);
    let campaign = created.text("/id");
    let plan = app.plans(&campaign, &json!({ "seconds": 2 })).await;
    let path = format!("/v1/plans/{}/publish", plan["id"].as_str().expect("an id"));
    let published = app
        .admin_post(&path, &json!({}))
        .await
        .expect(StatusCode::OK);
    assert!(published.number("/sessions") > 0);
    let windows = app
        .get(&format!("/v1/campaigns/{campaign}/availability"))
        .await
        .expect(StatusCode::OK);
    let open = windows
        .items()
        .into_iter()
        .find(|w| w["places_left"].as_i64() > Some(0));
    // Where every place is a cohort's, one of its people books.
    let parent = app.a_parent();
    let mut person = parent.person();
    let window = match open {
        Some(window) => window["window_id"].clone(),
        None => {
            let row = &app
                .get(&format!("/v1/campaigns/{campaign}/timetable"))
                .await
                .items()[0];
            person["cohort_id"] = row["cohort"].clone();
            row["window_id"].clone()
        }
    };
    let window = window.as_str().expect("an id");
    parent
        .sends(&parent.request_for(window, &[person]))
        .await
        .expect(StatusCode::CREATED);
}

macro_rules! each {
    ($($name:ident: $file:literal),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                goes_through($file).await;
            }
        )*
    };
}

each! {
    binh_gia: "binh-gia-2023",
    commune: "commune-1",
    commune_after_a_breakdown: "commune-1-breakdown",
    tight_commune: "commune-tight-1",
    tight_commune_after_a_breakdown: "commune-tight-1-breakdown",
    district: "district-1",
}
