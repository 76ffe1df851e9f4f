//! What the migrations make of each database, as golden files, and the rules about it.

use std::fmt::Write as _;
use std::path::Path;

use luot_store::Store;
use luot_testkit::Database;
use sea_orm::{ConnectionTrait, Database as Connection, DatabaseConnection, Statement};

async fn query(db: &DatabaseConnection, sql: &str) -> Vec<Vec<String>> {
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .expect("a catalogue");
    rows.iter()
        .map(|row| {
            (0..4)
                .map_while(|i| row.try_get_by_index::<Option<String>>(i).ok())
                .map(Option::unwrap_or_default)
                .collect()
        })
        .collect()
}

const SQLITE: &str = "SELECT type, name, sql FROM sqlite_master \
    WHERE sql IS NOT NULL AND name NOT LIKE 'seaql%' ORDER BY tbl_name, type DESC, name";

const POSTGRES_COLUMNS: &str = "SELECT table_name::text, column_name::text, data_type::text, is_nullable::text \
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'seaql_migrations' \
    ORDER BY table_name, ordinal_position";
const POSTGRES_CONSTRAINTS: &str = "SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) \
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n' \
    AND conrelid::regclass::text <> 'seaql_migrations' ORDER BY 1, 2";
const POSTGRES_INDEXES: &str = "SELECT tablename::text, indexname::text, indexdef::text FROM pg_indexes \
    WHERE schemaname = 'public' AND tablename <> 'seaql_migrations' ORDER BY 1, 2";

async fn dump(database: &Database) -> String {
    database.store().await;
    let mut text = String::new();
    if let Some(path) = database.address.strip_prefix("sqlite:") {
        let db = Connection::connect(format!("sqlite://{path}"))
            .await
            .expect("a database");
        for row in query(&db, SQLITE).await {
            writeln!(
                text,
                "{}",
                row[2]
                    .replace(", \"", ",\n  \"")
                    .replace(", CONSTRAINT", ",\n  CONSTRAINT")
            )
            .unwrap();
        }
    } else {
        let db = Connection::connect(&database.address)
            .await
            .expect("a database");
        for sql in [POSTGRES_COLUMNS, POSTGRES_CONSTRAINTS, POSTGRES_INDEXES] {
            for row in query(&db, sql).await {
                writeln!(text, "{}", row.join(" | ")).unwrap();
            }
            text.push('\n');
        }
    }
    text
}

/// Compares with a golden file; with `LUOT_BLESS` set, writes it.
pub(crate) fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(name);
    if std::env::var_os("LUOT_BLESS").is_some() {
        std::fs::write(&path, text).expect("a golden file");
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "{} differs; look, and run `LUOT_BLESS=1 cargo xtask test --only test`:\n{}",
        path.display(),
        first_difference(&kept, text)
    );
}

fn first_difference(kept: &str, text: &str) -> String {
    let at = kept.lines().zip(text.lines()).position(|(a, b)| a != b);
    let at = at.unwrap_or_else(|| kept.lines().count().min(text.lines().count()));
    format!(
        "line {}:\n- {}\n+ {}",
        at + 1,
        kept.lines().nth(at).unwrap_or("(end)"),
        text.lines().nth(at).unwrap_or("(end)")
    )
}

#[tokio::test]
async fn the_schema_on_sqlite_is_the_golden_one() {
    golden("schema.sqlite.txt", &dump(&Database::sqlite()).await);
}

#[tokio::test]
async fn the_schema_on_postgresql_is_the_golden_one() {
    golden(
        "schema.postgres.txt",
        &dump(&Database::postgres().await).await,
    );
}

/// Those that another reference implies, or the transaction that writes them has proved; why,
/// tell `m20261122_000013_references`, `m20261128_000031_references` and
/// `m20261128_000033_own_rows`.
const IMPLIED: [(&str, &str); 8] = [
    ("appointment", "booking_id"),
    ("appointment", "campaign_id"),
    ("appointment", "person_id"),
    ("appointment", "pool_id"),
    ("appointment", "service_id"),
    ("appointment", "slot_id"),
    ("booking", "campaign_id"),
    ("person", "campaign_id"),
];

#[tokio::test]
async fn every_id_column_has_a_named_foreign_key_and_every_table_a_date() {
    let database = Database::postgres().await;
    database.store().await;
    let db = Connection::connect(&database.address)
        .await
        .expect("a database");
    let columns = query(&db, POSTGRES_COLUMNS).await;
    let constraints = query(&db, POSTGRES_CONSTRAINTS).await;
    let mut tables: Vec<&String> = columns.iter().map(|c| &c[0]).collect();
    tables.dedup();
    for table in tables {
        let has = |name: &str| columns.iter().any(|c| c[0] == **table && c[1] == name);
        assert!(has("created_at") && has("id"), "{table}");
    }
    for column in columns.iter().filter(|c| c[1].ends_with("_id")) {
        if IMPLIED.contains(&(&column[0], &column[1])) {
            continue;
        }
        let key = format!("FOREIGN KEY ({})", column[1]);
        assert!(
            constraints
                .iter()
                .any(|c| c[0].trim_matches('"') == column[0]
                    && c[1].starts_with("fk_")
                    && c[2].starts_with(&key)),
            "{}.{} has no named foreign key",
            column[0],
            column[1]
        );
    }
    for constraint in &constraints {
        let named = ["ck_", "fk_", "uq_"]
            .iter()
            .any(|p| constraint[1].starts_with(p))
            || constraint[1].ends_with("_pkey");
        assert!(named, "{} is not named by us", constraint[1]);
    }
}

#[tokio::test]
async fn several_migrations_at_once_do_one_another_no_harm() {
    for database in [Database::sqlite(), Database::postgres().await] {
        let migrate = || async {
            let store = Store::connect(&database.address, Some(2))
                .await
                .expect("a database");
            store.migrate(&database.address).await
        };
        let (a, b, c) = tokio::join!(migrate(), migrate(), migrate());
        for outcome in [a, b, c] {
            outcome.expect("migrations");
        }
        let store = Store::connect(&database.address, None)
            .await
            .expect("a database");
        assert!(store.pending().await.expect("a database").is_empty());
    }
}

#[tokio::test]
async fn what_is_pending_is_known_without_touching_anything() {
    let database = Database::postgres().await;
    let store = Store::connect(&database.address, None)
        .await
        .expect("a database");
    assert!(!store.pending().await.expect("a database").is_empty());
    let db = Connection::connect(&database.address)
        .await
        .expect("a database");
    assert!(query(&db, POSTGRES_COLUMNS).await.is_empty());
}
