//! Many at once.

mod apart;
mod budgets;
mod changing;
mod overload;
mod rush;
mod waiting;
mod writers;

use luot_testkit::TestApp;

/// Transactions of this database that wait for a lock.
const STUCK: &str = "SELECT count(*) FROM pg_stat_activity \
                     WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// Returns once so many transactions wait for a lock.
async fn until_stuck(app: &TestApp, most: usize) {
    let most = i64::try_from(most).expect("few");
    while app.database.number(STUCK).await < most {}
}
