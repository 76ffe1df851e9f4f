//! What happened with somebody on the day: their tickets, and the calls of these; and what
//! officers wrote of it in clear, before there was a sealed column.

use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::entities::{call, outcome, ticket};
use crate::error::StoreError;
use crate::transaction::Tx;

/// The tickets of these appointments, in order.
///
/// # Errors
/// Of the database.
pub async fn list_tickets(
    tx: &Tx,
    appointments: &[Uuid],
) -> Result<Vec<ticket::Model>, StoreError> {
    Ok(ticket::Entity::find()
        .filter(ticket::COLUMN.appointment_id.is_in(appointments.to_vec()))
        .order_by_asc(ticket::COLUMN.id)
        .all(&tx.db)
        .await?)
}

/// The calls of these tickets, in order.
///
/// # Errors
/// Of the database.
pub async fn list_calls(tx: &Tx, tickets: &[Uuid]) -> Result<Vec<call::Model>, StoreError> {
    Ok(call::Entity::find()
        .filter(call::COLUMN.ticket_id.is_in(tickets.to_vec()))
        .order_by_asc(call::COLUMN.id)
        .all(&tx.db)
        .await?)
}

/// Some reasons that stand in clear, with their outcomes' ids, in order, after that one.
///
/// # Errors
/// Of the database.
pub async fn list_clear_reasons(
    tx: &Tx,
    after: Uuid,
    limit: u64,
) -> Result<Vec<(Uuid, String)>, StoreError> {
    Ok(outcome::Entity::find()
        .select_only()
        .column(outcome::Column::Id)
        .column(outcome::Column::Reason)
        .filter(outcome::COLUMN.reason.is_not_null())
        .filter(outcome::COLUMN.id.gt(after))
        .order_by_asc(outcome::COLUMN.id)
        .limit(limit)
        .into_tuple()
        .all(&tx.db)
        .await?)
}

/// Puts a sealed reason in the place of the clear one, unless that has been erased meanwhile.
///
/// # Errors
/// Of the database.
pub async fn seal_reason(tx: &Tx, id: Uuid, sealed: Vec<u8>) -> Result<bool, StoreError> {
    let done = outcome::Entity::update_many()
        .col_expr(outcome::COLUMN.reason, Expr::value(Option::<String>::None))
        .col_expr(outcome::COLUMN.reason_sealed.0, Expr::value(sealed))
        .filter(outcome::COLUMN.id.eq(id))
        .filter(outcome::COLUMN.reason.is_not_null())
        .exec(&tx.db)
        .await?;
    Ok(done.rows_affected > 0)
}
