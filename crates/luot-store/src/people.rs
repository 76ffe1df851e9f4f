//! People and the lists they are on.

use std::collections::HashMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::Instant;
use crate::bulk;
use crate::entities::{consent, guardian, person, roster_entry};
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
    let added = bulk::insert::<_, person::ActiveModel>(tx, models, None).await;
    added.map(|_| ()).map_err(StoreError::conflict_is_a_race)
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

/// The cohorts whose lists somebody is on.
///
/// # Errors
/// Of the database.
pub async fn list_cohorts_of(tx: &Tx, person: Uuid) -> Result<Vec<Uuid>, StoreError> {
    Ok(roster_entry::Entity::find()
        .select_only()
        .column(roster_entry::Column::CohortId)
        .filter(roster_entry::COLUMN.person_id.eq(person))
        .into_tuple()
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

/// Notes phones that lists or bookings name for people; what was noted before stays.
///
/// # Errors
/// Of the database.
pub async fn insert_guardians(tx: &Tx, models: Vec<guardian::Model>) -> Result<(), StoreError> {
    for chunk in models.chunks(500) {
        let rows = chunk
            .iter()
            .cloned()
            .map(IntoActiveModel::into_active_model);
        guardian::Entity::insert_many(rows.collect::<Vec<guardian::ActiveModel>>())
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(&tx.db)
            .await?;
    }
    Ok(())
}

/// The people for whom a phone is named.
///
/// # Errors
/// Of the database.
pub async fn list_by_guardian(tx: &Tx, indexes: &[Vec<u8>]) -> Result<Vec<Uuid>, StoreError> {
    Ok(guardian::Entity::find()
        .select_only()
        .column(guardian::Column::PersonId)
        .distinct()
        .filter(guardian::COLUMN.phone_index.0.is_in(indexes.to_vec()))
        .into_tuple()
        .all(&tx.db)
        .await?)
}

/// The person of a campaign with a personal number, under any of these indexes of it.
///
/// # Errors
/// Of the database.
pub async fn find_by_number(
    tx: &Tx,
    campaign: Uuid,
    indexes: &[Vec<u8>],
) -> Result<Option<person::Model>, StoreError> {
    Ok(person::Entity::find()
        .filter(person::COLUMN.campaign_id.eq(campaign))
        .filter(
            person::COLUMN
                .personal_number_index
                .0
                .is_in(indexes.to_vec()),
        )
        .one(&tx.db)
        .await?)
}

/// The people on a cohort's list themselves, in its order.
///
/// # Errors
/// Of the database.
pub async fn list_of_cohort(tx: &Tx, cohort: Uuid) -> Result<Vec<person::Model>, StoreError> {
    let entries = list_roster(tx, cohort).await?;
    let mut found = HashMap::new();
    for chunk in entries.chunks(500) {
        let ids: Vec<Uuid> = chunk.iter().map(|e| e.person_id).collect();
        found.extend(list(tx, &ids).await?.into_iter().map(|p| (p.id, p)));
    }
    Ok(entries
        .iter()
        .filter_map(|e| found.remove(&e.person_id))
        .collect())
}

/// Writes a person over.
///
/// # Errors
/// Of the database.
pub async fn update(tx: &Tx, model: person::Model) -> Result<(), StoreError> {
    let id = model.id;
    person::Entity::update_many()
        .set(model.into_active_model().reset_all())
        .filter(person::COLUMN.id.eq(id))
        .exec(&tx.db)
        .await?;
    Ok(())
}

/// Notes that somebody agreed.
///
/// # Errors
/// Of the database.
pub async fn insert_consents(tx: &Tx, models: Vec<consent::Model>) -> Result<(), StoreError> {
    insert_all(tx, models).await
}

/// What was agreed to for somebody.
///
/// # Errors
/// Of the database.
pub async fn list_consents(tx: &Tx, person: Uuid) -> Result<Vec<consent::Model>, StoreError> {
    Ok(consent::Entity::find()
        .filter(consent::COLUMN.person_id.eq(person))
        .order_by_asc(consent::COLUMN.id)
        .all(&tx.db)
        .await?)
}

/// Withdraws what was agreed to for somebody.
///
/// # Errors
/// Of the database.
pub async fn withdraw_consents(tx: &Tx, person: Uuid, now: Instant) -> Result<(), StoreError> {
    consent::Entity::update_many()
        .col_expr(consent::COLUMN.withdrawn_at, now.into())
        .filter(consent::COLUMN.person_id.eq(person))
        .filter(consent::COLUMN.withdrawn_at.is_null())
        .exec(&tx.db)
        .await?;
    Ok(())
}
