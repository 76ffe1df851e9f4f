//! Opening what a cohort did not claim: places go from its pools to everybody's.

use std::collections::BTreeMap;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::Instant;
use crate::entities::{pool, session, slot};
use crate::error::StoreError;
use crate::transaction::Tx;

/// Sessions of a campaign that begin before an instant and are not over, in which cohorts
/// have places that nobody took.
///
/// # Errors
/// Of the database.
pub async fn list_sessions(
    tx: &Tx,
    campaign: Uuid,
    begin_before: Instant,
    now: Instant,
) -> Result<Vec<Uuid>, StoreError> {
    Ok(pool::Entity::find()
        .select_only()
        .column(slot::Column::SessionId)
        .distinct()
        .inner_join(slot::Entity)
        .join(
            sea_orm::JoinType::InnerJoin,
            slot::Entity::belongs_to(session::Entity)
                .from(slot::Column::SessionId)
                .to(session::Column::Id)
                .into(),
        )
        .filter(session::COLUMN.campaign_id.eq(campaign))
        .filter(session::COLUMN.state.eq("open"))
        .filter(session::COLUMN.starts_at.lte(begin_before))
        .filter(slot::COLUMN.ends_at.gt(now))
        .filter(pool::Column::CohortId.is_not_null())
        .filter(pool::COLUMN.open.eq(true))
        .filter(
            Expr::col((pool::Entity, pool::Column::Places))
                .gt(Expr::col((pool::Entity, pool::Column::Taken))),
        )
        .into_tuple()
        .all(&tx.db)
        .await?)
}

/// Gives the unclaimed places of a session's cohorts to everybody, in windows that are not
/// over; how many. A pool from which somebody takes meanwhile decides: see [`StoreError::Raced`].
///
/// # Errors
/// [`StoreError::Raced`] when a pool was changed by another in the meantime.
pub async fn release(tx: &Tx, session: Uuid, now: Instant) -> Result<i32, StoreError> {
    let pools: Vec<pool::Model> = pool::Entity::find()
        .inner_join(slot::Entity)
        .filter(slot::COLUMN.session_id.eq(session))
        .filter(slot::COLUMN.ends_at.gt(now))
        .filter(pool::COLUMN.open.eq(true))
        .order_by_asc(pool::COLUMN.id)
        .all(&tx.db)
        .await?;
    let everybody: BTreeMap<Uuid, Uuid> = pools
        .iter()
        .filter(|p| p.cohort_id.is_none())
        .map(|p| (p.slot_id, p.id))
        .collect();
    // Both kinds of change by the id of the pool: the order in which rows are locked.
    let mut changes: BTreeMap<Uuid, (i32, i32)> = BTreeMap::new();
    let mut given = 0;
    for row in pools.iter().filter(|p| p.cohort_id.is_some()) {
        let (places, cards) = (row.places - row.taken, row.card_places - row.card_taken);
        let Some(open) = everybody.get(&row.slot_id) else {
            continue;
        };
        if places <= 0 {
            continue;
        }
        // A card place is a place: no more of them can go than places do.
        let cards = Ord::min(cards, places);
        let from = changes.entry(row.id).or_default();
        (from.0, from.1) = (from.0 - places, from.1 - cards);
        let to = changes.entry(*open).or_default();
        (to.0, to.1) = (to.0 + places, to.1 + cards);
        given += places;
    }
    tx.changed.pools(changes.keys().copied());
    for (id, (places, cards)) in changes {
        let more = Expr::col(pool::Column::Places).add(places);
        let more_cards = Expr::col(pool::Column::CardPlaces).add(cards);
        let done = pool::Entity::update_many()
            .col_expr(pool::COLUMN.places, more.clone())
            .col_expr(pool::COLUMN.card_places, more_cards.clone())
            .filter(pool::COLUMN.id.eq(id))
            .filter(more.gte(Expr::col(pool::Column::Taken)))
            .filter(more_cards.gte(Expr::col(pool::Column::CardTaken)))
            .exec(&tx.db)
            .await?;
        if done.rows_affected == 0 {
            return Err(StoreError::Raced);
        }
    }
    Ok(given)
}
