//! The store on both databases: migrations, the schema, conflicts, transactions.

mod bulk;
mod conflicts;
mod schema;

pub(crate) use schema::golden;
mod transactions;

use luot_store::Store;
use luot_testkit::Database;

/// Both databases, each new.
async fn both() -> Vec<(Database, Store)> {
    let (sqlite, postgres) = (Database::sqlite(), Database::postgres().await);
    let stores = (sqlite.store().await, postgres.store().await);
    vec![(sqlite, stores.0), (postgres, stores.1)]
}
