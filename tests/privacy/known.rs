//! A personal number that was claimed before the list came: the list says whose it is.

use chrono::Duration;
use luot_app::Role;
use luot_app::rates::Table;
use luot_app::users::ScopeOf;
use luot_testkit::{Answer, On, Parent, Slot, TestApp, on_both};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::attacks::guessing::limited;
use crate::identity::parents::{for_both, sends_list, signs_in};
use crate::identity::{as_who, post_as};

const NUMBER: &str = "001217000001";
const RIGHT: &str = "1,Trần Văn Mẫu,06/05/2017,001217000001,1A,0901234567\n";

fn child(name: &str, birth: &str) -> Value {
    json!({ "full_name": name, "birth_date": birth, "personal_number": NUMBER })
}

async fn books(who: &Parent, slot: &Slot, person: &Value) -> Answer {
    let body = who.request_for(slot.window(), std::slice::from_ref(person));
    who.sends(&body).await
}

fn list(rows: &str) -> Form {
    let text = format!("STT,Họ và tên,Ngày sinh,Số định danh cá nhân,Lớp,SĐT phụ huynh\n{rows}");
    let form = Form::new().text("kind", "roster");
    form.part("file", Part::text(text).file_name("list.csv"))
}

async fn sends_form(app: &TestApp, token: &str, campaign: &str, form: Form) -> Answer {
    let path = format!("/v1/campaigns/{campaign}/imports");
    let request = app.request(Method::POST, &path).bearer_auth(token);
    app.send(request.multipart(form))
        .await
        .expect(StatusCode::OK)
}

async fn sends(app: &TestApp, token: &str, campaign: &str, rows: &str) -> Answer {
    sends_form(app, token, campaign, list(rows)).await
}

/// Only to see what would come of it.
async fn sends_dry(app: &TestApp, token: &str, campaign: &str, rows: &str) -> Answer {
    let form = list(rows).text("dry_run", "true");
    sends_form(app, token, campaign, form).await
}

/// A school that has that class alone.
async fn school_of(app: &TestApp, slot: &Slot, class: &str) -> String {
    let path = format!("/v1/campaigns/{}/cohorts", slot.campaign);
    let cohorts = app.get(&path).await.items();
    let class = cohorts.iter().find(|c| c["code"] == class);
    let id = class.expect("a class")["id"].as_str().expect("an id");
    let scope = ScopeOf {
        campaign: slot.campaign.parse().ok(),
        cohort: id.parse().ok(),
        ..ScopeOf::default()
    };
    app.token_within(Role::School, scope).await
}

fn codes(sent: &Answer) -> Vec<&str> {
    let all = sent.body["findings"].as_array().expect("findings");
    let codes = all.iter().filter_map(|f| f["code"].as_str());
    codes.filter(|c| *c != "list-differs-from-count").collect()
}

async fn roster(app: &TestApp, slot: &Slot, class: &str) -> Vec<(String, String)> {
    let cohorts = format!("/v1/campaigns/{}/cohorts", slot.campaign);
    let all = app.get(&cohorts).await.items();
    let found = all.iter().find(|c| c["code"] == class).expect("a class");
    let path = format!("{cohorts}/{}/roster", found["id"].as_str().expect("an id"));
    let listed = app.admin_get(&path).await.expect(StatusCode::OK).items();
    let text = |row: &Value, name: &str| row[name].as_str().expect("text").to_owned();
    listed
        .iter()
        .map(|r| (text(r, "full_name"), text(r, "birth_date")))
        .collect()
}

fn one(name: &str, birth: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), birth.to_owned())]
}

async fn children(app: &TestApp, token: &str) -> Vec<(Value, Value)> {
    let answer = as_who(app, token, Method::GET, "/v1/me/children").await;
    let shown = |c: &Value| (c["state"].clone(), c["full_name"].clone());
    answer
        .expect(StatusCode::OK)
        .items()
        .iter()
        .map(shown)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_says_whose_a_number_is_that_was_claimed_under_a_false_name() {
    for_both(async |app, fakes| {
        let slot = app
            .a_session()
            .with_places(30)
            .for_cohort("1A", 3)
            .published()
            .await;
        let (stranger, other) = (app.a_parent(), app.a_parent());
        let false_one = child("Ai Đó", "2017-05-07");
        let booked = books(&stranger, &slot, &false_one)
            .await
            .expect(StatusCode::CREATED);
        let strangers = signs_in(&app, &fakes, &stranger.phone).await;
        let others = signs_in(&app, &fakes, &other.phone).await;
        let mut added = false_one.clone();
        added["campaign_id"] = slot.campaign.clone().into();
        added["consent"] = "2026-11/vi".into();
        let added = post_as(&app, &others, "/v1/me/children", &added).await;
        assert_eq!(added.text("/state"), "linked");
        // The mother has signed in already; nothing is hers yet.
        let mothers = signs_in(&app, &fakes, "0901234567").await;
        assert_eq!(children(&app, &mothers).await, []);

        let sent = sends(&app, &app.admin, &slot.campaign, RIGHT).await;
        assert_eq!(codes(&sent), ["known-under-another-name"]);
        assert_eq!(
            roster(&app, &slot, "1A").await,
            one("Trần Văn Mẫu", "2017-05-06")
        );
        // The child is hers at once, and nobody else's.
        let name = json!("Trần Văn Mẫu");
        assert_eq!(children(&app, &mothers).await, [(json!("linked"), name)]);
        for token in [
            &strangers,
            &others,
            &signs_in(&app, &fakes, &stranger.phone).await,
        ] {
            assert_eq!(children(&app, token).await, [(json!("asked"), Value::Null)]);
            let theirs = as_who(&app, token, Method::GET, "/v1/me/appointments").await;
            assert_eq!(theirs.items(), Vec::<Value>::new());
        }
        // The appointment stays, and shows who booked it nothing of the child.
        let seen = stranger.looks_up(&booked).await.expect(StatusCode::OK);
        assert_eq!(
            (seen.text("/state"), &seen.body["full_name"]),
            ("booked".into(), &Value::Null)
        );
        let code = booked.text("/appointments/0/code");
        let own = as_who(
            &app,
            &mothers,
            Method::GET,
            &format!("/v1/appointments/{code}"),
        )
        .await;
        assert_eq!(own.text("/full_name"), "Trần Văn Mẫu");
        // What was claimed is not taken for knowing the child any more.
        books(&stranger, &slot, &false_one)
            .await
            .is_problem(422, "person-mismatch");
        let mother = app.a_parent();
        let right = child("Trần Văn Mẫu", "2017-05-06");
        books(&mother, &slot, &right)
            .await
            .is_problem(409, "already-booked");
        // It is told, of the child and of each link that ended.
        let trail = format!("/v1/campaigns/{}/trail?limit=500", slot.campaign);
        let rows = app.admin_get(&trail).await.items();
        let renamed: Vec<_> = rows
            .iter()
            .filter(|r| r["action"] == "person.rename")
            .collect();
        assert_eq!(renamed.len(), 1);
        assert_eq!(
            renamed[0]["subject"]["ids"].as_array().map(Vec::len),
            Some(3)
        );
        // The same list again finds nothing odd, and asks nobody anew.
        assert_eq!(
            codes(&sends(&app, &app.admin, &slot.campaign, RIGHT).await),
            [""; 0]
        );
        assert_eq!(children(&app, &mothers).await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_mistyped_and_knows_better_has_the_child_again() {
    for_both(async |app, fakes| {
        let slot = app
            .a_session()
            .with_places(30)
            .for_cohort("1A", 3)
            .published()
            .await;
        let mother = signs_in(&app, &fakes, "0907654321").await;
        let add = async |birth: &str| {
            let mut body = child("Trần Văn Mẫu", birth);
            body["campaign_id"] = slot.campaign.clone().into();
            body["consent"] = "2026-11/vi".into();
            post_as(&app, &mother, "/v1/me/children", &body)
                .await
                .text("/state")
        };
        assert_eq!(add("2017-06-05").await, "linked");
        sends_list(&app, &slot.campaign, RIGHT).await;
        let asked = [(json!("asked"), Value::Null)];
        assert_eq!(children(&app, &mother).await, asked);
        assert_eq!(add("2017-05-06").await, "linked");
        let name = json!("Trần Văn Mẫu");
        assert_eq!(children(&app, &mother).await, [(json!("linked"), name)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_knew_the_given_name_before_the_list_knows_no_more_than_who_does_after() {
    for_both(async |app, fakes| {
        let slot = app
            .a_session()
            .with_places(30)
            .for_cohort("1A", 3)
            .published()
            .await;
        let add = async |phone: &str, name: &str| {
            let token = signs_in(&app, &fakes, phone).await;
            let mut body = child(name, "2017-05-06");
            body["campaign_id"] = slot.campaign.clone().into();
            body["consent"] = "2026-11/vi".into();
            let state = post_as(&app, &token, "/v1/me/children", &body)
                .await
                .text("/state");
            (token, state)
        };
        let (before, state) = add("0907654321", "Ai Đó Mẫu").await;
        assert_eq!(state, "linked");
        let sent = sends(&app, &app.admin, &slot.campaign, RIGHT).await;
        assert_eq!(codes(&sent), [""; 0]);
        assert_eq!(
            children(&app, &before).await,
            [(json!("asked"), Value::Null)]
        );
        let (_, state) = add("0911111111", "Ai Đó Mẫu").await;
        assert_eq!(state, "asked");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_list_of_the_class_counts_unless_a_correction_was_granted() {
    for_both(async |app, fakes| {
        let slot = app.a_session().for_cohort("1A", 3).published().await;
        let wrong = RIGHT
            .replace("Trần Văn Mẫu", "Trần Văn Máu")
            .replace("0901234567", "0907654321");
        sends_list(&app, &slot.campaign, &wrong).await;
        let mistaken = signs_in(&app, &fakes, "0907654321").await;
        assert_eq!(children(&app, &mistaken).await.len(), 1);
        // Accents alone: the same child, spelt as the newer list spells it.
        let accents = sends(
            &app,
            &app.admin,
            &slot.campaign,
            &wrong.replace("Máu", "Mẫu"),
        )
        .await;
        assert_eq!(codes(&accents), [""; 0]);
        assert_eq!(
            roster(&app, &slot, "1A").await,
            one("Trần Văn Mẫu", "2017-05-06")
        );
        assert_eq!(children(&app, &mistaken).await[0].0, "linked");
        // Another child's number: whose phone was named has no child here any more.
        let other = RIGHT.replace("Trần Văn Mẫu", "Lê Thị Thử");
        assert_eq!(
            codes(&sends(&app, &app.admin, &slot.campaign, &other).await),
            ["known-under-another-name"]
        );
        assert_eq!(
            children(&app, &mistaken).await,
            [(json!("asked"), Value::Null)]
        );
        assert_eq!(
            children(&app, &signs_in(&app, &fakes, "0907654321").await).await[0].0,
            "asked"
        );
        // What was corrected on request stays.
        let mother = signs_in(&app, &fakes, "0901234567").await;
        let mine = as_who(&app, &mother, Method::GET, "/v1/me/children")
            .await
            .items();
        let path = format!(
            "/v1/me/children/{}/requests",
            mine[0]["id"].as_str().expect("an id")
        );
        let ask = json!({ "kind": "correct", "full_name": "Lê Thị Thơ" });
        let request = post_as(&app, &mother, &path, &ask).await.text("/id");
        let decide = format!("/v1/data-requests/{request}/decide");
        app.admin_post(&decide, &json!({ "grant": true }))
            .await
            .expect(StatusCode::NO_CONTENT);
        assert_eq!(
            codes(&sends(&app, &app.admin, &slot.campaign, &other).await),
            ["corrected-since"]
        );
        assert_eq!(
            roster(&app, &slot, "1A").await,
            one("Lê Thị Thơ", "2017-05-06")
        );
        assert_eq!(
            children(&app, &mother).await,
            [(json!("linked"), json!("Lê Thị Thơ"))]
        );
    })
    .await;
}

/// Whom the trail says a list told its sender of, each time.
async fn met(app: &TestApp) -> Vec<Value> {
    let read = app
        .app
        .store()
        .read(async |tx| luot_store::audit::list(tx, None, None, 10_000).await);
    let rows = read.await.expect("the trail").into_iter();
    let met = rows.filter(|r| r.action == "person.met" && r.staff_id.is_some());
    met.map(|r| r.subject["ids"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_does_not_say_whose_child_of_another_class_somebody_is_and_leaves_a_trace() {
    for_both(async |app, fakes| {
        let session = app.a_session().for_cohort("1A", 2).for_cohort("2B", 2);
        let slot = session.published().await;
        sends_list(&app, &slot.campaign, RIGHT).await;
        let school = school_of(&app, &slot, "2B").await;
        let others = format!("1,Trần Văn Mẫu,06/05/2017,{NUMBER},2B,0907654321\n");
        // Number, given name and birth date are not enough: the rule for parents.
        let guess = others.replace("Trần Văn", "Ai");
        let sent = sends(&app, &school, &slot.campaign, &guess).await;
        assert_eq!(codes(&sent), ["number-on-another-list"]);
        assert_eq!(roster(&app, &slot, "2B").await, one("Ai Mẫu", "2017-05-06"));
        let sent = sends(&app, &school, &slot.campaign, &others).await;
        assert_eq!(codes(&sent), ["on-another-list"]);
        assert_eq!(roster(&app, &slot, "2B").await.len(), 2);
        let stranger = signs_in(&app, &fakes, "0907654321").await;
        let theirs = children(&app, &stranger).await;
        assert_eq!(theirs, [(json!("linked"), json!("Ai Mẫu"))]);
        let mother = signs_in(&app, &fakes, "0901234567").await;
        let hers = children(&app, &mother).await;
        assert_eq!(hers, [(json!("linked"), json!("Trần Văn Mẫu"))]);
        // Who was told something is in the trail, also where it was only tried.
        assert_eq!(met(&app).await.len(), 2);
        let tried = sends_dry(&app, &school, &slot.campaign, &others).await;
        assert_eq!(codes(&tried), ["on-another-list"]);
        let met = met(&app).await;
        assert_eq!((met.len(), &met[2]), (3, &met[1]));
        // A list with nobody of another's tells nothing.
        sends(&app, &app.admin, &slot.campaign, RIGHT).await;
        assert_eq!(self::met(&app).await.len(), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_of_other_lists_are_not_tried_one_after_the_other() {
    for on in [On::Embedded, On::Postgres] {
        let (app, _) = limited(on, Table::default()).await;
        let session = app.a_session().for_cohort("1A", 40).for_cohort("2B", 40);
        let slot = session.published().await;
        let rows = |class: &str, name: &str, from: u32, to: u32| -> String {
            let row = |n| format!("1,{name},06/05/2017,0012170001{n:02},{class},\n");
            (from..to).map(row).collect()
        };
        sends_list(&app, &slot.campaign, &rows("1A", "Trần Văn Mẫu", 0, 40)).await;
        let school = school_of(&app, &slot, "2B").await;
        // All right, or not known, costs nothing; each guess that misses does.
        sends_dry(
            &app,
            &school,
            &slot.campaign,
            &rows("2B", "Trần Văn Mẫu", 0, 40),
        )
        .await;
        sends_dry(
            &app,
            &school,
            &slot.campaign,
            &rows("2B", "Lê Thị Thử", 60, 99),
        )
        .await;
        sends_dry(
            &app,
            &school,
            &slot.campaign,
            &rows("2B", "Lê Thị Thử", 0, 30),
        )
        .await;
        let form = list(&rows("2B", "Lê Thị Thử", 30, 31)).text("dry_run", "true");
        let path = format!("/v1/campaigns/{}/imports", slot.campaign);
        let request = app.request(Method::POST, &path).bearer_auth(&school);
        let refused = app.send(request.multipart(form)).await;
        refused.is_problem(429, "too-many-requests");
        app.clock.advance(Duration::hours(1));
        sends_dry(
            &app,
            &school,
            &slot.campaign,
            &rows("2B", "Lê Thị Thử", 30, 31),
        )
        .await;
    }
}

on_both! {
    async fn a_list_with_another_class_s_number_neither_renames_nor_shows_its_child(app: TestApp) {
        let slot = app.a_session().for_cohort("1A", 2).for_cohort("2B", 2).published().await;
        sends_list(&app, &slot.campaign, RIGHT).await;
        let school = school_of(&app, &slot, "2B").await;
        let rows = format!("1,Ai Đó,07/05/2017,{NUMBER},2B,0907654321\n");
        for _ in 0..2 {
            let sent = sends(&app, &school, &slot.campaign, &rows).await;
            assert_eq!(codes(&sent), ["number-on-another-list"]);
        }
        assert_eq!(roster(&app, &slot, "2B").await, one("Ai Đó", "2017-05-07"));
        assert_eq!(roster(&app, &slot, "1A").await, one("Trần Văn Mẫu", "2017-05-06"));
    }

    async fn of_two_rows_with_one_number_each_keeps_its_child(app: TestApp) {
        let slot = app.a_session().for_cohort("1A", 2).published().await;
        let rows = format!("{RIGHT}2,Lê Thị Thử,07/05/2017,{NUMBER},1A,\n");
        let sent = sends(&app, &app.admin, &slot.campaign, &rows).await;
        assert!(codes(&sent).contains(&"number-shared"), "{:#}", sent.body);
        let mut both = one("Trần Văn Mẫu", "2017-05-06");
        both.extend(one("Lê Thị Thử", "2017-05-07"));
        assert_eq!(roster(&app, &slot, "1A").await, both);
    }
}
