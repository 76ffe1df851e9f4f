//! People and the lists they are on.

use std::collections::HashMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::entities::{person, roster_entry};
use crate::error::StoreError;
use crate::parts::insert_all;
use crate::transaction::Tx;

/// Adds people, in the order of their keys (that is the order in which two transactions
/// that add the same people wait for each other).
///
/// # Errors
/// [`StoreError::Raced`] when another transaction has just added one of them.
pub async fn insert(tx: &Tx, mut models: Vec<person::Model>) -> Result<(), StoreError> {
    models.sort_by(|a, b| a.person_key.cmp(&b.person_key));
    for chunk in models.chunks(500) {
        let rows = chunk
            .iter()
            .cloned()
            .map(IntoActiveModel::into_active_model);
        let added = person::Entity::insert_many(rows.collect::<Vec<person::ActiveModel>>())
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(&tx.db)
            .await?;
        if added != chunk.len() as u64 {
            return Err(StoreError::Raced);
        }
    }
    Ok(())
}

/// The ids of those of these keys who are known.
///
/// # Errors
/// Of the database.
pub async fn find_ids(
    tx: &Tx,
    campaign: Uuid,
    keys: &[Vec<u8>],
) -> Result<HashMap<Vec<u8>, Uuid>, StoreError> {
    let mut found = HashMap::new();
    for chunk in keys.chunks(500) {
        let rows: Vec<(Vec<u8>, Uuid)> = person::Entity::find()
            .select_only()
            .column(person::Column::PersonKey)
            .column(person::Column::Id)
            .filter(person::COLUMN.campaign_id.eq(campaign))
            .filter(person::COLUMN.person_key.0.is_in(chunk.to_vec()))
            .into_tuple()
            .all(&tx.db)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// One person.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub async fn load(tx: &Tx, id: Uuid) -> Result<person::Model, StoreError> {
    person::Entity::find_by_id(id)
        .one(&tx.db)
        .await?
        .ok_or(StoreError::Missing("person"))
}

/// These people.
///
/// # Errors
/// Of the database.
pub async fn list(tx: &Tx, ids: &[Uuid]) -> Result<Vec<person::Model>, StoreError> {
    Ok(person::Entity::find()
        .filter(person::COLUMN.id.is_in(ids.iter().copied()))
        .all(&tx.db)
        .await?)
}

/// The people on a cohort's list, in its order.
///
/// # Errors
/// Of the database.
pub async fn list_roster(tx: &Tx, cohort: Uuid) -> Result<Vec<roster_entry::Model>, StoreError> {
    Ok(roster_entry::Entity::find()
        .filter(roster_entry::COLUMN.cohort_id.eq(cohort))
        .order_by_asc(roster_entry::COLUMN.position)
        .all(&tx.db)
        .await?)
}

/// Adds people to lists.
///
/// # Errors
/// Of the database.
pub async fn insert_roster(tx: &Tx, models: Vec<roster_entry::Model>) -> Result<(), StoreError> {
    insert_all(tx, models).await
}
