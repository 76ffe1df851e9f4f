//! Many at once.

mod apart;
mod budgets;
mod changing;
mod joining;
mod overload;
mod rush;
mod waiting;
mod writers;

use luot_testkit::{Slot, TestApp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, TransactionTrait};

/// Transactions of this database that wait for a lock.
const STUCK: &str = "SELECT count(*) FROM pg_stat_activity \
                     WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// Returns once so many transactions wait for a lock.
async fn until_stuck(app: &TestApp, most: usize) {
    let most = i64::try_from(most).expect("few");
    while app.database.number(STUCK).await < most {}
}

/// Holds a campaign as whoever publishes a plan or reads a list in does.
async fn changes(app: &TestApp, slot: &Slot) -> DatabaseTransaction {
    holds(
        app,
        &format!(
            "UPDATE campaign SET version = version WHERE id = '{}'",
            slot.campaign
        ),
    )
    .await
}

/// Holds all places: whoever books is stuck before the end.
async fn holds_places(app: &TestApp) -> DatabaseTransaction {
    holds(app, "SELECT id FROM pool ORDER BY id FOR UPDATE").await
}

/// Holds what a statement locks until the transaction ends.
async fn holds(app: &TestApp, lock: &str) -> DatabaseTransaction {
    let database = app.database.beside().await;
    let holding = database.begin().await.expect("a transaction");
    holding.execute_unprepared(lock).await.expect("held");
    holding
}
