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
    /// Where one index may stand only once, what is done with the second.
    pub twice: Twice,
}

/// What becomes of a value whose new blind index another row has already: while keys change,
/// a row may come beside one that is still under the old key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Twice {
    /// That cannot be, or does no harm.
    Stays,
    /// The old row says the same about the same thing, named by this column, and goes.
    Goes(&'static str),
    /// It is sealed anew, and keeps its old index, by which it is found.
    KeepsIndex,
}

const fn plain(table: &'static str, column: &'static str, place: &'static str) -> Sealed {
    Sealed {
        table,
        column,
        place,
        index: None,
        twice: Twice::Stays,
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
        twice: Twice::Stays,
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
    Sealed {
        twice: Twice::KeepsIndex,
        ..indexed(
            "parent",
            "phone_sealed",
            "parent.phone",
            ("phone_index", "phone"),
        )
    },
    Sealed {
        twice: Twice::KeepsIndex,
        ..indexed(
            "parent",
            "zalo_sealed",
            "parent.zalo",
            ("zalo_index", "zalo"),
        )
    },
    Sealed {
        twice: Twice::Goes("person_id"),
        ..indexed(
            "guardian",
            "phone_sealed",
            "guardian.phone",
            ("phone_index", "phone"),
        )
    },
    plain("child", "asked_sealed", "child.asked"),
    plain("credential", "totp_sealed", "credential.totp"),
    plain("privacy_request", "asked_sealed", "privacy_request.asked"),
    plain("outbox", "message_sealed", "outbox.message"),
    plain("outcome", "reason_sealed", "outcome.reason"),
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
/// [`StoreError::Raced`] when another transaction has just added a row with the new index.
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
        match (of.twice, is_twice(tx, of, id, &index).await?) {
            (Twice::Goes(_), true) => return delete(tx, of, (id, old)).await,
            (Twice::KeepsIndex, true) => {}
            _ => {
                set = format!("{set}, {column} = {}", mark(tx.backend, 2));
                values.push(index.into());
            }
        }
    }
    let next = values.len() + 1;
    let sql = format!(
        "UPDATE {table} SET {set} WHERE id = {} AND {column} = {}",
        mark(tx.backend, next),
        mark(tx.backend, next + 1)
    );
    values.extend([id.into(), old.into()]);
    let done = tx.db.execute_raw(statement(tx, &sql, values)).await;
    let done = done.map_err(|e| StoreError::from(e).conflict_is_a_race())?;
    Ok(done.rows_affected() > 0)
}

/// Whether another row has that index, and may not have it twice.
async fn is_twice(tx: &Tx, of: Sealed, id: Uuid, index: &[u8]) -> Result<bool, StoreError> {
    let (table, Some((column, _))) = (of.table, of.index) else {
        return Ok(false);
    };
    let [i, own] = marks(tx.backend);
    let same = match of.twice {
        Twice::Stays => return Ok(false),
        Twice::KeepsIndex => String::new(),
        Twice::Goes(what) => format!(
            " AND {what} = (SELECT {what} FROM {table} WHERE id = {})",
            mark(tx.backend, 3)
        ),
    };
    let sql = format!("SELECT id FROM {table} WHERE {column} = {i} AND id <> {own}{same} LIMIT 1");
    let mut values: Vec<Value> = vec![index.to_vec().into(), id.into()];
    if matches!(of.twice, Twice::Goes(_)) {
        values.push(id.into());
    }
    let found = tx.db.query_one_raw(statement(tx, &sql, values)).await?;
    Ok(found.is_some())
}

async fn delete(tx: &Tx, of: Sealed, (id, old): Stale) -> Result<bool, StoreError> {
    let Sealed { table, column, .. } = of;
    let [i, o] = marks(tx.backend);
    let sql = format!("DELETE FROM {table} WHERE id = {i} AND {column} = {o}");
    let values: Vec<Value> = vec![id.into(), old.into()];
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
