//! What is known of people who want to wait.

use std::collections::HashSet;

use sea_orm::sea_query::SimpleExpr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use crate::bulk;
use crate::entities::{appointment, waitlist_entry, waitlist_person};
use crate::error::StoreError;
use crate::transaction::Tx;

/// Those of these people who ever lost a place and had a claim to another.
///
/// # Errors
/// Of the database.
pub async fn list_once_displaced(tx: &Tx, people: &[Uuid]) -> Result<HashSet<Uuid>, StoreError> {
    let claims = waitlist_entry::Entity::find()
        .select_only()
        .column(waitlist_entry::Column::BookingId)
        .filter(waitlist_entry::COLUMN.kind.eq("claim"))
        .into_query();
    let claimed = appointment::Column::BookingId.in_subquery(claims);
    list_with(tx, people, claimed).await
}

/// Those of these people whom a plan ever moved.
///
/// # Errors
/// Of the database.
pub async fn list_once_moved(tx: &Tx, people: &[Uuid]) -> Result<HashSet<Uuid>, StoreError> {
    list_with(tx, people, appointment::COLUMN.moves.gt(0)).await
}

/// Those of these people who have such an appointment.
async fn list_with(
    tx: &Tx,
    people: &[Uuid],
    such: SimpleExpr,
) -> Result<HashSet<Uuid>, StoreError> {
    if people.is_empty() {
        return Ok(HashSet::new());
    }
    let ids = bulk::ids(people.iter().copied());
    let found: Vec<Uuid> = appointment::Entity::find()
        .select_only()
        .column(appointment::Column::PersonId)
        .filter(bulk::one_of(tx, appointment::Column::PersonId, ids))
        .filter(such)
        .into_tuple()
        .all(&tx.db)
        .await?;
    Ok(found.into_iter().collect())
}

/// Those of these people who wait now, and for which service.
///
/// # Errors
/// Of the database.
pub async fn list_who_wait(tx: &Tx, people: &[Uuid]) -> Result<HashSet<(Uuid, Uuid)>, StoreError> {
    if people.is_empty() {
        return Ok(HashSet::new());
    }
    let ids = bulk::ids(people.iter().copied());
    let found: Vec<(Uuid, Uuid)> = waitlist_person::Entity::find()
        .select_only()
        .column(waitlist_person::Column::PersonId)
        .column(waitlist_person::Column::ServiceId)
        .filter(bulk::one_of(tx, waitlist_person::Column::PersonId, ids))
        .filter(waitlist_person::COLUMN.live.eq(true))
        .into_tuple()
        .all(&tx.db)
        .await?;
    Ok(found.into_iter().collect())
}
