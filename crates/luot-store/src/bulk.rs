//! Many rows in one statement whose text is always the same, so that it stays prepared.
//!
//! On PostgreSQL the values of a column travel together, as one array, and are taken apart by
//! `UNNEST`: whether a batch has one row or five hundred, the statement is the same, and
//! planning it is paid for once a connection. Arrays are binary, which is the cheapest for
//! both sides, of JSON they hold its texts; with a null in them, which the library cannot send
//! so, they are one text in PostgreSQL's notation. What is the same in every row (half of the
//! columns are, in a batch) travels once. On SQLite, where preparing costs little, rows travel
//! as parameters, in chunks of few different sizes.

use std::fmt::Write as _;

use chrono::SecondsFormat;
use sea_orm::sea_query::{ArrayType, Expr, OnConflict, Query, SimpleExpr, Value};
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
/// From so many rows on, what is the same in all of them travels once. Among fewer, columns
/// are alike by chance, now these, now those, and each time the statement would be another.
const ALIKE_FROM: usize = 8;
/// As [`CHUNK`], on SQLite, which takes 32,766 parameters, and whose chunks are powers of two.
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
    let mut values: Vec<Vec<Value>> = columns.iter().map(|_| Vec::new()).collect();
    for mut row in rows {
        for (column, values) in columns.iter().zip(&mut values) {
            values.push(match row.take(*column) {
                ActiveValue::Set(value) | ActiveValue::Unchanged(value) => value,
                ActiveValue::NotSet => NULL,
            });
        }
    }
    let alike_counts = values.first().is_some_and(|v| v.len() >= ALIKE_FROM);
    let (mut into, mut each) = (String::new(), String::new());
    let (mut names, mut arrays) = (String::new(), String::new());
    let mut given = Vec::with_capacity(columns.len());
    for (column, mut values) in columns.iter().zip(values) {
        let name = column.unquoted();
        let def = column.def();
        let of = def.get_column_type();
        let comma = if into.is_empty() { "" } else { ", " };
        // Writing to a text does not fail.
        let _ = write!(into, "{comma}\"{name}\"");
        if alike_counts && are_alike(&values) {
            let (kind, value) = (kind(of)?, values.swap_remove(0));
            if value == value.as_null() {
                let _ = write!(each, "{comma}CAST(NULL AS {kind})");
            } else {
                given.push(value);
                let _ = write!(each, "{comma}CAST(${} AS {kind})", given.len());
            }
        } else {
            let (array, text) = array(of, values, given.len() + 1)?;
            given.push(array);
            let _ = match of {
                ColumnType::Json | ColumnType::JsonBinary => {
                    write!(each, "{comma}CAST(\"{name}\" AS jsonb)")
                }
                _ => write!(each, "{comma}\"{name}\""),
            };
            let comma = if names.is_empty() { "" } else { ", " };
            let _ = write!(names, "{comma}\"{name}\"");
            let _ = write!(arrays, "{comma}{text}");
        }
    }
    let table = A::Entity::default().table_name().to_owned();
    let conflict = conflict.map_or_else(String::new, |conflict| told(&table, conflict));
    let sql = format!(
        "INSERT INTO \"{table}\" ({into}) SELECT {each} FROM UNNEST({arrays}) AS row({names}){conflict}"
    );
    Ok(tx
        .db
        .execute_raw(statement(tx, sql, given))
        .await?
        .rows_affected())
}

/// Whether all values of a column are the same.
fn are_alike(values: &[Value]) -> bool {
    let (first, rest) = (values.first(), values.get(1..).unwrap_or_default());
    rest.iter().all(|value| Some(value) == first)
}

/// Any null will do: it goes as a text.
const NULL: Value = Value::Bool(None);

/// The values of a column as the `n`th parameter, and how it is read. The text differs where
/// the parameter does: a statement is prepared once, for one kind of each.
fn array(column: &ColumnType, values: Vec<Value>, n: usize) -> Result<(Value, String), StoreError> {
    let (values, column) = as_texts(values, column);
    let kind = kind(column)?;
    let binary = binary(column).filter(|of| values.iter().all(|v| is(v, of)));
    if let Some(of) = binary {
        let text = format!("CAST(${n} AS {kind}[])");
        return Ok((Value::Array(of, Some(Box::new(values))), text));
    }
    let mut array = Array::default();
    for value in &values {
        array.push(value)?;
    }
    Ok((
        array.into(),
        format!("CAST(CAST(${n} AS text) AS {kind}[])"),
    ))
}

/// JSON travels as its text: PostgreSQL reads a text out of an array faster than an array of JSON.
fn as_texts(values: Vec<Value>, column: &ColumnType) -> (Vec<Value>, &ColumnType) {
    match column {
        ColumnType::Json | ColumnType::JsonBinary => {
            let text = |value| match value {
                Value::Json(json) => Value::String(json.map(|json| json.to_string())),
                other => other,
            };
            (values.into_iter().map(text).collect(), &ColumnType::Text)
        }
        _ => (values, column),
    }
}

/// Of what a column's array is made when it is binary.
fn binary(of: &ColumnType) -> Option<ArrayType> {
    Some(match of {
        ColumnType::Uuid => ArrayType::Uuid,
        ColumnType::String(_) | ColumnType::Text => ArrayType::String,
        ColumnType::Integer => ArrayType::Int,
        ColumnType::BigInteger => ArrayType::BigInt,
        ColumnType::Boolean => ArrayType::Bool,
        ColumnType::TimestampWithTimeZone => ArrayType::ChronoDateTimeUtc,
        ColumnType::Date => ArrayType::ChronoDate,
        ColumnType::Time => ArrayType::ChronoTime,
        ColumnType::Binary(_) | ColumnType::VarBinary(_) | ColumnType::Blob => ArrayType::Bytes,
        _ => return None,
    })
}

/// Whether there is a value, and of this kind: anything else cannot be in a binary array.
fn is(value: &Value, of: &ArrayType) -> bool {
    match value {
        Value::Uuid(Some(_)) => *of == ArrayType::Uuid,
        Value::String(Some(_)) => *of == ArrayType::String,
        Value::Int(Some(_)) => *of == ArrayType::Int,
        Value::BigInt(Some(_)) => *of == ArrayType::BigInt,
        Value::Bool(Some(_)) => *of == ArrayType::Bool,
        Value::ChronoDateTimeUtc(Some(_)) => *of == ArrayType::ChronoDateTimeUtc,
        Value::ChronoDate(Some(_)) => *of == ArrayType::ChronoDate,
        Value::ChronoTime(Some(_)) => *of == ArrayType::ChronoTime,
        Value::Bytes(Some(_)) => *of == ArrayType::Bytes,
        _ => false,
    }
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

/// A statement for PostgreSQL.
pub(crate) fn statement(tx: &Tx, sql: impl Into<String>, values: Vec<Value>) -> Statement {
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
            let def = column.def();
            let of = def.get_column_type();
            let all: Vec<Value> = values.collect();
            let known = binary(of).filter(|of| all.iter().all(|v| is(v, of)));
            debug_assert!(known.is_some(), "a kind of value that is looked up nowhere");
            let kind = kind(of).unwrap_or("text");
            let all = Value::Array(known.unwrap_or(ArrayType::String), Some(Box::new(all)));
            Expr::cust_with_exprs(
                // Read once: without `SELECT`, PostgreSQL plans anew for every list.
                format!("$1 = ANY(CAST((SELECT CAST($2 AS {kind}[])) AS {kind}[]))"),
                [column.as_column_ref_expr(), Expr::val(all)],
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
struct Array {
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

    /// Adds a value of a kind that the entities have.
    fn push(&mut self, value: &Value) -> Result<(), StoreError> {
        match value {
            Value::Uuid(Some(id)) => {
                self.next();
                let mut digits = [0; uuid::fmt::Simple::LENGTH];
                self.text.push_str(id.simple().encode_lower(&mut digits));
            }
            Value::String(Some(text)) => self.push_text(text),
            Value::Bytes(Some(bytes)) => self.push_bytes(bytes),
            Value::Int(Some(n)) => {
                self.next();
                let _ = write!(self.text, "{n}");
            }
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
            Value::Uuid(None)
            | Value::String(None)
            | Value::Bytes(None)
            | Value::Int(None)
            | Value::BigInt(None)
            | Value::Bool(None)
            | Value::ChronoDateTimeUtc(None)
            | Value::ChronoDate(None)
            | Value::ChronoTime(None) => self.null(),
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

    fn push_bytes(&mut self, bytes: &[u8]) {
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
