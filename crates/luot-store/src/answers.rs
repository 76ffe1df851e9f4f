//! The first answers to requests, kept so that a retry gets the same.

use std::collections::HashMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use crate::Instant;
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
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = first_answer::Entity::find()
        .filter(first_answer::COLUMN.id.is_in(ids.iter().copied()))
        .filter(first_answer::COLUMN.expires_at.gt(now))
        .all(&tx.db)
        .await?;
    Ok(rows.into_iter().map(|r| (r.id, r)).collect())
}

/// Keeps first answers.
///
/// # Errors
/// [`StoreError::Raced`] when another transaction has just answered one of them.
pub async fn insert(tx: &Tx, mut models: Vec<FirstAnswer>) -> Result<(), StoreError> {
    if models.is_empty() {
        return Ok(());
    }
    models.sort_by_key(|m| m.id);
    // One that has run out may still be there under the same id.
    let ids: Vec<Uuid> = models.iter().map(|m| m.id).collect();
    let now = models
        .iter()
        .map(|m| m.created_at)
        .max()
        .unwrap_or_default();
    first_answer::Entity::delete_many()
        .filter(first_answer::COLUMN.id.is_in(ids))
        .filter(first_answer::COLUMN.expires_at.lte(now))
        .exec(&tx.db)
        .await?;
    let count = models.len() as u64;
    let rows = models.into_iter().map(IntoActiveModel::into_active_model);
    let added = first_answer::Entity::insert_many(rows.collect::<Vec<first_answer::ActiveModel>>())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(&tx.db)
        .await?;
    if added == count {
        Ok(())
    } else {
        Err(StoreError::Raced)
    }
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
