//! Many rows in one statement whose text is always the same, so that it stays prepared.
//!
//! On PostgreSQL the values of a column travel together, as one text in its notation for
//! arrays, and are taken apart by `UNNEST`: whether a batch has one row or five hundred, the
//! statement is the same, and planning it is paid for once a connection. On SQLite, where
//! preparing costs little, rows travel as parameters, in chunks of few different sizes.

use std::fmt::Write as _;

use chrono::SecondsFormat;
use sea_orm::sea_query::{Expr, OnConflict, Query, SimpleExpr, Value};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ColumnType, ConnectionTrait, DbErr, EntityName,
    EntityTrait, ExprTrait, Iden, IntoActiveModel, Iterable, Statement,
};
use uuid::Uuid;

use crate::Instant;
use crate::connect::Backend;
use crate::error::StoreError;
use crate::transaction::Tx;

/// Rows in one statement: beyond, a statement only grows.
const CHUNK: usize = 500;
/// The same on SQLite, which takes 32,766 parameters, and whose chunks are powers of two.
const SQLITE_CHUNK: usize = 64;

/// Adds rows. What is to be done about those that are there already is said by `conflict`;
/// gives how many were written.
pub(crate) async fn insert<M, A>(
    tx: &Tx,
    models: Vec<M>,
    conflict: Option<OnConflict>,
) -> Result<u64, StoreError>
where
    M: IntoActiveModel<A>,
    A: ActiveModelTrait + Send,
{
    let mut rows = models.into_iter().map(IntoActiveModel::into_active_model);
    let mut written = 0;
    loop {
        let left = rows.len();
        if left == 0 {
            return Ok(written);
        }
        written += match tx.backend {
            Backend::Postgres => {
                let chunk = rows.by_ref().take(CHUNK).collect();
                unnested::<A>(tx, chunk, conflict.clone()).await?
            }
            Backend::Sqlite => {
                let size = 1 << left.min(SQLITE_CHUNK).ilog2();
                let chunk: Vec<A> = rows.by_ref().take(size).collect();
                let mut insert = A::Entity::insert_many(chunk);
                if let Some(conflict) = conflict.clone() {
                    insert = insert.on_conflict(conflict);
                }
                insert.exec_without_returning(&tx.db).await?
            }
        };
    }
}

async fn unnested<A>(tx: &Tx, rows: Vec<A>, conflict: Option<OnConflict>) -> Result<u64, StoreError>
where
    A: ActiveModelTrait + Send,
{
    let columns: Vec<_> = <A::Entity as EntityTrait>::Column::iter().collect();
    let mut arrays: Vec<Array> = columns.iter().map(|_| Array::default()).collect();
    for mut row in rows {
        for (column, array) in columns.iter().zip(&mut arrays) {
            match row.take(*column) {
                ActiveValue::Set(value) | ActiveValue::Unchanged(value) => array.push(&value)?,
                ActiveValue::NotSet => array.null(),
            }
        }
    }
    let mut into = String::new();
    let mut from = String::new();
    for (n, column) in columns.iter().enumerate() {
        let comma = if n == 0 { "" } else { ", " };
        let kind = kind(column.def().get_column_type())?;
        // Writing to a text does not fail.
        let _ = write!(into, "{comma}\"{}\"", column.unquoted());
        let _ = write!(from, "{comma}CAST(${} AS {kind}[])", n + 1);
    }
    let table = A::Entity::default().table_name().to_owned();
    let conflict = conflict.map_or_else(String::new, |conflict| told(&table, conflict));
    let sql = format!("INSERT INTO \"{table}\" ({into}) SELECT * FROM UNNEST({from}){conflict}");
    execute(tx, sql, arrays).await
}

/// `ON CONFLICT …`, as the query builder writes it.
fn told(table: &str, conflict: OnConflict) -> String {
    let whole = Query::insert()
        .into_table(table.to_owned())
        .on_conflict(conflict)
        .to_string(sea_orm::sea_query::PostgresQueryBuilder);
    whole
        .find(" ON CONFLICT")
        .and_then(|at| whole.get(at..))
        .unwrap_or_default()
        .to_owned()
}

/// Runs a statement of arrays on PostgreSQL; gives how many rows it touched.
pub(crate) async fn execute(tx: &Tx, sql: String, arrays: Vec<Array>) -> Result<u64, StoreError> {
    let statement = statement(tx, sql, arrays);
    Ok(tx.db.execute_raw(statement).await?.rows_affected())
}

/// A statement of arrays for PostgreSQL.
pub(crate) fn statement(tx: &Tx, sql: String, arrays: Vec<Array>) -> Statement {
    let values = arrays.into_iter().map(Value::from);
    Statement::from_sql_and_values(tx.db.get_database_backend(), sql, values)
}

/// Whether a column is one of many values. The text of the statement does not grow with them.
pub(crate) fn one_of<C>(tx: &Tx, column: C, values: impl IntoIterator<Item = Value>) -> SimpleExpr
where
    C: ColumnTrait,
{
    let values = values.into_iter();
    match tx.backend {
        Backend::Postgres => {
            let mut array = Array::default();
            let mut sound = true;
            for value in values {
                sound &= array.push(&value).is_ok();
            }
            debug_assert!(sound, "a kind of value that is looked up nowhere");
            let kind = kind(column.def().get_column_type()).unwrap_or("text");
            Expr::cust_with_exprs(
                // Read once: without `SELECT`, PostgreSQL reads the text again for every row it looks at.
                format!("$1 = ANY(CAST((SELECT CAST($2 AS {kind}[])) AS {kind}[]))"),
                [column.as_column_ref_expr(), Expr::val(Value::from(array))],
            )
        }
        Backend::Sqlite => {
            let mut all: Vec<Value> = values.collect();
            // The last again and again up to a power of two, for the same reason.
            if let Some(last) = all.last().cloned() {
                all.resize(all.len().next_power_of_two(), last);
            }
            column.as_column_ref_expr().is_in(all)
        }
    }
}

/// Uuids as values.
pub(crate) fn ids(ids: impl IntoIterator<Item = Uuid>) -> impl Iterator<Item = Value> {
    ids.into_iter().map(Value::from)
}

trait AsExpr {
    fn as_column_ref_expr(&self) -> SimpleExpr;
}

impl<C: ColumnTrait> AsExpr for C {
    fn as_column_ref_expr(&self) -> SimpleExpr {
        Expr::col(self.as_column_ref())
    }
}

/// PostgreSQL's name of a type.
fn kind(of: &ColumnType) -> Result<&'static str, StoreError> {
    Ok(match of {
        ColumnType::Uuid => "uuid",
        ColumnType::String(_) | ColumnType::Text => "text",
        ColumnType::Integer => "int4",
        ColumnType::BigInteger => "int8",
        ColumnType::Boolean => "bool",
        ColumnType::TimestampWithTimeZone => "timestamptz",
        ColumnType::Date => "date",
        ColumnType::Time => "time",
        ColumnType::Binary(_) | ColumnType::VarBinary(_) | ColumnType::Blob => "bytea",
        ColumnType::Json | ColumnType::JsonBinary => "jsonb",
        other => return Err(unknown(format!("{other:?}"))),
    })
}

fn unknown(what: String) -> StoreError {
    StoreError::Bug(DbErr::Type(format!("no array is made of {what}")))
}

/// Values as PostgreSQL reads an array of them: `{1,NULL,"a text"}`.
#[derive(Debug, Default)]
pub(crate) struct Array {
    text: String,
    /// The last instant and its text: in a batch it is mostly the same.
    at: Option<(Instant, String)>,
}

impl From<Array> for Value {
    fn from(mut array: Array) -> Self {
        if array.text.is_empty() {
            array.text.push('{');
        }
        array.text.push('}');
        Self::from(array.text)
    }
}

impl Array {
    fn next(&mut self) {
        self.text.push(if self.text.is_empty() { '{' } else { ',' });
    }

    fn null(&mut self) {
        self.next();
        self.text.push_str("NULL");
    }

    /// Adds a number.
    pub(crate) fn push_int(&mut self, value: i32) {
        self.next();
        let _ = write!(self.text, "{value}");
    }

    /// Adds an id.
    pub(crate) fn push_id(&mut self, id: Uuid) {
        self.next();
        let mut digits = [0; uuid::fmt::Simple::LENGTH];
        self.text.push_str(id.simple().encode_lower(&mut digits));
    }

    /// Adds a value of a kind that the entities have.
    fn push(&mut self, value: &Value) -> Result<(), StoreError> {
        match value {
            Value::Uuid(Some(id)) => self.push_id(*id),
            Value::String(Some(text)) => self.push_text(text),
            Value::Bytes(Some(bytes)) => self.push_bytes(bytes),
            Value::Int(Some(n)) => self.push_int(*n),
            Value::BigInt(Some(n)) => {
                self.next();
                let _ = write!(self.text, "{n}");
            }
            Value::Bool(Some(yes)) => {
                self.next();
                self.text.push(if *yes { 't' } else { 'f' });
            }
            Value::ChronoDateTimeUtc(Some(at)) => {
                self.next();
                let text = match self.at.take() {
                    Some((last, text)) if last == *at => text,
                    _ => at.to_rfc3339_opts(SecondsFormat::Micros, true),
                };
                self.text.push_str(&text);
                self.at = Some((*at, text));
            }
            Value::ChronoDate(Some(date)) => {
                self.next();
                let _ = write!(self.text, "{date}");
            }
            Value::ChronoTime(Some(time)) => {
                self.next();
                let _ = write!(self.text, "{time}");
            }
            Value::Json(Some(json)) => self.push_text(&json.to_string()),
            Value::Uuid(None)
            | Value::String(None)
            | Value::Bytes(None)
            | Value::Int(None)
            | Value::BigInt(None)
            | Value::Bool(None)
            | Value::ChronoDateTimeUtc(None)
            | Value::ChronoDate(None)
            | Value::ChronoTime(None)
            | Value::Json(None) => self.null(),
            other => return Err(unknown(format!("{other:?}"))),
        }
        Ok(())
    }

    fn push_text(&mut self, text: &str) {
        self.next();
        self.text.push('"');
        for c in text.chars() {
            if matches!(c, '"' | '\\') {
                self.text.push('\\');
            }
            self.text.push(c);
        }
        self.text.push('"');
    }

    /// Adds bytes.
    pub(crate) fn push_bytes(&mut self, bytes: &[u8]) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        self.next();
        self.text.push_str("\"\\\\x");
        for byte in bytes {
            for half in [byte >> 4, byte & 15] {
                // Four bits are always one of sixteen digits.
                self.text.push(char::from(DIGITS[usize::from(half)]));
            }
        }
        self.text.push('"');
    }
}
