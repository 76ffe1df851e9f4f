//! Transactions: all or nothing, tried again when they lost, and the race they prevent.

use std::sync::atomic::{AtomicU32, Ordering};

use luot_store::pools::{self, Changes};
use luot_store::{StoreError, settings};
use sea_orm::{ConnectionTrait, Database as Connection, DatabaseConnection, Statement};
use uuid::Uuid;

use super::both;

#[tokio::test]
async fn an_error_leaves_nothing_behind() {
    for (_database, store) in both().await {
        let now = chrono::Utc::now();
        let failed: Result<(), StoreError> = store
            .write(async |tx| {
                settings::settle(tx, Uuid::now_v7(), "half", "done", now).await?;
                Err(StoreError::Stale)
            })
            .await;
        assert!(matches!(failed, Err(StoreError::Stale)));
        let kept = store
            .read(async |tx| settings::find(tx, "half").await)
            .await;
        assert!(matches!(kept, Ok(None)));
    }
}

#[tokio::test]
async fn who_lost_a_race_is_tried_again_and_in_the_end_told_that_it_is_busy() {
    for (_database, store) in both().await {
        let tries = AtomicU32::new(0);
        let won = store
            .write(async |_| match tries.fetch_add(1, Ordering::Relaxed) {
                0..3 => Err(StoreError::Raced),
                _ => Ok(()),
            })
            .await;
        assert!(won.is_ok());
        assert_eq!(tries.load(Ordering::Relaxed), 4);
        let lost: Result<(), StoreError> = store.write(async |_| Err(StoreError::Raced)).await;
        assert!(matches!(lost, Err(StoreError::Busy(_))));
    }
}

#[tokio::test]
async fn readers_cannot_write() {
    for (_database, store) in both().await {
        let now = chrono::Utc::now();
        let written = store
            .read(async |tx| settings::settle(tx, Uuid::now_v7(), "read", "only", now).await)
            .await;
        assert!(written.is_err());
    }
}

/// A pool of ten places without the rest of a campaign around it.
async fn lonely_pool(address: &str) -> (DatabaseConnection, Uuid) {
    let address = address.replacen("sqlite:", "sqlite://", 1);
    let db = Connection::connect(&address).await.expect("a database");
    let id = Uuid::now_v7();
    // Neither the references nor the checks are what is tested here: the control has to be
    // able to do harm.
    let prepare = match db.get_database_backend() {
        sea_orm::DbBackend::Sqlite => vec!["PRAGMA foreign_keys = OFF".to_owned()],
        _ => vec![
            "ALTER TABLE pool DROP CONSTRAINT fk_pool_campaign".to_owned(),
            "ALTER TABLE pool DROP CONSTRAINT fk_pool_slot".to_owned(),
            "ALTER TABLE pool DROP CONSTRAINT ck_pool_taken".to_owned(),
        ],
    };
    for sql in prepare {
        db.execute_unprepared(&sql).await.expect("prepared");
    }
    let insert = Statement::from_sql_and_values(
        db.get_database_backend(),
        match db.get_database_backend() {
            sea_orm::DbBackend::Sqlite => {
                "INSERT INTO pool (id, created_at, campaign_id, slot_id, open, places, taken, card_places, card_taken) \
                 VALUES (?, '2026-04-08T00:00:00+00:00', ?, ?, true, 10, 0, 0, 0)"
            }
            _ => {
                "INSERT INTO pool (id, created_at, campaign_id, slot_id, open, places, taken, card_places, card_taken) \
                 VALUES ($1, now(), $2, $3, true, 10, 0, 0, 0)"
            }
        },
        [id.into(), Uuid::now_v7().into(), Uuid::now_v7().into()],
    );
    db.execute_raw(insert).await.expect("a pool");
    (db, id)
}

async fn taken(db: &DatabaseConnection, id: Uuid) -> i32 {
    let sql = match db.get_database_backend() {
        sea_orm::DbBackend::Sqlite => "SELECT taken FROM pool WHERE id = ?",
        _ => "SELECT taken FROM pool WHERE id = $1",
    };
    let select = Statement::from_sql_and_values(db.get_database_backend(), sql, [id.into()]);
    let row = db
        .query_one_raw(select)
        .await
        .expect("a database")
        .expect("a pool");
    row.try_get_by_index(0).expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_places_are_taken_ten_times_by_sixty_four() {
    for (database, store) in both().await {
        let (db, id) = lonely_pool(&database.address).await;
        let won = AtomicU32::new(0);
        let one = async || {
            let done: Result<(), StoreError> = store
                .write(async |tx| pools::take(tx, &Changes::from([(id, (1, 0))])).await)
                .await;
            if done.is_ok() {
                won.fetch_add(1, Ordering::Relaxed);
            }
        };
        futures_util::future::join_all((0..64).map(|_| one())).await;
        assert_eq!(won.load(Ordering::Relaxed), 10);
        assert_eq!(taken(&db, id).await, 10);
    }
}

/// The control: read, then write what was read plus one, as others do it. On PostgreSQL it
/// loses updates, and more people hold a place than there are.
#[tokio::test(flavor = "multi_thread")]
async fn control_read_then_write_gives_ten_places_to_more_than_ten() {
    let database = luot_testkit::Database::postgres().await;
    let _store = database.store().await;
    let (db, id) = lonely_pool(&database.address).await;
    let all_have_read = tokio::sync::Barrier::new(16);
    let won = AtomicU32::new(0);
    let one = async || {
        let own = Connection::connect(&database.address)
            .await
            .expect("a database");
        let seen = taken(&own, id).await;
        all_have_read.wait().await;
        if seen < 10 {
            let write = Statement::from_sql_and_values(
                own.get_database_backend(),
                "UPDATE pool SET taken = $2 WHERE id = $1",
                [id.into(), (seen + 1).into()],
            );
            own.execute_raw(write).await.expect("written");
            won.fetch_add(1, Ordering::Relaxed);
        }
    };
    futures_util::future::join_all((0..16).map(|_| one())).await;
    assert_eq!(
        won.load(Ordering::Relaxed),
        16,
        "all were told they have a place"
    );
    assert_eq!(taken(&db, id).await, 1, "and all but one were forgotten");
}
