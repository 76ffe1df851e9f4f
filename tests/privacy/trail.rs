//! The audit trail: every change and every reading is in it, and a change of it shows.

use luot_app::chain::Fault;
use luot_app::{Actor, Role};
use luot_store::audit::{self, Audit};
use luot_testkit::{On, TestApp, on_both};
use reqwest::{Method, StatusCode};
use sea_orm::{ConnectionTrait, Database as Connection};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::identity::as_who;
use crate::identity::parents::{sends_list, signs_in, with_fakes};

async fn rows(app: &TestApp) -> Vec<Audit> {
    let read = app
        .app
        .store()
        .read(async |tx| audit::list(tx, None, None, 10_000).await);
    read.await.expect("the trail")
}

fn told<'a>(all: &'a [Audit], action: &str) -> Vec<&'a Audit> {
    all.iter().filter(|r| r.action == action).collect()
}

/// Somebody who may do anything to the database: they take the guard away first.
async fn by_hand(app: &TestApp, sql: &str) -> Result<(), sea_orm::DbErr> {
    let address = match app.database.address.strip_prefix("sqlite:") {
        Some(path) => format!("sqlite://{path}"),
        None => app.database.address.clone(),
    };
    let db = Connection::connect(address).await.expect("a database");
    db.execute_unprepared(sql).await?;
    db.close().await
}

async fn without_guard(app: &TestApp, sql: &str) {
    let postgres = app.database.address.starts_with("postgres");
    for name in ["audit", "audit_link"] {
        for what in ["update", "delete"] {
            let on = if postgres {
                format!(" ON {name}")
            } else {
                String::new()
            };
            let drop = format!("DROP TRIGGER IF EXISTS tr_{name}_{what}{on}");
            by_hand(app, &drop).await.expect("the guard is off");
        }
    }
    by_hand(app, sql).await.expect("done by hand");
}

/// On what it runs.
fn on(app: &TestApp) -> On {
    match app.database.address.starts_with("postgres") {
        true => On::Postgres,
        false => On::Embedded,
    }
}

/// An id as SQL has it.
fn sql_id(app: &TestApp, id: Uuid) -> String {
    match app.database.address.starts_with("postgres") {
        true => format!("'{id}'"),
        false => format!("x'{}'", id.simple()),
    }
}

/// Some history, chained.
async fn history(app: &TestApp) -> Vec<Audit> {
    let slot = app.a_session().published().await;
    let mai = app.a_parent();
    let booked = mai.books(&slot).await.expect(StatusCode::CREATED);
    mai.looks_up(&booked).await.expect(StatusCode::OK);
    mai.acts(&booked, "cancel", &serde_json::json!({}))
        .await
        .expect(StatusCode::OK);
    app.app.chain_trail().await.expect("chained");
    rows(app).await
}

async fn faults(app: &TestApp) -> Vec<Fault> {
    app.app.verify_trail(&[]).await.expect("a verdict").faults
}

on_both! {
    async fn who_reads_the_list_of_staff_or_their_tokens_is_told_of(app: TestApp) {
        let new = json!({ "name": "Bảng", "role": "display", "scopes": [{}] });
        let id = app.admin_post("/v1/staff", &new).await.text("/id");
        app.admin_get("/v1/staff").await.expect(StatusCode::OK);
        app.admin_get(&format!("/v1/staff/{id}/tokens")).await.expect(StatusCode::OK);
        let all = rows(&app).await;
        let listed = told(&all, "staff.read");
        assert_eq!(listed.len(), 1);
        assert!(listed[0].subject.to_string().contains(&id), "{}", listed[0].subject);
        let tokens = told(&all, "token.read");
        assert_eq!(tokens.iter().map(|r| &r.subject["staff"]).collect::<Vec<_>>(), [&json!(id)]);
    }

    async fn changes_and_readings_leave_a_row_with_actor_subject_and_request(app: TestApp) {
        let slot = app.a_session().published().await;
        let mai = app.a_parent();
        let booked = mai.books(&slot).await.expect(StatusCode::CREATED);
        let code = booked.text("/appointments/0/code");
        let request = app
            .request(Method::GET, &format!("/v1/appointments/{code}"))
            .bearer_auth(app.token_of(Role::Operator).await)
            .header("X-Request-Id", "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d87");
        app.send(request).await.expect(StatusCode::OK);
        let all = rows(&app).await;
        assert_eq!(told(&all, "appointment.book").len(), 1);
        let read = told(&all, "appointment.read");
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].actor.as_deref(), Some("staff"));
        assert!(read[0].staff_id.is_some());
        assert_eq!(read[0].request.as_deref(), Some("0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d87"));
        assert_eq!(read[0].subject["ids"][0], booked.body["appointments"][0]["id"]);
        // Who is refused reads nothing, and leaves no reading.
        let refused = app.app.get_appointment(&Actor::Holder("x".into()), &code).await;
        assert!(refused.is_err());
        assert_eq!(told(&rows(&app).await, "appointment.read").len(), 1);
    }

    async fn a_batch_names_each_request_it_served(app: TestApp) {
        let slot = app.a_session().with_places(8).published().await;
        let books = async |n: u32| {
            let mai = app.a_parent();
            let id = format!("0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8{n}");
            let request = app
                .request(Method::POST, "/v1/appointments")
                .header("Idempotency-Key", Uuid::now_v7().simple().to_string())
                .header("X-Request-Id", &id)
                .json(&mai.request(slot.window()));
            let booked = app.send(request).await.expect(StatusCode::CREATED);
            (booked.body["booking_id"].clone(), id)
        };
        let booked: Vec<_> = futures_util::future::join_all((0..6).map(books)).await;
        let all = rows(&app).await;
        let mut named = Vec::new();
        for row in told(&all, "appointment.book") {
            assert_eq!(row.actor.as_deref(), Some("anonymous"));
            let ids = row.subject["ids"].as_array().expect("ids");
            let requests = row.subject["requests"].as_array().expect("requests");
            assert_eq!(ids.len(), requests.len());
            named.extend(ids.iter().cloned().zip(requests.iter().cloned()));
        }
        assert_eq!(named.len(), 6);
        for (id, request) in booked {
            assert!(named.contains(&(id, request.into())), "{named:?}");
        }
    }

    async fn the_trail_of_a_campaign_or_a_person_is_read_with_a_reason_and_names_nobody(app: TestApp) {
        let slot = app.a_session().with_places(8).published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let booked = mai.books(&slot).await.expect(StatusCode::CREATED);
        lan.books(&slot).await.expect(StatusCode::CREATED);
        mai.looks_up(&booked).await.expect(StatusCode::OK);
        mai.acts(&booked, "cancel", &serde_json::json!({})).await.expect(StatusCode::OK);
        let path = format!("/v1/campaigns/{}/trail", slot.campaign);
        let everything = app.admin_get(&format!("{path}?limit=500")).await.expect(StatusCode::OK);
        let text = everything.body.to_string();
        for personal in [&mai.child, &mai.phone, &mai.phone[1..].to_owned(), &mai.birth_date] {
            assert!(!text.contains(personal.as_str()), "{personal} is told");
        }
        let actions: Vec<String> = everything.items().iter().map(|r| r["action"].to_string()).collect();
        assert!(actions.len() > 4 && actions[0].contains("campaign.create"), "{actions:?}");
        // By pages it is the same.
        let mut paged = Vec::new();
        let mut next = format!("{path}?limit=2");
        loop {
            let page = app.admin_get(&next).await.expect(StatusCode::OK);
            paged.extend(page.items().iter().map(|r| r["id"].clone()));
            match page.body["next"].as_str() {
                Some(after) => next = format!("{path}?limit=2&after={after}"),
                None => break,
            }
        }
        let whole: Vec<_> = everything.items().iter().map(|r| r["id"].clone()).collect();
        assert_eq!(paged[..whole.len()], whole[..]);
        // What concerns one person, and a campaign that is another's.
        let code = booked.text("/appointments/0/code");
        let person = {
            let read = app.app.store().read(async |tx| {
                luot_store::appointments::find_by_code(tx, &code).await
            });
            read.await.expect("the row").expect("an appointment").person_id
        };
        let supervisor = app.token_of(Role::Supervisor).await;
        let of_person = format!("{path}?person_id={person}");
        let ask = async |path: &str| app.send(app.request(Method::GET, path).bearer_auth(&supervisor)).await;
        ask(&of_person).await.is_problem(422, "invalid-body");
        let told = ask(&format!("{of_person}&reason=complaint")).await.expect(StatusCode::OK).items();
        let actions: Vec<_> = told.iter().map(|r| r["action"].as_str().expect("an action")).collect();
        assert_eq!(actions, ["appointment.book", "appointment.read", "appointment.cancel"]);
        let stranger = format!("{path}?person_id={}&reason=complaint", Uuid::nil());
        ask(&stranger).await.is_problem(404, "not-found");
        let own = rows(&app).await;
        let reading = own.iter().rfind(|r| r.action == "trail.read").expect("a row");
        assert_eq!(reading.reason.as_deref(), Some("complaint"));
    }

    async fn what_is_done_to_campaigns_and_plans_is_told(app: TestApp) {
        let slot = app.a_session().published().await;
        let path = format!("/v1/campaigns/{}", slot.campaign);
        let version = app.get(&path).await.header("etag").to_owned();
        let change = app
            .request(Method::PATCH, &path)
            .bearer_auth(&app.admin)
            .header("If-Match", version)
            .json(&json!({ "title": "Đợt mới", "setup_minutes": 10 }));
        app.send(change).await.expect(StatusCode::OK);
        let plans = format!("{path}/plans");
        let started = app.admin_post(&plans, &json!({ "steps": 10 })).await.expect(StatusCode::ACCEPTED);
        let plan = started.text("/id");
        let cancel = app.request(Method::DELETE, &format!("/v1/plans/{plan}")).bearer_auth(&app.admin);
        app.send(cancel).await.expect(StatusCode::NO_CONTENT);
        let all = rows(&app).await;
        let changed = told(&all, "campaign.change");
        assert_eq!(changed.len(), 1);
        assert_eq!(changed[0].subject["fields"], json!(["title", "setup_minutes"]));
        assert!(changed[0].staff_id.is_some() && changed[0].campaign_id.is_some());
        for action in ["plan.start", "plan.cancel"] {
            let last = told(&all, action).pop().expect(action).clone();
            assert_eq!(last.subject["plan"], plan.as_str(), "{action}");
            assert!(last.staff_id.is_some(), "{action}");
        }
    }

    async fn what_is_done_on_the_day_is_told_and_so_is_each_showing_of_a_name(app: TestApp) {
        let slot = app.a_session().in_days(0).published().await;
        let booked = app.a_parent().books(&slot).await.expect(StatusCode::CREATED);
        let appointment = booked.body["appointments"][0]["id"].clone();
        app.checks_in(&slot, &booked).await.expect(StatusCode::CREATED);
        // Again it changes nothing.
        app.checks_in(&slot, &booked).await;
        app.takes_a_ticket(&slot).await.expect(StatusCode::CREATED);
        let station = app.opens_a_station(&slot).await;
        let (call, _) = app.calls(&station).await;
        for what in ["recall", "serve", "serve", "park"] {
            let shown = app.does(&call, what, &json!({})).await.expect(StatusCode::OK);
            assert!(shown.body["full_name"].is_string(), "{:#}", shown.body);
        }
        let all = rows(&app).await;
        let of = |action: &str| -> Vec<_> {
            told(&all, action).iter().map(|r| r.subject["appointment"].clone()).collect()
        };
        assert_eq!(of("ticket.arrive"), std::slice::from_ref(&appointment));
        assert_eq!(of("ticket.take"), [Value::Null]);
        for action in ["call.create", "call.recall", "call.serve", "call.park", "call.read"] {
            assert_eq!(of(action), std::slice::from_ref(&appointment), "{action}");
        }
        let taken = told(&all, "ticket.take");
        assert_eq!(taken[0].actor.as_deref(), Some("anonymous"));
    }

    async fn who_reads_ids_and_grounds_of_who_waits_is_told_and_who_sees_names_masked_is_not(app: TestApp) {
        let slot = app.a_session().in_days(0).with_places(1).published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let booked = mai.books(&slot).await.expect(StatusCode::CREATED);
        app.checks_in(&slot, &booked).await.expect(StatusCode::CREATED);
        let joined = lan.waits(&slot.campaign, 1, &json!({})).await.expect(StatusCode::CREATED);
        let line = format!("/v1/sessions/{}/line", slot.session);
        let entry = format!("/v1/waitlist-entries/{}", joined.text("/id"));
        // Whoever passes by, boards and kiosks; and the party itself.
        app.get(&line).await.expect(StatusCode::OK);
        for role in [Role::Display, Role::Kiosk] {
            let seen = as_who(&app, &app.token_of(role).await, Method::GET, &line).await;
            assert_eq!(seen.expect(StatusCode::OK).body["tickets"][0]["id"], Value::Null);
        }
        lan.looks_at(&joined).await.expect(StatusCode::OK);
        let all = rows(&app).await;
        let readings: Vec<_> = all.iter().filter(|r| r.action.ends_with(".read")).collect();
        assert!(readings.is_empty(), "{readings:?}");
        let operator = app.token_of(Role::Operator).await;
        let seen = as_who(&app, &operator, Method::GET, &line).await.expect(StatusCode::OK);
        assert!(seen.body["tickets"][0]["id"].is_string(), "{:#}", seen.body);
        as_who(&app, &operator, Method::GET, &entry).await.expect(StatusCode::OK);
        let all = rows(&app).await;
        let appointment = &booked.body["appointments"][0]["id"];
        for (action, id) in [("line.read", appointment), ("waitlist.read", &joined.body["id"])] {
            let read = told(&all, action);
            assert_eq!(read.len(), 1, "{action}");
            assert_eq!(read[0].actor.as_deref(), Some("staff"));
            assert!(read[0].staff_id.is_some() && read[0].campaign_id.is_some());
            assert_eq!(read[0].subject["ids"], json!([id]));
        }
    }

    async fn an_untouched_trail_is_sound_and_names_its_heads(app: TestApp) {
        let all = history(&app).await;
        let verdict = app.app.verify_trail(&[]).await.expect("a verdict");
        assert_eq!(verdict.faults, []);
        // Every row, and the link that begins the chain.
        assert_eq!(verdict.links, all.len() as u64 + 1);
        assert_eq!((verdict.heads.len(), verdict.waiting), (1, 0));
        let noted = [verdict.heads[0].text()];
        app.token_of(Role::Display).await;
        app.app.chain_trail().await.expect("chained");
        let later = app.app.verify_trail(&noted).await.expect("a verdict");
        assert_eq!(later.faults, []);
        assert!(later.links > verdict.links);
    }

    async fn rows_cannot_be_changed_or_removed_by_accident(app: TestApp) {
        history(&app).await;
        assert!(by_hand(&app, "UPDATE audit SET action = 'nothing'").await.is_err());
        assert!(by_hand(&app, "DELETE FROM audit_link").await.is_err());
        assert_eq!(faults(&app).await, []);
    }

    async fn a_changed_row_is_found(app: TestApp) {
        let all = history(&app).await;
        let victim = all.iter().find(|r| r.action == "appointment.cancel").expect("a row");
        let sql = format!("UPDATE audit SET action = 'appointment.read' WHERE id = {}", sql_id(&app, victim.id));
        without_guard(&app, &sql).await;
        assert_eq!(faults(&app).await, [Fault::Changed(victim.id)]);
    }

    async fn a_removed_row_is_found_with_or_without_its_link(app: TestApp) {
        let all = history(&app).await;
        let victim = all.iter().find(|r| r.action == "appointment.cancel").expect("a row");
        let id = sql_id(&app, victim.id);
        without_guard(&app, &format!("DELETE FROM audit_link WHERE audit_id = {id}")).await;
        by_hand(&app, &format!("DELETE FROM audit WHERE id = {id}")).await.expect("removed");
        // The cancellation is the last thing that happened: its chain is cut, and only a
        // head that was noted shows that.
        let head = app.app.chain_head().await.expect("a head").text();
        assert_eq!(faults(&app).await, []);
        let verdict = app.app.verify_trail(std::slice::from_ref(&head)).await.expect("a verdict");
        assert_eq!(verdict.faults, [Fault::Cut(head)]);
        // Further in, the gap shows by itself.
        let earlier = all.iter().find(|r| r.action == "appointment.book").expect("a row");
        let id = sql_id(&app, earlier.id);
        by_hand(&app, &format!("DELETE FROM audit_link WHERE audit_id = {id}")).await.expect("removed");
        by_hand(&app, &format!("DELETE FROM audit WHERE id = {id}")).await.expect("removed");
        let found = faults(&app).await;
        assert!(matches!(found.as_slice(), [Fault::Gap { .. }]), "{found:?}");
    }

    async fn an_inserted_row_is_found(app: TestApp) {
        let all = history(&app).await;
        let like = sql_id(&app, all[0].id);
        let forged = Uuid::now_v7();
        let sql = format!(
            "INSERT INTO audit (id, created_at, action, subject, server) \
             SELECT {}, created_at, 'plan.publish', subject, server FROM audit WHERE id = {like}",
            sql_id(&app, forged)
        );
        by_hand(&app, &sql).await.expect("inserted");
        // At once, and for good: no server takes it for its own or for that of one that
        // stopped, neither one that runs nor one that begins, nor whoever looks and goes.
        assert_eq!(faults(&app).await, [Fault::Inserted(forged)]);
        app.clock.advance(chrono::Duration::hours(1));
        app.app.chain_trail().await.expect("chained");
        assert_eq!(faults(&app).await, [Fault::Inserted(forged)]);
        let looks = app.another(on(&app)).await;
        assert_eq!(faults(&looks).await, [Fault::Inserted(forged)]);
        looks.stop().await;
        let next = app.another(on(&app)).await;
        next.app.chain_trail().await.expect("chained");
        app.clock.advance(chrono::Duration::hours(1));
        next.app.chain_trail().await.expect("chained");
        assert_eq!(faults(&next).await, [Fault::Inserted(forged)]);
        // With what vouches for another row, it is no better.
        let again = Uuid::now_v7();
        let sql = format!(
            "INSERT INTO audit (id, created_at, action, subject, server, mac) \
             SELECT {}, created_at, action, subject, server, mac FROM audit WHERE id = {like}",
            sql_id(&app, again)
        );
        by_hand(&app, &sql).await.expect("inserted");
        app.clock.advance(chrono::Duration::hours(1));
        next.app.chain_trail().await.expect("chained");
        assert_eq!(faults(&next).await, [Fault::Inserted(forged), Fault::Inserted(again)]);
    }

    async fn who_looks_at_the_trail_and_goes_chains_nothing_of_others(app: TestApp) {
        history(&app).await;
        app.token_of(Role::Display).await;
        app.clock.advance(chrono::Duration::hours(1));
        let looks = app.another(on(&app)).await;
        looks.app.chain_trail().await.expect("its own token is chained");
        let before = looks.app.verify_trail(&[]).await.expect("a verdict");
        app.token_of(Role::Display).await;
        looks.stop().await;
        let after = app.app.verify_trail(&[]).await.expect("a verdict");
        assert_eq!(before.links, after.links);
        assert_eq!((after.faults, after.waiting), (vec![], 2));
    }

    async fn what_a_server_left_when_it_stopped_is_taken_in_however_soon_the_next_begins(app: TestApp) {
        let all = history(&app).await;
        let (mai, slot) = (app.a_parent(), app.a_session().published().await);
        mai.books(&slot).await.expect(StatusCode::CREATED);
        // It stops here, in the middle of a second; another begins at once.
        let next = app.another(on(&app)).await;
        next.app.chain_trail().await.expect("chained");
        let verdict = next.app.verify_trail(&[]).await.expect("a verdict");
        // The next one has added its own token.
        let left = rows(&app).await.len() - all.len() - 2;
        assert_eq!((verdict.faults, verdict.waiting), (vec![], left));
        app.clock.advance(chrono::Duration::minutes(6));
        next.app.chain_trail().await.expect("chained");
        let verdict = next.app.verify_trail(&[]).await.expect("a verdict");
        assert_eq!((verdict.faults, verdict.waiting), (vec![], 0));
        assert_eq!(verdict.taken_in.len(), left);
    }

    async fn a_row_that_was_changed_before_it_was_chained_is_found(app: TestApp) {
        let slot = app.a_session().published().await;
        app.a_parent().books(&slot).await.expect(StatusCode::CREATED);
        let all = rows(&app).await;
        let victim = told(&all, "appointment.book")[0].id;
        let sql = format!("UPDATE audit SET action = 'nothing' WHERE id = {}", sql_id(&app, victim));
        without_guard(&app, &sql).await;
        app.app.chain_trail().await.expect("chained");
        assert_eq!(faults(&app).await, [Fault::Inserted(victim)]);
    }

    async fn each_server_has_its_chain_and_knows_where_the_others_ended(app: TestApp) {
        history(&app).await;
        let other = app.another(on(&app)).await;
        other.token_of(Role::Display).await;
        app.token_of(Role::Display).await;
        let (a, b) = tokio::join!(app.app.chain_trail(), other.app.chain_trail());
        a.and(b).expect("both chained");
        let verdict = app.app.verify_trail(&[]).await.expect("a verdict");
        assert_eq!((verdict.faults, verdict.heads.len()), (vec![], 2));
        // The first server's whole chain disappears: the second remembers it.
        let mine = app.app.chain_head().await.expect("a head").server;
        let sql = format!("DELETE FROM audit_link WHERE server = {}", sql_id(&app, mine));
        without_guard(&app, &sql).await;
        let found = faults(&app).await;
        assert!(found.iter().any(|f| matches!(f, Fault::Cut(_))), "{found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_names_whom_it_has_and_a_sign_in_whose_children_it_found() {
    for on in [On::Embedded, On::Postgres] {
        let (app, fakes) = with_fakes(on).await;
        let slot = app.a_session().for_cohort("1A", 2).published().await;
        let list = "1,Trần Văn Mẫu,06/05/2017,,1A,0901234567\n2,Lê Thị Thử,07/05/2017,,1A,\n";
        sends_list(&app, &slot.campaign, list).await;
        let all = rows(&app).await;
        let imported = told(&all, "person.import");
        assert_eq!(imported.len(), 1);
        let named = imported[0].subject["ids"].as_array().expect("ids").clone();
        assert_eq!(named.len(), 2);
        for _ in 0..2 {
            signs_in(&app, &fakes, "0901234567").await;
        }
        let all = rows(&app).await;
        let linked = told(&all, "child.link");
        // The second time nothing is new.
        assert_eq!(linked.len(), 1);
        assert_eq!(linked[0].actor.as_deref(), Some("parent"));
        let child = linked[0].subject["ids"][1].clone();
        assert!(named.contains(&child), "{child} of {named:?}");
        // Whoever looks for what concerns the child finds both.
        let path = format!(
            "/v1/campaigns/{}/trail?person_id={}",
            slot.campaign,
            child.as_str().expect("an id")
        );
        let found = app.admin_get(&path).await.expect(StatusCode::OK).items();
        let actions: Vec<_> = found.iter().map(|r| r["action"].clone()).collect();
        for action in ["person.import", "child.link"] {
            assert!(actions.contains(&json!(action)), "{actions:?}");
        }
    }
}
