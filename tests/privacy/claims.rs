//! Whoever knows a child's personal number and not its name and birth date learns nothing,
//! and is given nothing of the child's.

use luot_testkit::{Answer, Parent, Slot, TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::identity::parents::{for_both, sends_list, signs_in};
use crate::identity::{as_who, post_as};

const NUMBER: &str = "001217000001";

fn child(name: &str, birth: &str) -> Value {
    json!({ "full_name": name, "birth_date": birth, "personal_number": NUMBER })
}

async fn books(who: &Parent, slot: &Slot, person: &Value) -> Answer {
    let body = who.request_for(slot.window(), std::slice::from_ref(person));
    who.sends(&body).await
}

/// Nothing that is stored of the child is in an answer.
fn tells_nothing(answer: &Answer) {
    let text = answer.body.to_string();
    for stored in ["Mẫu", "2017-05-06", "1A", NUMBER, "already"] {
        assert!(!text.contains(stored), "{stored} is told: {text}");
    }
}

/// Takes away what rows from before had not.
async fn as_before(app: &TestApp) {
    use sea_orm::ConnectionTrait as _;
    let db = super::keys::connection(&app.database).await;
    let forget = "UPDATE person SET claim_hash = NULL";
    let done = db.execute_unprepared(forget).await.expect("forgotten");
    assert_eq!(done.rows_affected(), 1);
    db.close().await.expect("closed");
}

on_both! {
    async fn a_number_under_another_name_books_nothing_and_tells_nothing(app: TestApp) {
        let slot = app.a_session().for_cohort("1A", 3).published().await;
        sends_list(&app, &slot.campaign, &format!("1,Trần Văn Mẫu,06/05/2017,{NUMBER},1A,\n")).await;
        let (stranger, mother) = (app.a_parent(), app.a_parent());
        for asked in [child("Ai Đó", "2017-05-06"), child("Trần Văn Mẫu", "2017-06-05")] {
            let refused = books(&stranger, &slot, &asked).await;
            tells_nothing(&refused);
            refused.is_problem(422, "person-mismatch");
        }
        // Who knows the child books it, however they write the words before the given name.
        let booked = books(&mother, &slot, &child("van MAU", "2017-05-06")).await.expect(StatusCode::CREATED);
        assert_eq!(mother.looks_up(&booked).await.text("/full_name"), "Trần Văn Mẫu");
        // That there is an appointment now, is theirs to know too.
        let refused = books(&stranger, &slot, &child("Ai Đó", "2017-05-06")).await;
        tells_nothing(&refused);
        refused.is_problem(422, "person-mismatch");
        books(&mother, &slot, &child("Trần Văn Mẫu", "2017-05-06")).await.is_problem(409, "already-booked");
        // Staff are told that it does not fit as well.
        let body = stranger.request_for(slot.window(), &[child("Ai Đó", "2017-05-06")]);
        app.admin_post("/v1/appointments", &body).await.is_problem(422, "person-mismatch");
    }

    async fn rows_from_before_are_compared_by_what_is_sealed_in_them(app: TestApp) {
        let slot = app.a_session().for_cohort("1A", 3).published().await;
        sends_list(&app, &slot.campaign, &format!("1,Trần Văn Mẫu,06/05/2017,{NUMBER},1A,\n")).await;
        as_before(&app).await;
        let (stranger, mother) = (app.a_parent(), app.a_parent());
        books(&stranger, &slot, &child("Ai Đó", "2017-05-06")).await.is_problem(422, "person-mismatch");
        let wait = async |who: &Parent, person: Value| {
            let body = json!({
                "campaign_id": slot.campaign, "persons": [person], "consent": "2026-11/vi",
                "contact": { "name": "Trần Thị Phụ Huynh", "phone": who.phone },
            });
            let request = app.request(Method::POST, "/v1/waitlist-entries").json(&body);
            let request = request.header("Idempotency-Key", uuid::Uuid::now_v7().simple().to_string());
            app.send(request).await
        };
        let refused = wait(&stranger, child("Ai Đó", "2017-05-06")).await;
        tells_nothing(&refused);
        refused.is_problem(422, "person-mismatch");
        // Who waits is known by their row from then on, and is offered what is free.
        let joined = wait(&mother, child("Trần Văn Mẫu", "2017-05-06")).await.expect(StatusCode::CREATED);
        mother.answers(&joined, "accept").await.expect(StatusCode::CREATED);
        books(&stranger, &slot, &child("Ai Đó", "2017-05-06")).await.is_problem(422, "person-mismatch");
        books(&mother, &slot, &child("Trần Văn Mẫu", "2017-05-06")).await.is_problem(409, "already-booked");
    }

    async fn of_several_who_name_a_number_at_once_the_first_says_whose_it_is(app: TestApp) {
        let slot = app.a_session().with_places(30).published().await;
        let names = ["An", "Bình", "Chi", "Dung", "Em"];
        let all = (0..30).map(|n| {
            let who = app.a_parent();
            let slot = &slot;
            async move {
                let name = names[n % names.len()];
                let answer = books(&who, slot, &child(name, "2017-05-06")).await;
                (name, answer)
            }
        });
        let answers = futures_util::future::join_all(all).await;
        let whose: Vec<_> = answers.iter().filter(|(_, a)| a.status == 201).map(|(name, _)| *name).collect();
        assert_eq!(whose.len(), 1);
        for (name, answer) in answers.into_iter().filter(|(_, a)| a.status != 201) {
            match name == whose[0] {
                true => answer.is_problem(409, "already-booked"),
                false => answer.is_problem(422, "person-mismatch"),
            };
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_cannot_tell_whether_a_number_is_known_by_adding_it() {
    for_both(async |app, fakes| {
        let slot = app.a_session().for_cohort("1A", 3).published().await;
        sends_list(
            &app,
            &slot.campaign,
            &format!("1,Trần Văn Mẫu,06/05/2017,{NUMBER},1A,\n"),
        )
        .await;
        let token = signs_in(&app, &fakes, "0907654321").await;
        let add = async |number: &str| {
            let child = json!({
                "campaign_id": slot.campaign, "full_name": "Ai Đó", "birth_date": "2017-05-06",
                "personal_number": number, "consent": "2026-11/vi",
            });
            let mut answer = post_as(&app, &token, "/v1/me/children", &child)
                .await
                .expect(StatusCode::CREATED);
            answer.body["id"] = Value::Null;
            answer.body
        };
        assert_eq!(add(NUMBER).await, add("001217000002").await);
        let seen = as_who(&app, &token, Method::GET, "/v1/me/children")
            .await
            .items();
        let shown: Vec<_> = seen
            .iter()
            .map(|c| (&c["full_name"], &c["number_ends"], &c["cohorts"]))
            .collect();
        let name = json!("Ai Đó");
        let none = json!([]);
        assert_eq!(
            shown,
            [(&name, &json!("001"), &none), (&name, &json!("002"), &none)]
        );
        // What was added stays apart from the child, and nobody is asked to confirm it.
        let asked = app
            .admin_get(&format!("/v1/campaigns/{}/asked-children", slot.campaign))
            .await;
        assert_eq!(asked.items(), Vec::<Value>::new());
        let mother = app.a_parent();
        let booked = books(&mother, &slot, &child("Mẫu", "2017-05-06"))
            .await
            .expect(StatusCode::CREATED);
        assert_eq!(
            mother.looks_up(&booked).await.text("/full_name"),
            "Trần Văn Mẫu"
        );
        let theirs = as_who(&app, &token, Method::GET, "/v1/me/appointments").await;
        assert_eq!(theirs.items(), Vec::<Value>::new());
    })
    .await;
}
