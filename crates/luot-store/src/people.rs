//! People and the lists they are on.

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::{OnConflict, Value};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::Instant;
use crate::bulk;
use crate::connect::Backend;
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

/// Somebody as their key tells.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Known {
    /// The person.
    pub id: Uuid,
    /// Of which campaign.
    pub campaign_id: Uuid,
    /// Their key in it.
    pub person_key: Vec<u8>,
    /// Who they turned out to be.
    pub merged_into_id: Option<Uuid>,
    /// What shows that somebody knows them; nothing in rows from before there was that.
    pub claim_hash: Option<Vec<u8>>,
}

/// Those of these keys, each in its campaign, who are known.
///
/// # Errors
/// Of the database.
pub async fn list_by_key(
    tx: &Tx,
    keys: &BTreeSet<(Uuid, &[u8])>,
) -> Result<Vec<Known>, StoreError> {
    /// Key by key: a planner that sees two lists may read all people of the campaigns instead.
    const LOOK: &str = "\
        SELECT known.* \
        FROM UNNEST(CAST($1 AS uuid[]), CAST($2 AS bytea[])) AS wanted (campaign, key) \
        CROSS JOIN LATERAL (\
            SELECT id, campaign_id, person_key, merged_into_id, claim_hash FROM person \
            WHERE campaign_id = wanted.campaign AND person_key = wanted.key LIMIT 1\
        ) AS known";
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    match tx.backend {
        Backend::Postgres => {
            let campaigns: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
            let wanted: Vec<Vec<u8>> = keys.iter().map(|k| k.1.to_vec()).collect();
            let statement = bulk::statement(tx, LOOK, vec![campaigns.into(), wanted.into()]);
            Ok(Known::find_by_statement(statement).all(&tx.db).await?)
        }
        Backend::Sqlite => {
            let keys: Vec<_> = keys.iter().collect();
            let mut found = Vec::new();
            for chunk in keys.chunks(500) {
                let campaigns = chunk.iter().map(|k| Value::from(k.0));
                let wanted = chunk.iter().map(|k| Value::from(k.1.to_vec()));
                let rows = person::Entity::find()
                    .filter(bulk::one_of(tx, person::Column::CampaignId, campaigns))
                    .filter(bulk::one_of(tx, person::Column::PersonKey, wanted))
                    .into_model::<Known>()
                    .all(&tx.db)
                    .await?;
                found.extend(rows);
            }
            Ok(found)
        }
    }
}

/// The ids of those of these keys who are known in a campaign.
///
/// # Errors
/// Of the database.
pub async fn find_ids(
    tx: &Tx,
    campaign: Uuid,
    keys: &[Vec<u8>],
) -> Result<HashMap<Vec<u8>, Uuid>, StoreError> {
    let keys = keys.iter().map(|key| (campaign, key.as_slice())).collect();
    let known = list_by_key(tx, &keys).await?.into_iter();
    Ok(known.map(|k| (k.person_key, k.id)).collect())
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
    let there = OnConflict::new().do_nothing().to_owned();
    bulk::insert::<_, guardian::ActiveModel>(tx, models, Some(there)).await?;
    Ok(())
}

/// The phones that are named for somebody.
///
/// # Errors
/// Of the database.
pub async fn list_guardians(tx: &Tx, person: Uuid) -> Result<Vec<guardian::Model>, StoreError> {
    Ok(guardian::Entity::find()
        .filter(guardian::COLUMN.person_id.eq(person))
        .order_by_asc(guardian::COLUMN.id)
        .all(&tx.db)
        .await?)
}

/// Forgets the phones that are named for somebody.
///
/// # Errors
/// Of the database.
pub async fn delete_guardians(tx: &Tx, person: Uuid) -> Result<(), StoreError> {
    guardian::Entity::delete_many()
        .filter(guardian::COLUMN.person_id.eq(person))
        .exec(&tx.db)
        .await?;
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

/// A person of a campaign with a personal number, under any of these indexes of it. There
/// may be several: who is told apart by the number is found by [`find_by_key`].
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

/// The person of a campaign with a key.
///
/// # Errors
/// Of the database.
pub async fn find_by_key(
    tx: &Tx,
    campaign: Uuid,
    key: &[u8],
) -> Result<Option<person::Model>, StoreError> {
    Ok(person::Entity::find()
        .filter(person::COLUMN.campaign_id.eq(campaign))
        .filter(person::COLUMN.person_key.0.eq(key.to_vec()))
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
/// [`StoreError::Raced`] when another transaction has just added somebody of the same key.
pub async fn update(tx: &Tx, model: person::Model) -> Result<(), StoreError> {
    let id = model.id;
    person::Entity::update_many()
        .set(model.into_active_model().reset_all())
        .filter(person::COLUMN.id.eq(id))
        .exec(&tx.db)
        .await
        .map_err(|e| StoreError::from(e).conflict_is_a_race())?;
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

/// Withdraws what was agreed to.
///
/// # Errors
/// Of the database.
pub async fn withdraw_consents(tx: &Tx, ids: &[Uuid], now: Instant) -> Result<(), StoreError> {
    consent::Entity::update_many()
        .col_expr(consent::COLUMN.withdrawn_at, now.into())
        .filter(consent::COLUMN.id.is_in(ids.to_vec()))
        .filter(consent::COLUMN.withdrawn_at.is_null())
        .exec(&tx.db)
        .await?;
    Ok(())
}
