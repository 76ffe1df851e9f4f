//! What a parent takes along: everything that is held on the child, and of others no more than
//! that they are named.

use luot_testkit::{Answer, TestApp};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::identity::as_who;
use crate::identity::parents::{for_both, sends_list, signs_in};

async fn data(app: &TestApp, token: &str) -> Answer {
    let mine = as_who(app, token, Method::GET, "/v1/me/children")
        .await
        .items();
    let child = mine[0]["id"].as_str().expect("an id");
    let path = format!("/v1/me/children/{child}/data");
    as_who(app, token, Method::GET, &path)
        .await
        .expect(StatusCode::OK)
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_held_on_a_child_is_told_to_its_parent() {
    for_both(async |app, fakes| {
        let slot = app
            .a_session()
            .in_days(0)
            .for_cohort("1A", 2)
            .published()
            .await;
        let (father, mother) = ("0907654321", "0901234567");
        let mut child = app.a_parent();
        child.child = "Trần Văn Mẫu".into();
        for phone in [father, mother] {
            let row = format!("1,Trần Văn Mẫu,06/05/2017,001217000001,1A,{phone}\n");
            sends_list(&app, &slot.campaign, &row).await;
        }
        let person = json!({
            "full_name": "Trần Văn Mẫu", "birth_date": "2017-05-06",
            "personal_number": "001217000001", "cohort_id": "1A",
        });
        // The mother waits, leaves, and books; the child comes and is served.
        let wait = json!({
            "campaign_id": slot.campaign, "persons": [person], "consent": "2026-11/vi",
            "contact": { "name": "Trần Thị Phụ Huynh", "phone": mother },
        });
        let request = app
            .request(Method::POST, "/v1/waitlist-entries")
            .json(&wait);
        let key = uuid::Uuid::now_v7().simple().to_string();
        let joined = app.send(request.header("Idempotency-Key", key)).await;
        child.leaves(&joined.expect(StatusCode::CREATED)).await;
        child.phone = mother.into();
        let body = child.request_for(slot.window(), std::slice::from_ref(&person));
        let booked = child.sends(&body).await.expect(StatusCode::CREATED);
        app.checks_in(&slot, &booked)
            .await
            .expect(StatusCode::CREATED);
        let station = app.opens_a_station(&slot).await;
        let (call, _) = app.calls(&station).await;
        app.finishes(&call).await;

        let hers = data(&app, &signs_in(&app, &fakes, mother).await).await.body;
        let phones = |told: &Value, list: &str| -> Vec<(Value, Value)> {
            let rows = told[list].as_array().expect("a list").iter();
            rows.map(|r| (r["phone"].clone(), r["own"].clone()))
                .collect()
        };
        let own = (json!("+84901234567"), json!(true));
        assert_eq!(
            phones(&hers, "guardians"),
            [(json!("090••••321"), json!(false)), own.clone()]
        );
        // With which she waited, and with which she booked.
        assert_eq!(phones(&hers, "contacts"), [own.clone(), own]);
        assert_eq!(hers["contacts"][0]["name"], "Trần Thị Phụ Huynh");
        assert_eq!(hers["waitlist"][0]["state"], "left");
        assert_eq!(hers["outcomes"][0]["kind"], "enrolled");
        assert_eq!(
            hers["outcomes"][0]["appointment_id"],
            hers["appointments"][0]["id"]
        );
        // When they came and were called.
        let ticket = &hers["tickets"][0];
        assert_eq!(ticket["appointment_id"], hers["appointments"][0]["id"]);
        assert_eq!(ticket["calls"][0]["outcome"], "enrolled");
        // The father sees that there is somebody, and neither her name nor her phone.
        let his = data(&app, &signs_in(&app, &fakes, father).await).await.body;
        let masked = (json!("090••••567"), json!(false));
        assert_eq!(phones(&his, "contacts"), [masked.clone(), masked]);
        let text = his.to_string();
        assert!(
            !text.contains("Phụ Huynh") && !text.contains("901234567"),
            "{text}"
        );
    })
    .await;
}
