//! The audit trail: every change and every reading is in it, and a change of it shows.

use luot_app::chain::Fault;
use luot_app::{Actor, Role};
use luot_store::audit::{self, Audit};
use luot_testkit::{On, TestApp, on_both};
use reqwest::{Method, StatusCode};
use sea_orm::{ConnectionTrait, Database as Connection};
use uuid::Uuid;

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
    async fn changes_and_readings_leave_a_row_with_actor_subject_and_request(app: TestApp) {
        let slot = app.a_session().published().await;
        let mai = app.a_parent();
        let booked = mai.books(&slot).await.expect(StatusCode::CREATED);
        let code = booked.text("/appointments/0/code");
        let request = app
            .request(Method::GET, &format!("/v1/appointments/{code}"))
            .bearer_auth(app.token_of(Role::Operator).await)
            .header("X-Request-Id", "counter-7");
        app.send(request).await.expect(StatusCode::OK);
        let all = rows(&app).await;
        assert_eq!(told(&all, "appointment.book").len(), 1);
        let read = told(&all, "appointment.read");
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].actor.as_deref(), Some("staff"));
        assert!(read[0].staff_id.is_some());
        assert_eq!(read[0].request.as_deref(), Some("counter-7"));
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
            let request = app
                .request(Method::POST, "/v1/appointments")
                .header("Idempotency-Key", Uuid::now_v7().simple().to_string())
                .header("X-Request-Id", format!("phone-{n}"))
                .json(&mai.request(slot.window()));
            let booked = app.send(request).await.expect(StatusCode::CREATED);
            (booked.body["booking_id"].clone(), format!("phone-{n}"))
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
