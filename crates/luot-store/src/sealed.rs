//! The columns that hold sealed values, so that all of them can be sealed anew.
//!
//! A test compares the list with the schema: a column named `…_sealed` that is not here fails.

use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use uuid::Uuid;

use crate::connect::Backend;
use crate::error::StoreError;
use crate::transaction::Tx;

/// A column of sealed values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// Its table.
    pub table: &'static str,
    /// Itself.
    pub column: &'static str,
    /// What its values are bound to.
    pub place: &'static str,
    /// The column with the blind index of the same value, and what the index is made for.
    pub index: Option<(&'static str, &'static str)>,
}

const fn plain(table: &'static str, column: &'static str, place: &'static str) -> Sealed {
    Sealed {
        table,
        column,
        place,
        index: None,
    }
}

const fn indexed(
    table: &'static str,
    column: &'static str,
    place: &'static str,
    index: (&'static str, &'static str),
) -> Sealed {
    Sealed {
        table,
        column,
        place,
        index: Some(index),
    }
}

/// Every column of sealed values.
pub const SEALED: &[Sealed] = &[
    plain("person", "full_name_sealed", "person.full_name"),
    plain("person", "birth_date_sealed", "person.birth_date"),
    indexed(
        "person",
        "personal_number_sealed",
        "person.personal_number",
        ("personal_number_index", "personal_number"),
    ),
    plain("person", "representative_sealed", "person.representative"),
    plain("booking", "contact_name_sealed", "booking.contact_name"),
    indexed(
        "booking",
        "contact_phone_sealed",
        "booking.contact_phone",
        ("contact_phone_index", "phone"),
    ),
    indexed(
        "parent",
        "phone_sealed",
        "parent.phone",
        ("phone_index", "phone"),
    ),
    indexed(
        "guardian",
        "phone_sealed",
        "guardian.phone",
        ("phone_index", "phone"),
    ),
    plain("child", "asked_sealed", "child.asked"),
    plain("credential", "totp_sealed", "credential.totp"),
    plain("privacy_request", "asked_sealed", "privacy_request.asked"),
    plain("outbox", "message_sealed", "outbox.message"),
];

/// A sealed value that does not begin like those of the current key.
pub type Stale = (Uuid, Vec<u8>);

/// Some rows, in order, whose value begins otherwise than `header`.
///
/// # Errors
/// Of the database.
pub async fn list_other(
    tx: &Tx,
    of: Sealed,
    header: &[u8],
    after: Uuid,
    limit: u64,
) -> Result<Vec<Stale>, StoreError> {
    let Sealed { table, column, .. } = of;
    let [h, a] = marks(tx.backend);
    let length = header.len();
    let sql = format!(
        "SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL \
         AND substr({column}, 1, {length}) <> {h} AND id > {a} ORDER BY id LIMIT {limit}"
    );
    let values: Vec<Value> = vec![header.to_vec().into(), after.into()];
    let rows = tx.db.query_all_raw(statement(tx, &sql, values)).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect()
}

/// Writes a value sealed anew over the old one, if that is still there.
///
/// # Errors
/// Of the database.
pub async fn replace(
    tx: &Tx,
    of: Sealed,
    (id, old): Stale,
    new: Vec<u8>,
    index: Option<Vec<u8>>,
) -> Result<bool, StoreError> {
    let Sealed { table, column, .. } = of;
    let mut set = format!("{column} = {}", mark(tx.backend, 1));
    let mut values: Vec<Value> = vec![new.into()];
    if let (Some((column, _)), Some(index)) = (of.index, index) {
        set = format!("{set}, {column} = {}", mark(tx.backend, 2));
        values.push(index.into());
    }
    let next = values.len() + 1;
    let sql = format!(
        "UPDATE {table} SET {set} WHERE id = {} AND {column} = {}",
        mark(tx.backend, next),
        mark(tx.backend, next + 1)
    );
    values.extend([id.into(), old.into()]);
    let done = tx.db.execute_raw(statement(tx, &sql, values)).await?;
    Ok(done.rows_affected() > 0)
}

fn mark(backend: Backend, n: usize) -> String {
    match backend {
        Backend::Sqlite => "?".into(),
        Backend::Postgres => format!("${n}"),
    }
}

fn marks(backend: Backend) -> [String; 2] {
    [mark(backend, 1), mark(backend, 2)]
}

fn statement(tx: &Tx, sql: &str, values: Vec<Value>) -> Statement {
    let backend = match tx.backend {
        Backend::Sqlite => DbBackend::Sqlite,
        Backend::Postgres => DbBackend::Postgres,
    };
    Statement::from_sql_and_values(backend, sql, values)
}
