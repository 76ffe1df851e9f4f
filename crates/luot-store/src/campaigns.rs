//! Campaigns.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Expr, LockBehavior, LockType, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DerivePartialModel, EntityTrait, ExprTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Set,
};
use uuid::Uuid;

use crate::Instant;
use crate::bulk;
use crate::connect::Backend;
use crate::entities::campaign;
use crate::error::StoreError;
use crate::transaction::Tx;

/// Adds a campaign.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &Tx, model: campaign::Model) -> Result<(), StoreError> {
    campaign::Entity::insert(model.into_active_model())
        .exec_without_returning(&tx.db)
        .await?;
    Ok(())
}

/// The campaign of that id.
///
/// # Errors
/// Of the database.
pub async fn find(tx: &Tx, id: Uuid) -> Result<Option<campaign::Model>, StoreError> {
    Ok(campaign::Entity::find_by_id(id).one(&tx.db).await?)
}

/// Every campaign, in order of creation.
///
/// # Errors
/// Of the database.
pub async fn list_all(tx: &Tx) -> Result<Vec<campaign::Model>, StoreError> {
    Ok(campaign::Entity::find()
        .order_by_asc(campaign::COLUMN.id)
        .all(&tx.db)
        .await?)
}

/// Campaigns in order of creation, after that one.
///
/// # Errors
/// Of the database.
pub async fn list(
    tx: &Tx,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<campaign::Model>, StoreError> {
    let mut query = campaign::Entity::find();
    if let Some(after) = after {
        query = query.filter(campaign::COLUMN.id.gt(after));
    }
    Ok(query
        .order_by_asc(campaign::COLUMN.id)
        .limit(limit)
        .all(&tx.db)
        .await?)
}

/// Says that something that plans depend on has changed: the version goes up by one.
/// Waits for bookings under way, and makes later ones wait (they hold it shared).
///
/// # Errors
/// [`StoreError::Stale`] when `expected` is not the present version.
pub async fn touch(
    tx: &Tx,
    id: Uuid,
    expected: Option<i32>,
    now: Instant,
) -> Result<i32, StoreError> {
    queue_up(tx, id).await?;
    let mut update = campaign::Entity::update_many()
        .col_expr(
            campaign::COLUMN.version,
            Expr::col(campaign::Column::Version).add(1),
        )
        .col_expr(campaign::COLUMN.updated_at, now.into())
        .filter(campaign::COLUMN.id.eq(id));
    if let Some(version) = expected {
        update = update.filter(campaign::COLUMN.version.eq(version));
    }
    let done = update.exec(&tx.db).await?;
    if done.rows_affected == 0 {
        return Err(StoreError::Stale);
    }
    tx.changed.campaign(id);
    let row = find(tx, id).await?.ok_or(StoreError::Missing("campaign"))?;
    Ok(row.version)
}

/// Writes what may be edited: title, dates, policies, planning parameters. The version is
/// taken care of by [`touch`].
///
/// # Errors
/// Of the database.
pub async fn update(tx: &Tx, row: campaign::Model) -> Result<(), StoreError> {
    queue_up(tx, row.id).await?;
    campaign::ActiveModel {
        id: Set(row.id),
        title: Set(row.title),
        starts_on: Set(row.starts_on),
        ends_on: Set(row.ends_on),
        policies: Set(row.policies),
        planning: Set(row.planning),
        area: Set(row.area),
        ..Default::default()
    }
    .update(&tx.db)
    .await?;
    Ok(())
}

/// The queue before a campaign's row, on PostgreSQL. The row itself has none: whoever holds it
/// shared lets others share it who come later, past somebody who waits to change it, and in a
/// rush there is always one who holds it. Whoever wants the row stands in this queue first.
const QUEUE: &str = "1819635572, hashtext(CAST(campaign.id AS text))";

/// Waits for who shares a campaign, ahead of who comes later to share it.
async fn queue_up(tx: &Tx, id: Uuid) -> Result<(), StoreError> {
    if tx.backend == Backend::Postgres {
        let sql = format!("SELECT pg_advisory_xact_lock({QUEUE}) FROM campaign WHERE id = $1");
        let queue = bulk::statement(tx, sql, vec![id.into()]);
        tx.db.execute_raw(queue).await?;
    }
    Ok(())
}

/// Holds campaigns as they are published until the transaction ends: publishing waits. Tells
/// their versions. A transaction that only reads holds nothing: all it reads is of one moment.
///
/// # Errors
/// Of the database.
pub async fn hold_shared(tx: &Tx, ids: &[Uuid]) -> Result<Vec<(Uuid, i32)>, StoreError> {
    versions(tx, ids, Hold::Waiting).await
}

/// Holds those of these campaigns in the same way that nobody changes just now, and tells which.
///
/// # Errors
/// Of the database.
pub async fn hold_free(tx: &Tx, ids: &[Uuid]) -> Result<BTreeSet<Uuid>, StoreError> {
    let held = versions(tx, ids, Hold::Free).await?;
    Ok(held.into_iter().map(|(id, _)| id).collect())
}

/// What is done about campaigns whose versions are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// They are not held.
    Not,
    /// They are held as they are published, and whoever changes one is waited for.
    Waiting,
    /// The same, but those that somebody changes just now are left out.
    Free,
}

pub(crate) async fn versions(
    tx: &Tx,
    ids: &[Uuid],
    hold: Hold,
) -> Result<Vec<(Uuid, i32)>, StoreError> {
    let ids = bulk::ids(ids.iter().copied());
    let these = bulk::one_of(tx, campaign::Column::Id, ids);
    let mut query = campaign::Entity::find()
        .select_only()
        .column(campaign::Column::Id)
        .column(campaign::Column::Version)
        .filter(these.clone())
        .order_by_asc(campaign::COLUMN.id);
    // On SQLite there is one writer: nothing else is under way.
    if tx.backend == Backend::Postgres && !tx.reads {
        // A `CASE`, so that nobody queues up for another campaign, whatever is looked at first.
        let queued = |stands: &str| {
            let case = format!("CASE WHEN $1 THEN {stands} ELSE FALSE END");
            Expr::cust_with_exprs(case, [these])
        };
        query = match hold {
            Hold::Not => query,
            Hold::Waiting => query
                .filter(queued(&format!(
                    "CAST(pg_advisory_xact_lock_shared({QUEUE}) AS text) IS NOT NULL"
                )))
                .lock(LockType::Share),
            Hold::Free => query
                .filter(queued(&format!(
                    "pg_try_advisory_xact_lock_shared({QUEUE})"
                )))
                .lock_with_behavior(LockType::Share, LockBehavior::SkipLocked),
        };
    }
    Ok(query.into_tuple().all(&tx.db).await?)
}

/// What tells a campaign's present: not its planning parameters, which can be large.
#[derive(Debug, Clone, DerivePartialModel)]
#[sea_orm(entity = "campaign::Entity")]
pub struct Dates {
    /// Which.
    pub id: Uuid,
    /// Its time zone.
    pub timezone: String,
    /// Its first day.
    pub starts_on: chrono::NaiveDate,
    /// The day before which nothing changes.
    pub frozen_before: Option<chrono::NaiveDate>,
    /// Whether its first day never passes.
    pub rehearsal: bool,
    /// Its version, which everything raises that is not about single places.
    pub version: i32,
}

/// The dates of a campaign.
///
/// # Errors
/// Of the database.
pub async fn find_dates(tx: &Tx, id: Uuid) -> Result<Option<Dates>, StoreError> {
    Ok(campaign::Entity::find_by_id(id)
        .into_partial_model::<Dates>()
        .one(&tx.db)
        .await?)
}

/// What a campaign's days are run by: its dates and its policies.
#[derive(Debug, Clone, DerivePartialModel)]
#[sea_orm(entity = "campaign::Entity")]
pub struct Rules {
    /// Which.
    pub id: Uuid,
    /// Its time zone.
    pub timezone: String,
    /// Whether its first day never passes.
    pub rehearsal: bool,
    /// Its policies.
    pub policies: serde_json::Value,
}

/// What a campaign's days are run by.
///
/// # Errors
/// Of the database.
pub async fn find_rules(tx: &Tx, id: Uuid) -> Result<Option<Rules>, StoreError> {
    Ok(campaign::Entity::find_by_id(id)
        .into_partial_model::<Rules>()
        .one(&tx.db)
        .await?)
}

/// The ids of all rehearsals, or of all others, for a question that asks more.
pub(crate) fn rehearsals(are: bool) -> SelectStatement {
    campaign::Entity::find()
        .select_only()
        .column(campaign::Column::Id)
        .filter(campaign::COLUMN.rehearsal.eq(are))
        .into_query()
}

/// The campaigns that ended on a date or later, without the rehearsals.
///
/// # Errors
/// Of the database.
pub async fn list_rules(tx: &Tx, ended: chrono::NaiveDate) -> Result<Vec<Rules>, StoreError> {
    Ok(campaign::Entity::find()
        .filter(campaign::COLUMN.rehearsal.eq(false))
        .filter(campaign::COLUMN.ends_on.gte(ended))
        .order_by_asc(campaign::COLUMN.id)
        .into_partial_model::<Rules>()
        .all(&tx.db)
        .await?)
}
