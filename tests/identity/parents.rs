//! Parents sign in by a code sent to their phone, or by Zalo, and find their children.

use chrono::Duration;
use luot_app::Role;
use luot_app::keys::SECRET_BYTES;
use luot_app::secrets::Secret;
use luot_app::users::ScopeOf;
use luot_testkit::{Fakes, On, Slot, TestApp};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{as_who, post, post_as};
use crate::privacy::keys::first;

/// A server with fakes of what is outside.
pub(crate) async fn with_fakes(on: On) -> (TestApp, Fakes) {
    let fakes = Fakes::start();
    let outside = fakes.outside();
    let app = TestApp::start_with(on, &|app, _| app.with_outside(outside.clone())).await;
    (app, fakes)
}

/// A parent signs in by phone; gives the token.
pub(crate) async fn signs_in(app: &TestApp, fakes: &Fakes, phone: &str) -> String {
    post(app, "/v1/phone-codes", &json!({ "phone": phone }))
        .await
        .expect(StatusCode::ACCEPTED);
    let code = fakes.code_sent_to(&international(phone)).await;
    let body = json!({ "phone": phone, "code": code, "as": "token" });
    let answer = post(app, "/v1/phone-sign-ins", &body).await;
    answer.expect(StatusCode::CREATED).text("/token")
}

fn international(phone: &str) -> String {
    format!("+84{}", &phone[1..])
}

/// Sends the list of class 1A.
pub(crate) async fn sends_list(app: &TestApp, campaign: &str, rows: &str) {
    let text = format!("STT,Họ và tên,Ngày sinh,Số định danh cá nhân,Lớp,SĐT phụ huynh\n{rows}");
    let form = Form::new()
        .text("kind", "roster")
        .part("file", Part::text(text).file_name("1A.csv"));
    let request = app
        .request(Method::POST, &format!("/v1/campaigns/{campaign}/imports"))
        .bearer_auth(&app.admin)
        .multipart(form);
    app.send(request).await.expect(StatusCode::OK);
}

async fn a_class(app: &TestApp, rows: &str) -> (Slot, String) {
    let slot = app.a_session().for_cohort("1A", 3).published().await;
    sends_list(app, &slot.campaign, rows).await;
    let cohorts = app
        .get(&format!("/v1/campaigns/{}/cohorts", slot.campaign))
        .await;
    let cohort = cohorts.items()[0]["id"].as_str().expect("an id").to_owned();
    (slot, cohort)
}

async fn children(app: &TestApp, token: &str) -> Vec<Value> {
    let answer = as_who(app, token, Method::GET, "/v1/me/children").await;
    answer.expect(StatusCode::OK).items()
}

pub(crate) async fn for_both(check: impl AsyncFn(TestApp, Fakes)) {
    for on in [On::Embedded, On::Postgres] {
        let (app, fakes) = with_fakes(on).await;
        check(app, fakes).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_and_a_code_are_all_it_takes_to_see_one_s_children() {
    for_both(async |app, fakes| {
        let rows = "1,Trần Văn Mẫu,06/05/2017,,1A,0901234567\n2,Lê Thị Thử,07/05/2017,,1A,0907654321\n";
        let (slot, _) = a_class(&app, rows).await;
        let token = signs_in(&app, &fakes, "0901234567").await;
        let mine = children(&app, &token).await;
        assert_eq!(mine.len(), 1, "{mine:#?}");
        assert_eq!(mine[0]["full_name"], "Trần Văn Mẫu");
        assert_eq!(mine[0]["by_law"], true);
        assert_eq!(mine[0]["cohorts"][0]["code"], "1A");
        // An appointment that the school books is the parent's to see and to cancel.
        let booked = app
            .admin_post(
                "/v1/appointments",
                &json!({
                    "window_id": slot.window(),
                    "contact": { "name": "Trường", "phone": "0911111111" },
                    "persons": [{ "full_name": "Trần Văn Mẫu", "birth_date": "2017-05-06", "cohort_id": "1A" }],
                }),
            )
            .await;
        booked.clone().expect(StatusCode::CREATED);
        let other = signs_in(&app, &fakes, "0907654321").await;
        let code = booked.text("/appointments/0/code");
        let cancel = format!("/v1/appointments/{code}/cancel");
        post_as(&app, &other, &cancel, &json!({})).await.is_problem(404, "not-found");
        let seen = as_who(&app, &other, Method::GET, "/v1/me/appointments").await;
        assert_eq!(seen.items(), Vec::<Value>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_for_five_minutes_five_tries_and_once() {
    for_both(async |app, fakes| {
        let phone = json!({ "phone": "0901234567" });
        let send = async || {
            post(&app, "/v1/phone-codes", &phone)
                .await
                .expect(StatusCode::ACCEPTED);
            fakes.code_sent_to("+84901234567").await
        };
        let attempt = async |code: &str| {
            let body = json!({ "phone": "0901234567", "code": code, "as": "token" });
            post(&app, "/v1/phone-sign-ins", &body).await
        };
        let code = send().await;
        let wrong = if code == "000000" { "000001" } else { "000000" };
        for _ in 0..4 {
            attempt(wrong).await.is_problem(401, "sign-in-refused");
        }
        attempt(&code).await.expect(StatusCode::CREATED);
        attempt(&code).await.is_problem(401, "sign-in-refused");
        let code = send().await;
        for _ in 0..5 {
            attempt(wrong).await.is_problem(401, "sign-in-refused");
        }
        attempt(&code).await.is_problem(401, "sign-in-refused");
        let code = send().await;
        app.clock.advance(Duration::minutes(5));
        attempt(&code).await.is_problem(401, "sign-in-refused");
        // Only the newest counts.
        let (old, new) = (send().await, send().await);
        if old != new {
            attempt(&old).await.is_problem(401, "sign-in-refused");
        }
        attempt(&new).await.expect(StatusCode::CREATED);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn zalo_s_word_is_taken_and_its_ways_of_saying_no_are_understood() {
    for_both(async |app, fakes| {
        let rows = "1,Trần Văn Mẫu,06/05/2017,,1A,0901234567\n";
        a_class(&app, rows).await;
        let (access, phone) = fakes.a_zalo_user("9001", "+84901234567");
        let given =
            |a: &str, p: &str| json!({ "access_token": a, "phone_token": p, "as": "token" });
        let signed_in = post(&app, "/v1/zalo-sign-ins", &given(&access, &phone)).await;
        let token = signed_in.expect(StatusCode::CREATED).text("/token");
        assert_eq!(children(&app, &token).await.len(), 1);
        // A phone token is good once, and an error comes in a 200.
        let again = post(&app, "/v1/zalo-sign-ins", &given(&access, &phone)).await;
        again.is_problem(401, "sign-in-refused");
        let nobody = post(&app, "/v1/zalo-sign-ins", &given("x", "y")).await;
        nobody.is_problem(401, "sign-in-refused");
        // The same parent by phone is the same parent.
        let by_phone = signs_in(&app, &fakes, "0901234567").await;
        let (a, b) = (
            as_who(&app, &token, Method::GET, "/v1/me")
                .await
                .text("/id"),
            as_who(&app, &by_phone, Method::GET, "/v1/me")
                .await
                .text("/id"),
        );
        assert_eq!(a, b);
        fakes.move_abroad();
        let (access, phone) = fakes.a_zalo_user("9002", "+84907654321");
        let abroad = post(&app, "/v1/zalo-sign-ins", &given(&access, &phone)).await;
        abroad.is_problem(403, "zalo-abroad");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_another_phone_is_known_to_zalo_as_before() {
    for_both(async |app, fakes| {
        a_class(&app, "1,Trần Văn Mẫu,06/05/2017,,1A,0901234567\n").await;
        let by_zalo = async |id: &str, phone: &str| {
            let (access, phone) = fakes.a_zalo_user(id, phone);
            let given = json!({ "access_token": access, "phone_token": phone, "as": "token" });
            let signed_in = post(&app, "/v1/zalo-sign-ins", &given).await;
            let token = signed_in.expect(StatusCode::CREATED).text("/token");
            (
                as_who(&app, &token, Method::GET, "/v1/me")
                    .await
                    .text("/id"),
                token,
            )
        };
        let who = async |phone: &str| {
            let token = signs_in(&app, &fakes, phone).await;
            as_who(&app, &token, Method::GET, "/v1/me")
                .await
                .text("/id")
        };
        let (mother, _) = by_zalo("9001", "+84901234567").await;
        // Keys change in between: she is found under the old one.
        let next = first()
            .with(Secret {
                number: 2,
                bytes: [9; SECRET_BYTES],
            })
            .promoted();
        app.app.adopt_keys(&next).expect("the same first key");
        let (moved, token) = by_zalo("9001", "+84907654321").await;
        assert_eq!((&moved, children(&app, &token).await.len()), (&mother, 1));
        assert_eq!(who("0907654321").await, mother);
        // Whoever has her old phone now is somebody else.
        let other = who("0901234567").await;
        assert_ne!(other, mother);
        app.app.reseal().await.expect("sealed anew");
        assert_eq!(by_zalo("9001", "+84907654321").await.0, mother);
        // With a phone that is somebody's, she is who has the phone.
        assert_eq!(by_zalo("9001", "+84901234567").await.0, other);
        assert_eq!(by_zalo("9001", "+84911111111").await.0, other);
        assert_eq!(who("0907654321").await, mother);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_books_with_a_number_after_others_did_must_be_confirmed() {
    for_both(async |app, fakes| {
        let slot = app.a_session().with_places(9).published().await;
        let (mother, stranger) = (app.a_parent(), app.a_parent());
        let books = async |who: &luot_testkit::Parent, name: &str| {
            let person = json!({ "full_name": name, "birth_date": "2017-05-06", "personal_number": "001217000001" });
            let body = who.request_for(slot.window(), &[person]);
            who.sends(&body).await.expect(StatusCode::CREATED)
        };
        let booked = books(&mother, "Trần Văn Mẫu").await;
        mother.acts(&booked, "cancel", &json!({})).await.expect(StatusCode::OK);
        books(&stranger, "Mẫu").await;
        let theirs = signs_in(&app, &fakes, &stranger.phone).await;
        let shown = |c: &Value| (c["state"].clone(), c["full_name"].clone());
        let of = async |token: &str| -> Vec<_> { children(&app, token).await.iter().map(shown).collect() };
        assert_eq!(of(&theirs).await, [(json!("asked"), Value::Null)]);
        let hers = signs_in(&app, &fakes, &mother.phone).await;
        assert_eq!(of(&hers).await, [(json!("linked"), json!("Trần Văn Mẫu"))]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_is_added_with_consent_and_matched_with_care() {
    for_both(async |app, fakes| {
        let rows = "1,Trần Văn Mẫu,06/05/2017,001217000001,1A,\n2,Lê Thị Thử,07/05/2017,,1A,\n";
        let (slot, cohort) = a_class(&app, rows).await;
        let token = signs_in(&app, &fakes, "0901234567").await;
        assert!(children(&app, &token).await.is_empty());
        let add = async |mut child: Value| {
            child["campaign_id"] = slot.campaign.clone().into();
            post_as(&app, &token, "/v1/me/children", &child).await
        };
        let without = json!({ "full_name": "Trần Văn Mẫu", "birth_date": "2017-05-06", "consent": "" });
        add(without).await.is_problem(422, "invalid-body");
        // Number, name and birth date: certain.
        let certain = json!({
            "full_name": "trần văn mẫu", "birth_date": "2017-05-06", "personal_number": "001217000001", "consent": "2026-11/vi",
        });
        assert_eq!(add(certain).await.expect(StatusCode::CREATED).text("/state"), "linked");
        // Number, given name and birth date: somebody must say so, and nothing is shown.
        let stranger = signs_in(&app, &fakes, "0907654321").await;
        let guess = json!({
            "campaign_id": slot.campaign, "full_name": "Ai Đó Mẫu", "birth_date": "2017-05-06",
            "personal_number": "001217000001", "consent": "2026-11/vi",
        });
        let guessed = post_as(&app, &stranger, "/v1/me/children", &guess).await;
        assert_eq!(guessed.expect(StatusCode::CREATED).text("/state"), "asked");
        let shown = children(&app, &stranger).await;
        assert_eq!((&shown[0]["full_name"], &shown[0]["number_ends"]), (&Value::Null, &Value::Null));
        // Name and birth date on the class's list: the school says.
        let asked = json!({ "full_name": "Lê Thị Thử", "birth_date": "2017-05-07", "cohort_id": cohort, "consent": "2026-11/vi" });
        let asked = add(asked).await.expect(StatusCode::CREATED);
        assert_eq!(asked.text("/state"), "asked");
        let scope = ScopeOf {
            campaign: slot.campaign.parse().ok(),
            cohort: cohort.parse().ok(),
            ..ScopeOf::default()
        };
        let school = app.token_within(Role::School, scope).await;
        let path = format!("/v1/campaigns/{}/asked-children", slot.campaign);
        let list = as_who(&app, &school, Method::GET, &path).await.expect(StatusCode::OK).items();
        // Beside the child stands what is said of it, and by whom.
        let said: Vec<_> = list.iter().map(|c| (&c["full_name"], &c["asked"])).collect();
        let at = &list[0]["asked"]["at"];
        let ask = |name: &str, birth: &str, by_number: bool, phone: &str| {
            json!({ "at": at, "full_name": name, "birth_date": birth, "by_number": by_number, "phone": phone })
        };
        let (guess, asks) = (
            ask("Ai Đó Mẫu", "2017-05-06", true, "090••••321"),
            ask("Lê Thị Thử", "2017-05-07", false, "090••••567"),
        );
        assert_eq!(said, [(&json!("Trần Văn Mẫu"), &guess), (&json!("Lê Thị Thử"), &asks)]);
        let trail = format!("/v1/campaigns/{}/trail?limit=500", slot.campaign);
        let rows = app.admin_get(&trail).await.items();
        let read = rows.iter().rfind(|r| r["action"] == "child.read").expect("told");
        let named = read["subject"]["ids"].as_array().expect("ids");
        assert!(named.contains(&list[0]["id"]) && named.len() == 4, "{named:?}");
        // Who has nothing to do with the campaign hears that there is none.
        let far = app.a_session().for_cohort("3C", 1).published().await;
        let far = ScopeOf {
            campaign: far.campaign.parse().ok(),
            cohort: app.get(&format!("/v1/campaigns/{}/cohorts", far.campaign)).await.items()[0]["id"]
                .as_str()
                .and_then(|id| id.parse().ok()),
            ..ScopeOf::default()
        };
        let far = app.token_within(Role::School, far).await;
        as_who(&app, &far, Method::GET, &path).await.is_problem(404, "not-found");
        let decide = format!("/v1/children/{}/decide", asked.text("/id"));
        let elsewhere = ScopeOf { cohort: None, site: None, ..scope };
        let other = app.token_within(Role::School, elsewhere).await;
        post_as(&app, &other, &decide, &json!({ "decision": "confirm" })).await.is_problem(404, "not-found");
        post_as(&app, &school, &decide, &json!({ "decision": "confirm" })).await.expect(StatusCode::NO_CONTENT);
        let names: Vec<_> = children(&app, &token).await.iter().map(|c| c["full_name"].clone()).collect();
        assert_eq!(names, ["Trần Văn Mẫu", "Lê Thị Thử"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_the_gateway_does_not_take_is_tried_again_while_it_is_good() {
    for_both(async |app, fakes| {
        let ask = json!({ "phone": "0901234567" });
        fakes.refuses(2);
        post(&app, "/v1/phone-codes", &ask)
            .await
            .expect(StatusCode::ACCEPTED);
        fakes.has_refused(1).await;
        // Not before it is due: five seconds, then ten.
        for (seconds, refused) in [(4, 1), (1, 2), (9, 2)] {
            app.clock.advance(Duration::seconds(seconds));
            app.app.deliver().await.expect("looked at");
            fakes.has_refused(refused).await;
            assert_eq!(fakes.unread(), 0);
        }
        app.clock.advance(Duration::seconds(1));
        app.app.deliver().await.expect("handed over");
        let code = fakes.code_sent_to("+84901234567").await;
        let body = json!({ "phone": "0901234567", "code": code, "as": "token" });
        post(&app, "/v1/phone-sign-ins", &body)
            .await
            .expect(StatusCode::CREATED);
        // Once is enough.
        app.clock.advance(Duration::minutes(2));
        app.app.deliver().await.expect("nothing is due");
        assert_eq!(fakes.unread(), 0);
        // After five attempts it is given up, and what it said is forgotten.
        fakes.refuses(100);
        post(&app, "/v1/phone-codes", &ask)
            .await
            .expect(StatusCode::ACCEPTED);
        for attempt in 1..=5 {
            fakes.has_refused(attempt).await;
            app.clock
                .advance(Duration::seconds(5 * 2_i64.pow(attempt - 1)));
            app.app.deliver().await.expect("looked at");
        }
        // The code is still good, and yet there is no sixth attempt.
        assert_eq!(fakes.refused(), 5);
        let waits = app.app.store().read(async |tx| {
            luot_store::audit::deliveries::list_due(tx, app.app.now() + Duration::days(1), 10).await
        });
        assert!(waits.await.expect("the outbox").is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_waits_is_found_by_the_phone_that_waits_for_them() {
    for_both(async |app, fakes| {
        let slot = app.a_session().with_places(1).in_windows(1);
        let slot = slot.published().await;
        let taken = app.a_parent().books(&slot).await;
        taken.expect(StatusCode::CREATED);
        let mai = app.a_parent();
        let joined = mai.waits(&slot.campaign, 2, &Value::Null).await;
        joined.expect(StatusCode::CREATED);
        let token = signs_in(&app, &fakes, &mai.phone).await;
        let mine = children(&app, &token).await;
        assert_eq!(mine.len(), 2, "{mine:#?}");
        assert!(mine.iter().all(|c| c["state"] == "linked"), "{mine:#?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_is_told_to_the_trail_and_a_try_at_nothing_is_not() {
    for_both(async |app, fakes| {
        let phone = "0901234567";
        let sent = post(&app, "/v1/phone-codes", &json!({ "phone": phone })).await;
        sent.expect(StatusCode::ACCEPTED);
        let right = fakes.code_sent_to(&international(phone)).await;
        let wrong = if right == "000000" {
            "000001"
        } else {
            "000000"
        };
        let tries = async |phone: &str, code: &str| {
            let body = json!({ "phone": phone, "code": code, "as": "token" });
            post(&app, "/v1/phone-sign-ins", &body).await
        };
        for _ in 0..2 {
            let refused = tries(phone, wrong).await;
            refused.is_problem(401, "sign-in-refused");
        }
        let refused = tries("0907654321", wrong).await;
        refused.is_problem(401, "sign-in-refused");
        tries(phone, &right).await.expect(StatusCode::CREATED);
        let read = app
            .app
            .store()
            .read(async |tx| luot_store::audit::list(tx, None, None, 1_000).await);
        let rows = read.await.expect("the trail");
        let failed: Vec<_> = rows.iter().filter(|r| r.action == "sign_in.fail").collect();
        let counted: Vec<_> = failed.iter().map(|r| &r.subject["tries"]).collect();
        assert_eq!(counted, [&json!(1), &json!(2)]);
        for row in failed {
            assert_eq!(row.actor.as_deref(), Some("anonymous"));
            // By the code's row, which is gone soon, and not by the phone.
            let said = row.subject.to_string();
            assert!(
                !said.contains("901234567") && !said.contains(wrong),
                "{said}"
            );
        }
    })
    .await;
}
