//! Keys change while the service runs.

use crate::identity::parents::sends_list;
use luot_app::Keys;
use luot_app::keys::{Place, SECRET_BYTES};
use luot_app::secrets::{Secret, Secrets};
use luot_domain::clock::Clock as _;
use luot_store::sealed::SEALED;
use luot_testkit::{Database, On, TestApp, on_both};
use reqwest::StatusCode;
use sea_orm::{ConnectionTrait, Database as Connection, DbBackend, Statement};
use serde_json::json;
use uuid::Uuid;

/// What the test's server was started with.
pub(crate) fn first() -> Secrets {
    Secrets::one([7; SECRET_BYTES])
}

async fn sealed_under(app: &TestApp, number: u8) -> (i64, i64) {
    let db = connection(&app.database).await;
    let (mut with, mut without) = (0, 0);
    for of in SEALED {
        let hex = format!("0100{number:02x}");
        let begins = match db.get_database_backend() {
            DbBackend::Postgres => format!("substr({}, 1, 3) = '\\x{hex}'::bytea", of.column),
            _ => format!("substr({}, 1, 3) = x'{hex}'", of.column),
        };
        let sql = format!(
            "SELECT CAST(COALESCE(SUM(CASE WHEN {begins} THEN 1 ELSE 0 END), 0) AS bigint), COUNT(*) \
             FROM {} WHERE {} IS NOT NULL",
            of.table, of.column
        );
        let row = db
            .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
            .await
            .expect("a count")
            .expect("a row");
        let (some, all): (i64, i64) = (
            row.try_get_by_index(0).expect("a number"),
            row.try_get_by_index(1).expect("a number"),
        );
        with += some;
        without += all - some;
    }
    (with, without)
}

pub(super) async fn connection(database: &Database) -> sea_orm::DatabaseConnection {
    let address = match database.address.strip_prefix("sqlite:") {
        Some(path) => format!("sqlite://{path}"),
        None => database.address.clone(),
    };
    Connection::connect(address).await.expect("a database")
}

on_both! {
    async fn keys_rotate_while_people_book(app: TestApp) {
        let slot = app.a_session().with_places(60).published().await;
        let early = app.a_parent();
        let booked = early.books(&slot).await.expect(StatusCode::CREATED);

        // A key is added, then put in use, while bookings come in.
        let next = first().with(Secret { number: 2, bytes: [9; SECRET_BYTES] });
        app.app.adopt_keys(&next).expect("the same first key");
        app.a_parent().books(&slot).await.expect(StatusCode::CREATED);
        app.app.adopt_keys(&next.promoted()).expect("the same first key");
        let late = app.a_parent();
        let booking = async {
            for _ in 0..20 {
                app.a_parent().books(&slot).await.expect(StatusCode::CREATED);
            }
        };
        let (resealed, ()) = tokio::join!(app.app.reseal(), booking);
        let resealed = resealed.expect("sealed anew");
        assert!(resealed.iter().all(|c| c.unreadable.is_empty()), "{resealed:?}");
        assert!(resealed.iter().map(|c| c.values).sum::<u64>() >= 8);
        late.books(&slot).await.expect(StatusCode::CREATED);
        app.app.reseal().await.expect("sealed anew");
        let (new, old) = sealed_under(&app, 2).await;
        assert!(new > 80 && old == 0, "{new} under the new key, {old} not");

        // Who booked before is still known, still has a name, and still has the one place.
        let seen = early.looks_up(&booked).await.expect(StatusCode::OK);
        assert_eq!(seen.text("/full_name"), early.child);
        early.books(&slot).await.is_problem(409, "already-booked");
    }

    async fn a_list_that_is_sent_again_between_two_keys_does_not_stop_the_rotation(app: TestApp) {
        let slot = app.a_session().for_cohort("1A", 2).published().await;
        let list = "1,Trần Văn Mẫu,06/05/2017,001217000001,1A,0901234567\n";
        sends_list(&app, &slot.campaign, list).await;
        let next = first().with(Secret { number: 2, bytes: [9; SECRET_BYTES] }).promoted();
        app.app.adopt_keys(&next).expect("the same first key");
        sends_list(&app, &slot.campaign, list).await;
        for _ in 0..2 {
            let resealed = app.app.reseal().await.expect("sealed anew");
            assert!(resealed.iter().all(|c| c.unreadable.is_empty()), "{resealed:?}");
        }
        assert_eq!(sealed_under(&app, 2).await.1, 0);
        // The phone is named once, and is found.
        let index = Keys::new(&next).blind_index("phone", "+84901234567");
        let named = app.app.store().read(async |tx| {
            luot_store::people::list_by_guardian(tx, std::slice::from_ref(&index)).await
        });
        assert_eq!(named.await.expect("read").len(), 1);
    }

    async fn who_came_twice_between_two_keys_keeps_the_old_index_and_is_sealed_anew(app: TestApp) {
        let phone = "+84901234567";
        let (old, next) = (first(), first().with(Secret { number: 2, bytes: [9; SECRET_BYTES] }));
        let next = next.promoted();
        let now = app.clock.now();
        // The same phone, once by each key: a server knew the second when the other did not.
        let comes = async |keys: &Keys| {
            let id = Uuid::now_v7();
            let place = Place { column: "parent.phone", row: id };
            let row = luot_store::parents::Parent {
                id,
                created_at: now,
                phone_sealed: Some(keys.seal(place, phone)),
                phone_index: Some(keys.blind_index("phone", phone)),
                zalo_index: None,
                zalo_sealed: None,
                seen_at: now,
                erased_at: None,
            };
            let store = app.app.store();
            let added = store.write(async |tx| luot_store::parents::insert(tx, row.clone()).await);
            added.await.expect("a parent");
            id
        };
        let (before, after) = (comes(&Keys::new(&old)).await, comes(&Keys::new(&next)).await);
        app.app.adopt_keys(&next).expect("the same first key");
        let resealed = app.app.reseal().await.expect("sealed anew");
        assert!(resealed.iter().all(|c| c.unreadable.is_empty()), "{resealed:?}");
        assert_eq!(sealed_under(&app, 2).await, (2, 0));
        for (keys, whose) in [(Keys::new(&old), before), (Keys::new(&next), after)] {
            let index = keys.blind_index("phone", phone);
            let found = app.app.store().read(async |tx| {
                luot_store::parents::list_by_phones(tx, std::slice::from_ref(&index)).await
            });
            let ids: Vec<_> = found.await.expect("read").iter().map(|p| p.id).collect();
            assert_eq!(ids, [whose]);
        }
    }

    async fn a_reason_from_before_they_were_sealed_is_sealed_with_the_rest(app: TestApp) {
        let slot = app.a_session().in_days(0).published().await;
        let booked = app.a_parent().books(&slot).await.expect(StatusCode::CREATED);
        app.checks_in(&slot, &booked).await.expect(StatusCode::CREATED);
        let station = app.opens_a_station(&slot).await;
        let (call, _) = app.calls(&station).await;
        let why = json!({ "outcome": "missing_papers", "reason": "quên giấy khai sinh" });
        app.does(&call, "finish", &why).await.expect(StatusCode::OK);
        let said = "mẹ Trần Thị Mẫu quên giấy";
        let before = format!("UPDATE outcome SET reason = '{said}', reason_sealed = NULL");
        app.database.does(&before).await;
        let resealed = app.app.reseal().await.expect("sealed anew");
        let sealed = resealed.iter().find(|c| c.column == "outcome.reason").expect("told");
        assert_eq!(sealed.values, 1);
        let clear = "SELECT CAST(COUNT(*) AS bigint) FROM outcome WHERE reason IS NOT NULL";
        assert_eq!(app.database.number(clear).await, 0);
        let person = app.app.store().read(async |tx| {
            let code = booked.text("/appointments/0/code");
            let row = luot_store::appointments::find_by_code(tx, &code).await?;
            luot_store::privacy::list_outcomes(tx, row.expect("an appointment").person_id).await
        });
        let outcome = person.await.expect("read").remove(0);
        let place = Place { column: "outcome.reason", row: outcome.id };
        let opened = Keys::new(&first()).open(place, &outcome.reason_sealed.expect("sealed"));
        assert_eq!(opened.ok().as_deref(), Some(said));
        let again = app.app.reseal().await.expect("sealed anew");
        assert_eq!(again.iter().map(|c| c.values).sum::<u64>(), 0);
    }

    async fn the_keys_of_another_database_are_not_taken(app: TestApp) {
        assert!(app.app.adopt_keys(&Secrets::one([8; SECRET_BYTES])).is_err());
    }

    async fn every_sealed_column_is_known_to_the_rotation(app: TestApp) {
        let db = connection(&app.database).await;
        let sql = match db.get_database_backend() {
            DbBackend::Postgres => "SELECT table_name::text, column_name::text FROM information_schema.columns \
                WHERE table_schema = 'public' AND column_name LIKE '%\\_sealed'",
            _ => "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c \
                WHERE t.type = 'table' AND c.name LIKE '%\\_sealed' ESCAPE '\\'",
        };
        let rows = db
            .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
            .await
            .expect("a catalogue");
        assert!(rows.len() >= 9);
        for row in rows {
            let (table, column): (String, String) = (
                row.try_get_by_index(0).expect("a name"),
                row.try_get_by_index(1).expect("a name"),
            );
            assert!(
                SEALED.iter().any(|s| s.table == table && s.column == column),
                "{table}.{column} is not in luot-store/src/sealed.rs"
            );
        }
    }
}

/// On SQLite there is one writer: while somebody writes, whoever wants to write as well waits.
#[tokio::test(flavor = "multi_thread")]
async fn whether_the_keys_are_right_is_asked_while_others_write() {
    let app = TestApp::start(On::Embedded).await;
    let written = app.app.store().write(async |_| {
        app.app.check_keys().await.expect("the same keys");
        Ok::<_, luot_store::StoreError>(())
    });
    written.await.expect("written");
}
