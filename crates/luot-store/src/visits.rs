//! What happened with somebody on the day: their tickets, and the calls of these.

use sea_orm::{EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entities::{call, ticket};
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
