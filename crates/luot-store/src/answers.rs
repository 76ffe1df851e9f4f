//! The first answers to requests, kept so that a retry gets the same.

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::{Alias, ArrayType, Expr, OnConflict, Value};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, ExprTrait, QueryFilter, Statement};
use uuid::Uuid;

use crate::Instant;
use crate::bulk;
use crate::connect::Backend;
use crate::entities::first_answer;
use crate::error::StoreError;
use crate::transaction::Tx;

pub use crate::entities::first_answer::Model as FirstAnswer;

/// Those of these that were answered before and are still kept.
///
/// # Errors
/// Of the database.
pub async fn find(
    tx: &Tx,
    ids: &[Uuid],
    now: Instant,
) -> Result<HashMap<Uuid, FirstAnswer>, StoreError> {
    /// One by one: a planner that sees a list, and the time they are kept, may read all answers
    /// instead.
    const LOOK: &str = "\
        SELECT kept.* FROM UNNEST(CAST($1 AS uuid[])) AS wanted (id) \
        CROSS JOIN LATERAL (\
            SELECT * FROM first_answer WHERE first_answer.id = wanted.id LIMIT 1\
        ) AS kept \
        WHERE kept.expires_at > $2";
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = match tx.backend {
        Backend::Postgres => {
            let values = vec![ids.to_vec().into(), now.into()];
            let statement = bulk::statement(tx, LOOK, values);
            first_answer::Entity::find()
                .from_raw_sql(statement)
                .all(&tx.db)
                .await?
        }
        Backend::Sqlite => {
            let wanted = bulk::ids(ids.iter().copied());
            first_answer::Entity::find()
                .filter(bulk::one_of(tx, first_answer::Column::Id, wanted))
                .filter(first_answer::COLUMN.expires_at.gt(now))
                .all(&tx.db)
                .await?
        }
    };
    Ok(rows.into_iter().map(|r| (r.id, r)).collect())
}

/// Lets one transaction at a time go on with a request: whoever comes second finds the first
/// answer, and not only what the first has done.
///
/// On SQLite there is one writer, and nobody to wait for.
///
/// # Errors
/// [`StoreError::Busy`] when the other takes too long.
pub async fn one_at_a_time(tx: &Tx, id: Uuid) -> Result<(), StoreError> {
    let (high, _) = id.as_u64_pair();
    wait_for_turn(tx, BTreeSet::from([high.cast_signed()])).await
}

/// Lets one transaction at a time go on from here with each of these, until it ends.
///
/// On SQLite there is one writer, and nobody to wait for; who only reads does not wait.
///
/// # Errors
/// [`StoreError::Busy`] when another takes too long.
pub(crate) async fn wait_for_turn(tx: &Tx, of: BTreeSet<i64>) -> Result<(), StoreError> {
    if tx.backend == Backend::Sqlite || tx.reads || of.is_empty() {
        return Ok(());
    }
    // In the order of their numbers, so that no two wait for each other.
    let all = of.into_iter().map(Value::from).collect();
    let lock = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT pg_advisory_xact_lock(one) FROM UNNEST(CAST($1 AS int8[])) AS one",
        [Value::Array(ArrayType::BigInt, Some(Box::new(all)))],
    );
    tx.db.execute_raw(lock).await?;
    Ok(())
}

/// Keeps first answers, each over one under the same id that has run out by then.
///
/// # Errors
/// [`StoreError::Raced`] when another transaction has just answered one of them.
pub async fn insert(tx: &Tx, mut models: Vec<FirstAnswer>) -> Result<(), StoreError> {
    if models.is_empty() {
        return Ok(());
    }
    models.sort_by_key(|m| m.id);
    let run_out = Expr::col((first_answer::Entity, first_answer::Column::ExpiresAt)).lte(
        Expr::col((Alias::new("excluded"), first_answer::Column::CreatedAt)),
    );
    let replace = OnConflict::column(first_answer::Column::Id)
        .update_columns([
            first_answer::Column::CreatedAt,
            first_answer::Column::RequestHash,
            first_answer::Column::Status,
            first_answer::Column::Answer,
            first_answer::Column::ExpiresAt,
        ])
        .action_and_where(run_out)
        .to_owned();
    let count = models.len() as u64;
    let kept = bulk::insert::<_, first_answer::ActiveModel>(tx, models, Some(replace)).await?;
    if kept == count {
        Ok(())
    } else {
        Err(StoreError::Raced)
    }
}

/// Keeps first answers under keys that are free. Costs PostgreSQL a fifth less than [`insert`].
///
/// # Errors
/// [`StoreError::Raced`] when one of the keys is taken, be it that its answer has run out; see
/// [`forget_of`].
pub async fn add(tx: &Tx, mut models: Vec<FirstAnswer>) -> Result<(), StoreError> {
    models.sort_by_key(|m| m.id);
    let added = bulk::insert::<_, first_answer::ActiveModel>(tx, models, None).await;
    added.map(|_| ()).map_err(StoreError::conflict_is_a_race)
}

/// Forgets those of these that have run out, so that their keys are free.
///
/// # Errors
/// Of the database.
pub async fn forget_of(tx: &Tx, ids: &[Uuid], now: Instant) -> Result<(), StoreError> {
    let wanted = bulk::ids(ids.iter().copied());
    first_answer::Entity::delete_many()
        .filter(bulk::one_of(tx, first_answer::Column::Id, wanted))
        .filter(first_answer::COLUMN.expires_at.lte(now))
        .exec(&tx.db)
        .await?;
    Ok(())
}

/// Completes a first answer that was kept before it was whole.
///
/// # Errors
/// Of the database.
pub async fn complete(tx: &Tx, id: Uuid, answer: serde_json::Value) -> Result<(), StoreError> {
    first_answer::Entity::update_many()
        .col_expr(first_answer::COLUMN.answer, answer.into())
        .filter(first_answer::COLUMN.id.eq(id))
        .exec(&tx.db)
        .await?;
    Ok(())
}

/// Forgets what has run out.
///
/// # Errors
/// Of the database.
pub async fn forget(tx: &Tx, now: Instant) -> Result<u64, StoreError> {
    let done = first_answer::Entity::delete_many()
        .filter(first_answer::COLUMN.expires_at.lte(now))
        .exec(&tx.db)
        .await?;
    Ok(done.rows_affected)
}
